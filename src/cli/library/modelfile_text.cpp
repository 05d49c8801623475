#include "cli/library/modelfile_text.h"

#include <nlohmann/json.hpp>

#include "store/modelfile/modelfile.h"

namespace hearth::cli {
namespace {

std::vector<Modelfile::Message> messages_of(const StoredModel& model) {
  std::vector<Modelfile::Message> messages;
  const auto all = nlohmann::json::parse(model.messages, nullptr, false);
  if (!all.is_array()) return messages;
  for (const auto& message : all) {
    if (!message.is_object()) continue;
    const auto role = message.find("role"), content = message.find("content");
    if (role == message.end() || content == message.end() || !role->is_string() || !content->is_string())
      continue;
    messages.push_back({role->get<std::string>(), content->get<std::string>()});
  }
  return messages;
}

}  // namespace

Result<std::string> modelfile_text(const StoredModel& model) {
  Modelfile file;
  file.from.push_back(model.path.string());
  if (!model.projector.empty()) file.from.push_back(model.projector.string());
  for (const auto& adapter : model.adapters) file.adapters.push_back(adapter.string());
  if (!model.draft.empty()) file.drafts.push_back(model.draft.string());
  if (!model.parameters.empty()) file.parameters = TRY(parameters_of_json(model.parameters));
  file.chat_template = model.chat_template;
  file.system = model.system;
  file.licenses = model.licenses;
  file.messages = messages_of(model);
  const std::string text = TRY(file.write());
  if (model.name.model.empty()) return text;
  return fmt::format("# To make a model of this one, put in place of FROM:\n# FROM {}\n\n{}",
                     model.name.text(), text);
}

Result<std::string> parameters_text(const StoredModel& model) {
  std::string text;
  if (model.parameters.empty()) return text;
  for (const auto& [name, value] : TRY(parameters_of_json(model.parameters))) {
    text += fmt::format("{:<30} {}\n", name, value);
  }
  return text;
}

}  // namespace hearth::cli
