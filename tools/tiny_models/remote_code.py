"""InternLM2, Baichuan and MiniCPM, whose code is published beside their weights: written from its description."""

import math
from typing import Any

import gguf
import numpy as np
import torch
import transformers
from torch import nn
from transformers.modeling_outputs import CausalLMOutput
from transformers.models.llama.modeling_llama import (
    LlamaForCausalLM, LlamaMLP, LlamaRMSNorm, LlamaRotaryEmbedding, apply_rotary_pos_emb,
)  # fmt: skip

from .common import BASE
from .fixture import LAYER_TENSORS, Fixture

ROPE = dict(rope_type="default", rope_theta=1e4)


def alibi_slopes(num_heads: int) -> torch.Tensor:
    """Of 2^k heads 2^(-8 i / 2^k); further heads take every other slope of twice as many (arXiv 2108.12409)."""
    whole = 2 ** int(math.log2(num_heads))
    slopes = [2 ** (-8 * (i + 1) / whole) for i in range(whole)]
    return torch.tensor(slopes + [2 ** (-4 * (2 * i + 1) / whole) for i in range(num_heads - whole)])


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, slopes: torch.Tensor | None) -> torch.Tensor:
    """Causal attention. q [batch, heads, tokens, dims], k and v likewise, with as many heads or fewer."""
    k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], dim=1) for part in (k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    positions = torch.arange(q.shape[2])
    distance = positions[None, :] - positions[:, None]
    if slopes is not None:
        scores = scores + slopes[:, None, None] * distance
    scores = scores.masked_fill(distance > 0, -math.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


class InternLM2Attention(nn.Module):
    """The rows of q, k and v by groups: the queries that share a key, the key, its value."""

    def __init__(self, config: Any):
        super().__init__()
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.dim = config.hidden_size // self.heads
        self.wqkv = nn.Linear(config.hidden_size, (self.heads + 2 * self.kv_heads) * self.dim, bias=config.bias)
        self.wo = nn.Linear(self.heads * self.dim, config.hidden_size, bias=config.bias)

    def forward(self, x: torch.Tensor, angles: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        groups = self.wqkv(x).unflatten(-1, (self.kv_heads, self.heads // self.kv_heads + 2, self.dim))
        q = groups[..., :-2, :].flatten(2, 3).transpose(1, 2)
        k, v = groups[..., -2, :].transpose(1, 2), groups[..., -1, :].transpose(1, 2)
        q, k = apply_rotary_pos_emb(q, k, *angles)
        return self.wo(attend(q, k, v, None))


class InternLM2MLP(nn.Module):
    def __init__(self, config: Any):
        super().__init__()
        self.w1 = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.w3 = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.w2 = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w2(nn.functional.silu(self.w1(x)) * self.w3(x))


class InternLM2Layer(nn.Module):
    def __init__(self, config: Any):
        super().__init__()
        self.attention_norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.attention = InternLM2Attention(config)
        self.ffn_norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.feed_forward = InternLM2MLP(config)

    def forward(self, x: torch.Tensor, angles: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        x = x + self.attention(self.attention_norm(x), angles)
        return x + self.feed_forward(self.ffn_norm(x))


class BaichuanAttention(nn.Module):
    """The rows of q, of k and of v in one tensor; 7B rotates, 13B has linear biases."""

    def __init__(self, config: Any):
        super().__init__()
        self.heads, self.rotates = config.num_attention_heads, config.rotates
        self.W_pack = nn.Linear(config.hidden_size, 3 * config.hidden_size, bias=False)
        self.o_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)

    def forward(self, x: torch.Tensor, angles: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        q, k, v = self.W_pack(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if self.rotates:
            q, k = apply_rotary_pos_emb(q, k, *angles)
        return self.o_proj(attend(q, k, v, None if self.rotates else alibi_slopes(self.heads)))


class BaichuanLayer(nn.Module):
    def __init__(self, config: Any):
        super().__init__()
        self.input_layernorm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = BaichuanAttention(config)
        self.post_attention_layernorm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = LlamaMLP(config)

    def forward(self, x: torch.Tensor, angles: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        x = x + self.self_attn(self.input_layernorm(x), angles)
        return x + self.mlp(self.post_attention_layernorm(x))


class Config(transformers.PreTrainedConfig):
    """What the published configurations hold; `rotates` is what their code has in place of a key."""

    hidden_act = "silu"
    mlp_bias = False

    @property
    def rotates(self) -> bool:
        return hasattr(self, "max_position_embeddings")


class InternLM2Config(Config):
    model_type = "internlm2"


class BaichuanConfig(Config):
    model_type = "baichuan"


class Decoder(transformers.PreTrainedModel):
    config_class = Config
    layer_class: type[nn.Module]
    names = {"embedding": "embed_tokens", "head": "lm_head"}

    def __init__(self, config: Any):
        super().__init__(config)
        self.model = nn.Module()
        self.model.add_module(self.names["embedding"], nn.Embedding(config.vocab_size, config.hidden_size))
        self.model.layers = nn.ModuleList(self.layer_class(config) for _ in range(config.num_hidden_layers))
        self.model.norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.add_module(self.names["head"], nn.Linear(config.hidden_size, config.vocab_size, bias=False))
        self.post_init()

    def angles(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        config = self.config
        llama = transformers.LlamaConfig(
            hidden_size=config.hidden_size, num_attention_heads=config.num_attention_heads,
            max_position_embeddings=256, rope_parameters=dict(rope_type="default", rope_theta=config.rope_theta),
        )  # fmt: skip
        return LlamaRotaryEmbedding(llama)(x, torch.arange(x.shape[1])[None])

    def forward(self, input_ids: torch.Tensor, **_: Any) -> CausalLMOutput:
        x = getattr(self.model, self.names["embedding"])(input_ids)
        angles = self.angles(x)
        for layer in self.model.layers:
            x = layer(x, angles)
        return CausalLMOutput(logits=getattr(self, self.names["head"])(self.model.norm(x)))


class InternLM2ForCausalLM(Decoder):
    config_class = InternLM2Config
    layer_class = InternLM2Layer
    names = {"embedding": "tok_embeddings", "head": "output"}


class BaichuanForCausalLM(Decoder):
    config_class = BaichuanConfig
    layer_class = BaichuanLayer


class MiniCPMConfig(transformers.LlamaConfig):
    model_type = "minicpm"
    scale_emb: float = 1.0
    scale_depth: float = 1.0
    dim_model_base: int = 1


class MiniCPMForCausalLM(LlamaForCausalLM):
    """llama with a multiplier of the embedding, of what layers add, and of the head's input."""

    config_class = MiniCPMConfig

    def forward(self, input_ids: torch.Tensor, **_: Any) -> CausalLMOutput:
        config = self.config
        x = self.model.embed_tokens(input_ids) * config.scale_emb
        angles = self.model.rotary_emb(x, torch.arange(x.shape[1])[None])
        mask = torch.full((x.shape[1], x.shape[1]), -math.inf).triu(1)[None, None]
        scale = config.scale_depth / math.sqrt(config.num_hidden_layers)
        for layer in self.model.layers:
            mixed, _ = layer.self_attn(layer.input_layernorm(x), position_embeddings=angles, attention_mask=mask)
            x = x + mixed * scale
            x = x + layer.mlp(layer.post_attention_layernorm(x)) * scale
        x = self.model.norm(x) / (config.hidden_size / config.dim_model_base)
        return CausalLMOutput(logits=self.lm_head(x))


def split_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(256)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(getattr(config, "num_key_value_heads", config.num_attention_heads))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(config.rope_theta)


def minicpm_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_embedding_scale(config.scale_emb)
    writer.add_residual_scale(config.scale_depth / config.num_hidden_layers**0.5)
    writer.add_logit_scale(config.hidden_size / config.dim_model_base)


def internlm2_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    stem, kind = name.rsplit(".", 1)
    if stem != "attention.wqkv":
        return {}
    groups = values.reshape(FUSED["num_key_value_heads"], 4, -1, *values.shape[1:])
    parts = {"attn_q": groups[:, :2], "attn_k": groups[:, 2], "attn_v": groups[:, 3]}
    return {f"{part}.{kind}": rows.reshape(-1, *values.shape[1:]) for part, rows in parts.items()}


def baichuan_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    if name != "self_attn.W_pack.weight":
        return {}
    return {f"attn_{part}.weight": rows for part, rows in zip("qkv", np.split(values, 3), strict=True)}


FUSED = {key: value for key, value in BASE.items() if key not in ("head_dim", "max_position_embeddings")} | dict(
    hidden_size=32, intermediate_size=48, tie_word_embeddings=False, rope_theta=1e4
)  # fmt: skip
BAICHUAN = {key: value for key, value in FUSED.items() if key != "num_key_value_heads"} | dict(num_key_value_heads=4)
MINICPM = BASE | dict(
    hidden_size=32, intermediate_size=48, rope_parameters=ROPE, scale_emb=6.0, scale_depth=1.1, dim_model_base=8
)  # fmt: skip

FIXTURES = [
    Fixture(
        name="internlm2",
        arch="internlm2",
        config=InternLM2Config,
        model=InternLM2ForCausalLM,
        settings=FUSED | dict(max_position_embeddings=256, bias=False),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
        layer_tensors={
            "attention_norm": "attn_norm", "ffn_norm": "ffn_norm", "attention.wo": "attn_output",
            "feed_forward.w1": "ffn_gate", "feed_forward.w3": "ffn_up", "feed_forward.w2": "ffn_down",
        },
        outer_tensors={"model.tok_embeddings": "token_embd", "output": "output"},
        other_tensors=internlm2_tensors,
        gains={"wqkv": 2.0},
        layer_keys=split_keys,
    ),
    *(
        Fixture(
            name=name,
            arch="baichuan",
            config=BaichuanConfig,
            model=BaichuanForCausalLM,
            settings=BAICHUAN | settings,
            prompts=[(70, 256), (23, 256)],
            max_shard_size="1MB",
            pair_rows=True,
            peer_differs=dict.fromkeys(range(2), differs),
            other_tensors=baichuan_tensors,
            gains={"W_pack": 2.0},
            layer_keys=split_keys,
            extra_keys=keys,
        )
        for name, settings, differs, keys in [
            ("baichuan", dict(max_position_embeddings=256), "it rotates in models of 32 layers alone",
             lambda writer, config: None),
            ("baichuan_13b", dict(model_max_length=256, num_attention_heads=6, num_key_value_heads=6, hidden_size=36),
             "it has linear biases in models of 40 layers alone", lambda writer, config: writer.add_max_alibi_bias(8.0)),
        ]
    ),
    Fixture(
        name="minicpm",
        arch="minicpm",
        config=MiniCPMConfig,
        model=MiniCPMForCausalLM,
        settings=MINICPM,
        ablations={
            "scale of the embedding": dict(scale_emb=1.0),
            "scale of what layers add": dict(scale_depth=1.4),
            "scale of the logits": dict(dim_model_base=16),
        },
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
        extra_keys=minicpm_keys,
    ),
]  # fmt: skip
