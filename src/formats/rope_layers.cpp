#include "formats/rope_layers.h"

namespace hearth {

Status set_rope_layers(ModelConfig& config, const ConfigKeys& keys, int period) {
  constexpr std::string_view kList = "no_rope_layers";
  const auto layers = size_t(config.num_hidden_layers);
  const std::vector<int> listed = TRY(keys.integers(kList, {0, 1}, layers));
  if (!listed.empty() && listed.size() != layers) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries for {} layers",
                     keys.full(kList), listed.size(), layers);
  }
  period = TRY(keys.integer_or("no_rope_layer_interval", {1, 4096}, period));
  for (size_t layer = 0; layer < layers; ++layer) {
    const bool is_last = (layer + 1) % size_t(period) == 0;
    config.rope_layers.push_back(listed.empty() ? !is_last : listed[layer] == 1);
  }
  return {};
}

}  // namespace hearth
