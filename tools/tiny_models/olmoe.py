"""OLMoE: queries and keys are normed over all heads together."""

from typing import Any

import gguf
import transformers

from .fixture import Fixture
from .mixtures import PROMPTS, SMALL, picked_keys


def olmoe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    picked_keys(writer, config.num_experts, config)


FIXTURES = [
    Fixture(
        name="olmoe",
        arch="olmoe",
        config=transformers.OlmoeConfig,
        model=transformers.OlmoeForCausalLM,
        settings=SMALL | dict(
            intermediate_size=12, num_key_value_heads=2, num_experts=5, num_experts_per_tok=2, norm_topk_prob=False,
            tie_word_embeddings=False,
        ),
        ablations={"plain weights": dict(norm_topk_prob=True), "second expert": dict(num_experts_per_tok=1)},
        prompts=PROMPTS,
        max_shard_size="1MB",
        extra_keys=olmoe_keys,
    ),
]  # fmt: skip
