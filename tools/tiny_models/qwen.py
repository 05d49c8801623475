"""Qwen 2 and 3, dense and of experts."""

import dataclasses
from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE, SHARED_EXPERT_TENSORS, moe_keys, yarn_keys
from .fixture import Fixture, expert_tensors



def qwen2_moe_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """With the gate as a vector, as some converters write it."""
    if name == "mlp.shared_expert_gate.weight":
        return {"ffn_gate_inp_shexp.weight": values.squeeze(0)}
    return expert_tensors(name, values)


def qwen2_moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    moe_keys(writer, config)
    writer.add_expert_shared_feed_forward_length(config.shared_expert_intermediate_size)

FIXTURES = [
    Fixture(
        name="qwen2",
        arch="qwen2",
        config=transformers.Qwen2Config,
        model=transformers.Qwen2ForCausalLM,
        settings={key: value for key, value in BASE.items() if key != "head_dim"} | dict(
            rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6),
        ),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
    ),
    Fixture(
        name="qwen3_yarn",
        arch="qwen3",
        config=transformers.Qwen3Config,
        model=transformers.Qwen3ForCausalLM,
        settings=BASE | dict(
            tie_word_embeddings=False,
            rope_parameters=dict(
                rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48,
            ),
        ),
        ablations={
            "yarn": dict(rope_parameters=dict(rope_type="default", rope_theta=1000.0)),
            "yarn's kept frequencies": dict(
                rope_parameters=dict(rope_type="linear", rope_theta=1000.0, factor=4.0),
            ),
        },
        prompts=[(90, 256), (23, 256)],
        max_shard_size="40KB",
        extra_keys=yarn_keys,
    ),
    Fixture(
        name="qwen3_moe",
        arch="qwen3moe",
        config=transformers.Qwen3MoeConfig,
        model=transformers.Qwen3MoeForCausalLM,
        settings=BASE | dict(
            num_experts=6, num_experts_per_tok=2, moe_intermediate_size=20, norm_topk_prob=True, decoder_sparse_step=1,
            mlp_only_layers=[], rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        ablations={"normalized weights": dict(norm_topk_prob=False), "second expert": dict(num_experts_per_tok=1)},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="60KB",
        extra_keys=moe_keys,
    ),
    Fixture(
        name="qwen2_moe",
        arch="qwen2moe",
        config=transformers.Qwen2MoeConfig,
        model=transformers.Qwen2MoeForCausalLM,
        settings={key: value for key, value in BASE.items() if key != "head_dim"} | dict(
            hidden_size=32, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=20,
            shared_expert_intermediate_size=28, norm_topk_prob=False, decoder_sparse_step=1, mlp_only_layers=[],
            tie_word_embeddings=False, rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        ablations={"plain weights": dict(norm_topk_prob=True), "second expert": dict(num_experts_per_tok=1)},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=SHARED_EXPERT_TENSORS,
        gains={"shared_expert_gate": 2.0},
        extra_keys=qwen2_moe_keys,
    ),
]  # fmt: skip
FIXTURES.append(dataclasses.replace(
    FIXTURES[-1], name="qwen2_moe_vector", max_shard_size=None, in_f32=True, ablations={}, other_tensors=qwen2_moe_tensors,
))  # fmt: skip
