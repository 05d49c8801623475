#!/usr/bin/env python3
"""Writes tests/fixtures/models: tiny random checkpoints as GGUF, each with the logits that transformers computes.

Needs numpy, torch, transformers and gguf. Weights, biases and norms are random, so that every tensor matters; the
script checks that: it replaces each tensor, and each setting named in `ablations`, by a neutral value and demands
that the logits change. Usage: make_tiny_models.py [--out FOLDER] [NAME ...]

NAME.gguf is what a converter would write. NAME/ is a folder as transformers saves it, of the same weights.
NAME.expected.gguf holds, for each prompt N: `prompt.N.tokens` [length], `prompt.N.logits` [rows, vocabulary] of the last
rows, and the key `prompt.N.context`: the context limit to load with. Of an encoder there is NAME.encoded.gguf in its
place: tokens, `prompt.N.token_types` [length], `prompt.N.hidden` [length, hidden size] and, where it has a head,
`prompt.N.scores` [labels], with dense layers `prompt.N.embedding` of the mean. rope_angles.gguf holds cosines and sines of rotary embeddings at far positions.
"""

import argparse
import copy
import json
import math
import pathlib
import shutil
import sys

import gguf
import numpy as np
import safetensors.torch
import torch
import transformers

from tiny_models import FIXTURES
from tiny_models.fixture import Fixture, learned_tensors
from tiny_models.llama import llama3_factors
from tiny_models.rope_angles import ROPE_CASES, ROPE_POSITIONS

ROWS_KEPT = 12
MIN_CHANGE = 1e-5
TERNARY = (gguf.GGMLQuantizationType.TQ1_0, gguf.GGMLQuantizationType.TQ2_0)


def nmse(values: torch.Tensor, truth: torch.Tensor) -> float:
    return float(((values - truth) ** 2).sum() / (truth**2).sum())


def is_norm(name: str) -> bool:
    return "norm" in name.lower() or ".ln_" in name


def gain_of(fixture: Fixture, name: str, usual: float) -> float:
    return next((gain for part, gain in fixture.gains.items() if part in name), usual)


def randomize(fixture: Fixture, model: torch.nn.Module, seed: int) -> None:
    """Norms spread about 1, biases as large as what they are added to, products that keep the variance."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in learned_tensors(model):
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("bias"):
            parameter.data = noise * fixture.gains.get(name.rsplit(".", 1)[-1], 0.5)
        elif is_norm(name):
            parameter.data = noise * 0.3 + fixture.norm_offset
        elif "embed" in name or name.endswith((".D", ".wte.weight", ".wpe.weight")):
            parameter.data = noise * gain_of(fixture, name, 1.0)
        elif name.endswith(".A_log"):
            parameter.data = noise - 2.0  # states that outlast some ten tokens
        elif "sinks" in name:
            parameter.data = noise * 3.0
        else:
            gain = 2.0 if any(part in name for part in ("q_proj", "k_proj", "qkv_proj", "mlp.gate.")) else 1.2
            gain = gain_of(fixture, name, gain)
            transposed = fixture.transposed_experts and ".experts." in name
            parameter.data = noise * gain / math.sqrt(parameter.shape[-2 if transposed else -1])
            if ".experts." in name:
                parameter.data = stored_experts(fixture, parameter.data)


def stored_experts(fixture: Fixture, values: torch.Tensor) -> torch.Tensor:
    """The values that are left of experts where the file holds quants of them."""
    if fixture.expert_type == gguf.GGMLQuantizationType.F32:
        return values
    axes = (1, 2) if fixture.transposed_experts else (2, 2)
    rows = np.ascontiguousarray(values.numpy().swapaxes(*axes))
    quants = gguf.quants.quantize(rows, fixture.expert_type)
    return torch.from_numpy(np.ascontiguousarray(gguf.quants.dequantize(quants, fixture.expert_type).swapaxes(*axes)))


def quantize_weights(fixture: Fixture, model: torch.nn.Module) -> None:
    """Leaves what the file's quants hold; ternary weights are -1, 0 or 1 times their mean magnitude."""
    for name, parameter in learned_tensors(model):
        [(file_name, values), *_] = fixture.rename(name, parameter.data.numpy()) or [("", None)]
        if (stored := fixture.weight_type(file_name)) is None:
            continue
        if stored in TERNARY:
            scale = np.abs(values).mean()
            values = np.clip(np.round(values / scale), -1, 1) * scale
        quants = gguf.quants.quantize(np.ascontiguousarray(values, np.float32), stored)
        parameter.data = torch.from_numpy(gguf.quants.dequantize(quants, stored))


def outputs_of(fixture: Fixture, model: torch.nn.Module, tokens: np.ndarray) -> dict[str, torch.Tensor]:
    """Logits of all rows; of an encoder hidden states of all rows, and scores of the text where it has a head."""
    ids = torch.from_numpy(tokens).long()[None]
    with torch.no_grad():
        if not fixture.encoder:
            return {"logits": model(ids, use_cache=False).logits[0].float()}
        types = {}
        if getattr(model.config, "type_vocab_size", 0) > 1:
            types = {"token_type_ids": torch.from_numpy(types_of(model, tokens)).long()[None]}
        encoded = model(ids, output_hidden_states=True, **types)
    outputs = {"hidden": encoded.hidden_states[-1][0].float()}
    if "last_hidden_state" in encoded:
        outputs["hidden"] = encoded.last_hidden_state[0].float()
    if dense := getattr(model, "dense_weights", []):
        outputs["embedding"] = outputs["hidden"].mean(dim=0)
        for weight in dense:
            outputs["embedding"] = weight @ outputs["embedding"]
    return outputs | ({"scores": encoded.logits[0].float()} if "logits" in encoded else {})


def types_of(model: torch.nn.Module, tokens: np.ndarray) -> np.ndarray:
    """A token type for each token, without order."""
    return (tokens % 3 % getattr(model.config, "type_vocab_size", 1)).astype(np.int32)


def change_of(values: dict[str, torch.Tensor], truth: dict[str, torch.Tensor]) -> float:
    """Of what changed most."""
    return max(nmse(values[name], truth[name]) for name in truth)


def build(fixture: Fixture, settings: dict) -> torch.nn.Module:
    config = fixture.config(**settings)
    config._attn_implementation = "eager"
    model = fixture.model(config).float().eval()
    seed_length = len(fixture.name) + (len("_bf16") if fixture.max_shard_size else 0)  # as the committed ones were made
    randomize(fixture, model, seed=seed_length * 1000 + config.hidden_size)
    quantize_weights(fixture, model)
    if not fixture.in_f32:
        for _, parameter in learned_tensors(model):  # not the frequencies of rotary embeddings, which stay f32
            parameter.data = parameter.data.bfloat16().float()
    return fixture.prepared(model)


def check_sensitivity(fixture: Fixture, model: torch.nn.Module, tokens: np.ndarray) -> None:
    """Every tensor and every ablated setting must change the logits, or the oracle could not fail."""
    truth = outputs_of(fixture, model, tokens)
    for name, parameter in learned_tensors(model):
        kept = parameter.data.clone()
        if name.endswith("bias"):
            parameter.data = torch.zeros_like(kept)
        elif is_norm(name):
            parameter.data = torch.full_like(kept, fixture.norm_offset)
        elif kept.numel() == 1:
            parameter.data = kept + 1.0
        else:
            parameter.data = kept.roll(1, dims=0 if kept.shape[0] > 1 else -1)
        change = change_of(outputs_of(fixture, model, tokens), truth)
        parameter.data = kept
        if not change > MIN_CHANGE and not name.endswith(fixture.inert):
            sys.exit(f"{fixture.name}: {name} changes the logits by {change:.1e} only")
    for name, settings in fixture.ablations.items():
        change = change_of(outputs_of(fixture, build(fixture, fixture.settings | settings), tokens), truth)
        print(f"  without {name}: NMSE {change:.1e}")
        if not change > MIN_CHANGE:
            sys.exit(f"{fixture.name}: {name} changes the logits by {change:.1e} only")


def write_vocabulary(writer: gguf.GGUFWriter, vocab_size: int) -> None:
    """Byte-level BPE: the 256 bytes, two merges, unused fillers and the ends of text and turn."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spelling = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        spelling.setdefault(byte, chr(256 + len(spelling) - len(printable)))
    tokens = [spelling[byte] for byte in range(256)] + ["th", "the"]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    fillers = [f"<|unused_{i}|>" for i in range(vocab_size - len(tokens) - len(special))]
    types = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.UNUSED] * len(fillers)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens + fillers + special)
    writer.add_token_types(types + [gguf.TokenType.CONTROL] * len(special))
    writer.add_token_merges(["t h", "th e"])
    writer.add_eos_token_id(vocab_size - 1)
    writer.add_bos_token_id(vocab_size - 3)
    writer.add_add_bos_token(False)


def write_word_pieces(writer: gguf.GGUFWriter, vocab_size: int) -> None:
    """WordPiece: special tokens, characters that begin words or go on, unused fillers."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    tokens = [*special, *(f"\u2581{character}" for character in characters), *characters, "\u2581the", "ing"]
    fillers = [f"[unused{i}]" for i in range(vocab_size - len(tokens))]
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens + fillers)
    types = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.UNUSED] * len(fillers)
    types[: len(special)] = [gguf.TokenType.CONTROL] * len(special)
    writer.add_token_types(types)
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(3)
    writer.add_sep_token_id(3)
    writer.add_mask_token_id(4)


def write_model(fixture: Fixture, model: torch.nn.Module, path: pathlib.Path) -> None:
    writer = gguf.GGUFWriter(path, fixture.arch)
    writer.add_name(f"tiny random {'encoder' if fixture.encoder else 'decoder'}")  # llama.cpp expects certain tokens of a model whose name has "phi3" in it
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    fixture.write_config(writer, model.config)
    fixture.model_keys(writer, model)
    (write_word_pieces if fixture.encoder else write_vocabulary)(writer, model.config.vocab_size)
    for name, values in fixture.tensors(model).items():
        values = np.ascontiguousarray(values, dtype=np.float32)
        stored = fixture.expert_type if name.endswith("_exps.weight") else gguf.GGMLQuantizationType.F32
        stored = fixture.weight_type(name) or stored
        if stored == gguf.GGMLQuantizationType.F32 and not fixture.in_f32 and values.ndim > 1 and is_bfloat16(values):
            stored = gguf.GGMLQuantizationType.BF16
        if stored != gguf.GGMLQuantizationType.F32:
            writer.add_tensor(name, gguf.quants.quantize(values, stored), raw_dtype=stored)
        else:
            writer.add_tensor(name, values)
    close(writer)


def is_bfloat16(values: np.ndarray) -> bool:
    return bool((values.view(np.uint32) & 0xFFFF == 0).all())


def write_folder(fixture: Fixture, model: torch.nn.Module, path: pathlib.Path) -> None:
    """As transformers saves it, with an author's recommendations; experts of MXFP4 as OpenAI publishes them."""
    vocab_size = model.config.vocab_size
    model.generation_config = transformers.GenerationConfig(
        do_sample=True, temperature=0.6, top_k=20, top_p=0.9, eos_token_id=[vocab_size - 1, vocab_size - 3])  # fmt: skip
    shutil.rmtree(path, ignore_errors=True)
    copy.deepcopy(model).bfloat16().save_pretrained(path, max_shard_size=fixture.max_shard_size)
    if fixture.expert_type == gguf.GGMLQuantizationType.MXFP4:
        publish_mxfp4(path)
    fixture.publish(model, path)
    check_folder(fixture, model, path)


def publish_mxfp4(path: pathlib.Path) -> None:
    """Codes [experts, rows, blocks, 16], two neighbours a byte, and exponents [experts, rows, blocks]."""
    tensors = safetensors.torch.load_file(path / "model.safetensors")
    for name in [name for name in tensors if name.endswith(("experts.gate_up_proj", "experts.down_proj"))]:
        rows = tensors.pop(name).float().swapaxes(1, 2).contiguous().numpy()
        blocks = gguf.quants.quantize(rows, gguf.GGMLQuantizationType.MXFP4).reshape(*rows.shape[:2], -1, 17)
        halves = blocks[..., 1:]  # of GGUF: 16 values in the low nibbles, the next 16 in the high ones
        codes = np.concatenate([halves & 15, halves >> 4], axis=-1)
        tensors[f"{name}_blocks"] = torch.from_numpy(codes[..., ::2] | codes[..., 1::2] << 4)
        tensors[f"{name}_scales"] = torch.from_numpy(blocks[..., 0].copy())
    safetensors.torch.save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((path / "config.json").read_text())
    kept = ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]
    config["quantization_config"] = {"modules_to_not_convert": kept, "quant_method": "mxfp4"}
    (path / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def check_folder(fixture: Fixture, model: torch.nn.Module, path: pathlib.Path) -> None:
    """transformers must read back what it was given."""
    loaded = fixture.read_back(path)
    tokens = np.arange(40, dtype=np.int32)
    difference = change_of(outputs_of(fixture, loaded, tokens), outputs_of(fixture, model, tokens))
    if not difference < 1e-12:
        sys.exit(f"{fixture.name}: the folder's logits differ by {difference:.1e}")


def close(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_expected(fixture: Fixture, model: torch.nn.Module, path: pathlib.Path) -> None:
    writer = gguf.GGUFWriter(path, "expected_outputs")
    generator = np.random.default_rng(7)
    for index, (length, context) in enumerate(fixture.prompts):
        tokens = generator.integers(0, model.config.vocab_size, length, dtype=np.int32)
        if fixture.encoder:
            tokens[tokens == model.config.pad_token_id] = model.config.vocab_size - 1
            writer.add_tensor(f"prompt.{index}.token_types", types_of(model, tokens))
        writer.add_uint32(f"prompt.{index}.context", context)
        if index in fixture.peer_differs:
            writer.add_string(f"prompt.{index}.peer_differs", fixture.peer_differs[index])
        writer.add_tensor(f"prompt.{index}.tokens", tokens)
        for name, values in outputs_of(fixture, model, tokens).items():
            values = values[-ROWS_KEPT:] if name == "logits" else values
            writer.add_tensor(f"prompt.{index}.{name}", values.numpy())
        if index == 0:
            check_sensitivity(fixture, model, tokens)
    close(writer)


def write_rope_angles(path: pathlib.Path) -> None:
    """For each case N: its settings as keys, `rope.N.cos` and `rope.N.sin` [positions, pairs], and its factors."""
    writer = gguf.GGUFWriter(path, "rope_angles")
    positions = torch.tensor(ROPE_POSITIONS)[None]
    writer.add_tensor("positions", np.array(ROPE_POSITIONS, np.int32))
    for index, config in enumerate(ROPE_CASES.values()):
        rope, prefix = config.rope_parameters, f"rope.{index}"
        embedding = transformers.models.llama.modeling_llama.LlamaRotaryEmbedding(config)
        cos, sin = embedding(torch.zeros(1), positions)
        writer.add_string(f"{prefix}.type", rope["rope_type"])
        writer.add_uint32(f"{prefix}.rotary_dim", config.head_dim)
        writer.add_float32(f"{prefix}.theta", rope["rope_theta"])
        writer.add_float32(f"{prefix}.factor", rope.get("factor") or 1.0)
        writer.add_float32(f"{prefix}.magnitude", embedding.attention_scaling)
        writer.add_bool(f"{prefix}.truncate", rope.get("truncate", True))
        own_context = config.max_position_embeddings if rope["rope_type"] == "dynamic" else 1
        writer.add_uint32(f"{prefix}.original", rope.get("original_max_position_embeddings") or own_context)
        half = config.head_dim // 2
        writer.add_tensor(f"{prefix}.cos", np.ascontiguousarray(cos[0, :, :half]))
        writer.add_tensor(f"{prefix}.sin", np.ascontiguousarray(sin[0, :, :half]))
        if rope["rope_type"] == "llama3":
            writer.add_tensor(f"{prefix}.factors", llama3_factors(config)["rope_freqs.weight"])
        if rope["rope_type"] == "longrope":
            writer.add_tensor(f"{prefix}.factors", np.array(rope["long_factor"], np.float32))
    close(writer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "models"
    parser.add_argument("--out", type=pathlib.Path, default=default)
    parser.add_argument("names", nargs="*", help="fixtures to write; all by default")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if not arguments.names:
        write_rope_angles(arguments.out / "rope_angles.gguf")
    for fixture in FIXTURES:
        if arguments.names and fixture.name not in arguments.names:
            continue
        model = build(fixture, fixture.settings)
        print(f"{fixture.name}: {sum(p.numel() for p in model.parameters())} parameters")
        write_model(fixture, model, arguments.out / f"{fixture.name}.gguf")
        if fixture.max_shard_size:
            write_folder(fixture, model, arguments.out / fixture.name)
        kind = "encoded" if fixture.encoder else "expected"
        write_expected(fixture, model, arguments.out / f"{fixture.name}.{kind}.gguf")


if __name__ == "__main__":
    main()
