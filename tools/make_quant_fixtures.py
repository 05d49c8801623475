#!/usr/bin/env python3
"""Writes tests/fixtures/quant/: blocks of every storage format with the floats that the `gguf` package makes of them.

Needs numpy, gguf 0.19, and torch for FP8, which the package does not know. One file a format, little-endian:
  u32 number of blocks, the blocks, their values as f32
  u32 number of blocks, values as f32, the blocks that the package's quantiser makes of them (0 where it has none)
"""
import pathlib
import struct
import warnings

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "quant"
# Byte offsets of each format's binary16 scales within a block.
SCALES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82],
    Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208], Type.IQ4_NL: [0], Type.IQ4_XS: [0],
    Type.MXFP4: [], Type.F32: [], Type.F16: [], Type.BF16: [], Type.TQ1_0: [52], Type.TQ2_0: [64],
}
# Zeros, subnormals, the smallest normal number, one, the largest numbers, infinities, a NaN.
EXTREME_HALVES = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00]
EXTREME_SCALES = [0.0, -0.0, 1e-45, 1e-40, 7.5e35, 7.7e35, 3.4e38, np.inf, -np.inf, np.nan]
EXTREME_BYTES = [0, 1, 2, 127, 128, 253, 254, 255]
NO_QUANTISER = {Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K, Type.IQ4_NL, Type.IQ4_XS}


def random_blocks(dtype, rng):
    block_size, block_bytes = GGML_QUANT_SIZES[dtype]
    offsets = SCALES[dtype]
    count = 640 if block_size == 1 else 24 if block_size == 32 else 18
    blocks = rng.integers(0, 256, (count, block_bytes), dtype=np.uint8)
    for i, half in enumerate(EXTREME_HALVES if offsets else []):
        # Every scale takes every extreme value, beside an ordinary neighbour.
        blocks[i, offsets[i % len(offsets)]:][:2] = np.frombuffer(struct.pack("<H", half), np.uint8)
    for row in blocks[len(EXTREME_HALVES):] if offsets else []:
        for offset in offsets:
            scale = np.float16(rng.normal() * 10.0 ** rng.integers(-4, 1))
            row[offset:offset + 2] = np.frombuffer(scale.tobytes(), np.uint8)
    if dtype == Type.MXFP4:
        blocks[:len(EXTREME_BYTES), 0] = EXTREME_BYTES
    return blocks


def random_values(block_size, rng):
    values = [np.zeros(block_size), np.full(block_size, 0.75), np.full(block_size, -3.0), np.arange(block_size) - 7.5,
              np.where(np.arange(block_size) == 5 % block_size, -1000.0, 0.001)]
    values += [rng.normal(size=block_size) * 10.0 ** scale for scale in np.linspace(-6, 4, 21)]
    values += [rng.integers(-8, 8, block_size) / 2 for _ in range(6)]
    return np.stack(values).astype(np.float32)


def write_fp8(rng):
    """Every code; scales are f32."""
    codes = np.concatenate([np.arange(256), rng.integers(0, 256, 32 * 24)]).astype(np.uint8).reshape(-1, 32)
    codes[8:, :][codes[8:, :] & 0x7F == 0x7F] = 0
    scales = (rng.normal(size=len(codes)) * 10.0 ** rng.integers(-4, 1, len(codes))).astype("<f4")
    scales[:8] = 1.0
    scales[8:8 + len(EXTREME_SCALES)] = EXTREME_SCALES
    values = torch.from_numpy(codes).view(torch.float8_e4m3fn).float().numpy() * scales[:, None]
    blocks = np.concatenate([scales[:, None].view(np.uint8), codes], axis=1)
    content = struct.pack("<I", len(codes)) + blocks.tobytes() + values.astype("<f4").tobytes()
    (FOLDER / "fp8.bin").write_bytes(content + struct.pack("<I", 0))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore", RuntimeWarning)  # infinities and NaNs are meant
    for number, dtype in enumerate(SCALES):
        rng = np.random.default_rng(1000 + number)
        blocks = random_blocks(dtype, rng)
        decoded = dequantize(blocks.reshape(1, -1), dtype).astype("<f4")
        content = struct.pack("<I", len(blocks)) + blocks.tobytes() + decoded.tobytes()
        if dtype in NO_QUANTISER:
            content += struct.pack("<I", 0)
        else:
            values = random_values(GGML_QUANT_SIZES[dtype][0], rng)
            content += struct.pack("<I", len(values)) + values.tobytes()
            content += quantize(values.reshape(1, -1), dtype).tobytes()
        (FOLDER / f"{dtype.name.lower()}.bin").write_bytes(content)
    write_fp8(np.random.default_rng(2000))


if __name__ == "__main__":
    main()
