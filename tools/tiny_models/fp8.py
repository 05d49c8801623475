"""Checkpoints whose weights are 8-bit floats (E4M3) with a scale for each block, as DeepSeek publishes them.

Their GGUF files hold the same values as F32.
"""

import dataclasses
import json
import pathlib
import re
import tempfile

import safetensors.torch
import torch
import transformers
from transformers.integrations.finegrained_fp8 import Fp8Dequantize

from .common import BASE
from .deepseek2 import DEEPSEEK2, DEEPSEEK2_TENSORS, deepseek2_keys, deepseek2_tensors
from .fixture import Fixture

FILE = "model.safetensors"
LARGEST = 448.0


@dataclasses.dataclass
class Fp8Fixture(Fixture):
    block: tuple[int, int] = (128, 128)
    kept: tuple[str, ...] = ()  # modules that stay as they are, beside embeddings, heads and routers

    def is_quantised(self, name: str) -> bool:
        module = name.removesuffix(".weight")
        return bool(re.search(r"(proj|proj_with_mqa)\.weight$", name)) and module not in self.kept

    def prepared(self, model: torch.nn.Module) -> torch.nn.Module:
        """With the values that are left; the codes are kept for `publish`."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            model.save_pretrained(path)
            tensors = safetensors.torch.load_file(path / FILE)
            codes = {name: quantise(tensors[name], self.block) for name in tensors if self.is_quantised(name)}
            save(tensors | {name: dequantise(*pair, self.block) for name, pair in codes.items()}, path)
            left = super().read_back(path)
        left.codes = codes
        return left

    def publish(self, model: torch.nn.Module, path: pathlib.Path) -> None:
        tensors = safetensors.torch.load_file(path / FILE)
        for name, (codes, scales) in model.codes.items():
            tensors[name], tensors[f"{name}_scale_inv"] = codes, scales
        save(tensors, path)
        config = json.loads((path / "config.json").read_text())
        config["quantization_config"] = {
            "activation_scheme": "dynamic", "fmt": "e4m3", "modules_to_not_convert": [*self.kept],
            "quant_method": "fp8", "weight_block_size": [*self.block],
        }  # fmt: skip
        (path / "config.json").write_text(json.dumps(config, indent=2) + "\n")

    def read_back(self, path: pathlib.Path) -> torch.nn.Module:
        """transformers refuses blocks that end within a matrix: it is given what they stand for."""
        tensors = safetensors.torch.load_file(path / FILE)
        for name in [name for name in tensors if name.endswith("_scale_inv")]:
            codes = name.removesuffix("_scale_inv")
            tensors[codes] = dequantise(tensors[codes], tensors.pop(name), self.block)
        config = json.loads((path / "config.json").read_text())
        del config["quantization_config"]
        with tempfile.TemporaryDirectory() as folder:
            save(tensors, pathlib.Path(folder))
            (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
            return super().read_back(pathlib.Path(folder))


def save(tensors: dict[str, torch.Tensor], folder: pathlib.Path) -> None:
    safetensors.torch.save_file(tensors, folder / FILE, metadata={"format": "pt"})


def spread(scales: torch.Tensor, shape: torch.Size, block: tuple[int, int]) -> torch.Tensor:
    wide = scales.repeat_interleave(block[0], 0).repeat_interleave(block[1], 1)
    return wide[: shape[0], : shape[1]]


def quantise(values: torch.Tensor, block: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    rows, cols = (-(-size // step) for size, step in zip(values.shape, block))
    scales = torch.stack([
        torch.stack([
            values[row * block[0]:][:block[0], col * block[1]:][:, :block[1]].abs().max() / LARGEST
            for col in range(cols)])
        for row in range(rows)])  # fmt: skip
    return (values / spread(scales, values.shape, block)).to(torch.float8_e4m3fn), scales


def dequantise(codes: torch.Tensor, scales: torch.Tensor, block: tuple[int, int]) -> torch.Tensor:
    """As transformers does, which takes whole blocks alone; DeepSeek's own kernel takes others as well."""
    values = codes.float() * spread(scales, codes.shape, block)
    if all(size % (count * step) == 0 for size, count, step in zip(codes.shape, scales.shape, block)):
        assert torch.equal(values, Fp8Dequantize(None)._dequantize_one(codes, scales, torch.float32))
    return values


FIXTURES = [
    Fp8Fixture(
        name="llama_fp8",
        arch="llama",
        config=transformers.LlamaConfig,
        model=transformers.LlamaForCausalLM,
        settings=BASE | dict(
            hidden_size=32, intermediate_size=96, num_hidden_layers=1,
            rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        prompts=[(70, 256), (23, 256)],
        max_shard_size="1MB",
        pair_rows=True,
        block=(24, 64),
        kept=("model.layers.0.self_attn.v_proj", "model.layers.0.mlp.up_proj"),
    ),
    Fp8Fixture(
        name="deepseek_v3_fp8",
        arch="deepseek2",
        config=transformers.DeepseekV3Config,
        model=transformers.DeepseekV3ForCausalLM,
        settings=DEEPSEEK2 | dict(
            num_hidden_layers=2, kv_lora_rank=32, n_routed_experts=3, n_group=1, topk_group=1, intermediate_size=64,
            moe_intermediate_size=32, v_head_dim=8,
        ),
        prompts=[(90, 256), (23, 256)],
        layer_tensors=DEEPSEEK2_TENSORS,
        other_tensors=deepseek2_tensors(DEEPSEEK2, False),
        gains={"q_b_proj": 2.0, "kv_b_proj": 2.0},
        max_shard_size="1MB",
        layer_keys=deepseek2_keys(False, True),
        block=(24, 32),
    ),
]  # fmt: skip
