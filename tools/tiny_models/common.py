"""Settings, names of tensors and keys that several families share."""

from typing import Any

import gguf

from .fixture import LAYER_TENSORS


VOCAB_SIZE = 264

SANDWICH_TENSORS = LAYER_TENSORS | {
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}

SHARED_EXPERT_TENSORS = LAYER_TENSORS | {
    f"mlp.{expert}.{part}_proj": f"ffn_{part}_shexp"
    for expert in ("shared_expert", "shared_experts") for part in ("gate", "up", "down")
} | {"mlp.shared_expert_gate": "ffn_gate_inp_shexp"}  # fmt: skip


def linear_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(config.rope_parameters["factor"])


def yarn_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(config.rope_parameters["factor"])
    writer.add_rope_scaling_orig_ctx_len(config.rope_parameters["original_max_position_embeddings"])


def moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_expert_count(config.num_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def parallel_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_parallel_residual(config.use_parallel_residual)

BASE = dict(
    vocab_size=VOCAB_SIZE, hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, max_position_embeddings=256, rms_norm_eps=1e-5, tie_word_embeddings=True,
    bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1, pad_token_id=None,
)  # fmt: skip

LAYER_NORM = {key: value for key, value in BASE.items() if key not in ("head_dim", "rms_norm_eps")} | dict(
    num_attention_heads=3, layer_norm_eps=1e-5, tie_word_embeddings=False,
    rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.25),
)  # fmt: skip
