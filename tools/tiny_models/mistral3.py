"""Ministral 3."""

from typing import Any

import gguf
import transformers

from .common import BASE, yarn_keys
from .fixture import Fixture

MINISTRAL3_ROPE = dict(
    rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=24, beta_fast=4.0, beta_slow=1.0,
    mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.5,
)  # fmt: skip


def ministral3_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    yarn_keys(writer, config)
    rope = config.rope_parameters
    writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
    writer.add_rope_scaling_yarn_log_mul(rope["mscale_all_dim"])
    writer.add_attn_temperature_scale(rope["llama_4_scaling_beta"])


FIXTURES = [
    Fixture(
        name="ministral3",
        arch="mistral3",
        config=transformers.Ministral3Config,
        model=transformers.Ministral3ForCausalLM,
        settings=BASE | dict(hidden_size=32, intermediate_size=40, head_dim=12, rope_parameters=MINISTRAL3_ROPE),
        ablations={
            "yarn": dict(rope_parameters=MINISTRAL3_ROPE | dict(rope_type="default")),
            "magnitude of all dimensions": dict(rope_parameters=MINISTRAL3_ROPE | dict(mscale_all_dim=0.5)),
            "scale of later queries": dict(rope_parameters=MINISTRAL3_ROPE | dict(llama_4_scaling_beta=0.0)),
        },
        prompts=[(90, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
        extra_keys=ministral3_keys,
    ),
]  # fmt: skip
