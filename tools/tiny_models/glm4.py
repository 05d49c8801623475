"""GLM 4."""

import transformers

from .common import BASE
from .fixture import LAYER_TENSORS, Fixture

GLM4_ROPE = dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5)

FIXTURES = [
    Fixture(
        name="glm4",
        arch="glm4",
        config=transformers.Glm4Config,
        model=transformers.Glm4ForCausalLM,
        settings=BASE | dict(
            hidden_size=32, intermediate_size=40, head_dim=12, tie_word_embeddings=False, attention_bias=True, rope_parameters=GLM4_ROPE,
        ),
        ablations={"partial rotation": dict(rope_parameters=GLM4_ROPE | dict(partial_rotary_factor=1.0))},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=LAYER_TENSORS | {
            "post_self_attn_layernorm": "post_attention_norm", "post_mlp_layernorm": "post_ffw_norm",
        },
    ),
]  # fmt: skip
