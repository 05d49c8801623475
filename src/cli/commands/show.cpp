#include <memory>
#include <string>
#include <vector>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/library/model_details.h"
#include "cli/library/modelfile_text.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ShowOptions {
  std::string model;
  bool modelfile = false, parameters = false, chat_template = false, system = false, license = false;
  bool verbose = false;
  bool json = false;
};

/// A model of the store, or one that a path leads to, with what its files say.
struct ShownModel {
  StoredModel stored;
  bool is_stored = false;
  ModelDetails details;

  std::string chat_template() const {
    return stored.chat_template.value_or(details.chat_template.value_or(""));
  }
};

Result<ShownModel> open_shown(const ShowOptions& options) {
  LocatedModel located = TRY(find_model(options.model, stderr_log(options.verbose)));
  ShownModel shown;
  shown.is_stored = located.stored.has_value();
  if (located.stored) shown.stored = *std::move(located.stored);
  shown.stored.path = located.path;
  shown.details = TRY(read_model_details(shown.stored.path, stderr_log(options.verbose)));
  return shown;
}

Json layers_json(const Manifest& manifest) {
  Json layers = Json::array();
  for (const Layer& layer : manifest.layers) {
    layers.push_back(
        {{"media_type", layer.media_type}, {"digest", layer.digest.text()}, {"size", layer.num_bytes}});
    if (!layer.name.empty()) layers.back()["name"] = layer.name;
  }
  return layers;
}

Result<Json> to_json(const ShownModel& shown) {
  const ModelDetails& details = shown.details;
  const StoredModel& stored = shown.stored;
  Json json = {{"path", stored.path.string()},
               {"details",
                {{"format", details.format},
                 {"family", details.architecture},
                 {"parameters", details.num_parameters},
                 {"parameter_size", parameter_text(details.num_parameters)},
                 {"quantization_level", details.quantisation},
                 {"context_length", details.context ? Json(*details.context) : Json()},
                 {"embedding_length", details.embedding_size ? Json(*details.embedding_size) : Json()}}},
               {"template", shown.chat_template()},
               {"system", stored.system.value_or("")},
               {"parameters", Json::parse(stored.parameters, nullptr, false)},
               {"license", stored.licenses}};
  if (json["parameters"].is_discarded()) json["parameters"] = Json::object();
  if (!shown.is_stored) return json;
  json["name"] = stored.name.text();
  json["digest"] = stored.manifest.digest().text();
  json["modified_at"] = time_text(stored.modified);
  json["origin"] = stored.manifest.origin;
  json["modelfile"] = TRY(modelfile_text(stored));
  json["layers"] = layers_json(stored.manifest);
  return json;
}

void print_section(std::string_view title, std::string_view text, size_t max_lines) {
  if (text.empty()) return;
  print_out("  {}\n", title);
  for (size_t i = 0; !text.empty(); ++i) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (i == max_lines) {
      print_out("    ...\n");
      break;
    }
    print_out("    {}\n", text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  print_out("\n");
}

Status print_facts(const ShownModel& shown, bool verbose) {
  const ModelDetails& details = shown.details;
  print_out("  Model\n");
  const auto line = [](std::string_view name, std::string_view value) {
    if (!value.empty()) print_out("    {:<20} {}\n", name, visible_line(value));
  };
  line("architecture", details.architecture);
  line("parameters", parameter_text(details.num_parameters));
  line("context length", details.context ? std::to_string(*details.context) : "");
  line("embedding length", details.embedding_size ? std::to_string(*details.embedding_size) : "");
  line("quantization", details.quantisation);
  if (shown.is_stored) {
    line("size", size_text(shown.stored.manifest.num_bytes()));
    line("id", short_id(shown.stored));
    line("origin", shown.stored.manifest.origin);
    line("projector", shown.stored.projector.string());
    line("draft", shown.stored.draft.string());
  }
  line("path", shown.stored.path.string());
  print_out("\n");
  constexpr size_t kFewLines = 2, kAllLines = SIZE_MAX;
  print_section("Parameters", TRY(parameters_text(shown.stored)), kAllLines);
  print_section("System", shown.stored.system.value_or(""), verbose ? kAllLines : kFewLines);
  if (verbose) print_section("Template", shown.chat_template(), kAllLines);
  for (const std::string& license : shown.stored.licenses) {
    print_section("License", license, verbose ? kAllLines : kFewLines);
  }
  return {};
}

/// A part alone, as a program would read it.
Status print_part(std::string_view text) {
  print_out("{}{}", text, text.ends_with('\n') || text.empty() ? "" : "\n");
  return {};
}

Status show(const ShowOptions& options) {
  const int num_parts =
      options.modelfile + options.parameters + options.chat_template + options.system + options.license;
  if (num_parts > 1) {
    return fail_hint(ErrorCode::kInvalidArgument, "give one", "two parts of the model are asked for");
  }
  const ShownModel shown = TRY(open_shown(options));
  if (options.json) {
    print_json(TRY(to_json(shown)));
    return {};
  }
  if (options.modelfile) return print_part(TRY(modelfile_text(shown.stored)));
  if (options.parameters) return print_part(TRY(parameters_text(shown.stored)));
  if (options.chat_template) return print_part(shown.chat_template());
  if (options.system) return print_part(shown.stored.system.value_or(""));
  if (options.license) {
    for (const std::string& license : shown.stored.licenses) TRY(print_part(license));
    return {};
  }
  return print_facts(shown, options.verbose);
}

}  // namespace

Command command_show() {
  return {"show", "Show what a model is, and how it is run",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<ShowOptions>();
            add_model(arguments, "MODEL,-m,--model", options->model).required();
            arguments.flag("--modelfile", options->modelfile, "print its Modelfile");
            arguments.flag("--parameters", options->parameters, "print its parameters");
            arguments.flag("--template", options->chat_template, "print its chat template");
            arguments.flag("--system", options->system, "print its system message");
            arguments.flag("--license", options->license, "print its license");
            arguments.flag("-v,--verbose", options->verbose, "all of long texts");
            arguments.flag("--json", options->json, "print JSON");
            return [options] { return show(*options); };
          }};
}

}  // namespace hearth::cli
