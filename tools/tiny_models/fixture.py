"""What a tiny checkpoint is, and how its tensors and keys are spelt in a GGUF file."""

import dataclasses
import pathlib
import re
from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import torch


LAYER_TENSORS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.qkv_proj": "attn_qkv",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "mlp.gate": "ffn_gate_inp",
}


def expert_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """The experts of most models: gate rows above up rows."""
    if name == "mlp.experts.gate_up_proj":
        half = values.shape[1] // 2
        return {"ffn_gate_exps.weight": values[:, :half], "ffn_up_exps.weight": values[:, half:]}
    return {"ffn_down_exps.weight": values} if name == "mlp.experts.down_proj" else {}


def attention_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(getattr(config, "num_key_value_heads", config.num_attention_heads))
    if hasattr(config, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    else:
        names = ("layer_norm_eps", "norm_epsilon", "norm_eps")
        writer.add_layer_norm_eps(next(getattr(config, name) for name in names if hasattr(config, name)))
    if getattr(config, "head_dim", None):
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    rope = config.rope_parameters
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        writer.add_rope_dimension_count(int(head_dim * rope.get("partial_rotary_factor", 1.0)))


@dataclasses.dataclass
class Fixture:
    """One checkpoint. `prompts`: (length, context limit), the longest first. `peer_differs`: by prompt, why llama.cpp
    does not compute what transformers does."""

    name: str
    arch: str
    config: Callable[..., Any]
    model: Callable[..., torch.nn.Module]
    settings: dict
    prompts: list[tuple[int, int]]
    ablations: dict[str, dict] = dataclasses.field(default_factory=dict)
    peer_differs: dict[int, str] = dataclasses.field(default_factory=dict)
    layer_tensors: dict[str, str] = dataclasses.field(default_factory=lambda: LAYER_TENSORS)  # "": none in the file
    outer_tensors: dict[str, str] = dataclasses.field(default_factory=dict)  # beside those that several have
    model_keys: Callable[[gguf.GGUFWriter, torch.nn.Module], None] = lambda writer, model: None
    norm_offset: float = 1.0  # what the norm computes with a weight of zero: gemma stores w - 1
    other_tensors: Callable[[str, np.ndarray], dict[str, np.ndarray]] = expert_tensors  # what layer_tensors do not name
    gains: dict[str, float] = dataclasses.field(default_factory=dict)  # of products, by a part of their names
    expert_type: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32
    weight_type: Callable[[str], gguf.GGMLQuantizationType | None] = lambda name: None  # by names of the file
    transposed_experts: bool = False  # in the model: [experts, inputs, outputs]
    max_shard_size: str | None = None  # written as a folder as well, its files of at most this size
    in_f32: bool = False  # else in BF16
    pair_rows: bool = False  # rotary pairs side by side in the file, as the converter writes llama
    layer_keys: Callable[[gguf.GGUFWriter, Any], None] = attention_keys
    extra_keys: Callable[[gguf.GGUFWriter, Any], None] = lambda writer, config: None
    extra_tensors: Callable[[Any], dict[str, np.ndarray]] = lambda config: {}
    encoder: bool = False  # hidden states, and scores of a classification head, in place of logits
    inert: tuple[str, ...] = ()  # ends of names of tensors that change nothing, by what is computed
    dropped_positions: int = 0  # leading rows of a table of positions that GGUF does not have
    layers: str = r"(?:(?:model|backbone|gpt_neox)\.layers|transformer\.(?:h|blocks))"  # what the tensors of layers begin with

    def prepared(self, model: torch.nn.Module) -> torch.nn.Module:
        """The model, once its values are those that its files can hold."""
        return model

    def publish(self, model: torch.nn.Module, path: pathlib.Path) -> None:
        """Makes the folder that transformers saved into what a model's author publishes."""

    def read_back(self, path: pathlib.Path) -> torch.nn.Module:
        return self.model.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()

    def write_config(self, writer: gguf.GGUFWriter, config: Any) -> None:
        writer.add_vocab_size(config.vocab_size)
        writer.add_block_count(config.num_hidden_layers)
        writer.add_embedding_length(config.hidden_size)
        self.layer_keys(writer, config)
        self.extra_keys(writer, config)

    def tensors(self, model: torch.nn.Module) -> dict[str, np.ndarray]:
        config = model.config
        tensors = {}
        for name, parameter in learned_tensors(model):
            values = parameter.detach().numpy()
            if "norm" in name.lower() and not name.endswith("bias"):
                values = values + (1.0 - self.norm_offset)
            for gguf_name, part in self.rename(name, values):
                if self.pair_rows and re.search(r"attn_[qk]\.", gguf_name):
                    heads = config.num_attention_heads if "attn_q" in gguf_name else config.num_key_value_heads
                    part = pair_rotary_rows(part, heads)
                tensors[gguf_name] = part
        return tensors | self.extra_tensors(config)

    def rename(self, name: str, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
        outer = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
                 "backbone.embeddings.weight": "token_embd.weight", "backbone.norm_f.weight": "output_norm.weight",
                 "gpt_neox.embed_in.weight": "token_embd.weight", "lm_head.weight": "output.weight",
                 "lm_head.bias": "output.bias"}  # fmt: skip
        for norm in ("gpt_neox.final_layer_norm", "model.final_layernorm", "model.norm"):
            outer |= {f"{norm}.{kind}": f"output_norm.{kind}" for kind in ("weight", "bias")}
        outer |= {f"{stem}.{kind}": f"{own}.{kind}" for stem, own in self.outer_tensors.items() for kind in ("weight", "bias")}
        if name in outer:
            if outer[name] == "position_embd.weight" and self.dropped_positions:
                values = values[self.dropped_positions :]
            return [(outer[name], values)]
        layer, inner = re.fullmatch(rf"{self.layers}\.(\d+)\.(.+)", name).groups()
        if others := self.other_tensors(inner, values):
            return [(f"blk.{layer}.{other}", part) for other, part in others.items()]
        stem, kind = inner.rsplit(".", 1)
        if not self.layer_tensors[stem]:
            return []
        return [(f"blk.{layer}.{self.layer_tensors[stem]}.{kind}", values)]


def learned_tensors(model: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    """The parameters, and what is learned but is no parameter."""
    buffers = [item for item in model.named_buffers() if item[0].endswith("e_score_correction_bias")]
    return [*model.named_parameters(), *buffers]


def pair_rotary_rows(values: np.ndarray, num_heads: int) -> np.ndarray:
    """Rows (i, i + d/2) of each head become rows (2i, 2i + 1)."""
    halves = values.reshape(num_heads, 2, -1, *values.shape[1:])
    return halves.swapaxes(1, 2).reshape(values.shape)
