"""Jina's BERT with linear biases (ALiBi, Press et al. 2022) and gated feed-forwards, which transformers does not have."""

import math
from typing import Any

import gguf
import torch
import transformers
from torch import nn
from transformers.modeling_outputs import BaseModelOutput

from .encoders import BERT, BERT_TENSORS, bert_tensors, encoder_keys
from .fixture import Fixture


def named(**modules: nn.Module) -> nn.Module:
    return nn.ModuleDict(modules)


class JinaBertModel(transformers.BertPreTrainedModel):
    """By the names of its published checkpoints."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        size, ff = config.hidden_size, config.intermediate_size
        self.embeddings = named(
            word_embeddings=nn.Embedding(config.vocab_size, size),
            token_type_embeddings=nn.Embedding(config.type_vocab_size, size), LayerNorm=self.norm(),
        )  # fmt: skip
        self.encoder = named(layer=nn.ModuleList(self.layer(size, ff) for _ in range(config.num_hidden_layers)))
        self.post_init()

    def norm(self) -> nn.Module:
        return nn.LayerNorm(self.config.hidden_size, eps=self.config.layer_norm_eps)

    def layer(self, size: int, ff: int) -> nn.Module:
        own = named(query=nn.Linear(size, size), key=nn.Linear(size, size), value=nn.Linear(size, size))
        output = named(dense=nn.Linear(size, size), LayerNorm=self.norm())
        mlp = named(gated_layers=nn.Linear(size, 2 * ff, bias=False), wo=nn.Linear(ff, size), layernorm=self.norm())
        return named(attention=nn.ModuleDict({"self": own, "output": output}), mlp=mlp)

    def attend(self, layer: nn.Module, hidden: torch.Tensor) -> torch.Tensor:
        heads, rows = self.config.num_attention_heads, hidden.shape[0]
        query, key, value = (
            layer["self"][name](hidden).view(rows, heads, -1).transpose(0, 1) for name in ("query", "key", "value")
        )
        positions = torch.arange(rows)
        distance = (positions[:, None] - positions[None]).abs()
        slopes = 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)  # of a number of heads that is a power of two
        scores = query @ key.transpose(1, 2) / math.sqrt(query.shape[-1]) - slopes[:, None, None] * distance
        return layer["output"]["dense"]((scores.softmax(-1) @ value).transpose(0, 1).reshape(rows, -1))

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, **_: Any) -> BaseModelOutput:
        embeddings, ff = self.embeddings, self.config.intermediate_size
        tokens = embeddings["word_embeddings"](input_ids[0])
        hidden = embeddings["LayerNorm"](tokens + embeddings["token_type_embeddings"](token_type_ids[0]))
        for layer in self.encoder["layer"]:
            attention, mlp = layer["attention"], layer["mlp"]
            hidden = attention["output"]["LayerNorm"](hidden + self.attend(attention, hidden))
            gated = mlp["gated_layers"](hidden)
            product = nn.functional.gelu(gated[:, :ff]) * gated[:, ff:]
            hidden = mlp["layernorm"](hidden + mlp["wo"](product))
        return BaseModelOutput(last_hidden_state=hidden[None], hidden_states=(hidden[None],))


FIXTURES = [
    Fixture(
        name="jina_bert_v2",
        arch="jina-bert-v2",
        config=transformers.BertConfig,
        model=JinaBertModel,
        settings=BERT | dict(
            num_attention_heads=4, intermediate_size=48, position_embedding_type="alibi", feed_forward_type="geglu"
        ),
        prompts=[(90, 96), (33, 96), (3, 96)],
        layer_tensors=BERT_TENSORS | {
            "mlp.gated_layers": "ffn_up", "mlp.wo": "ffn_down", "mlp.layernorm": "layer_output_norm",
        },
        gains={"query": 2.0, "key": 2.0},
        max_shard_size="1MB",
        layer_keys=encoder_keys(gguf.PoolingType.MEAN),
        encoder=True,
        inert=("key.bias",),
        outer_tensors=bert_tensors(),
        layers=r"encoder\.layer",
    ),
]  # fmt: skip
