"""gpt-oss, with experts in F32 and in MXFP4."""

from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE, yarn_keys
from .fixture import LAYER_TENSORS, Fixture


GPT_OSS_TENSORS = LAYER_TENSORS | {"post_attention_layernorm": "post_attention_norm", "mlp.router": "ffn_gate_inp"}


def gpt_oss_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """gpt-oss: experts stored transposed, with biases, gate and up taking turns."""
    stem, kind = (name.removesuffix("_bias"), "bias") if name.endswith("_bias") else (name, "weight")
    if kind == "weight" and values.ndim == 3:
        values = values.swapaxes(1, 2)
    if stem == "mlp.experts.gate_up_proj":
        return {f"ffn_gate_exps.{kind}": values[:, ::2], f"ffn_up_exps.{kind}": values[:, 1::2]}
    if stem == "mlp.experts.down_proj":
        return {f"ffn_down_exps.{kind}": values}
    return {"attn_sinks.weight": values} if name == "self_attn.sinks" else {}


def gpt_oss_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    yarn_keys(writer, config)
    writer.add_rope_scaling_yarn_beta_fast(config.rope_parameters["beta_fast"])
    writer.add_sliding_window(config.sliding_window)
    writer.add_expert_count(config.num_local_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_feed_forward_length(config.intermediate_size)

# Few rotations are kept, so that both ends of the range between kept and interpolated frequencies lie between pairs.
GPT_OSS_ROPE = dict(
    rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48, beta_fast=4.0, beta_slow=1.0,
    truncate=False,
)

GPT_OSS = BASE | dict(
    hidden_size=32, intermediate_size=32, num_hidden_layers=3, num_local_experts=3, num_experts_per_tok=2,
    sliding_window=20, tie_word_embeddings=False, rope_parameters=GPT_OSS_ROPE,
)

FIXTURES = [
    *(
        Fixture(
            name=name,
            arch="gpt-oss",
            config=transformers.GptOssConfig,
            model=transformers.GptOssForCausalLM,
            settings=GPT_OSS,
            ablations={
                "sliding window": dict(sliding_window=200),
                "window of its exact length": dict(sliding_window=21),
                "windows in every second layer": dict(layer_types=["sliding_attention"] * 3),
                "untruncated range of yarn": dict(rope_parameters=GPT_OSS_ROPE | dict(truncate=True)),
                "limit of the experts' gates": dict(swiglu_limit=1e6),
                "second expert": dict(num_experts_per_tok=1),
            },
            prompts=[(90, 256), (23, 256)],
            peer_differs=dict.fromkeys(range(2), "it truncates the range of yarn"),
            layer_tensors=GPT_OSS_TENSORS,
            other_tensors=gpt_oss_tensors,
            gains={"experts.gate_up": 3.0, "router": 2.0},
            expert_type=expert_type,
            max_shard_size=shard_size,
            transposed_experts=True,
            extra_keys=gpt_oss_keys,
        )
        for name, expert_type, shard_size in [
            ("gpt_oss", gguf.GGMLQuantizationType.F32, "80KB"),
            ("gpt_oss_mxfp4", gguf.GGMLQuantizationType.MXFP4, "1MB"),
        ]
    ),
]  # fmt: skip
