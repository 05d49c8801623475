"""DeepSeek V2, V2-Lite and V3."""

from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import transformers

from .common import SHARED_EXPERT_TENSORS, VOCAB_SIZE, yarn_keys
from .fixture import Fixture, expert_tensors


DEEPSEEK2_TENSORS = SHARED_EXPERT_TENSORS | {
    "self_attn.q_a_proj": "attn_q_a", "self_attn.q_a_layernorm": "attn_q_a_norm", "self_attn.q_b_proj": "attn_q_b",
    "self_attn.kv_a_proj_with_mqa": "attn_kv_a_mqa", "self_attn.kv_a_layernorm": "attn_kv_a_norm",
    "self_attn.kv_b_proj": "attn_kv_b",
}  # fmt: skip


def deepseek2_keys(split: bool, v3: bool) -> Callable[[gguf.GGUFWriter, Any], None]:
    """`split`: keys and values of the latent as tensors of their own, as newer converters write them."""

    def keys(writer: gguf.GGUFWriter, config: Any) -> None:
        nope, rope, rank = config.qk_nope_head_dim, config.qk_rope_head_dim, config.kv_lora_rank
        writer.add_context_length(config.max_position_embeddings)
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        writer.add_head_count(config.num_attention_heads)
        writer.add_head_count_kv(1 if split else config.num_attention_heads)
        writer.add_key_length(rank + rope if split else nope + rope)
        writer.add_value_length(rank if split else config.v_head_dim)
        if split:
            writer.add_key_length_mla(nope + rope)
            writer.add_value_length_mla(config.v_head_dim)
        if config.q_lora_rank:
            writer.add_q_lora_rank(config.q_lora_rank)
        writer.add_kv_lora_rank(rank)
        writer.add_rope_dimension_count(rope)
        writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
        writer.add_leading_dense_block_count(config.first_k_dense_replace)
        writer.add_expert_count(config.n_routed_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_shared_count(config.n_shared_experts)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
        writer.add_expert_weights_scale(config.routed_scaling_factor)
        writer.add_expert_weights_norm(v3)
        if v3:
            writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
        if config.n_group:
            writer.add_expert_group_count(config.n_group)
            writer.add_expert_group_used_count(config.topk_group)
        if config.rope_parameters["rope_type"] == "yarn":
            yarn_keys(writer, config)
            writer.add_rope_scaling_yarn_log_mul(0.1 * config.rope_parameters["mscale_all_dim"])

    return keys


def deepseek2_tensors(settings: dict, split: bool) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        if name == "mlp.gate.e_score_correction_bias":
            return {"exp_probs_b.bias": values}
        if name != "self_attn.kv_b_proj.weight" or not split:
            return expert_tensors(name, values)
        by_head = values.reshape(settings["num_attention_heads"], -1, values.shape[1])
        nope = settings["qk_nope_head_dim"]
        return {"attn_k_b.weight": by_head[:, :nope].swapaxes(1, 2), "attn_v_b.weight": by_head[:, nope:]}

    return tensors

DEEPSEEK2_ROPE = dict(
    rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48, beta_fast=4.0, beta_slow=1.0,
    mscale=0.707, mscale_all_dim=0.707,
)  # fmt: skip

# Sizes that differ wherever they may.
DEEPSEEK2 = dict(
    vocab_size=VOCAB_SIZE, hidden_size=32, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=4, max_position_embeddings=256, rms_norm_eps=1e-6, tie_word_embeddings=False,
    q_lora_rank=24, kv_lora_rank=20, qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=10, first_k_dense_replace=1,
    n_routed_experts=6, num_experts_per_tok=2, n_shared_experts=2, moe_intermediate_size=16, routed_scaling_factor=2.5,
    rope_parameters=DEEPSEEK2_ROPE, bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1, pad_token_id=None,
)  # fmt: skip

DEEPSEEK2_ABLATIONS = {
    "yarn": dict(rope_parameters=dict(rope_type="default", rope_theta=1000.0)),
    "magnitude of all dimensions": dict(rope_parameters=DEEPSEEK2_ROPE | dict(mscale=1e-9, mscale_all_dim=1e-9)),
    "second expert": dict(num_experts_per_tok=1),
    "scale of the experts": dict(routed_scaling_factor=1.0),
}

GROUPED = dict(n_group=3, topk_group=2)

FIXTURES = [
    *(
        Fixture(
            name=name,
            arch="deepseek2",
            config=getattr(transformers, f"Deepseek{version}Config"),
            model=getattr(transformers, f"Deepseek{version}ForCausalLM"),
            settings=DEEPSEEK2 | settings,
            ablations=DEEPSEEK2_ABLATIONS | ablations,
            prompts=[(90, 256), (23, 256)],
            peer_differs=dict.fromkeys(range(2), differs) if differs else {},
            layer_tensors=DEEPSEEK2_TENSORS,
            other_tensors=deepseek2_tensors(DEEPSEEK2, split),
            gains={"q_b_proj": 2.0, "kv_b_proj": 2.0},
            max_shard_size=shard_size,
            layer_keys=deepseek2_keys(split, version == "V3"),
        )
        for name, version, split, shard_size, settings, ablations, differs in [
            ("deepseek_v2", "V2", False, None, GROUPED | dict(topk_method="group_limited_greedy", topk_group=1),
             {"groups": dict(topk_method="greedy")}, "it takes groups by their two best experts"),
            ("deepseek_v2_lite", "V2", True, "60KB", dict(q_lora_rank=None), {},
             "without a latent of queries, it reads models of 26 or 27 layers alone"),
            ("deepseek_v3", "V3", True, "1MB", GROUPED, {"groups": dict(n_group=1, topk_group=1)}, None),
        ]
    ),
]  # fmt: skip
