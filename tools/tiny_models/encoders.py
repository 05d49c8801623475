"""Encoders: BERT and its kin."""

import dataclasses
import functools
import json
import math
import pathlib
import re
from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import safetensors.torch
import torch
import transformers

from .common import BASE, SANDWICH_TENSORS, VOCAB_SIZE
from .fixture import Fixture, attention_keys

BERT_TENSORS = {
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
}  # fmt: skip

BERT_EMBEDDINGS = {
    "word_embeddings": "token_embd", "position_embeddings": "position_embd", "token_type_embeddings": "token_types",
    "LayerNorm": "token_embd_norm",
}  # fmt: skip

BERT = dict(
    vocab_size=VOCAB_SIZE, hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=3,
    max_position_embeddings=96, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12, pad_token_id=0,
)  # fmt: skip


def bert_tensors(prefix: str = "", **others: str) -> dict[str, str]:
    """Of what is outside the layers. `others`: of the head, "_" for "."."""
    outer = {f"{prefix}embeddings.{name}": to for name, to in BERT_EMBEDDINGS.items()}
    return outer | {name.replace("__", "."): to for name, to in others.items()}


def encoder_keys(pooling: gguf.PoolingType, dropped_positions: int = 0) -> Callable[[gguf.GGUFWriter, Any], None]:
    def keys(writer: gguf.GGUFWriter, config: Any) -> None:
        writer.add_context_length(config.max_position_embeddings - dropped_positions)
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_head_count(config.num_attention_heads)
        writer.add_layer_norm_eps(getattr(config, "layer_norm_eps", None) or config.norm_eps)
        writer.add_causal_attention(False)
        writer.add_pooling_type(pooling)

    return keys


def without_pooler(model: Callable[..., Any]) -> Callable[..., Any]:
    def build(config: Any) -> Any:
        return model(config, add_pooling_layer=False)

    build.from_pretrained = functools.partial(model.from_pretrained, add_pooling_layer=False)
    return build


def modern_bert_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    encoder_keys(gguf.PoolingType.RANK)(writer, config)
    writer.add_sliding_window(config.local_attention)
    writer.add_sliding_window_pattern(config.global_attn_every_n_layers)
    writer.add_rope_freq_base(config.rope_parameters["full_attention"]["rope_theta"])
    writer.add_float32(f"{writer.arch}.rope.freq_base_swa", config.rope_parameters["sliding_attention"]["rope_theta"])


def nomic_bert_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    encoder_keys(gguf.PoolingType.MEAN)(writer, config)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])


def nomic_bert_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """One tensor of q, k and v, as it is published, where transformers has three."""
    part = re.fullmatch(r"self_attn\.([qkv])_proj\.weight", name)
    return {f"attn_{part[1]}.weight": values} if part else {}


NOMIC_BERT_TENSORS = {
    "self_attn.o_proj": "attn_output", "post_attention_layernorm": "attn_output_norm",
    "mlp.up_proj": "ffn_up", "mlp.gate_proj": "ffn_gate", "mlp.down_proj": "ffn_down",
    "post_mlp_layernorm": "layer_output_norm",
}  # fmt: skip

MODERN_BERT_TENSORS = {
    "attn_norm": "attn_norm", "attn.Wqkv": "attn_qkv", "attn.Wo": "attn_output", "mlp_norm": "ffn_norm",
    "mlp.Wi": "ffn_up", "mlp.Wo": "ffn_down",
}  # fmt: skip

@dataclasses.dataclass
class SentenceFixture(Fixture):
    """A folder of sentence-transformers, with dense layers behind the pooling."""

    dense: tuple[int, ...] = ()  # their outputs

    def prepared(self, model: torch.nn.Module) -> torch.nn.Module:
        generator, width = torch.Generator().manual_seed(5), model.config.hidden_size
        model.dense_weights = []
        for rows in self.dense:
            weight = torch.randn((rows, width), generator=generator) / math.sqrt(width)
            model.dense_weights.append(weight.bfloat16().float())
            width = rows
        return model

    def tensors(self, model: torch.nn.Module) -> dict[str, np.ndarray]:
        dense = {f"dense_{2 + i}.weight": weight.numpy() for i, weight in enumerate(model.dense_weights)}
        return super().tensors(model) | dense

    def publish(self, model: torch.nn.Module, path: pathlib.Path) -> None:
        modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
        for number, weight in enumerate(model.dense_weights, 2):
            modules.append((f"{number}_Dense", "Dense"))
            (path / f"{number}_Dense").mkdir()
            safetensors.torch.save_file({"linear.weight": weight.bfloat16()}, path / f"{number}_Dense/model.safetensors")
            config = dict(in_features=weight.shape[1], out_features=weight.shape[0], bias=False,
                          activation_function="torch.nn.modules.linear.Identity")  # fmt: skip
            (path / f"{number}_Dense/config.json").write_text(json.dumps(config, indent=2) + "\n")
        (path / "1_Pooling").mkdir()
        pooling = dict(word_embedding_dimension=model.config.hidden_size, pooling_mode_mean_tokens=True)
        (path / "1_Pooling/config.json").write_text(json.dumps(pooling, indent=2) + "\n")
        listed = [
            dict(idx=i, name=str(i), path=folder, type=f"sentence_transformers.models.{kind}")
            for i, (folder, kind) in enumerate([*modules, (f"{len(modules)}_Normalize", "Normalize")])
        ]
        (path / "modules.json").write_text(json.dumps(listed, indent=2) + "\n")

    def read_back(self, path: pathlib.Path) -> torch.nn.Module:
        return self.prepared(super().read_back(path))


def gemma_embedding_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    attention_keys(writer, config)
    writer.add_rope_freq_base(config.rope_parameters["full_attention"]["rope_theta"])
    writer.add_sliding_window(config.to_dict()["sliding_window"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)


GAINS = {"query": 2.0, "key": 2.0}

MODERN_BERT = dict(
    vocab_size=VOCAB_SIZE, hidden_size=32, intermediate_size=40, num_hidden_layers=4, num_attention_heads=2,
    max_position_embeddings=256, local_attention=16, norm_eps=1e-5, global_attn_every_n_layers=3, pad_token_id=0,
    bos_token_id=2, cls_token_id=2, eos_token_id=3, sep_token_id=3, num_labels=1, classifier_pooling="mean",
    rope_parameters=dict(
        full_attention=dict(rope_type="default", rope_theta=160000.0),
        sliding_attention=dict(rope_type="default", rope_theta=10000.0),
    ),
)  # fmt: skip

FIXTURES = [
    Fixture(
        name="bert",
        arch="bert",
        config=transformers.BertConfig,
        model=without_pooler(transformers.BertModel),
        settings=BERT,
        ablations={"gelu": dict(hidden_act="silu"), "epsilon": dict(layer_norm_eps=1e-1)},
        prompts=[(90, 96), (33, 96), (1, 96), (17, 96)],
        layer_tensors=BERT_TENSORS,
        gains=GAINS,
        max_shard_size="1MB",
        layer_keys=encoder_keys(gguf.PoolingType.MEAN),
        encoder=True,
        inert=("key.bias",),  # adds the same to all scores of a query
        outer_tensors=bert_tensors(),
        layers=r"encoder\.layer",
    ),
    Fixture(
        name="bert_reranker",
        arch="bert",
        config=transformers.BertConfig,
        model=transformers.BertForSequenceClassification,
        settings=BERT | dict(num_labels=1, num_hidden_layers=1),
        prompts=[(60, 96), (20, 96)],
        layer_tensors=BERT_TENSORS,
        gains=GAINS,
        max_shard_size="1MB",
        layer_keys=encoder_keys(gguf.PoolingType.RANK),
        encoder=True,
        inert=("key.bias",),
        outer_tensors=bert_tensors("bert.", bert__pooler__dense="cls", classifier="cls.output"),
        layers=r"bert\.encoder\.layer",
    ),
    Fixture(
        name="roberta",
        arch="bert",
        config=transformers.XLMRobertaConfig,
        model=transformers.XLMRobertaForSequenceClassification,
        settings=BERT | dict(num_labels=3, type_vocab_size=1, pad_token_id=1, max_position_embeddings=98),
        prompts=[(96, 96), (20, 96), (43, 96)],
        layer_tensors=BERT_TENSORS,
        gains=GAINS,
        max_shard_size="1MB",
        layer_keys=encoder_keys(gguf.PoolingType.RANK, dropped_positions=2),
        encoder=True,
        inert=("key.bias",),
        dropped_positions=2,
        outer_tensors=bert_tensors("roberta.", classifier__dense="cls", classifier__out_proj="cls.output"),
        layers=r"roberta\.encoder\.layer",
    ),
    Fixture(
        name="nomic_bert",
        arch="nomic-bert",
        config=transformers.NomicBertConfig,
        model=without_pooler(transformers.NomicBertModel),
        settings={key: value for key, value in BERT.items() if key != "hidden_act"} | dict(max_position_embeddings=256),
        ablations={"base of the rotation": dict(rope_parameters=dict(rope_type="default", rope_theta=50.0))},
        prompts=[(70, 256), (33, 256), (5, 256)],
        layer_tensors=NOMIC_BERT_TENSORS,
        other_tensors=nomic_bert_tensors,
        max_shard_size="1MB",
        layer_keys=nomic_bert_keys,
        encoder=True,
        outer_tensors=bert_tensors(),
        layers="layers",
    ),
    Fixture(
        name="modern_bert",
        arch="modern-bert",
        config=transformers.ModernBertConfig,
        model=transformers.ModernBertForSequenceClassification,
        settings=MODERN_BERT,
        ablations={
            "window": dict(local_attention=200),
            "window of its exact length": dict(local_attention=18),
            "layers that see everything": dict(layer_types=["sliding_attention"] * 4),
            "local base": dict(rope_parameters=MODERN_BERT["rope_parameters"] | dict(
                sliding_attention=dict(rope_type="default", rope_theta=100.0),
            )),
            "mean of all rows": dict(classifier_pooling="cls"),
        },
        prompts=[(70, 256), (33, 256), (5, 256)],
        layer_tensors=MODERN_BERT_TENSORS,
        gains={"Wqkv": 2.0},
        max_shard_size="1MB",
        layer_keys=modern_bert_keys,
        encoder=True,
        outer_tensors={
            "model.embeddings.tok_embeddings": "token_embd", "model.embeddings.norm": "token_embd_norm",
            "model.final_norm": "output_norm", "head.dense": "cls", "head.norm": "cls.norm", "classifier": "cls.output",
        },
        layers=r"model\.layers",
    ),
    SentenceFixture(
        name="gemma_embedding",
        arch="gemma-embedding",
        config=transformers.Gemma3TextConfig,
        model=transformers.Gemma3TextModel,
        settings=BASE | dict(
            hidden_size=32, intermediate_size=40, num_hidden_layers=7, num_attention_heads=2, num_key_value_heads=1,
            rms_norm_eps=1e-6, query_pre_attn_scalar=16, sliding_window=20, use_bidirectional_attention=True,
            pad_token_id=0, bos_token_id=2, eos_token_id=3, rope_parameters=dict(
                sliding_attention=dict(rope_type="default", rope_theta=1e4),
                full_attention=dict(rope_type="default", rope_theta=1e6),
            ),
        ),
        ablations={
            "sight of what follows": dict(use_bidirectional_attention=False),
            "window": dict(sliding_window=200),
            "window of its exact length": dict(sliding_window=22),
        },
        prompts=[(70, 256), (19, 256), (44, 256)],
        max_shard_size="1MB",
        layer_tensors=SANDWICH_TENSORS,
        norm_offset=0.0,
        layer_keys=gemma_embedding_keys,
        encoder=True,
        outer_tensors={"embed_tokens": "token_embd", "norm": "output_norm"},
        layers="layers",
        dense=(56, 24),
    ),
]  # fmt: skip
