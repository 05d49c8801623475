"""Llama 4: chunked attention, layers without rotation, experts that weigh their inputs."""

from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE
from .fixture import Fixture, LAYER_TENSORS, attention_keys

LLAMA4_TENSORS = LAYER_TENSORS | {
    f"feed_forward.{part}_proj": f"ffn_{part}" for part in ("gate", "up", "down")
} | {
    f"feed_forward.shared_expert.{part}_proj": f"ffn_{part}_shexp" for part in ("gate", "up", "down")
} | {"feed_forward.router": "ffn_gate_inp"}  # fmt: skip

LLAMA4 = BASE | dict(
    hidden_size=24, head_dim=12, intermediate_size=12, intermediate_size_mlp=20, num_hidden_layers=4, num_attention_heads=2,
    num_key_value_heads=1, num_local_experts=5, num_experts_per_tok=1, interleave_moe_layer_step=2,
    attention_chunk_size=24, floor_scale=16, attn_scale=0.5, rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip


def llama4_expert_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Experts stored transposed, gate columns before up columns."""
    if name == "feed_forward.experts.gate_up_proj":
        gate, up = np.split(values.swapaxes(1, 2), 2, axis=1)
        return {"ffn_gate_exps.weight": gate, "ffn_up_exps.weight": up}
    return {"ffn_down_exps.weight": values.swapaxes(1, 2)} if name == "feed_forward.experts.down_proj" else {}


def llama4_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    """Converters leave out what chunks and temperatures are like, which is then that of the published models."""
    attention_keys(writer, config)
    writer.add_feed_forward_length(config.intermediate_size_mlp)
    writer.add_expert_count(config.num_local_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_feed_forward_length(config.intermediate_size)
    writer.add_interleave_moe_layer_step(config.interleave_moe_layer_step)
    writer.add_sliding_window(config.attention_chunk_size)
    writer.add_uint32("llama4.attention.temperature_length", config.floor_scale)
    writer.add_float32("llama4.attention.temperature_scale", config.attn_scale)


FIXTURES = [
    Fixture(
        name="llama4",
        arch="llama4",
        config=transformers.Llama4TextConfig,
        model=transformers.Llama4ForCausalLM,
        settings=LLAMA4,
        ablations={
            "chunks": dict(attention_chunk_size=128),
            "chunks of their exact length": dict(attention_chunk_size=25),
            "layer without rotation": dict(no_rope_layers=[1, 1, 1, 1]),
            "temperature": dict(attn_temperature_tuning=False),
            "norm of q and k": dict(use_qk_norm=False),
            "dense layers": dict(moe_layers=[0, 1, 2, 3]),
        },
        prompts=[(70, 256), (5, 256)],
        peer_differs={0: "its chunks are of 8192 tokens, and temperatures begin behind as many"},
        layer_tensors=LLAMA4_TENSORS,
        other_tensors=llama4_expert_tensors,
        gains={"router": 2.0},
        transposed_experts=True,
        max_shard_size="1MB",
        layer_keys=llama4_keys,
    ),
]  # fmt: skip
