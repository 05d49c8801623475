#!/usr/bin/env python3
"""Embeds 512 texts by turns with bench_encoders and with onnxruntime at its best setting: embeddings_speed.py FOLDER ONNX.

FOLDER is a model as Hugging Face has it, with tokenizer.json, ONNX the same weights with input_ids, attention_mask and
token_type_ids as inputs and the last hidden state as output. Both take token ids, sort texts by length, and give means of
the hidden states of length 1, which are compared. Needs numpy, onnxruntime and tokenizers, and build/release/bench_encoders.
"""

import argparse
import pathlib
import random
import re
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime
import tokenizers

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHAPES = {"short": (8, 20), "mixed": (8, 150), "long": (150, 300)}  # words of a text
NUM_TEXTS = 512


def token_ids(folder, words, bounds):
    """Pieces of the documentation, of so many words."""
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    pick, texts = random.Random(3), []
    for _ in range(NUM_TEXTS):
        count = pick.randint(*bounds)
        begin = pick.randrange(len(words) - count)
        texts.append(tokenizer.encode(" ".join(words[begin : begin + count])).ids)
    return texts


class Onnx:
    def __init__(self, path, threads, batch):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.names, self.batch, self.threads = [item.name for item in self.session.get_inputs()], batch, threads

    def run(self, texts):
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = [None] * len(texts)
        begin = time.perf_counter()
        for at in range(0, len(order), self.batch):
            some = order[at : at + self.batch]
            ids = np.zeros((len(some), max(len(texts[i]) for i in some)), np.int64)
            mask = np.zeros_like(ids)
            for row, i in enumerate(some):
                ids[row, : len(texts[i])], mask[row, : len(texts[i])] = texts[i], 1
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            [hidden] = self.session.run(None, {name: inputs[name] for name in self.names})
            sums = (hidden * mask[:, :, None]).sum(1)
            for i, vector in zip(some, sums / np.linalg.norm(sums, axis=1, keepdims=True)):
                vectors[i] = vector
        return time.perf_counter() - begin, np.array(vectors)


class Hearth:
    def __init__(self, folder, threads, isa, work):
        self.command = [ROOT / "build/release/bench_encoders", folder, work / "texts", "-r", "1", "-t", str(threads),
                        "-o", work / "vectors"]  # fmt: skip
        self.command += ["--isa", isa] if isa else []
        self.work = work

    def run(self, texts):
        (self.work / "texts").write_text("".join(" ".join(map(str, text)) + "\n" for text in texts))
        said = subprocess.run(self.command, check=True, capture_output=True, text=True).stdout
        vectors = np.fromfile(self.work / "vectors", np.float32).reshape(len(texts), -1)
        return float(re.search(r"([\d.]+) ms", said)[1]) / 1000, vectors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("onnx")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    arguments = parser.parse_args()
    words = (ROOT / "docs/ARCHITECTURE.md").read_text().split() + (ROOT / "docs/design/kernels.md").read_text().split()
    with tempfile.TemporaryDirectory() as folder:
        hearth = Hearth(arguments.folder, arguments.threads, arguments.isa, pathlib.Path(folder))
        for shape in arguments.shapes.split(","):
            texts = token_ids(arguments.folder, words, SHAPES[shape])
            settings = [Onnx(arguments.onnx, threads, batch) for threads in {1, arguments.threads} for batch in (8, 32)]
            peer = min(settings, key=lambda one: one.run(texts)[0])
            times = {"hearth": [], "onnxruntime": []}
            for _ in range(arguments.rounds):
                for name, one in (("hearth", hearth), ("onnxruntime", peer)):
                    took, vectors = one.run(texts)
                    times[name].append(took)
                    cosines = vectors if name == "hearth" else (cosines * vectors).sum(1)
            own, other = (statistics.median(times[name]) for name in ("hearth", "onnxruntime"))
            print(f"{shape}: {sum(map(len, texts))} tokens, hearth {own * 1000:.0f} ms, onnxruntime {other * 1000:.0f} ms "
                  f"({peer.threads} threads, batches of {peer.batch}): {other / own:.2f}x, "
                  f"cosines from {cosines.min():.7f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
