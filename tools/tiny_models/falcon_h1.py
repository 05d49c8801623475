"""Falcon-H1: attention and a state space in every layer, whose inputs and results have multipliers."""

from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import transformers

from .common import BASE
from .fixture import Fixture, LAYER_TENSORS, attention_keys

FALCON_H1_TENSORS = LAYER_TENSORS | {
    "pre_ff_layernorm": "ffn_norm", "feed_forward.gate_proj": "ffn_gate", "feed_forward.up_proj": "ffn_up",
    "feed_forward.down_proj": "ffn_down",
}  # fmt: skip

# Powers of two, so that weights multiplied by them stay of BF16.
MULTIPLIERS = dict(
    embedding_multiplier=2.0, lm_head_multiplier=0.25, attention_in_multiplier=0.5, attention_out_multiplier=0.25,
    key_multiplier=4.0, ssm_in_multiplier=0.5, ssm_out_multiplier=2.0, ssm_multipliers=[2.0, 0.5, 4.0, 0.25, 8.0],
    mlp_multipliers=[0.5, 2.0],
)  # fmt: skip

FALCON_H1 = {key: value for key, value in BASE.items() if key != "head_dim"} | dict(
    hidden_size=24, intermediate_size=28, num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=False,
    mamba_d_ssm=36, mamba_n_heads=3, mamba_d_head=12, mamba_d_state=10, mamba_n_groups=1, mamba_d_conv=4,
    mamba_chunk_size=32, mamba_norm_before_gate=False, rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip


def falcon_h1_tensors(settings: dict) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """As the converter writes them: multiplied."""
    m, inner, state = settings, settings["mamba_d_ssm"], settings["mamba_n_groups"] * settings["mamba_d_state"]
    sizes = [inner, inner, state, state, settings["mamba_n_heads"]]
    parts = np.repeat(np.array(m["ssm_multipliers"], np.float32) * m["ssm_in_multiplier"], sizes)[:, None]
    attention_in = m["attention_in_multiplier"]
    factors = {
        "self_attn.q_proj": attention_in, "self_attn.k_proj": attention_in * m["key_multiplier"],
        "self_attn.v_proj": attention_in, "self_attn.o_proj": m["attention_out_multiplier"],
        "feed_forward.gate_proj": m["mlp_multipliers"][0], "feed_forward.down_proj": m["mlp_multipliers"][1],
    }  # fmt: skip

    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        stem = name.removesuffix(".weight")
        if stem in factors:
            return {f"{FALCON_H1_TENSORS[stem]}.weight": values * factors[stem]}
        if name == "pre_ff_layernorm.weight":
            return {"ffn_norm": values}  # without its kind, as converters leave it
        spellings = {
            "mamba.in_proj.weight": ("ssm_in.weight", lambda: values * parts),
            "mamba.conv1d.weight": ("ssm_conv1d.weight", lambda: values.squeeze(1)),
            "mamba.conv1d.bias": ("ssm_conv1d.bias", lambda: values),
            "mamba.dt_bias": ("ssm_dt.bias", lambda: values),
            "mamba.A_log": ("ssm_a", lambda: -np.exp(values.astype(np.float64))[:, None]),
            "mamba.D": ("ssm_d", lambda: values[:, None]),
            "mamba.norm.weight": ("ssm_norm.weight", lambda: values.reshape(settings["mamba_n_groups"], -1)),
            "mamba.out_proj.weight": ("ssm_out.weight", lambda: values * m["ssm_out_multiplier"]),
        }
        return {spellings[name][0]: spellings[name][1]()} if name in spellings else {}

    return tensors


class FalconH1Fixture(Fixture):
    def rename(self, name: str, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
        multipliers = {"model.embed_tokens.weight": "embedding_multiplier", "lm_head.weight": "lm_head_multiplier"}
        factor = self.settings[multipliers[name]] if name in multipliers else 1.0
        return super().rename(name, values * np.float32(factor))


def falcon_h1_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    attention_keys(writer, config)
    writer.add_key_length(config.hidden_size // config.num_attention_heads)
    writer.add_value_length(config.hidden_size // config.num_attention_heads)
    writer.add_ssm_conv_kernel(config.mamba_d_conv)
    writer.add_ssm_inner_size(config.mamba_d_ssm)
    writer.add_ssm_state_size(config.mamba_d_state)
    writer.add_ssm_time_step_rank(config.mamba_n_heads)
    writer.add_ssm_group_count(config.mamba_n_groups)


ABLATIONS = {
    name: {name: 1.0} for name, value in MULTIPLIERS.items() if isinstance(value, float)
} | {
    f"{part} of ssm_multipliers": dict(ssm_multipliers=[
        1.0 if at == index else value for at, value in enumerate(MULTIPLIERS["ssm_multipliers"])
    ]) for index, part in enumerate(["z", "x", "B", "C", "dt"])
} | {
    "gate of mlp_multipliers": dict(mlp_multipliers=[1.0, 2.0]), "result of mlp_multipliers": dict(mlp_multipliers=[0.5, 1.0]),
}  # fmt: skip

FIXTURES = [
    FalconH1Fixture(
        name=name,
        arch="falcon-h1",
        config=transformers.FalconH1Config,
        model=transformers.FalconH1ForCausalLM,
        settings=FALCON_H1 | MULTIPLIERS | settings,
        ablations=ablations,
        prompts=[(70, 256), (5, 256)],
        max_shard_size="1MB",
        layer_tensors=FALCON_H1_TENSORS,
        other_tensors=falcon_h1_tensors(FALCON_H1 | MULTIPLIERS | settings),
        layer_keys=falcon_h1_keys,
    )
    for name, settings, ablations in [
        ("falcon_h1", {}, ABLATIONS),
        ("falcon_h1_normed", dict(mamba_rms_norm=True, mamba_n_groups=3), {}),
    ]
]  # fmt: skip
