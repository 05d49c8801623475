"""DeciLM: llama with layers of several sizes, arrays of head counts and feed-forward sizes in GGUF."""

import copy
import re
from typing import Any

import gguf
import numpy as np
import transformers
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from .common import BASE
from .fixture import Fixture, attention_keys, pair_rotary_rows

HEADS, KV_HEADS, SIZES = [4, 6, 2], [2, 3, 2], [40, 32, 48]


class UnevenLlama(transformers.LlamaForCausalLM):
    def __init__(self, config: Any) -> None:
        super().__init__(config)
        for index, sizes in enumerate(zip(HEADS, KV_HEADS, SIZES)):
            own = copy.deepcopy(config)
            own.num_attention_heads, own.num_key_value_heads, own.intermediate_size = sizes
            self.model.layers[index] = LlamaDecoderLayer(own, index)


class UnevenFixture(Fixture):
    def rename(self, name: str, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
        [(gguf_name, part)] = super().rename(name, values)
        if layer := re.fullmatch(r"blk\.(\d+)\.attn_([qk])\.weight", gguf_name):
            part = pair_rotary_rows(part, (HEADS if layer[2] == "q" else KV_HEADS)[int(layer[1])])
        return [(gguf_name, part)]


class KeysOfLayers:
    """Arrays in place of the numbers that all layers share."""

    def __init__(self, writer: gguf.GGUFWriter) -> None:
        self.writer = writer

    def __getattr__(self, name: str) -> Any:
        arrays = {"add_head_count": HEADS, "add_head_count_kv": KV_HEADS, "add_feed_forward_length": SIZES}
        if name in arrays:
            return lambda count: getattr(self.writer, name)(arrays[name])
        return getattr(self.writer, name)


FIXTURES = [
    UnevenFixture(
        name="deci",
        arch="deci",
        config=transformers.LlamaConfig,
        model=UnevenLlama,
        settings=BASE | dict(
            hidden_size=32, num_hidden_layers=3, rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        prompts=[(70, 256), (23, 256)],
        layer_keys=lambda writer, config: attention_keys(KeysOfLayers(writer), config),
    ),
]  # fmt: skip
