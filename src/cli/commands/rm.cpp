#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

struct RemoveOptions {
  std::vector<std::string> models;
  bool json = false;
};

Status remove(const RemoveOptions& options) {
  const auto store = TRY(open_library());
  std::vector<ModelName> names;
  // All or none, as far as that can be told beforehand.
  for (const std::string& model : options.models) {
    names.push_back(TRY(ModelName::parse(model)));
    if (const auto manifest = store->manifest(names.back()); !manifest) {
      if (manifest.error().code == ErrorCode::kNotFound) return std::unexpected(manifest.error());
    }
  }
  nlohmann::ordered_json removed = nlohmann::ordered_json::array();
  for (const ModelName& name : names) {
    TRY(store->remove(name));
    removed.push_back(name.text());
    if (!options.json) print_out("removed {}\n", name.text());
  }
  if (options.json) print_json({{"removed", removed}});
  return {};
}

}  // namespace

Command command_rm() {
  return {"rm", "Remove models from the store", [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<RemoveOptions>();
            arguments.words("NAME", options->models, "models of the store").required();
            arguments.flag("--json", options->json, "print JSON");
            return [options] { return remove(*options); };
          }};
}

}  // namespace hearth::cli
