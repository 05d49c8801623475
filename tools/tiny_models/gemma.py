"""Gemma."""

from typing import Any

import gguf
import transformers

from .common import BASE, SANDWICH_TENSORS
from .fixture import Fixture



def gemma3_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    full = config.rope_parameters["full_attention"]
    writer.add_rope_freq_base(full["rope_theta"])
    writer.add_sliding_window(config.sliding_window)
    if full["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(full["factor"])

GEMMA3_ROPE = dict(
    sliding_attention=dict(rope_type="default", rope_theta=1e4),
    full_attention=dict(rope_type="linear", rope_theta=1e6, factor=8.0),
)

FIXTURES = [
    Fixture(
        name="gemma3",
        arch="gemma3",
        config=transformers.Gemma3TextConfig,
        model=transformers.Gemma3ForCausalLM,
        settings=BASE | dict(
            hidden_size=32, intermediate_size=40, num_hidden_layers=7, num_attention_heads=2, num_key_value_heads=1,
            rms_norm_eps=1e-6, query_pre_attn_scalar=16, sliding_window=20, rope_parameters=GEMMA3_ROPE,
        ),
        ablations={
            "sliding window": dict(sliding_window=200),
            "window of its exact length": dict(sliding_window=21),
            "local base": dict(rope_parameters=GEMMA3_ROPE | dict(
                sliding_attention=dict(rope_type="default", rope_theta=1e6),
            )),
            "scaling of the global base": dict(rope_parameters=GEMMA3_ROPE | dict(
                full_attention=dict(rope_type="default", rope_theta=1e6),
            )),
        },
        prompts=[(70, 256), (19, 256)],
        max_shard_size="1MB",
        layer_tensors=SANDWICH_TENSORS,
        norm_offset=0.0,
        extra_keys=gemma3_keys,
    ),
]  # fmt: skip
