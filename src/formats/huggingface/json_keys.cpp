#include "formats/huggingface/json_keys.h"

#include <algorithm>
#include <span>
#include <utility>

#include "formats/huggingface/json_node.h"

namespace hearth {

namespace {

using Json = nlohmann::json;

constexpr size_t kMaxDepth = 64;

/// Where a key may stand beside the top level under its own name: paths in order, their parts joined by dots.
struct KeyPaths {
  std::string_view key;
  std::string_view paths[6];
};

constexpr KeyPaths kPaths[] = {
    {"rope_theta",
     {"rope_theta", "rope_parameters.rope_theta", "rope_parameters.full_attention.rope_theta",
      "rotary_emb_base", "global_rope_theta"}},
    {"rope_local_base_freq",
     {"rope_local_base_freq", "rope_parameters.sliding_attention.rope_theta", "local_rope_theta"}},
    {"sliding_window", {"sliding_window", "local_attention", ""}},
    {"partial_rotary_factor",
     {"partial_rotary_factor", "rope_parameters.partial_rotary_factor", "rotary_pct"}},
    {"original_max_position_embeddings",
     {"rope_parameters.original_max_position_embeddings",
      "rope_parameters.full_attention.original_max_position_embeddings",
      "rope_scaling.original_max_position_embeddings", "original_max_position_embeddings"}},
    {"rms_norm_eps", {"rms_norm_eps", "layer_norm_epsilon", ""}},
    {"layer_norm_eps", {"layer_norm_eps", "layer_norm_epsilon", "norm_epsilon", "norm_eps"}},
    {"num_experts", {"num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"}},
    {"num_experts_per_tok", {"num_experts_per_tok", "moe_topk", "moe_k", "moe_top_k"}},
    {"n_shared_experts", {"n_shared_experts", "num_shared_expert", "moe_num_shared_experts"}},
    {"shared_expert_intermediate_size", {"shared_expert_intermediate_size", "shared_intermediate_size"}},
    {"first_k_dense_replace", {"first_k_dense_replace", "moe_layer_start_index"}},
    {"moe_layer_interval", {"moe_layer_interval", "interleave_moe_layer_step", "decoder_sparse_step"}},
    {"num_nextn_predict_layers", {"num_nextn_predict_layers", "num_mtp_layers"}},
    {"num_heads", {"num_heads", "mamba_n_heads"}},
    {"state_size", {"state_size", "mamba_d_state"}},
    {"n_groups", {"n_groups", "mamba_n_groups"}},
    {"conv_kernel", {"conv_kernel", "mamba_d_conv"}},
    {"expand", {"expand", "mamba_expand"}},
    {"hidden_act", {"hidden_act", "hidden_activation", "activation_function", "activation"}},
    {"num_hidden_layers", {"num_hidden_layers", "n_layer", "n_layers"}},
    {"hidden_size", {"hidden_size", "n_embd", "d_model", "n_embed"}},
    {"intermediate_size", {"intermediate_size", "n_inner", "ffn_hidden_size"}},
    {"num_attention_heads", {"num_attention_heads", "n_head", "n_heads"}},
    {"max_position_embeddings",
     {"max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "model_max_length"}},
    // Of models where a context by another name says that nothing is rotated.
    {"max_rotary_positions", {"max_position_embeddings"}},
    {"attention_multiplier", {"attention_multiplier", "attn_config.softmax_scale"}},
    {"clip_qkv", {"clip_qkv", "attn_config.clip_qkv"}},
    {"alibi", {"alibi", "attn_config.alibi"}},
    {"alibi_bias_max", {"attn_config.alibi_bias_max"}},
    {"sliding_window_pattern",
     {"sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers"}},
    {"v_head_dim", {"v_head_dim", "head_dim", ""}},
};

constexpr std::string_view kRope = "rope_parameters.";
constexpr const char* kTextConfig = "text_config";

/// All places of a key, first the one that newer files have.
std::vector<std::string> paths_of(std::string_view key) {
  std::vector<std::string> paths;
  if (key.starts_with(kRope)) {
    const std::string rest(key.substr(kRope.size()));
    paths = {"rope_parameters." + rest, "rope_parameters.full_attention." + rest, "rope_scaling." + rest};
    if (rest == "rope_type") paths.emplace_back("rope_scaling.type");
    return paths;
  }
  const auto* found = std::ranges::find(kPaths, key, &KeyPaths::key);
  if (found == std::end(kPaths)) return {std::string(key)};
  for (const std::string_view path : found->paths) {
    if (!path.empty()) paths.emplace_back(path);
  }
  return paths;
}

/// Null where there is nothing.
const Json* find_path(const Json& object, std::string_view path) {
  const Json* at = &object;
  while (true) {
    const size_t dot = path.find('.');
    const auto found = at->find(path.substr(0, dot));
    if (!at->is_object() || found == at->end()) return nullptr;
    at = &*found;
    if (dot == std::string_view::npos) return at;
    path.remove_prefix(dot + 1);
  }
}

ConfigValue to_config_value(const Json& value);

ConfigValue::Scalar scalar_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_string()) return std::string_view(value.get_ref<const std::string&>());
  return {};
}

ConfigValue to_config_value(const Json& value) {
  if (!value.is_array()) return {scalar_of(value), description_of(value)};
  const auto element = [&value](size_t index) { return to_config_value(value[index]); };
  return {value.size(), element, description_of(value)};
}

/// Python writes numbers that JSON has no form for as Infinity, -Infinity and NaN. They become null.
std::string without_named_numbers(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    size_t taken = in_string && text[0] == '\\' ? std::min<size_t>(2, text.size()) : 1;
    if (text[0] == '"') in_string = !in_string;
    bool is_number = false;
    for (const std::string_view name : {"Infinity", "-Infinity", "NaN"}) {
      if (in_string || !text.starts_with(name)) continue;
      is_number = true;
      taken = name.size();
    }
    plain += is_number ? std::string_view("null") : text.substr(0, taken);
    text.remove_prefix(taken);
  }
  return plain;
}

class JsonSource final : public KeySource {
 public:
  JsonSource(const Json& object, std::string file, std::vector<KeyDefault> defaults)
      : object_(object), file_(std::move(file)), defaults_(std::move(defaults)) {}

  std::optional<ConfigValue> find(std::string_view key) const override {
    const std::optional<Found> found = find_in_file(key);
    if (found && found->value->is_null()) return std::nullopt;
    if (found) return to_config_value(*found->value);
    const auto usual = std::ranges::find(defaults_, key, &KeyDefault::key);
    if (usual == defaults_.end()) return std::nullopt;
    return ConfigValue(usual->value, "the default of its architecture");
  }

  std::string spelling(std::string_view key) const override {
    const std::optional<Found> found = find_in_file(key);
    return fmt::format("{}: {}", file_, found ? found->path : inner() + paths_of(key).front());
  }

 private:
  struct Found {
    const Json* value;
    std::string path;
  };

  /// What the paths of a text model begin with.
  std::string inner() const {
    return text_config_of(object_) != nullptr ? fmt::format("{}.", kTextConfig) : std::string();
  }

  /// JSON's null, which says that there is no such thing, only where no path has another value.
  std::optional<Found> find_in_file(std::string_view key) const {
    std::optional<Found> null;
    const std::vector<std::string> paths = paths_of(key);
    for (const std::string& prefix : {inner(), std::string()}) {
      for (const std::string& path : paths) {
        std::string whole = prefix + path;
        const Json* value = find_path(object_, whole);
        if (value != nullptr && !value->is_null()) return Found{value, std::move(whole)};
        if (value != nullptr && !null) null = Found{value, std::move(whole)};
      }
    }
    return null;
  }

  const Json& object_;
  std::string file_;
  std::vector<KeyDefault> defaults_;
};

}  // namespace

Result<Json> parse_json_file(std::string_view text, std::string_view file) {
  std::string plain;
  if (text.find("Infinity") != text.npos || text.find("NaN") != text.npos) {
    plain = without_named_numbers(text);
    text = plain;
  }
  bool too_deep = false;
  const Json::parser_callback_t limit = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || size_t(depth) > kMaxDepth;
    return !too_deep;
  };
  try {
    Json json = Json::parse(text, limit);
    if (!too_deep) return json;
    return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from",
                     "{} is nested more than {} deep", file, kMaxDepth);
  } catch (const Json::parse_error& error) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is no valid JSON: it breaks at byte {}", file,
                     error.byte);
  } catch (const Json::exception&) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} holds a number out of range", file);
  }
}

Result<Json> parse_json_object(std::string_view text, std::string_view file) {
  Json json = TRY(parse_json_file(text, file));
  if (json.is_object()) return json;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, not an object", file,
                   description_of(json));
}

const Json* text_config_of(const Json& config) {
  const auto found = config.find(kTextConfig);
  return found != config.end() && found->is_object() ? &*found : nullptr;
}

ConfigKeys json_keys(const Json& object, std::string file, std::vector<KeyDefault> defaults, LogSink log) {
  return {std::make_shared<JsonSource>(object, std::move(file), std::move(defaults)), std::move(log)};
}

}  // namespace hearth
