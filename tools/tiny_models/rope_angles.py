"""The rotary settings of models in use, for positions far out."""

from typing import Any

import transformers



def rope_case(
    rope_type: str, head_dim: int, theta: float, context: int = 131072, **parameters: Any
) -> transformers.LlamaConfig:
    return transformers.LlamaConfig(
        hidden_size=8 * head_dim, num_attention_heads=8, head_dim=head_dim, max_position_embeddings=context,
        rope_parameters=dict(rope_type=rope_type, rope_theta=theta, **parameters),
    )  # fmt: skip

# The rotary settings of models in use, for positions far out.
ROPE_CASES = {
    "default": rope_case("default", 64, 1e5),
    "linear": rope_case("linear", 256, 1e6, factor=8.0),
    "llama3": rope_case(
        "llama3", 128, 5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192
    ),
    "yarn": rope_case("yarn", 128, 1e6, factor=4.0, original_max_position_embeddings=32768),
    "yarn, not truncated": rope_case(
        "yarn", 64, 150000.0, factor=32.0, original_max_position_embeddings=4096, truncate=False
    ),
    "dynamic": rope_case("dynamic", 128, 10000.0, context=4096, factor=2.0),
    "longrope": rope_case(
        "longrope", 96, 1e4, original_max_position_embeddings=4096, attention_factor=1.19,
        short_factor=[1.0 + i / 40 for i in range(48)], long_factor=[1.0 + i * i / 20 for i in range(48)],
    ),
}  # fmt: skip

ROPE_POSITIONS = [0, 1, 777, 8191, 32767]
