#!/usr/bin/env python3
"""Compares `hearth tokenize` with the reference libraries on whole vocabularies.

For each tokenizer.json: every code point alone and between letters and digits, and random strings of thirteen kinds
(tools/tokenizer_strings.py), against the package tokenizers; SentencePiece-style vocabularies also against the package
sentencepiece. Needs gguf, tokenizers and sentencepiece.
Usage: check_tokenizers.py --hearth build/release/hearth [--strings 100000] NAME=TOKENIZER.json ...
"""

import argparse
import pathlib
import struct
import subprocess
import sys
import tempfile

import sentencepiece
import tokenizers

import make_vocab_gguf
from tokenizer_strings import strings

CHUNK = 20000
BYTE = 6  # tokenizer.ggml.token_type


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, kind, payload):
    head = varint(number << 3 | kind)
    return head + (varint(len(payload)) + payload if kind == 2 else payload)


def sentence_piece_model(vocabulary):
    """A serialized ModelProto (sentencepiece_model.proto): BPE, byte fallback, no normalization."""
    pieces = b""
    for text, score, kind in zip(vocabulary["tokens"], vocabulary["scores"], vocabulary["types"]):
        piece = field(1, 2, text.encode()) + field(2, 5, struct.pack("<f", score)) + field(3, 0, varint(kind))
        pieces += field(1, 2, piece)
    byte_fallback = make_vocab_gguf.BYTE in vocabulary["types"]
    trainer = field(3, 0, varint(2)) + field(35, 0, varint(byte_fallback))
    normalizer = (field(1, 2, b"identity") + field(3, 0, varint(vocabulary["space_prefix"])) + field(4, 0, varint(0))
                  + field(5, 0, varint(1)))
    return pieces + field(2, 2, trainer) + field(3, 2, normalizer)


def hearth_ids(hearth, model, texts, special):
    command = [hearth, "tokenize", "-m", model, "--batch", "--no-bos"] + (["--special"] if special else [])
    done = subprocess.run(command, input=b"".join(text.encode() + b"\0" for text in texts), capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return [[int(number) for number in line.split()] for line in done.stdout.decode().split("\n")[:-1]]


class Check:
    def __init__(self, hearth, name, model, vocabulary, show):
        self.hearth, self.name, self.model, self.vocabulary, self.show = hearth, name, model, vocabulary, show
        self.failures = 0

    def run(self, what, texts, special, reference):
        differences = []
        for begin in range(0, len(texts), CHUNK):
            part = texts[begin:begin + CHUNK]
            ours = hearth_ids(self.hearth, self.model, part, special)
            theirs = reference(part)
            if len(ours) != len(part):
                sys.exit(f"{self.name}: {len(ours)} lines for {len(part)} texts")
            differences += [(text, a, b) for text, a, b in zip(part, ours, theirs) if a != b]
        print(f"{self.name:<24} {what:<32} {len(texts):>8} texts {len(differences):>6} differences", flush=True)
        self.failures += len(differences)
        for text, ours, theirs in differences[:self.show]:
            print(f"    {text[:200]!a}\n      hearth    {self.tokens(ours)}\n      reference {self.tokens(theirs)}")

    def tokens(self, ids):
        return [self.vocabulary["tokens"][number] for number in ids[:40]]


def check(hearth, name, path, num_strings, show, folder):
    vocabulary = make_vocab_gguf.read_vocabulary(path)
    model = str(pathlib.Path(folder) / f"{name}.gguf")
    make_vocab_gguf.write_gguf(model, vocabulary)
    code_points = [chr(value) for value in range(1, 0x110000) if not 0xD800 <= value <= 0xDFFF]
    in_context = [f"a{char}1 {char}" for char in code_points]
    random_strings = strings(num_strings, name, vocabulary["specials"])
    # SentencePiece finds a user-defined token of spaces where they are spaces, tokenizers where they are spelt U+2581.
    plain = [text for text in random_strings if vocabulary["model"] != "llama" or "\u2581" not in text]
    long_text = "\n".join(plain[:1000])
    this = Check(hearth, name, model, vocabulary, show)

    reference = tokenizers.Tokenizer.from_file(str(path))

    def by_tokenizers(texts):
        return [encoding.ids for encoding in reference.encode_batch(texts, add_special_tokens=False)]

    this.run("tokenizers, code points", code_points, True, by_tokenizers)
    this.run("tokenizers, code points in text", in_context, True, by_tokenizers)
    this.run("tokenizers, random", plain, True, by_tokenizers)
    this.run("tokenizers, one long text", [long_text], True, by_tokenizers)
    # The library takes a vocabulary with byte fallback only where every byte has a piece of its own.
    if vocabulary["model"] == "llama" and sum(kind == BYTE for kind in vocabulary["types"]) in (0, 256):
        processor = sentencepiece.SentencePieceProcessor(model_proto=sentence_piece_model(vocabulary))
        this.run("sentencepiece, code points", code_points, False, processor.encode)
        this.run("sentencepiece, random", random_strings, False, processor.encode)
        this.run("sentencepiece, one long text", [long_text], False, processor.encode)
    pathlib.Path(model).unlink()
    return this.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hearth", required=True)
    parser.add_argument("--strings", type=int, default=100000)
    parser.add_argument("--show", type=int, default=3, help="differences to print of each comparison")
    parser.add_argument("tokenizers", nargs="+", metavar="NAME=PATH")
    arguments = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for item in arguments.tokenizers:
            name, _, path = item.partition("=")
            failures += check(arguments.hearth, name, path, arguments.strings, arguments.show, folder)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
