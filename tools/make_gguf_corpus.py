#!/usr/bin/env python3
"""Writes fuzz/corpus/gguf/: small GGUF files, well-formed and not, that the fuzzer starts from. Needs nothing but Python."""
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus" / "gguf"
UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64, INT64, FLOAT64 = range(13)
FORMATS = "BbHhIifB??Qqd"
# Type id, values in a block, bytes in a block: every type that is decoded, and one that is not.
TYPES = [(0, 1, 4), (1, 1, 2), (2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34), (10, 256, 84),
         (11, 256, 110), (12, 256, 144), (13, 256, 176), (14, 256, 210), (20, 32, 18), (23, 256, 136), (24, 1, 1),
         (30, 1, 2), (39, 32, 17), (16, 256, 66)]


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def scalar(kind, value):
    return text(value) if kind == STRING else struct.pack("<" + FORMATS[kind], value)


def pair(key, kind, value):
    return text(key) + struct.pack("<I", kind) + scalar(kind, value)


def array(key, kind, values):
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(values)) + b"".join(scalar(kind, value) for value in values)


def gguf(metadata, tensors=(), version=3, alignment=32):
    """tensors: (name, dimensions fastest first, type id, bytes of data)."""
    header = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata)) + b"".join(metadata)
    data = b""
    for name, dims, kind, size in tensors:
        data += b"\0" * (-len(data) % alignment)
        header += text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, len(data))
        data += bytes(i * 37 % 251 for i in range(size))
    if tensors:
        header += b"\0" * (-len(header) % alignment)
    return header + data


def vocabulary(model="gpt2"):
    tokens = ["<unk>", "<s>", "</s>", "a", "b", "ab", "<0x0A>", "\u0120t"]
    return [
        pair("tokenizer.ggml.model", STRING, model), pair("tokenizer.ggml.pre", STRING, "smollm"),
        array("tokenizer.ggml.tokens", STRING, tokens), array("tokenizer.ggml.scores", FLOAT32, [-float(i) for i in range(8)]),
        array("tokenizer.ggml.token_type", INT32, [2, 3, 3, 1, 1, 4, 6, 5]), array("tokenizer.ggml.merges", STRING, ["a b"]),
        pair("tokenizer.ggml.bos_token_id", UINT32, 1), pair("tokenizer.ggml.eos_token_id", UINT32, 2),
        pair("tokenizer.ggml.eot_token_id", UINT32, 2), pair("tokenizer.ggml.unknown_token_id", UINT32, 0),
        pair("tokenizer.ggml.padding_token_id", UINT32, 7), pair("tokenizer.ggml.add_bos_token", BOOL, True),
        pair("tokenizer.ggml.add_space_prefix", BOOL, False), pair("tokenizer.chat_template", STRING, "{{ messages }}"),
        pair("tokenizer.chat_template.tool_use", STRING, "{{ tools }}"),
    ]


def scalars():
    values = [7, -7, 77, -77, 777, -777, 0.5, True, "text", None, 1 << 40, -(1 << 40), 0.25]
    pairs = [pair(f"key.{kind}", kind, value) for kind, value in enumerate(values) if kind != ARRAY]
    arrays = [array(f"array.{kind}", kind, [value] * 3) for kind, value in enumerate(values) if kind != ARRAY]
    return pairs + arrays


def seeds():
    hyperparameters = [
        pair("general.architecture", STRING, "llama"), pair("general.alignment", UINT32, 32),
        pair("llama.block_count", UINT32, 1), pair("llama.embedding_length", UINT32, 4),
        pair("llama.context_length", UINT32, 64), array("llama.attention.head_count_kv", UINT32, [1]),
        pair("llama.rope.freq_base", FLOAT32, 10000.0),
    ]
    every_type = [(f"t.{kind}", (values, 2) if values > 1 else (3, 2, 1, 1), kind, (2 if values > 1 else 6) * size)
                  for kind, values, size in TYPES]
    small = [("a.weight", (4, 2), 0, 32), ("b.weight", (32,), 2, 18)]
    yield "model", gguf(hyperparameters + vocabulary(), small)
    yield "version_2", gguf(hyperparameters, small, version=2)
    yield "every_type", gguf([], every_type)
    yield "vocabulary_only", gguf(vocabulary("llama"))
    yield "scalars", gguf(scalars())
    yield "aligned_64", gguf([pair("general.alignment", UINT32, 64)], small, alignment=64)
    yield "split_part", gguf([pair("split.no", UINT16, 0), pair("split.count", UINT16, 2),
                              pair("split.tensors.count", INT32, 4)], small)
    yield "empty", gguf([])
    yield "magic_only", b"GGUF"
    yield "big_endian", b"GGUF" + struct.pack(">IQQ", 3, 0, 0)
    yield "unknown_type", gguf([], [("t", (5,), 777, 8)])
    yield "nested_array", gguf([text("k") + struct.pack("<IIQIQ", ARRAY, ARRAY, 1, UINT8, 0)])
    yield "claimed_array", gguf([text("k") + struct.pack("<IIQ", ARRAY, STRING, 1 << 60)])
    yield "overlap", gguf([], small).replace(struct.pack("<IQ", 2, 32), struct.pack("<IQ", 2, 0))
    yield "bad_alignment", gguf([pair("general.alignment", UINT32, 1 << 31)], small)
    yield "bad_ids", gguf([pair("tokenizer.ggml.model", STRING, "gpt2"), array("tokenizer.ggml.tokens", STRING, ["a"]),
                           pair("tokenizer.ggml.eos_token_id", UINT32, 9)])


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in seeds():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
