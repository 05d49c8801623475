"""Families with layer norms of mean and variance, or without gates in their feed-forwards."""

from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE, LAYER_NORM, parallel_keys
from .fixture import LAYER_TENSORS, Fixture


GPTNEOX_TENSORS = LAYER_TENSORS | {
    "attention.dense": "attn_output", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
}  # fmt: skip

STARCODER2_TENSORS = LAYER_TENSORS | {"mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}


def gptneox_tensors(num_heads: int) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """gptneox: q, k and v of a head side by side."""

    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        stem, kind = name.rsplit(".", 1)
        if stem != "attention.query_key_value":
            return {}
        by_head = values.reshape(num_heads, 3, -1, *values.shape[1:])
        return {f"attn_qkv.{kind}": by_head.swapaxes(0, 1).reshape(values.shape)}

    return tensors


def cohere_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_logit_scale(config.logit_scale)
    if hasattr(config, "sliding_window"):
        writer.add_sliding_window(config.sliding_window)


def starcoder2_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    if config.sliding_window:
        writer.add_sliding_window(config.sliding_window)

COHERE = LAYER_NORM | dict(
    num_key_value_heads=1, logit_scale=0.25, tie_word_embeddings=True,
    rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip

GPTNEOX = {key: value for key, value in LAYER_NORM.items() if key != "num_key_value_heads"}

FIXTURES = [
    *(
        Fixture(
            name=name,
            arch="gptneox",
            config=transformers.GPTNeoXConfig,
            model=transformers.GPTNeoXForCausalLM,
            settings=GPTNEOX | dict(use_parallel_residual=parallel),
            ablations={
                "parallel residual": dict(use_parallel_residual=not parallel),
                "partial rotation": dict(rope_parameters=GPTNEOX["rope_parameters"] | dict(partial_rotary_factor=0.5)),
                "gelu": dict(hidden_act="silu"),
            },
            prompts=[(70, 256), (23, 256)],
            layer_tensors=GPTNEOX_TENSORS,
            other_tensors=gptneox_tensors(GPTNEOX["num_attention_heads"]),
            gains={"query_key_value": 2.0},
            max_shard_size="40KB" if parallel else None,
            extra_keys=parallel_keys,
        )
        for name, parallel in [("gptneox", True), ("gptneox_serial", False)]
    ),
    Fixture(
        name="command_r",
        arch="command-r",
        config=transformers.CohereConfig,
        model=transformers.CohereForCausalLM,
        settings=COHERE,
        ablations={"scale of the logits": dict(logit_scale=0.5)},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        extra_keys=cohere_keys,
    ),
    Fixture(
        name="cohere2",
        arch="cohere2",
        config=transformers.Cohere2Config,
        model=transformers.Cohere2ForCausalLM,
        settings=COHERE | dict(num_hidden_layers=4, sliding_window=20, intermediate_size=48),
        ablations={
            "sliding window": dict(sliding_window=200),
            "layers without rotation": dict(layer_types=["sliding_attention"] * 4),
        },
        prompts=[(70, 256), (19, 256)],
        max_shard_size="1MB",
        extra_keys=cohere_keys,
    ),
    *(
        Fixture(
            name=name,
            arch="stablelm",
            config=transformers.StableLmConfig,
            model=transformers.StableLmForCausalLM,
            settings=LAYER_NORM | dict(num_key_value_heads=1, use_qkv_bias=not parallel, use_parallel_residual=parallel),
            ablations={
                "partial rotation": dict(rope_parameters=LAYER_NORM["rope_parameters"] | dict(partial_rotary_factor=0.5))
            },
            prompts=[(70, 256), (23, 256)],
            max_shard_size=None if parallel else "1MB",
            extra_keys=parallel_keys,
        )
        for name, parallel in [("stablelm", False), ("stablelm_parallel", True)]
    ),
    Fixture(
        name="starcoder2",
        arch="starcoder2",
        config=transformers.Starcoder2Config,
        model=transformers.Starcoder2ForCausalLM,
        settings={key: value for key, value in COHERE.items() if key not in ("layer_norm_eps", "logit_scale")} | dict(
            norm_epsilon=1e-5, sliding_window=24
        ),
        ablations={"sliding window": dict(sliding_window=None), "gelu": dict(hidden_act="silu")},
        prompts=[(70, 256), (19, 256)],
        max_shard_size="1MB",
        peer_differs={0: "it leaves starcoder2's sliding window out", 1: "it looks gelu up in a table of F16"},
        layer_tensors=STARCODER2_TENSORS,
        extra_keys=starcoder2_keys,
    ),
    Fixture(
        name="nemotron",
        arch="nemotron",
        config=transformers.NemotronConfig,
        model=transformers.NemotronForCausalLM,
        settings={key: value for key, value in LAYER_NORM.items() if key != "layer_norm_eps"} | dict(
            num_key_value_heads=1, head_dim=16, norm_eps=1e-5
        ),
        ablations={"squared relu": dict(hidden_act="gelu")},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        norm_offset=0.0,
    ),
]  # fmt: skip
