#include "formats/huggingface/tensors/tensor_names.h"

#include <algorithm>
#include <optional>
#include <span>

#include <fmt/core.h>

namespace hearth {

namespace {

constexpr TensorRename kOuter[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
    {"score", "cls.output"},
};

/// Of what stands behind "model.layers.N.", or what the architecture has in its place.
constexpr TensorRename kLayer[] = {
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.qkv_proj", "attn_qkv"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.gate_up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"mlp.gate", "ffn_gate_inp"},
    {"mlp.gate.e_score_correction_bias", "exp_probs_b.bias"},
    {"block_sparse_moe.gate", "ffn_gate_inp"},
    {"mlp.shared_experts.gate_proj", "ffn_gate_shexp"},
    {"mlp.shared_experts.up_proj", "ffn_up_shexp"},
    {"mlp.shared_experts.down_proj", "ffn_down_shexp"},
    {"mlp.shared_expert.gate_proj", "ffn_gate_shexp"},
    {"mlp.shared_expert.up_proj", "ffn_up_shexp"},
    {"mlp.shared_expert.down_proj", "ffn_down_shexp"},
    {"mlp.shared_expert_gate", "ffn_gate_inp_shexp"},
};

/// Of what stands behind "model.layers.N.mlp.experts.E.".
constexpr TensorRename kExpert[] = {
    {"gate_proj", "ffn_gate"}, {"up_proj", "ffn_up"}, {"down_proj", "ffn_down"},
    {"w1", "ffn_gate"},        {"w3", "ffn_up"},      {"w2", "ffn_down"},
};

constexpr std::string_view kExperts[] = {"mlp.experts.", "block_sparse_moe.experts."};

using Renames = std::span<const TensorRename>;

std::optional<std::string_view> find(Renames renames, std::string_view from) {
  const auto found = std::ranges::find(renames, from, &TensorRename::from);
  return found != renames.end() ? std::optional(found->to) : std::nullopt;
}

std::optional<std::string_view> find_back(Renames renames, std::string_view to) {
  const auto found = std::ranges::find(renames, to, &TensorRename::to);
  return found != renames.end() ? std::optional(found->from) : std::nullopt;
}

/// A name and the kind behind its last dot: "self_attn.q_proj", ".weight".
struct KindedName {
  std::string_view stem, kind;
};
KindedName split_kind(std::string_view name) {
  const size_t dot = std::min(name.rfind('.'), name.size());
  return {name.substr(0, dot), name.substr(dot)};
}

/// Looks a name up with its kind, then without, then with "*" in place of its last part.
template <typename Find>
std::optional<std::string> renamed(std::string_view name, Renames own, Renames shared, Find find_name) {
  for (const Renames renames : {own, shared}) {
    if (const auto whole = find_name(renames, name)) return std::string(*whole);
    const auto [stem, kind] = split_kind(name);
    if (const auto to = find_name(renames, stem)) return fmt::format("{}{}", *to, kind);
    const auto [list, number] = split_kind(stem);
    if (const auto to = find_name(renames, fmt::format("{}.*", list)))
      return fmt::format("{}{}{}", to->substr(0, to->size() - 2), number, kind);
  }
  return std::nullopt;
}

/// Takes "12." off the front; empty where there is no number.
std::string_view take_number(std::string_view& text) {
  const size_t dot = text.find('.');
  const std::string_view number = text.substr(0, dot);
  const bool is_number = dot != std::string_view::npos && !number.empty() && number.size() <= 5 &&
                         number.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return {};
  text.remove_prefix(dot + 1);
  return number;
}

std::optional<std::string> expert_name(std::string_view stem) {
  for (const std::string_view prefix : kExperts) {
    if (!stem.starts_with(prefix)) continue;
    stem.remove_prefix(prefix.size());
    const std::string_view expert = take_number(stem);
    const auto to = find(kExpert, stem);
    if (!expert.empty() && to) return fmt::format("{}.{}", *to, expert);
  }
  return std::nullopt;
}

/// The reverse, of an expert by itself ("ffn_gate.3") or of all ("ffn_gate_exps").
std::optional<std::string> checkpoint_expert_name(std::string_view stem) {
  const size_t end = std::min(stem.find('.'), stem.find("_exps"));
  if (end == std::string_view::npos) return std::nullopt;
  const auto from = find_back(kExpert, stem.substr(0, end));
  if (!from) return std::nullopt;
  return fmt::format("{}{}.{}", kExperts[0], stem[end] == '.' ? stem.substr(end + 1) : "*", *from);
}

}  // namespace

std::optional<LayerTensorName> split_layer_name(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const std::string_view layer = take_number(name);
  return layer.empty() ? std::nullopt : std::optional(LayerTensorName{layer, name});
}

std::string gguf_tensor_name(std::string_view name, const CheckpointConventions& conventions) {
  if (const auto outer = renamed(name, conventions.renames, kOuter, find)) return *outer;
  const std::optional<LayerTensorName> in_layer = split_layer_name(name, conventions.layers);
  if (!in_layer) return std::string(name);
  const auto& [layer, part] = *in_layer;
  if (const auto own = renamed(part, conventions.renames, kLayer, find))
    return fmt::format("blk.{}.{}", layer, *own);
  const auto [stem, kind] = split_kind(part);
  if (const auto expert = expert_name(stem)) return fmt::format("blk.{}.{}{}", layer, *expert, kind);
  return std::string(name);
}

std::string checkpoint_tensor_name(std::string_view gguf_name, const CheckpointConventions& conventions) {
  if (const auto outer = renamed(gguf_name, conventions.renames, kOuter, find_back)) return *outer;
  const std::optional<LayerTensorName> in_layer = split_layer_name(gguf_name, "blk.");
  if (!in_layer) return std::string(gguf_name);
  const auto& [layer, part] = *in_layer;
  const auto [stem, kind] = split_kind(part);
  for (const StackedExperts& stack : conventions.stacks) {
    if (std::ranges::find(stack.parts, stem) == stack.parts.end()) continue;
    return fmt::format("{}{}.{}{}", conventions.layers, layer, stack.from, kind == ".bias" ? "_bias" : "");
  }
  if (const auto own = renamed(part, conventions.renames, kLayer, find_back))
    return fmt::format("{}{}.{}", conventions.layers, layer, *own);
  if (const auto expert = checkpoint_expert_name(stem))
    return fmt::format("{}{}.{}{}", conventions.layers, layer, *expert, kind);
  return std::string(gguf_name);
}

std::optional<std::string> text_tensor_name(std::string_view name) {
  constexpr TensorRename kPrefixes[] = {
      {"language_model.", ""}, {"model.language_model.", "model."}, {"model.text_model.", "model."}};
  for (const auto& [prefix, own] : kPrefixes) {
    if (name.starts_with(prefix)) return fmt::format("{}{}", own, name.substr(prefix.size()));
  }
  return name.starts_with("lm_head.") ? std::optional(std::string(name)) : std::nullopt;
}

std::optional<int> layer_of_tensor(std::string_view name, const CheckpointConventions& conventions) {
  const std::optional<LayerTensorName> in_layer = split_layer_name(name, conventions.layers);
  if (!in_layer) return std::nullopt;
  int layer = 0;
  for (const char digit : in_layer->layer) layer = 10 * layer + (digit - '0');
  return layer;
}

bool is_derived_tensor(std::string_view name) {
  constexpr std::string_view kEnds[] = {".rotary_emb.inv_freq", ".attention.bias",   ".attention.masked_bias",
                                        ".attn.bias",           ".attn.masked_bias", ".position_ids",
                                        ".token_type_ids"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

}  // namespace hearth
