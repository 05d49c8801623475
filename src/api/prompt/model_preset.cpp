#include "api/prompt/model_preset.h"

#include <utility>

namespace hearth::api {

Json with_preset(const ApiModel& model, Json messages) {
  if (model.preset == nullptr) return messages;
  Json all = Json::array();
  size_t begin = 0;
  const auto is_system = [](const Json& message) {
    return message["role"] == "system" || message["role"] == "developer";
  };
  if (!messages.empty() && is_system(messages.front())) {
    all.push_back(std::move(messages[begin++]));
  } else if (!model.preset->system.empty()) {
    all.push_back({{"role", "system"}, {"content", model.preset->system}});
  }
  for (const Json& message : model.preset->messages) all.push_back(message);
  for (size_t i = begin; i < messages.size(); ++i) all.push_back(std::move(messages[i]));
  return all;
}

}  // namespace hearth::api
