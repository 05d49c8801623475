#include "server/runs/running_json.h"

namespace hearth::server {

api::Json running_json(std::span<const RunningModel> models) {
  api::Json list = api::Json::array();
  for (const RunningModel& model : models) {
    api::Json json = {{"name", model.name},        {"path", model.found.path.string()},
                      {"digest", nullptr},         {"size", model.found.num_bytes},
                      {"memory", model.num_bytes}, {"context", model.context},
                      {"users", model.num_users},  {"stopping", model.stopping},
                      {"expires_in_s", nullptr}};
    if (!model.found.digest.empty()) json["digest"] = model.found.digest;
    if (model.expires_in) json["expires_in_s"] = std::chrono::duration<double>(*model.expires_in).count();
    list.push_back(std::move(json));
  }
  return {{"models", std::move(list)}};
}

}  // namespace hearth::server
