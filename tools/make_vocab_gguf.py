#!/usr/bin/env python3
"""Writes a GGUF file that holds only the vocabulary of a tokenizer.json.

Needs the package gguf. Usage: make_vocab_gguf.py TOKENIZER.json OUT.gguf
"""

import argparse
import json
import re

import gguf

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
GPT2 = "gpt2"  # the pattern built into ByteLevel
TAIL = r"\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|NUMBERS| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL
O200K_WORDS = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+SUFFIX|"
               r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*SUFFIX|")
O200K = O200K_WORDS + r"NUMBERS| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + TAIL
DEEPSEEK3 = ("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
             " ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+")


def o200k(suffix, numbers):
    return O200K.replace("SUFFIX", suffix).replace("NUMBERS", numbers)


# (patterns in order, normalizer, ignore_merges): the name that GGUF gives to it. None: either.
PRE_TOKENIZERS = [
    ((GPT2,), None, None, "gpt-2"),
    ((GPT2,), "NFC", None, "olmo"),
    ((GPT2,), "NFKC", None, "claude"),
    (("digits", GPT2), None, None, "smollm"),
    (("digits", GPT2), "NFC", None, "command-r"),
    ((CL100K.replace("NUMBERS", r"\p{N}{1,3}"),), None, True, "llama-bpe"),
    ((CL100K.replace("NUMBERS", r"\p{N}{1,3}"),), None, False, "dbrx"),
    ((CL100K.replace("NUMBERS", r"\p{N}"),), "NFC", None, "qwen2"),
    ((CL100K.replace("NUMBERS", r"\p{N}"),), None, None, "stablelm2"),
    ((o200k("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", r"\p{N}{1,3}"),), None, None, "gpt-4o"),
    ((o200k("", r"\p{N}"),), None, None, "tekken"),
    ((r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", DEEPSEEK3), None, None, "deepseek-v3"),
]


def patterns(pre_tokenizer):
    steps = pre_tokenizer["pretokenizers"] if pre_tokenizer["type"] == "Sequence" else [pre_tokenizer]
    found = []
    for step in steps:
        if step["type"] == "Split":
            found.append(step["pattern"].get("Regex") or re.escape(step["pattern"]["String"]))
        elif step["type"] == "Digits" and step["individual_digits"]:
            found.append("digits")
        elif step["type"] == "ByteLevel" and step.get("use_regex", True):
            found.append(GPT2)
        elif step["type"] != "ByteLevel":
            raise ValueError(f"unknown pre-tokenizer {step}")
    return tuple(found)


def pre_tokenizer_name(data):
    found = patterns(data["pre_tokenizer"])
    normalizer = (data.get("normalizer") or {}).get("type")
    if normalizer == "Sequence" and not data["normalizer"]["normalizers"]:
        normalizer = None
    ignore_merges = data["model"].get("ignore_merges", False)
    for known, form, ignores, name in PRE_TOKENIZERS:
        if known == found and form == normalizer and ignores in (None, ignore_merges):
            return name
    raise ValueError(f"no name for the pre-tokenizer {found} with normalizer {normalizer}")


def merge_pairs(model):
    return [tuple(merge.split(" ", 1)) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]


def read_vocabulary(path):
    """A dictionary with model, pre, tokens, types, scores, merges, unk, space_prefix."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    model = data["model"]
    if model.get("type", "BPE") != "BPE":
        raise ValueError(f"a model of type {model['type']}, not BPE")
    sentence_piece = model.get("byte_fallback", False)
    tokens = {number: (text, NORMAL) for text, number in model["vocab"].items()}
    for added in data.get("added_tokens", []):
        tokens[added["id"]] = (added["content"], CONTROL if added["special"] else USER_DEFINED)
    texts, types = [], []
    for number in range(max(tokens) + 1):
        text, kind = tokens.get(number, (f"[PAD{number}]", UNUSED))
        if sentence_piece and kind == NORMAL and re.fullmatch("<0x[0-9A-F]{2}>", text):
            kind = BYTE
        if text == model.get("unk_token"):
            kind = UNKNOWN
        texts.append(text)
        types.append(kind)
    pairs = merge_pairs(model)
    scores = {}
    for rank, (left, right) in enumerate(pairs):
        scores.setdefault(left + right, -float(rank))
    # A space within a part (possible in a list of pairs) is spelt as in the byte alphabet.
    merges = [" ".join(part.replace(" ", "\u0120") for part in pair) for pair in pairs]
    return {
        "model": "llama" if sentence_piece else "gpt2",
        "pre": "default" if sentence_piece else pre_tokenizer_name(data),
        "tokens": texts,
        "types": types,
        "scores": [scores.get(text, -1e9) for text in texts] if sentence_piece else [],
        "merges": [] if sentence_piece else merges,
        "unk": model["vocab"].get(model.get("unk_token")),
        "space_prefix": "Prepend" in json.dumps(data.get("normalizer")),
        "specials": [added["content"] for added in data.get("added_tokens", [])],
    }


def write_gguf(path, vocabulary):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(vocabulary["model"])
    writer.add_tokenizer_pre(vocabulary["pre"])
    writer.add_token_list(vocabulary["tokens"])
    writer.add_token_types(vocabulary["types"])
    if vocabulary["scores"]:
        writer.add_token_scores(vocabulary["scores"])
    if vocabulary["merges"]:
        writer.add_token_merges(vocabulary["merges"])
    if vocabulary["unk"] is not None:
        writer.add_unk_token_id(vocabulary["unk"])
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(vocabulary["space_prefix"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", help="a tokenizer.json of a BPE model")
    parser.add_argument("out", help="the GGUF file to write")
    arguments = parser.parse_args()
    write_gguf(arguments.out, read_vocabulary(arguments.tokenizer))


if __name__ == "__main__":
    main()
