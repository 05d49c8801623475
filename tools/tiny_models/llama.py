"""Llama and what differs little from it."""

import math
from typing import Any

import numpy as np
import torch
import transformers

from .common import BASE, linear_keys
from .fixture import Fixture



def llama3_factors(config: Any) -> dict[str, np.ndarray]:
    """By what each frequency is divided (Llama 3.1's schedule), from transformers' own frequencies."""
    scaled, _ = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    dim = config.head_dim
    plain = 1.0 / config.rope_parameters["rope_theta"] ** (torch.arange(0, dim, 2).float() / dim)
    return {"rope_freqs.weight": (plain / scaled).numpy()}


def converted_llama3_factors(config: Any) -> dict[str, np.ndarray]:
    """The same, with the roundings of llama.cpp's converter."""
    rope, dim = config.rope_parameters, config.head_dim
    original, low, high = (
        rope[key] for key in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor")
    )
    factors = []
    for frequency in 1.0 / (rope["rope_theta"] ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim)):
        wavelength = 2 * math.pi / frequency
        if wavelength < original / high:
            factors.append(1.0)
        elif wavelength > original / low:
            factors.append(rope["factor"])
        else:
            smooth = (original / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return {"rope_freqs.weight": torch.tensor(factors, dtype=torch.float32).numpy()}

FIXTURES = [
    Fixture(
        name="llama_linear",
        arch="llama",
        config=transformers.LlamaConfig,
        model=transformers.LlamaForCausalLM,
        settings=BASE | dict(
            hidden_size=40, intermediate_size=56, head_dim=10, tie_word_embeddings=False, attention_bias=True,
            mlp_bias=True, rope_parameters=dict(rope_type="linear", rope_theta=5000.0, factor=4.0),
        ),
        ablations={"linear scaling": dict(rope_parameters=dict(rope_type="default", rope_theta=5000.0))},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="30KB",
        pair_rows=True,
        extra_keys=linear_keys,
    ),
    Fixture(
        name="llama3",
        arch="llama",
        config=transformers.LlamaConfig,
        model=transformers.LlamaForCausalLM,
        settings=BASE | dict(
            num_hidden_layers=3,
            rope_parameters=dict(
                rope_type="llama3", rope_theta=1000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                original_max_position_embeddings=32,
            ),
        ),
        ablations={"llama3 scaling": dict(rope_parameters=dict(rope_type="default", rope_theta=1000.0))},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
        extra_tensors=converted_llama3_factors,
    ),
    Fixture(
        name="arcee",
        arch="arcee",
        config=transformers.ArceeConfig,
        model=transformers.ArceeForCausalLM,
        settings=BASE | dict(rope_parameters=dict(rope_type="default", rope_theta=1e4)),
        ablations={"squared relu": dict(hidden_act="gelu")},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
    ),
]  # fmt: skip
