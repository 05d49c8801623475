"""Granite."""

from typing import Any

import gguf
import transformers

from .common import BASE
from .fixture import Fixture


def granite_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_attention_scale(config.attention_multiplier)
    writer.add_embedding_scale(config.embedding_multiplier)
    writer.add_residual_scale(config.residual_multiplier)
    writer.add_logit_scale(config.logits_scaling)


FIXTURES = [
    Fixture(
        name="granite",
        arch="granite",
        config=transformers.GraniteConfig,
        model=transformers.GraniteForCausalLM,
        # An epsilon that counts where the residual is small.
        settings={key: value for key, value in BASE.items() if key != "head_dim"} | dict(
            hidden_size=32, intermediate_size=40, rms_norm_eps=1e-2, attention_multiplier=0.4, embedding_multiplier=0.3,
            residual_multiplier=0.22, logits_scaling=2.5, attention_bias=True, mlp_bias=True,
            rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        ablations={
            "scale of the scores": dict(attention_multiplier=1.0),
            "scale of embeddings": dict(embedding_multiplier=1.0),
            "scale of what joins the residual": dict(residual_multiplier=1.0),
            "scale of the logits": dict(logits_scaling=1.0),
            "epsilon": dict(rms_norm_eps=1e-6),
        },
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
        extra_keys=granite_keys,
    ),
]  # fmt: skip
