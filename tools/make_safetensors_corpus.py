#!/usr/bin/env python3
"""Writes fuzz/corpus/safetensors/: small files, well-formed and not, that the fuzzer starts from. Needs nothing but Python."""
import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus" / "safetensors"
BITS = {"F32": 32, "F16": 16, "BF16": 16, "F64": 64, "I8": 8, "I16": 16, "I32": 32, "I64": 64, "U8": 8, "U16": 16,
        "U32": 32, "U64": 64, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "C64": 64}


def raw(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def entries(*tensors):
    """tensors: (name, dtype, shape)."""
    header, end = {}, 0
    for name, dtype, shape in tensors:
        begin, size = end, BITS[dtype]
        for dim in shape:
            size *= dim
        end += size // 8
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    return header, bytes(i * 37 % 251 for i in range(end))


def seeds():
    small = entries(("a.weight", "BF16", [2, 4]), ("b.weight", "F32", [3]))
    yield "model", raw(*small)
    yield "metadata", raw({"__metadata__": {"format": "pt"}} | small[0], small[1])
    yield "every_type", raw(*entries(*((f"t.{name}", name, [2, 4]) for name in BITS)))
    yield "scalar_and_empty", raw(*entries(("s", "F32", []), ("e", "F16", [0, 7])))
    yield "padded", raw(json.dumps(small[0]).encode() + b"   ", small[1])
    yield "empty", raw({})
    yield "no_header", b"\x02\0\0\0\0\0\0\0"
    yield "huge_header", struct.pack("<Q", 1 << 62) + b"{}"
    yield "cut", raw(*small)[:-3]
    yield "gap", raw({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, bytes(8))
    yield "overlap", raw({name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for name in "ab"}, bytes(4))
    yield "overflow", raw({"a": {"dtype": "F32", "shape": [1 << 62, 4], "data_offsets": [0, 0]}})
    yield "twice", raw(b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}')
    yield "five_dimensions", raw(*entries(("a", "F32", [1, 1, 1, 1, 2])))
    yield "unknown_type", raw({"a": {"dtype": "Q4", "shape": [2], "data_offsets": [0, 1]}}, b"x")
    yield "nested", raw(b"[" * 64 + b"]" * 64)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in seeds():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
