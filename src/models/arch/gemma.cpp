#include <cmath>

#include "formats/config.h"
#include "formats/refused_keys.h"
#include "models/decoder.h"

namespace hearth {

namespace {

/// GGUF files do not name the activation; early folders call its approximation by the name of the exact one.
Status configure(ModelConfig& config, const ConfigKeys& keys) {
  if (!keys.has("hidden_act") || config.hidden_act == HiddenAct::kGelu)
    config.hidden_act = HiddenAct::kGeluTanh;
  config.embedding_scale = std::sqrt(float(config.hidden_size));
  return refuse_bidirectional(keys);
}

}  // namespace

ModelSpec spec_gemma() {
  ModelSpec spec = decoder_spec({"gemma", "GemmaForCausalLM"}, plain_layer, configure);
  spec.description = "Gemma 1, CodeGemma";
  spec.conventions.norm_offset = 1.0f;
  spec.conventions.defaults = {{"head_dim", int64_t{256}},
                               {"rms_norm_eps", 1e-6},
                               {"tie_word_embeddings", true},
                               {"hidden_act", std::string_view("gelu_pytorch_tanh")}};
  return spec;
}

}  // namespace hearth
