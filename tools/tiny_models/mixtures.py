"""Mixtures of experts that differ in how they pick and weigh them, and in little else."""

from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE, SHARED_EXPERT_TENSORS
from .fixture import Fixture, expert_tensors

SMALL = {key: value for key, value in BASE.items() if key != "head_dim"} | dict(
    hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
    rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip
PROMPTS = [(70, 256), (5, 256)]
EXPERTS = dict(num_experts_per_tok=2, moe_intermediate_size=12)
BALANCED = EXPERTS | dict(
    n_routed_experts=5, n_shared_experts=2, routed_scaling_factor=2.5, first_k_dense_replace=1, head_dim=12,
    norm_topk_prob=True,
)  # fmt: skip
BALANCED_ABLATIONS = {
    "normalized weights": dict(norm_topk_prob=False),
    "scale of the experts": dict(routed_scaling_factor=1.0),
    "second expert": dict(num_experts_per_tok=1),
}


def selection_bias_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    if name.endswith("e_score_correction_bias"):
        return {"exp_probs_b.bias": values.reshape(-1)}
    return expert_tensors(name, values)


def picked_keys(writer: gguf.GGUFWriter, num_experts: int, config: Any) -> None:
    writer.add_expert_count(num_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)


def balanced_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.n_routed_experts, config)
    writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    writer.add_expert_shared_count(config.n_shared_experts)
    writer.add_expert_weights_scale(config.routed_scaling_factor)
    writer.add_expert_weights_norm(config.norm_topk_prob)
    writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    writer.add_leading_dense_block_count(config.first_k_dense_replace)


def glm4_moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    """With a layer more, which predicts a further token."""
    balanced_keys(writer, config)
    writer.add_block_count(config.num_hidden_layers + config.num_nextn_predict_layers)
    writer.add_nextn_predict_layers(config.num_nextn_predict_layers)


def glm4_moe_next_layer(config: Any) -> dict[str, np.ndarray]:
    hidden, ff, experts = config.hidden_size, config.moe_intermediate_size, config.n_routed_experts
    q, kv = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
    shared = ff * config.n_shared_experts
    shapes = {
        "attn_norm": (hidden,), "attn_q": (q, hidden), "attn_k": (kv, hidden), "attn_v": (kv, hidden),
        "attn_output": (hidden, q), "attn_q_norm": (config.head_dim,), "attn_k_norm": (config.head_dim,),
        "post_attention_norm": (hidden,), "ffn_gate_inp": (experts, hidden), "ffn_gate_exps": (experts, ff, hidden),
        "ffn_up_exps": (experts, ff, hidden), "ffn_down_exps": (experts, hidden, ff),
        "ffn_gate_shexp": (shared, hidden), "ffn_up_shexp": (shared, hidden), "ffn_down_shexp": (hidden, shared),
        "nextn.eh_proj": (hidden, 2 * hidden), "nextn.enorm": (hidden,), "nextn.hnorm": (hidden,),
    }  # fmt: skip
    layer = f"blk.{config.num_hidden_layers}."
    tensors = {f"{layer}{name}.weight": np.ones(shape, np.float32) for name, shape in shapes.items()}
    tensors |= {f"{layer}attn_{part}.bias": np.ones(size, np.float32) for part, size in [("q", q), ("k", kv), ("v", kv)]}
    return tensors | {f"{layer}exp_probs_b.bias": np.ones(experts, np.float32)}


def ernie4_5_moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.moe_num_experts, config)
    writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    writer.add_expert_shared_count(config.moe_num_shared_experts)
    writer.add_expert_shared_feed_forward_length(config.moe_intermediate_size * config.moe_num_shared_experts)
    writer.add_interleave_moe_layer_step(config.moe_layer_interval)
    writer.add_leading_dense_block_count(config.moe_layer_start_index)


def phimoe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.num_local_experts, config)
    writer.add_rope_scaling_orig_ctx_len(config.rope_parameters["original_max_position_embeddings"])
    writer.add_rope_scaling_attn_factors(config.rope_parameters["short_mscale"])


def phimoe_factors(config: Any) -> dict[str, np.ndarray]:
    return {
        f"rope_factors_{kind}.weight": np.array(config.rope_parameters[f"{kind}_factor"], np.float32)
        for kind in ("long", "short")
    }


def minimax_m2_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.num_local_experts, config)
    writer.add_expert_feed_forward_length(config.intermediate_size)
    writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)


def hunyuan_moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.num_experts, config)
    writer.add_expert_feed_forward_length(config.intermediate_size)
    writer.add_expert_shared_feed_forward_length(config.intermediate_size)


def granite_moe_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    if name == "shared_mlp.input_linear.weight":
        gate, up = np.split(values, 2)
        return {"ffn_gate_shexp.weight": gate, "ffn_up_shexp.weight": up}
    return expert_tensors(name.replace("block_sparse_moe.", "mlp."), values)


def granite_moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.num_local_experts, config)
    writer.add_expert_shared_feed_forward_length(config.shared_intermediate_size)
    writer.add_attention_scale(config.attention_multiplier)
    writer.add_embedding_scale(config.embedding_multiplier)
    writer.add_residual_scale(config.residual_multiplier)
    writer.add_logit_scale(config.logits_scaling)


PHIMOE_ROPE = dict(
    rope_type="longrope", rope_theta=1e4, original_max_position_embeddings=256, short_mscale=1.2, long_mscale=1.2,
    short_factor=[1.0, 1.1, 1.2, 1.4, 1.5, 1.7],
    long_factor=[1.0, 1.5, 2.5, 4.0, 4.5, 5.0],
)  # fmt: skip

FIXTURES = [
    Fixture(
        name="glm4_moe",
        arch="glm4moe",
        config=transformers.Glm4MoeConfig,
        model=transformers.Glm4MoeForCausalLM,
        settings=SMALL | BALANCED | dict(
            attention_bias=True, use_qk_norm=True,
            rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5),
        ),
        ablations=BALANCED_ABLATIONS | {
            "partial rotation": dict(rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=1.0)),
        },
        prompts=PROMPTS,
        max_shard_size="60KB",
        layer_tensors=SHARED_EXPERT_TENSORS | {"post_attention_layernorm": "post_attention_norm"},
        other_tensors=selection_bias_tensors,
        extra_keys=glm4_moe_keys,
        extra_tensors=glm4_moe_next_layer,
    ),
    Fixture(
        name="dots1",
        arch="dots1",
        config=transformers.Dots1Config,
        model=transformers.Dots1ForCausalLM,
        settings=SMALL | BALANCED | dict(
            num_key_value_heads=2, sliding_window=None, tie_word_embeddings=False,
        ),
        ablations=BALANCED_ABLATIONS,
        prompts=PROMPTS,
        max_shard_size="1MB",
        layer_tensors=SHARED_EXPERT_TENSORS,
        other_tensors=selection_bias_tensors,
        extra_keys=balanced_keys,
    ),
    Fixture(
        name="ernie4_5_moe",
        arch="ernie4_5-moe",
        config=transformers.Ernie4_5_MoeConfig,
        model=transformers.Ernie4_5_MoeForCausalLM,
        settings=SMALL | dict(
            num_hidden_layers=3, moe_num_experts=5, moe_k=2, moe_num_shared_experts=2,
            moe_intermediate_size=12, moe_layer_start_index=1,
        ),
        ablations={"second expert": dict(moe_k=1)},
        prompts=PROMPTS,
        max_shard_size="1MB",
        layer_tensors=SHARED_EXPERT_TENSORS,
        other_tensors=selection_bias_tensors,
        gains={"e_score_correction_bias": 0.1},
        extra_keys=ernie4_5_moe_keys,
    ),
    Fixture(
        name="phimoe",
        arch="phimoe",
        config=transformers.PhimoeConfig,
        model=transformers.PhimoeForCausalLM,
        settings=SMALL | dict(
            num_local_experts=5, num_experts_per_tok=2, tie_word_embeddings=False, router_jitter_noise=0.01,
            attention_bias=True, lm_head_bias=True, rope_parameters=PHIMOE_ROPE,
        ),
        ablations={
            "tolerance of the router": dict(router_jitter_noise=0.3),
            "magnitude of the rotation": dict(rope_parameters=PHIMOE_ROPE | dict(short_mscale=1.0, long_mscale=1.0)),
        },
        prompts=PROMPTS,
        peer_differs=dict.fromkeys(range(2), "it norms by root mean square, and weighs experts by a softmax over all"),
        max_shard_size="1MB",
        layer_tensors=SHARED_EXPERT_TENSORS | {"mlp.router": "ffn_gate_inp"},
        gains={"router": 2.0},
        extra_keys=phimoe_keys,
        extra_tensors=phimoe_factors,
    ),
    Fixture(
        name="hunyuan_moe",
        arch="hunyuan-moe",
        config=transformers.HunYuanMoEV1Config,
        model=transformers.HunYuanMoEV1ForCausalLM,
        settings=SMALL | dict(intermediate_size=12, head_dim=12, num_experts=5, moe_topk=2),
        ablations={"second expert": dict(moe_topk=1)},
        prompts=PROMPTS,
        max_shard_size="1MB",
        layer_tensors=SHARED_EXPERT_TENSORS | {
            "self_attn.query_layernorm": "attn_q_norm", "self_attn.key_layernorm": "attn_k_norm",
            "mlp.gate.wg": "ffn_gate_inp",
        } | {f"mlp.shared_mlp.{part}_proj": f"ffn_{part}_shexp" for part in ("gate", "up", "down")},
        extra_keys=hunyuan_moe_keys,
    ),
    Fixture(
        name="granite_moe",
        arch="granitemoe",
        config=transformers.GraniteMoeSharedConfig,
        model=transformers.GraniteMoeSharedForCausalLM,
        settings=SMALL | dict(
            intermediate_size=12, num_local_experts=5, num_experts_per_tok=2, shared_intermediate_size=20,
            embedding_multiplier=3.0, logits_scaling=2.0, residual_multiplier=0.22, attention_multiplier=0.1,
        ),
        ablations={
            "second expert": dict(num_experts_per_tok=1),
            "multiplier of embeddings": dict(embedding_multiplier=1.0),
            "scaling of logits": dict(logits_scaling=1.0),
            "multiplier of the residual": dict(residual_multiplier=1.0),
            "multiplier of scores": dict(attention_multiplier=0.25),
        },
        prompts=PROMPTS,
        max_shard_size="1MB",
        pair_rows=True,
        layer_tensors=SHARED_EXPERT_TENSORS | {
            "block_sparse_moe.router": "ffn_gate_inp", "shared_mlp.output_linear": "ffn_down_shexp",
        },
        other_tensors=granite_moe_tensors,
        extra_keys=granite_moe_keys,
    ),
    Fixture(
        name="minimax_m2",
        arch="minimax-m2",
        config=transformers.MiniMaxM2Config,
        model=transformers.MiniMaxM2ForCausalLM,
        settings=SMALL | dict(
            intermediate_size=12, head_dim=12, tie_word_embeddings=False, num_local_experts=5, num_experts_per_tok=2,
            rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5),
        ),
        ablations={
            "partial rotation": dict(rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=1.0)),
            "second expert": dict(num_experts_per_tok=1),
        },
        prompts=PROMPTS,
        max_shard_size="1MB",
        other_tensors=selection_bias_tensors,
        extra_keys=minimax_m2_keys,
    ),
]  # fmt: skip
