"""Families from before rotary embeddings were everywhere: learned positions, linear biases, one tensor of q, k and v."""

from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import transformers

from .common import VOCAB_SIZE
from .fixture import Fixture

TOKENS = dict(vocab_size=VOCAB_SIZE, bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1)

NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
FUSED_TENSORS = NORMS | {
    "self_attention.dense": "attn_output", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
}  # fmt: skip


def sizes(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(256)
    writer.add_feed_forward_length(4 * config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)


def by_group(num_heads: int, num_kv_heads: int) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """q of all heads, then k, then v, of rows in which the heads that share a key lie beside it and its value."""

    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        stem, kind = name.rsplit(".", 1)
        if stem != "self_attention.query_key_value":
            return {}
        group = num_heads // num_kv_heads
        grouped = values.reshape(num_kv_heads, group + 2, -1, *values.shape[1:])
        parts = (grouped[:, :group], grouped[:, group], grouped[:, group + 1])
        return {f"attn_qkv.{kind}": np.concatenate([part.reshape(-1, *values.shape[1:]) for part in parts])}

    return tensors


FALCON = TOKENS | dict(
    hidden_size=32, num_hidden_layers=2, num_attention_heads=4, layer_norm_epsilon=1e-5, ffn_hidden_size=128,
    max_position_embeddings=256, rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip


def falcon_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    sizes(writer, config)
    newer = config.new_decoder_architecture
    writer.add_head_count_kv(config.num_kv_heads if newer else 1 if config.multi_query else config.num_attention_heads)


def gpt2_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """gpt2: weights are stored [inputs, outputs]."""
    names = {"attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
    stem, kind = name.rsplit(".", 1)
    return {f"{names[stem]}.{kind}": values.T} if stem in names else {}


def mpt_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    sizes(writer, config)
    attention = config.attn_config
    if attention.clip_qkv:
        writer.add_clamp_kqv(attention.clip_qkv)
    writer.add_max_alibi_bias(attention.alibi_bias_max)


MPT_ATTENTION = dict(clip_qkv=1.5, alibi=True, alibi_bias_max=8)
MPT = TOKENS | dict(
    d_model=36, n_heads=6, n_layers=2, max_seq_len=256, layer_norm_epsilon=1e-5, attn_config=MPT_ATTENTION
)  # fmt: skip

GELU_TABLE = dict.fromkeys(range(2), "it looks gelu up in a table of F16")

FIXTURES = [
    *(
        Fixture(
            name=name,
            arch="falcon",
            config=transformers.FalconConfig,
            model=transformers.FalconForCausalLM,
            settings=FALCON | settings,
            ablations={"gelu": dict(activation="silu")},
            prompts=[(70, 256), (23, 256)],
            peer_differs=GELU_TABLE,
            max_shard_size=shard_size,
            layer_tensors=FUSED_TENSORS | {"ln_attn": "attn_norm_2", "ln_mlp": "attn_norm"},
            outer_tensors={"transformer.word_embeddings": "token_embd", "transformer.ln_f": "output_norm"},
            other_tensors=by_group((FALCON | settings)["num_attention_heads"], settings.get("num_kv_heads", 1)),
            gains={"query_key_value": 2.0},
            layer_keys=falcon_keys,
        )
        for name, settings, shard_size in [
            ("falcon", dict(num_attention_heads=2), "1MB"),
            ("falcon_40b", dict(new_decoder_architecture=True, num_kv_heads=2), "30KB"),
        ]
    ),
    Fixture(
        name="gpt2",
        arch="gpt2",
        config=transformers.GPT2Config,
        model=transformers.GPT2LMHeadModel,
        settings=TOKENS | dict(n_positions=256, n_embd=32, n_layer=2, n_head=4, layer_norm_epsilon=1e-5),
        ablations={"gelu": dict(activation_function="silu")},
        prompts=[(70, 256), (23, 256)],
        peer_differs=GELU_TABLE,
        max_shard_size="1MB",
        layer_tensors={"ln_1": "attn_norm", "ln_2": "ffn_norm"},
        outer_tensors={
            "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm",
        },
        other_tensors=gpt2_tensors,
        gains={"c_attn": 4.0, "c_fc": 2.4, "mlp.c_proj": 0.6},
        layer_keys=sizes,
    ),
    Fixture(
        name="bloom",
        arch="bloom",
        config=transformers.BloomConfig,
        model=transformers.BloomForCausalLM,
        settings=TOKENS | dict(hidden_size=32, n_layer=2, n_head=4, layer_norm_epsilon=1e-5, seq_length=256),
        prompts=[(70, 256), (23, 256)],
        peer_differs=GELU_TABLE,
        max_shard_size="1MB",
        layer_tensors=FUSED_TENSORS,
        outer_tensors={
            "transformer.word_embeddings": "token_embd", "transformer.ln_f": "output_norm",
            "transformer.word_embeddings_layernorm": "token_embd_norm",
        },
        other_tensors=by_group(4, 4),
        gains={"query_key_value": 2.0},
        layer_keys=sizes,
    ),
    Fixture(
        name="mpt",
        arch="mpt",
        config=transformers.MptConfig,
        model=transformers.MptForCausalLM,
        settings=MPT,
        ablations={
            "clamped q, k and v": dict(attn_config=MPT_ATTENTION | dict(clip_qkv=None)),
        },
        prompts=[(70, 256), (23, 256)],
        peer_differs=GELU_TABLE,
        max_shard_size="1MB",
        layer_tensors={
            "norm_1": "attn_norm", "norm_2": "ffn_norm", "attn.Wqkv": "attn_qkv", "attn.out_proj": "attn_output",
            "ffn.up_proj": "ffn_up", "ffn.down_proj": "ffn_down",
        },
        outer_tensors={"transformer.wte": "token_embd", "transformer.norm_f": "output_norm"},
        gains={"Wqkv": 2.0},
        layer_keys=mpt_keys,
    ),
]  # fmt: skip
