#!/usr/bin/env python3
"""Writes a GGUF file with the shape of a real model and random weights: make_model.py SHAPE TYPE OUT [--layers N]

Speed and memory do not depend on what weights say, so such a file stands in for one of gigabytes that nobody has to fetch.
Its blocks are random bytes behind scales that give every type weights of a deviation of about 0.02. The vocabulary is made
up: the bytes, and words that no text reaches. Needs no package.
"""
import argparse
import dataclasses
import pathlib
import random
import struct


@dataclasses.dataclass(frozen=True)
class Shape:
    """A model's sizes, under the names of GGUF's keys."""

    arch: str
    hidden: int
    layers: int
    heads: int = 0
    kv_heads: int = 0
    head: int = 0
    feed: int = 0
    experts: int = 0
    experts_used: int = 0
    expert_feed: int = 0
    window: int = 0
    inner: int = 0  # of a state space, in heads of 64
    state: int = 0
    latent: int = 0  # of keys and values, in which `head` is split into a part that is rotated and one that is not
    rotated: int = 0
    value: int = 0
    leading_dense: int = 0  # layers before those of experts
    shared_feed: int = 0  # of the experts that every token takes


SHAPES = {
    "llama-1b": Shape("llama", 2048, 16, 32, 8, 64, 8192),
    "llama-8b": Shape("llama", 4096, 32, 32, 8, 128, 14336),
    "qwen3-4b": Shape("qwen3", 2560, 36, 32, 8, 128, 9728),
    "moe-3b-a0.6b": Shape("qwen3moe", 1024, 24, 16, 4, 128, 3072, 32, 4, 768),
    "gpt-oss-20b": Shape("gpt-oss", 2880, 24, 64, 8, 64, 2880, 32, 4, 2880, window=128),
    "gemma3-4b": Shape("gemma3", 2560, 34, 8, 4, 256, 10240, window=1024),
    # Of 64 experts a quarter, for memory; llama.cpp knows the form by its 27 layers.
    "deepseek-v2-lite": Shape("deepseek2", 2048, 27, 16, 1, 192, 10944, 16, 6, 1408, latent=512, rotated=64, value=128,
                              leading_dense=1, shared_feed=2816),
    # The same with fewer layers, for memory.
    "gpt-oss-20b-6-layers": Shape("gpt-oss", 2880, 6, 64, 8, 64, 2880, 32, 4, 2880, window=128),
    "gemma3-4b-14-layers": Shape("gemma3", 2560, 14, 8, 4, 256, 10240, window=1024),
    "mamba2-1.3b": Shape("mamba2", 2048, 48, inner=4096, state=128),
    "tiny": Shape("llama", 256, 2, 4, 2, 64, 512),
    # Models of a hundred megabytes, to measure memory on.
    "small-llama": Shape("llama", 1024, 6, 16, 4, 64, 4096),
    "small-moe": Shape("qwen3moe", 768, 4, 12, 4, 64, 1536, 64, 8, 512),
    "small-gpt-oss": Shape("gpt-oss", 768, 4, 16, 4, 64, 768, 32, 4, 768, window=128),
    "small-gemma3": Shape("gemma3", 1024, 7, 8, 2, 128, 4096, window=256),
    "small-deepseek2": Shape("deepseek2", 1024, 4, 8, 1, 96, 2816, 32, 4, 512, latent=256, rotated=32, value=64,
                             leading_dense=1, shared_feed=1024),
    "small-mamba2": Shape("mamba2", 1024, 10, inner=2048, state=128),
}
STATE_HEAD, CONV_KERNEL = 64, 4
# file type: (most weights, those that mixes keep finer, embedding and output)
TYPES = {
    "f16": ("F16", "F16", "F16"), "bf16": ("BF16", "BF16", "BF16"), "q8_0": ("Q8_0", "Q8_0", "Q8_0"),
    "q4_0": ("Q4_0", "Q4_0", "Q6_K"), "q4_1": ("Q4_1", "Q4_1", "Q8_0"), "q5_0": ("Q5_0", "Q5_0", "Q6_K"),
    "q5_1": ("Q5_1", "Q5_1", "Q8_0"), "q6_k": ("Q6_K", "Q6_K", "Q6_K"), "q5_k_m": ("Q5_K", "Q6_K", "Q6_K"),
    "q4_k_m": ("Q4_K", "Q6_K", "Q6_K"), "q3_k_m": ("Q3_K", "Q4_K", "Q6_K"), "q2_k": ("Q2_K", "Q3_K", "Q6_K"),
    "iq4_xs": ("IQ4_XS", "Q5_K", "Q6_K"), "iq4_nl": ("IQ4_NL", "Q5_K", "Q6_K"), "mxfp4": ("MXFP4", "MXFP4", "Q8_0"),
}


def half(value):
    return struct.pack("<e", value)


# type: (number in the file, weights of a block, bytes of a block, {offset: bytes of a scale})
BLOCKS = {
    "F32": (0, 1, 4, {}), "F16": (1, 1, 2, {}), "BF16": (30, 1, 2, {}),
    "Q4_0": (2, 32, 18, {0: half(4.3e-3)}), "Q4_1": (3, 32, 20, {0: half(4.3e-3), 2: half(-3.2e-2)}),
    "Q5_0": (6, 32, 22, {0: half(2.2e-3)}), "Q5_1": (7, 32, 24, {0: half(2.2e-3), 2: half(-3.4e-2)}),
    "Q8_0": (8, 32, 34, {0: half(2.7e-4)}), "Q2_K": (10, 256, 84, {80: half(1.4e-3), 82: half(2.1e-3)}),
    "Q3_K": (11, 256, 110, {108: half(4.6e-4)}), "Q4_K": (12, 256, 144, {0: half(7.7e-5), 2: half(5.8e-4)}),
    "Q5_K": (13, 256, 176, {0: half(3.8e-5), 2: half(5.9e-4)}), "Q6_K": (14, 256, 210, {208: half(1.5e-5)}),
    "IQ4_NL": (20, 32, 18, {0: half(2.9e-4)}), "IQ4_XS": (23, 256, 136, {0: half(1.6e-5)}),
    "MXFP4": (39, 32, 17, {0: b"\x78"}),
}
# What llama.cpp writes where rows are no whole number of blocks of 256.
SMALLER_BLOCKS = {"Q2_K": "Q4_0", "Q3_K": "Q4_0", "IQ4_XS": "IQ4_NL", "Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
# The upper byte of a float says its sign and nearly all of its exponent: random ones would be infinite or worse.
UPPER = {"F16": (0x20, 0x24, 0xA0, 0xA4), "BF16": (0x3C, 0xBC)}
ALIGNMENT = 32
NUM_TOKENS = 49152


def random_blocks(source, kind, count):
    """`count` blocks of a type."""
    _, _, size, scales = BLOCKS[kind]
    data = bytearray(source.randbytes(count * size))
    for offset, value in scales.items():
        for i, byte in enumerate(value):
            data[offset + i::size] = bytes([byte]) * count
    if kind in UPPER:
        known = UPPER[kind]
        data[1::2] = data[1::2].translate(bytes(known[i % len(known)] for i in range(256)))
    return data


def ones(count):
    return struct.pack("<f", 1.0) * count


def state_space_rows(shape, low, better):
    heads, channels = shape.inner // STATE_HEAD, shape.inner + 2 * shape.state
    return [("attn_norm.weight", "F32", (shape.hidden,)), ("ssm_in.weight", low, (shape.hidden, shape.inner + channels + heads)),
            ("ssm_conv1d.weight", "F32", (CONV_KERNEL, channels)), ("ssm_conv1d.bias", "F32", (channels,)),
            ("ssm_dt.bias", "F32", (heads,)), ("ssm_a", "F32", (1, heads)), ("ssm_d", "F32", (1, heads)),
            ("ssm_norm.weight", "F32", (shape.inner, 1)), ("ssm_out.weight", better, (shape.inner, shape.hidden))]


def attention_rows(shape, low, better):
    query, key = shape.heads * shape.head, shape.kv_heads * shape.head
    rows = [("attn_norm.weight", "F32", (shape.hidden,)), ("attn_q.weight", low, (shape.hidden, query)),
            ("attn_k.weight", low, (shape.hidden, key)), ("attn_v.weight", better, (shape.hidden, key)),
            ("attn_output.weight", low, (query, shape.hidden))]
    if shape.arch.startswith("qwen3") or shape.arch == "gemma3":
        rows += [("attn_q_norm.weight", "F32", (shape.head,)), ("attn_k_norm.weight", "F32", (shape.head,))]
    if shape.arch == "gpt-oss":
        rows += [("attn_q.bias", "F32", (query,)), ("attn_k.bias", "F32", (key,)), ("attn_v.bias", "F32", (key,)),
                 ("attn_output.bias", "F32", (shape.hidden,)), ("attn_sinks.weight", "F32", (shape.heads,))]
    return rows


def latent_attention_rows(shape, low, better):
    unrotated, outputs = shape.head - shape.rotated, shape.heads * shape.value
    return [("attn_norm.weight", "F32", (shape.hidden,)), ("attn_q.weight", low, (shape.hidden, shape.heads * shape.head)),
            ("attn_kv_a_mqa.weight", low, (shape.hidden, shape.latent + shape.rotated)),
            ("attn_kv_a_norm.weight", "F32", (shape.latent,)),
            ("attn_k_b.weight", "Q8_0", (unrotated, shape.latent, shape.heads)),
            ("attn_v_b.weight", "Q8_0", (shape.latent, shape.value, shape.heads)),
            ("attn_output.weight", better, (outputs, shape.hidden))]


def mixer_rows(shape, low, better):
    rows = state_space_rows if shape.inner else latent_attention_rows if shape.latent else attention_rows
    return rows(shape, low, better)


def feed_forward_rows(shape, low, better, layer):
    hidden, experts, feed = shape.hidden, shape.experts if layer >= shape.leading_dense else 0, shape.expert_feed
    norms = {"gpt-oss": ["post_attention_norm"], "gemma3": ["post_attention_norm", "ffn_norm", "post_ffw_norm"]}
    rows = [(f"{norm}.weight", "F32", (hidden,)) for norm in norms.get(shape.arch, ["ffn_norm"])]
    if not experts:
        return rows + [("ffn_gate.weight", low, (hidden, shape.feed)), ("ffn_up.weight", low, (hidden, shape.feed)),
                       ("ffn_down.weight", better, (shape.feed, hidden))]
    if shape.arch == "gpt-oss":
        rows += [("ffn_gate_inp.bias", "F32", (experts,)), ("ffn_gate_exps.bias", "F32", (feed, experts)),
                 ("ffn_up_exps.bias", "F32", (feed, experts)), ("ffn_down_exps.bias", "F32", (hidden, experts))]
    if shape.shared_feed:
        rows += [("ffn_gate_shexp.weight", low, (hidden, shape.shared_feed)),
                 ("ffn_up_shexp.weight", low, (hidden, shape.shared_feed)),
                 ("ffn_down_shexp.weight", better, (shape.shared_feed, hidden))]
    return rows + [("ffn_gate_inp.weight", "F32", (hidden, experts)), ("ffn_gate_exps.weight", low, (hidden, feed, experts)),
                   ("ffn_up_exps.weight", low, (hidden, feed, experts)), ("ffn_down_exps.weight", better, (feed, hidden, experts))]


def tensors(shape, file_type, num_layers):
    """Yields (name, type, shape as the file has it: the fastest dimension first)."""
    low, fine, outer = TYPES[file_type]
    yield "token_embd.weight", outer, (shape.hidden, NUM_TOKENS)
    yield "output_norm.weight", "F32", (shape.hidden,)
    for layer in range(num_layers):
        # The first and last eighth and every third layer between, as usual mixes have it.
        better = fine if layer < num_layers // 8 or layer >= 7 * num_layers // 8 or layer % 3 == 2 else low
        rows = mixer_rows(shape, low, better) + ([] if shape.inner else feed_forward_rows(shape, low, better, layer))
        for name, kind, dims in rows:
            yield f"blk.{layer}.{name}", kind if dims[0] % BLOCKS[kind][1] == 0 else SMALLER_BLOCKS[kind], dims


def num_blocks(kind, dims):
    total = 1
    for dim in dims:
        total *= dim
    return total // BLOCKS[kind][1]


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def number(value):
    return struct.pack("<I", 4) + struct.pack("<I", value)


def array(kind, items):
    return struct.pack("<IIQ", 9, kind, len(items)) + b"".join(items)


def vocabulary():
    """The byte alphabet of byte-level BPE, then made-up words, then the end of a text."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]
    return letters + [f"t{i}" for i in range(NUM_TOKENS - len(letters) - 1)] + ["<|end|>"]


def metadata(shape, name, num_layers):
    """[(key, value with its type)]."""
    arch = shape.arch
    counts = {"block_count": num_layers, "context_length": 32768, "embedding_length": shape.hidden,
              "feed_forward_length": shape.feed, "attention.head_count": shape.heads, "vocab_size": NUM_TOKENS}
    if shape.heads:
        counts |= {"attention.head_count_kv": shape.kv_heads, "attention.key_length": shape.head,
                   "attention.value_length": shape.head, "rope.dimension_count": shape.head}
    if shape.experts:
        counts |= {"expert_count": shape.experts, "expert_used_count": shape.experts_used,
                   "expert_feed_forward_length": shape.expert_feed}
    if shape.latent:
        counts |= {"attention.key_length": shape.latent + shape.rotated, "attention.value_length": shape.latent,
                   "attention.key_length_mla": shape.head, "attention.value_length_mla": shape.value,
                   "attention.kv_lora_rank": shape.latent, "rope.dimension_count": shape.rotated,
                   "leading_dense_block_count": shape.leading_dense,
                   "expert_shared_count": shape.shared_feed // shape.expert_feed}
    if shape.window:
        counts |= {"attention.sliding_window": shape.window}
    if shape.inner:
        counts |= {"ssm.conv_kernel": CONV_KERNEL, "ssm.inner_size": shape.inner, "ssm.state_size": shape.state,
                   "ssm.time_step_rank": shape.inner // STATE_HEAD, "ssm.group_count": 1}
    words = vocabulary()
    kinds = [1] * (NUM_TOKENS - 1) + [3]
    string = struct.pack("<I", 8)
    return [
        ("general.architecture", string + text(arch)), ("general.name", string + text(name)),
        ("general.quantization_version", number(2)),
        *((f"{arch}.{key}", number(value)) for key, value in counts.items()),
        (f"{arch}.rope.freq_base", struct.pack("<If", 6, 500000.0)),
        (f"{arch}.attention.layer_norm_rms_epsilon", struct.pack("<If", 6, 1e-5)),
        ("tokenizer.ggml.model", string + text("gpt2")), ("tokenizer.ggml.pre", string + text("gpt-2")),
        ("tokenizer.ggml.tokens", array(8, [text(word) for word in words])),
        ("tokenizer.ggml.token_type", array(5, [struct.pack("<i", kind) for kind in kinds])),
        ("tokenizer.ggml.merges", array(8, [text("t 0")])),
        ("tokenizer.ggml.bos_token_id", number(NUM_TOKENS - 1)), ("tokenizer.ggml.eos_token_id", number(NUM_TOKENS - 1)),
        ("tokenizer.ggml.add_bos_token", struct.pack("<IB", 7, 0)),
    ]


def write_model(shape_name, file_type, path, num_layers=None):
    """Writes the file; it appears whole or not at all."""
    shape = SHAPES[shape_name]
    num_layers = num_layers or shape.layers
    all_tensors = list(tensors(shape, file_type, num_layers))
    keys = metadata(shape, f"{shape_name} {file_type} of random weights", num_layers)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(all_tensors), len(keys))
    head += b"".join(text(key) + value for key, value in keys)
    offset = 0
    for name, kind, dims in all_tensors:
        head += text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, BLOCKS[kind][0], offset)
        offset += -(-num_blocks(kind, dims) * BLOCKS[kind][2] // ALIGNMENT) * ALIGNMENT
    source = random.Random(1)
    path = pathlib.Path(path)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT))
        for name, kind, dims in all_tensors:
            count = num_blocks(kind, dims)
            step = 1 if name.endswith("norm.weight") else (1 << 22) // BLOCKS[kind][2]
            if name.endswith("ssm_a"):
                file.write(struct.pack("<f", -1.0) * count)
            elif name.endswith("norm.weight"):
                file.write(ones(count))
            elif kind == "F32":
                file.write(b"".join(struct.pack("<f", source.gauss(0, 0.02)) for _ in range(count)))
            else:
                for done in range(0, count, step):
                    file.write(random_blocks(source, kind, min(step, count - done)))
            file.write(bytes(-count * BLOCKS[kind][2] % ALIGNMENT))
    part.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("type", choices=TYPES)
    parser.add_argument("out")
    parser.add_argument("--layers", type=int, help="other than the real model's number")
    options = parser.parse_args()
    write_model(options.shape, options.type, options.out, options.layers)


if __name__ == "__main__":
    main()
