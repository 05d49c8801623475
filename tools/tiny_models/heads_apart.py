"""Large models of families whose small ones do not norm q and k: each head by mean and variance, with its own weight."""

import numpy as np
import transformers

from .common import LAYER_NORM, parallel_keys
from .fixture import Fixture
from .layer_norm import COHERE, cohere_keys

SMALL = dict(hidden_size=32, intermediate_size=40, num_attention_heads=4, num_key_value_heads=2)


def stack_norms():
    """stablelm: a tensor for each head becomes a row of one, as soon as it comes."""
    rows: dict[str, list[np.ndarray]] = {"q": [], "k": []}

    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        for part, stacked in rows.items():
            if not name.startswith(f"self_attn.{part}_layernorm.norms."):
                continue
            if name.endswith(".0.weight"):
                stacked.clear()
            stacked.append(values)
            return {f"attn_{part}_norm.weight": np.stack(stacked)}
        return {}

    return tensors


FIXTURES = [
    Fixture(
        name="stablelm_12b",
        arch="stablelm",
        config=transformers.StableLmConfig,
        model=transformers.StableLmForCausalLM,
        settings=LAYER_NORM | SMALL | dict(qk_layernorm=True, use_parallel_residual=True),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        other_tensors=stack_norms(),
        extra_keys=parallel_keys,
    ),
    Fixture(
        name="command_r_plus",
        arch="command-r",
        config=transformers.CohereConfig,
        model=transformers.CohereForCausalLM,
        settings=COHERE | SMALL | dict(use_qk_norm=True),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        peer_differs=dict.fromkeys(range(2), "it looks for these norms in models of 64 layers alone"),
        extra_keys=cohere_keys,
    ),
]  # fmt: skip
