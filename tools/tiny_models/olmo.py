"""OLMo 2 and 3."""

import math
from typing import Any

import gguf
import transformers

from .common import BASE, SANDWICH_TENSORS
from .fixture import Fixture

OLMO = {key: value for key, value in BASE.items() if key != "head_dim"} | dict(
    hidden_size=32, intermediate_size=40, rms_norm_eps=1e-6, tie_word_embeddings=False,
)  # fmt: skip
OLMO3_ROPE = dict(
    sliding_attention=dict(rope_type="default", rope_theta=1000.0),
    full_attention=dict(
        rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48, beta_fast=4.0,
        beta_slow=1.0, attention_factor=0.1 * math.log(4.0) + 1.0,
    ),
)  # fmt: skip


def olmo3_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    rope = config.rope_parameters["full_attention"]
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(rope["factor"])
    writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    writer.add_rope_scaling_yarn_attn_factor(rope["attention_factor"])
    writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
    writer.add_sliding_window(config.sliding_window)
    writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])


FIXTURES = [
    Fixture(
        name="olmo2",
        arch="olmo2",
        config=transformers.Olmo2Config,
        model=transformers.Olmo2ForCausalLM,
        settings=OLMO | dict(rope_parameters=dict(rope_type="default", rope_theta=1e4)),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=SANDWICH_TENSORS,
    ),
    Fixture(
        name="olmo3",
        arch="olmo2",
        config=transformers.Olmo3Config,
        model=transformers.Olmo3ForCausalLM,
        settings=OLMO | dict(
            intermediate_size=24, num_hidden_layers=4, sliding_window=20, rope_parameters=OLMO3_ROPE,
        ),
        ablations={
            "sliding window": dict(sliding_window=200),
            "layers that see everything": dict(layer_types=["sliding_attention"] * 4),
            "yarn": dict(rope_parameters=OLMO3_ROPE | dict(full_attention=OLMO3_ROPE["sliding_attention"])),
            "rotation without yarn in a window": dict(
                rope_parameters=OLMO3_ROPE | dict(sliding_attention=OLMO3_ROPE["full_attention"])
            ),
        },
        prompts=[(90, 256), (19, 256)],
        max_shard_size="1MB",
        layer_tensors=SANDWICH_TENSORS,
        extra_keys=olmo3_keys,
    ),
]  # fmt: skip
