#include "formats/huggingface/tensor_names.h"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace hearth {

namespace {

constexpr TensorRename kOuter[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
};

/// Of what stands behind "model.layers.N.".
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
    {"block_sparse_moe.gate", "ffn_gate_inp"},
};

/// Of what stands behind "model.layers.N.mlp.experts.E.".
constexpr TensorRename kExpert[] = {
    {"gate_proj", "ffn_gate"}, {"up_proj", "ffn_up"}, {"down_proj", "ffn_down"},
    {"w1", "ffn_gate"},        {"w3", "ffn_up"},      {"w2", "ffn_down"},
};

constexpr std::string_view kLayers = "model.layers.";
constexpr std::string_view kExperts[] = {"mlp.experts.", "block_sparse_moe.experts."};

std::optional<std::string_view> find(std::span<const TensorRename> renames, std::string_view from) {
  const auto found = std::ranges::find(renames, from, &TensorRename::from);
  return found != renames.end() ? std::optional(found->to) : std::nullopt;
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

}  // namespace

std::string gguf_tensor_name(std::string_view name, std::span<const TensorRename> own) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::string(name);
  const std::string_view kind = name.substr(dot);  // ".weight"
  std::string_view stem = name.substr(0, dot);
  for (const std::span<const TensorRename> renames : {own, std::span<const TensorRename>(kOuter)}) {
    if (const auto to = find(renames, stem)) return fmt::format("{}{}", *to, kind);
  }
  if (!stem.starts_with(kLayers)) return std::string(name);
  stem.remove_prefix(kLayers.size());
  const std::string_view layer = take_number(stem);
  if (layer.empty()) return std::string(name);
  for (const std::span<const TensorRename> renames : {own, std::span<const TensorRename>(kLayer)}) {
    if (const auto to = find(renames, stem)) return fmt::format("blk.{}.{}{}", layer, *to, kind);
  }
  if (const auto expert = expert_name(stem)) return fmt::format("blk.{}.{}{}", layer, *expert, kind);
  return std::string(name);
}

bool is_derived_tensor(std::string_view name) { return name.ends_with(".rotary_emb.inv_freq"); }

}  // namespace hearth
