#!/usr/bin/env python3
"""Writes a Hugging Face folder with the shape of a real model and random BF16 weights: make_folder.py SHAPE OUT [--layers N]

The shapes are those of make_model.py that are llama's or qwen3moe's form, with the same made-up vocabulary. Needs no package.
"""
import argparse
import json
import pathlib
import random
import struct

import make_model

PARTS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
         "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
         "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj",
         "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj", "ffn_gate_inp": "mlp.gate"}
EXPERT_PARTS = {"ffn_gate_exps": "gate_proj", "ffn_up_exps": "up_proj", "ffn_down_exps": "down_proj"}
OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}


def tensors(shape, num_layers):
    """Yields (name, shape as the file has it), of make_model.py's tensors."""
    for name, _, dims in make_model.tensors(shape, "bf16", num_layers):
        rows_first = list(reversed(dims))
        stem = name.removesuffix(".weight")
        if stem in OUTER:
            yield f"{OUTER[stem]}.weight", rows_first
            continue
        _, layer, part = stem.split(".")
        if part in EXPERT_PARTS:
            for expert in range(rows_first[0]):
                yield f"model.layers.{layer}.mlp.experts.{expert}.{EXPERT_PARTS[part]}.weight", rows_first[1:]
        else:
            yield f"model.layers.{layer}.{PARTS[part]}.weight", rows_first


def config(shape, num_layers):
    """config.json."""
    keys = {"vocab_size": make_model.NUM_TOKENS, "hidden_size": shape.hidden, "intermediate_size": shape.feed,
            "num_hidden_layers": num_layers, "num_attention_heads": shape.heads, "num_key_value_heads": shape.kv_heads,
            "head_dim": shape.head, "max_position_embeddings": 32768, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
            "hidden_act": "silu", "tie_word_embeddings": True, "torch_dtype": "bfloat16",
            "bos_token_id": make_model.NUM_TOKENS - 1, "eos_token_id": make_model.NUM_TOKENS - 1}
    if not shape.experts:
        return keys | {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    return keys | {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "num_experts": shape.experts,
                   "num_experts_per_tok": shape.experts_used, "moe_intermediate_size": shape.expert_feed,
                   "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": []}


def tokenizer():
    """tokenizer.json: byte-level BPE."""
    words = make_model.vocabulary()
    end = {"id": len(words) - 1, "content": words[-1], "special": True, "single_word": False, "lstrip": False, "rstrip": False,
           "normalized": False}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [end], "normalizer": None,
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            "post_processor": None, "decoder": {"type": "ByteLevel"},
            "model": {"type": "BPE", "vocab": {word: i for i, word in enumerate(words)}, "merges": [["t", "0"]]}}


def write_tensors(shape, num_layers, path):
    header, end = {}, 0
    for name, dims in tensors(shape, num_layers):
        size = 2
        for dim in dims:
            size *= dim
        header[name] = {"dtype": "BF16", "shape": dims, "data_offsets": [end, end + size]}
        end += size
    head = json.dumps(header).encode()
    source = random.Random(1)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            is_norm = "norm" in name
            file.write(struct.pack("<H", 0x3F80) * ((end - begin) // 2) if is_norm else
                       make_model.random_blocks(source, "BF16", (end - begin) // 2))


def write_folder(shape_name, path, num_layers=None):
    """Writes the folder; it appears whole or not at all."""
    shape = make_model.SHAPES[shape_name]
    if shape.arch not in ("llama", "qwen3moe"):
        raise SystemExit(f"error: no folder of the form of {shape.arch} is known here; there are: llama, qwen3moe")
    path = pathlib.Path(path)
    part = path.with_name(path.name + ".part")
    part.mkdir(parents=True)
    num_layers = num_layers or shape.layers
    (part / "config.json").write_text(json.dumps(config(shape, num_layers), indent=2))
    (part / "tokenizer.json").write_text(json.dumps(tokenizer()))
    write_tensors(shape, num_layers, part / "model.safetensors")
    part.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shape", choices=make_model.SHAPES)
    parser.add_argument("out")
    parser.add_argument("--layers", type=int, help="other than the real model's number")
    options = parser.parse_args()
    write_folder(options.shape, options.out, options.layers)


if __name__ == "__main__":
    main()
