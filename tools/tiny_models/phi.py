"""Phi 2 and 3."""

import math
from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE, LAYER_NORM
from .fixture import LAYER_TENSORS, Fixture



def phi3_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_rope_scaling_orig_ctx_len(config.original_max_position_embeddings)
    if config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
    if config.rope_parameters["rope_type"] == "longrope":
        original = config.original_max_position_embeddings
        factor = config.max_position_embeddings / original
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(factor) / math.log(original)))


def longrope_factors(config: Any) -> dict[str, np.ndarray]:
    return {
        f"rope_factors_{kind}.weight": np.array(config.rope_parameters[f"{kind}_factor"], np.float32)
        for kind in ("long", "short")
    }

PHI2_TENSORS = LAYER_TENSORS | {"self_attn.dense": "attn_output", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}

PHI3 = {key: value for key, value in BASE.items() if key != "head_dim"} | dict(
    num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=False, original_max_position_embeddings=256,
)

PHI3_LONGROPE = dict(
    rope_type="longrope", rope_theta=1e4, partial_rotary_factor=0.75, original_max_position_embeddings=256,
    short_factor=[1.0, 1.1, 1.2, 1.4, 1.7, 2.0], long_factor=[1.0, 1.5, 2.5, 4.0, 6.0, 9.0],
)

FIXTURES = [
    Fixture(
        name="phi3_longrope",
        arch="phi3",
        config=transformers.Phi3Config,
        model=transformers.Phi3ForCausalLM,
        settings=PHI3 | dict(max_position_embeddings=1024, rope_parameters=PHI3_LONGROPE),
        ablations={"longrope": dict(rope_parameters=PHI3_LONGROPE | dict(rope_type="default"))},
        prompts=[(300, 512), (40, 256)],
        max_shard_size="1MB",
        extra_keys=phi3_keys,
        extra_tensors=longrope_factors,
    ),
    Fixture(
        name="phi3_window",
        arch="phi3",
        config=transformers.Phi3Config,
        model=transformers.Phi3ForCausalLM,
        settings=PHI3 | dict(sliding_window=24, rope_parameters=dict(rope_type="default", rope_theta=1e4)),
        ablations={"sliding window": dict(sliding_window=None)},
        prompts=[(70, 256), (23, 256)],
        peer_differs={0: "it leaves phi3's sliding window out"},
        extra_keys=phi3_keys,
    ),
    Fixture(
        name="phi2",
        arch="phi2",
        config=transformers.PhiConfig,
        model=transformers.PhiForCausalLM,
        settings=LAYER_NORM | dict(num_key_value_heads=1),
        ablations={"gelu": dict(hidden_act="silu")},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=PHI2_TENSORS,
    ),
]  # fmt: skip
