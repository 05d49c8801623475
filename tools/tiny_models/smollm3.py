"""SmolLM 3."""

import transformers

from .common import BASE
from .fixture import Fixture

FIXTURES = [
    Fixture(
        name="smollm3",
        arch="smollm3",
        config=transformers.SmolLM3Config,
        model=transformers.SmolLM3ForCausalLM,
        settings={key: value for key, value in BASE.items() if key != "head_dim"} | dict(
            hidden_size=32, intermediate_size=32, num_hidden_layers=5, num_key_value_heads=1,
            rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        ablations={"layers without rotation": dict(no_rope_layers=[1] * 5)},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
    ),
]  # fmt: skip
