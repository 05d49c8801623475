#include "cli/served_models.h"

#include <algorithm>

#include "api/call/api_call.h"
#include "base/hex.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "cli/version.h"

namespace hearth::cli {

std::string fingerprint_of(std::span<const FileStamp> weights) {
  std::string facts(version());
  // Without what a restart of the machine may change: the numbers of devices.
  for (const FileStamp& part : weights) {
    facts += fmt::format(" {} {} {}", part.num_bytes, part.written_ns, part.changed_ns);
  }
  Sha256 hash;
  hash.update(std::as_bytes(std::span(facts)));
  return "fp_" + to_hex(hash.finish()).substr(0, 12);
}

Result<std::vector<api::ApiModel>> name_models(api::ApiModel model, const std::vector<std::string>& aliases) {
  std::vector<api::ApiModel> models = {std::move(model)};
  for (const std::string& alias : aliases) {
    const bool is_name = !alias.empty() && alias.size() <= api::kMaxNameSize &&
                         std::ranges::all_of(alias, [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_name) {
      return fail_hint(ErrorCode::kInvalidArgument,
                       "use letters, digits and signs, as in gpt-4o or org/name:tag",
                       "--alias: {} is no name for a model", hearth::quoted(alias));
    }
    if (std::ranges::find(models, alias, &api::ApiModel::id) != models.end()) continue;
    models.push_back(models.front());
    models.back().id = alias;
  }
  return models;
}

}  // namespace hearth::cli
