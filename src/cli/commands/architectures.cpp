#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/terminal.h"
#include "models/architecture_names.h"
#include "models/model_spec.h"
#include "quant/format.h"

namespace hearth::cli {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string_view> names_of(const ModelSpec& spec, bool is_class) {
  std::vector<std::string_view> names;
  std::ranges::copy_if(spec.names, std::back_inserter(names),
                       [&](std::string_view name) { return is_class_name(name) == is_class; });
  return names;
}

/// Of weights in GGUF files.
std::vector<std::string_view> gguf_types() {
  std::vector<std::string_view> types;
  for_each_format([&](auto format) {
    if (uint32_t(format.dtype) < kFirstOwnType) types.push_back(format.name);
  });
  return types;
}

std::string as_json() {
  Json json = {{"architectures", Json::array()}, {"gguf_types", gguf_types()}};
  for (const ModelSpec& spec : all_arch()) {
    json["architectures"].push_back(
        {{"models", spec.description}, {"gguf", names_of(spec, false)}, {"folder", names_of(spec, true)}});
  }
  return json.dump(2) + "\n";
}

std::string as_listing() {
  std::string text;
  for (const ModelSpec& spec : all_arch()) {
    text += fmt::format("{:<16} {}\n", fmt::join(names_of(spec, false), ", "), spec.description);
    if (const auto classes = names_of(spec, true); !classes.empty())
      text += fmt::format("{:<16} {}\n", "", fmt::join(classes, ", "));
  }
  return text;
}

}  // namespace

Command command_architectures() {
  return {"architectures", "List the architectures of models that this build runs",
          [](Arguments& arguments) -> std::function<Status()> {
            auto json = std::make_shared<bool>(false);
            arguments.flag("--json", *json, "print JSON");
            return [json] { return print_exact(*json ? as_json() : as_listing()); };
          }};
}

}  // namespace hearth::cli
