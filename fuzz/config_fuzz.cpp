// A folder's config.json: the model's numbers, its rotary embedding and layers, the tokens that end a
// generation, how it makes vectors of texts, and the tensors under their GGUF names, by the conventions of
// several architectures.

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/config.h"
#include "formats/huggingface/huggingface_model_files.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/sentence_transformers.h"
#include "formats/testing/safetensors_builder.h"

namespace {

using namespace hearth;

void check(bool promise) {
  if (!promise) __builtin_trap();
}

/// An architecture's own ways.
struct Way {
  CheckpointConventions conventions;
  LayerParts parts = {};
};

std::vector<Way> ways() {
  return {
      {.conventions = {.halves_to_pairs = true, .defaults = {{"rope_theta", 1e6}}}},
      {.conventions = {.stacks = {{.from = "mlp.experts.gate_up_proj",
                                   .parts = {"ffn_gate_exps", "ffn_up_exps"},
                                   .alternates = true,
                                   .transposed = true}},
                       .norm_offset = 1.0f}},
      {.conventions = {.layers = "backbone.layers.",
                       .renames = {{"backbone.embeddings", "token_embd"},
                                   {"mixer.A_log", "ssm_a"},
                                   {"mixer.norm", "ssm_norm"}},
                       .defaults = {{"max_position_embeddings", int64_t{1} << 20}}},
       .parts = {.attention = false, .feed_forward = false, .state_space = true}},
  };
}

std::string tensors_of_all() {
  SafetensorsBuilder builder;
  for (const std::string_view prefix : {"", "language_model."}) {
    const auto add = [&](std::string_view name, std::string_view shape, size_t values) {
      builder.add(std::string(prefix) + std::string(name), "F32", shape, std::string(values * 4, '\1'));
    };
    add("model.embed_tokens.weight", "[4,8]", 32);
    add("model.layers.0.input_layernorm.weight", "[8]", 8);
    add("model.layers.0.self_attn.q_proj.weight", "[8,8]", 64);
    add("model.layers.0.self_attn.k_proj.bias", "[8]", 8);
    add("model.layers.0.mlp.experts.gate_up_proj", "[2,8,4]", 64);
    add("backbone.embeddings.weight", "[4,8]", 32);
    add("backbone.layers.0.mixer.A_log", "[4]", 4);
    add("backbone.layers.0.mixer.norm.weight", "[8]", 8);
    add("lm_head.weight", "[4,8]", 32);
  }
  return builder.build();
}

void check_config(const ModelConfig& config, const LayerParts& parts) {
  check(config.layer_types.size() == size_t(config.num_hidden_layers) && config.hidden_size > 0);
  check(config.vocab_size == 4 && std::isfinite(config.norm_eps));
  if (parts.attention) {
    check(config.num_attention_heads % config.num_key_value_heads == 0);
    check(config.rotary_dim % 2 == 0 && config.rotary_dim <= config.head_dim);
    check(std::isfinite(config.rope_theta) && std::isfinite(config.attention_scale));
  }
  const RopeScaling& scaling = config.rope_scaling;
  for (const auto& factors : {scaling.freq_factors, scaling.short_factors, scaling.long_factors})
    check(factors.empty() || factors.size() == size_t(config.rotary_dim / 2));
  if (parts.state_space) check(config.state_space.inner_size % config.state_space.num_heads == 0);
}

void read_all(const HuggingFaceModelFiles& files, const Way& way) {
  if (const auto name = files.architecture()) check(is_architecture_name(*name));
  if (const auto ids = files.eos_token_ids()) {
    for (const TokenId id : *ids) check(id >= 0);
  }
  if (const auto tensors = files.tensors(way.conventions)) {
    for (const ModelTensor& tensor : (*tensors)->all()) check((*tensors)->find(tensor.name) != nullptr);
  }
  const Result<ModelConfig> config = read_config(files, way.conventions, no_log(), way.parts);
  if (!config) {
    check(!config.error().message.empty());
    return;
  }
  check_config(*config, way.parts);
  const ConfigKeys keys = files.config(way.conventions, no_log());
  for (const int period : {0, 2, 6}) {
    ModelConfig sliding = *config;
    if (set_sliding_layers(sliding, keys, period)) check_config(sliding, way.parts);
  }
  ModelConfig sliding = *config;
  if (set_used_sliding_layers(sliding, keys)) check_config(sliding, way.parts);
}

/// The members of the text are the files that the package sentence-transformers puts beside it.
void read_companions(std::string_view text) {
  const auto json = parse_json_object(text, "config.json");
  if (!json) return;
  const auto config = parse_sentence_transformers(
      [&](const std::string& name) -> Result<std::optional<std::string>> {
        const auto found = json->find(name);
        return found != json->end()
                   ? std::optional(found->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace))
                   : std::nullopt;
      },
      *json);
  if (!config) {
    check(!config.error().message.empty() && !config.error().hint.empty());
    return;
  }
  check(config->default_prompt.empty() || prompt_text(*config, std::nullopt).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string shard = tensors_of_all();
  static const std::vector<Way> all_ways = ways();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_companions(text);
  for (const Way& way : all_ways) {
    std::vector<SafetensorsFile> shards;
    shards.push_back(SafetensorsFile::parse(as_bytes(shard)).value());
    const auto files = HuggingFaceModelFiles::from_memory(text, text, std::move(shards));
    if (!files) {
      check(!files.error().message.empty() && !files.error().hint.empty());
      return 0;
    }
    read_all(**files, way);
  }
  return 0;
}
