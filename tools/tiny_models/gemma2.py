"""Gemma 1 and 2."""

from typing import Any

import gguf
import transformers

from .common import BASE, SANDWICH_TENSORS
from .fixture import Fixture

GEMMA = BASE | dict(
    hidden_size=32, intermediate_size=40, head_dim=12, rms_norm_eps=1e-6,
    rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip


def gemma2_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_sliding_window(config.sliding_window)
    writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
    writer.add_final_logit_softcapping(config.final_logit_softcapping)


FIXTURES = [
    Fixture(
        name="gemma",
        arch="gemma",
        config=transformers.GemmaConfig,
        model=transformers.GemmaForCausalLM,
        settings=GEMMA,
        ablations={"gelu": dict(hidden_act="silu")},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        norm_offset=0.0,
    ),
    Fixture(
        name="gemma2",
        arch="gemma2",
        config=transformers.Gemma2Config,
        model=transformers.Gemma2ForCausalLM,
        settings=GEMMA | dict(
            num_hidden_layers=3, query_pre_attn_scalar=12, sliding_window=20, attn_logit_softcapping=3.0,
            final_logit_softcapping=4.0,
        ),
        ablations={
            "sliding window": dict(sliding_window=200),
            "window of its exact length": dict(sliding_window=21),
            "windows in every second layer": dict(layer_types=["sliding_attention"] * 3),
            "cap of the scores": dict(attn_logit_softcapping=None),
            "cap of the logits": dict(final_logit_softcapping=None),
        },
        prompts=[(70, 256), (19, 256)],
        max_shard_size="1MB",
        layer_tensors=SANDWICH_TENSORS,
        norm_offset=0.0,
        extra_keys=gemma2_keys,
    ),
]  # fmt: skip
