"""Families near llama: another norm, another activation, another way to rotate."""

from typing import Any

import gguf
import torch
import transformers

from .common import BASE
from .fixture import LAYER_TENSORS, Fixture
from .llama import converted_llama3_factors

SMALL = BASE | dict(hidden_size=32, intermediate_size=48)
ROPE = dict(rope_type="default", rope_theta=1e4)
NTK = dict(rope_type="dynamic", rope_theta=1e3, alpha=20.0, factor=1.0)


def ntk_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    rope, dim = config.rope_parameters, config.head_dim
    writer.add_rope_freq_base(rope["rope_theta"] * rope["alpha"] ** (dim / (dim - 2)))
    writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)


def xielu_keys(writer: gguf.GGUFWriter, model: torch.nn.Module) -> None:
    activations = [layer.mlp.act_fn for layer in model.model.layers]
    for part in ("alpha_p", "alpha_n", "beta", "eps"):
        values = [getattr(activation, part).detach().bfloat16().float().item() for activation in activations]
        getattr(writer, f"add_xielu_{part}")(values)


def ternary_type(name: str) -> gguf.GGMLQuantizationType | None:
    if name == "token_embd.weight":
        return gguf.GGMLQuantizationType.Q4_0
    if not name.endswith(".weight") or "norm" in name:
        return None
    return gguf.GGMLQuantizationType.TQ1_0 if ".attn_" in name else gguf.GGMLQuantizationType.TQ2_0


BITNET = {key: value for key, value in SMALL.items() if key != "head_dim"} | dict(rope_parameters=ROPE)
BITNET_TENSORS = LAYER_TENSORS | {"self_attn.attn_sub_norm": "attn_sub_norm", "mlp.ffn_sub_norm": "ffn_sub_norm"}
LLAMA3 = dict(
    rope_type="llama3", rope_theta=1000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=32,
)  # fmt: skip

FIXTURES = [
    Fixture(
        name="seed_oss",
        arch="seed_oss",
        config=transformers.SeedOssConfig,
        model=transformers.SeedOssForCausalLM,
        settings=SMALL | dict(attention_bias=True, attention_out_bias=False, rope_parameters=ROPE),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=LAYER_TENSORS | {"post_attention_layernorm": "post_attention_norm"},
    ),
    Fixture(
        name="hunyuan_dense",
        arch="hunyuan-dense",
        config=transformers.HunYuanDenseV1Config,
        model=transformers.HunYuanDenseV1ForCausalLM,
        settings=SMALL | dict(rope_parameters=NTK),
        ablations={"larger base": dict(rope_parameters=NTK | dict(alpha=1.0))},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=LAYER_TENSORS | {"self_attn.query_layernorm": "attn_q_norm", "self_attn.key_layernorm": "attn_k_norm"},
        extra_keys=ntk_keys,
    ),
    Fixture(
        name="ernie4_5",
        arch="ernie4_5",
        config=transformers.Ernie4_5Config,
        model=transformers.Ernie4_5ForCausalLM,
        settings=SMALL | dict(rope_parameters=ROPE),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
    ),
    Fixture(
        name="apertus",
        arch="apertus",
        config=transformers.ApertusConfig,
        model=transformers.ApertusForCausalLM,
        settings=SMALL | dict(tie_word_embeddings=False, rope_parameters=LLAMA3),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=LAYER_TENSORS | {
            "attention_layernorm": "attn_norm", "feedforward_layernorm": "ffn_norm", "mlp.act_fn": "",
        },
        model_keys=xielu_keys,
        extra_tensors=converted_llama3_factors,
    ),
    Fixture(
        name="bitnet",
        arch="bitnet",
        config=transformers.BitNetConfig,
        model=transformers.BitNetForCausalLM,
        settings=BITNET | dict(hidden_act="relu2"),
        ablations={"squared relu": dict(hidden_act="silu")},
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        layer_tensors=BITNET_TENSORS,
        peer_differs=dict.fromkeys(range(2), "it knows bitnet with silu alone"),
        extra_keys=lambda writer, config: writer.add_string("bitnet.hidden_act", config.hidden_act),
    ),
    Fixture(
        name="bitnet_ternary",
        in_f32=True,
        arch="bitnet",
        config=transformers.BitNetConfig,
        model=transformers.BitNetForCausalLM,
        settings=BITNET | dict(hidden_size=256, intermediate_size=256, num_hidden_layers=1, hidden_act="silu"),
        prompts=[(70, 256), (23, 256)],
        peer_differs=dict.fromkeys(range(2), "it rounds what ternary weights multiply to 8 bits"),
        layer_tensors=BITNET_TENSORS,
        gains={"embed_tokens": 0.3},
        weight_type=ternary_type,
    ),
]  # fmt: skip
