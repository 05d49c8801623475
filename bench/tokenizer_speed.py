#!/usr/bin/env python3
"""How fast Hearth and the package tokenizers encode the same texts by the same tokenizer.json, on one core.

The texts are a file of English, cut into pieces of some size at line ends. Of `hearth tokenize`, the processor time of a
run over all of them, less that of a run over none, printing ids included; of the package, the processor time of encoding the
list in batches without threads. The best of several rounds, which take turns. Needs tokenizers.
Usage: tokenizer_speed.py --hearth build/release/hearth --text ENGLISH.txt NAME=TOKENIZER.json ...
"""

import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402  (the switch must stand before)


def cut(text, size):
    """Pieces of at least `size` characters that end with a line."""
    pieces, at = [], 0
    while at < len(text):
        end = text.find("\n", at + size) + 1 or len(text)
        pieces.append(text[at:end])
        at = end
    return pieces


def child_seconds(command, data):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=data, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def hearth_seconds(hearth, folder, pieces):
    command = [hearth, "tokenize", "-m", str(folder), "--batch", "--no-bos", "--special"]
    whole = child_seconds(command, b"".join(piece.encode() + b"\0" for piece in pieces))
    return whole - child_seconds(command, b"a\0")


def package_seconds(tokenizer, pieces):
    begin = time.process_time()
    for at in range(0, len(pieces), 64):
        tokenizer.encode_batch_fast(pieces[at:at + 64], add_special_tokens=False)
    return time.process_time() - begin


def measure(hearth, path, pieces, rounds):
    """Megabytes a second of both."""
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    size = sum(len(piece.encode()) for piece in pieces) / 1e6
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, pathlib.Path(folder) / "tokenizer.json")
        for _ in range(rounds):
            ours.append(hearth_seconds(hearth, folder, pieces))
            theirs.append(package_seconds(tokenizer, pieces))
    return size / min(ours), size / min(theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hearth", required=True)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--piece", type=int, default=20000, help="characters of each text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("tokenizers", nargs="+", metavar="NAME=PATH")
    arguments = parser.parse_args()
    pieces = cut(arguments.text.read_text(encoding="utf-8").replace("\0", ""), arguments.piece)
    print(f"{'tokenizer':<20} {'hearth MB/s':>12} {'tokenizers MB/s':>16} {'times':>7}")
    for item in arguments.tokenizers:
        name, _, path = item.partition("=")
        ours, theirs = measure(arguments.hearth, path, pieces, arguments.rounds)
        print(f"{name:<20} {ours:>12.1f} {theirs:>16.1f} {ours / theirs:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
