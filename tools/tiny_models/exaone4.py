"""EXAONE 4."""

from typing import Any

import gguf
import transformers

from .common import BASE, SANDWICH_TENSORS
from .fixture import Fixture

EXAONE4 = BASE | dict(
    hidden_size=32, intermediate_size=24, head_dim=8, tie_word_embeddings=False,
    rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip


def exaone4_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    if config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])


FIXTURES = [
    Fixture(
        name="exaone4",
        arch="exaone4",
        config=transformers.Exaone4Config,
        model=transformers.Exaone4ForCausalLM,
        settings=EXAONE4 | dict(num_hidden_layers=4, sliding_window=20, sliding_window_pattern=4),
        ablations={
            "sliding window": dict(sliding_window=200),
            "window of its exact length": dict(sliding_window=21),
            "layers without rotation": dict(layer_types=["sliding_attention"] * 4),
        },
        prompts=[(70, 256), (19, 256)],
        max_shard_size="1MB",
        peer_differs=dict.fromkeys(range(2), "it has windows in models of 64 layers alone"),
        layer_tensors=SANDWICH_TENSORS,
        extra_keys=exaone4_keys,
    ),
    Fixture(
        name="exaone4_full",
        arch="exaone4",
        config=transformers.Exaone4Config,
        model=transformers.Exaone4ForCausalLM,
        settings=EXAONE4 | dict(sliding_window=None, layer_types=["full_attention"] * 2),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=SANDWICH_TENSORS,
        extra_keys=exaone4_keys,
    ),
]  # fmt: skip
