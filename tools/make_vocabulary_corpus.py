#!/usr/bin/env python3
"""Writes fuzz/corpus/{sentencepiece_model,vocabulary_files}/ of the fixtures in tests/fixtures/tokenizer_files/ and
tests/fixtures/tokenizer_folders/, and of what is wrong with such files in one way each."""

import base64
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests/fixtures"
TEXT = "the Theory 12 caf\u00e9 \u4e2d\u6587 <|endoftext|>".encode()
PARTS = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"]


def write(target, name, content):
    folder = ROOT / "fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def file_of(name):
    return base64.b64decode(json.loads((FIXTURES / "tokenizer_files" / f"{name}.json").read_text())["file"])


def field(number, kind, value):
    """A field of a protobuf message: a number (kind 0) or bytes (kind 2)."""
    return bytes([number << 3 | kind]) + (bytes([value]) if kind == 0 else bytes([len(value)]) + value)


def write_models():
    def model(name, content, text=TEXT):
        write("sentencepiece_model", name, bytes([len(text)]) + text + content)

    for name in ("spm_bpe", "spm_bpe_rules", "spm_unigram", "spm_unigram_bytes"):
        model(name, file_of(name))
    piece = field(1, 2, field(1, 2, b"a"))
    model("empty", b"")
    model("one_piece", piece)
    model("twice", piece + piece)
    model("cut", file_of("spm_bpe")[:-7])
    model("words", piece + field(2, 2, field(3, 0, 3)))
    model("long_number", piece + b"\x18" + b"\xff" * 11)
    model("long_field", b"\x0a\xff\xff\xff\xff\x0f")
    model("group", b"\x0b\x0c")
    model("charsmap_cut", piece + field(3, 2, field(2, 2, b"\xff\xff\xff\xffabc")))
    model("no_utf8", field(1, 2, field(1, 2, b"\xff\xfe")), b"\xff\xfe\x80")


def write_files():
    def files(name, vocabulary, merges="", config="{}", special="{}", added="{}", text=TEXT):
        parts = [text, *(part.encode() for part in (config, special, added, vocabulary, merges))]
        write("vocabulary_files", name, b"\0".join(parts))

    for path in sorted((FIXTURES / "tokenizer_folders").glob("*.json")):
        content = json.loads(path.read_text())["files"]
        files(path.stem, content.get("vocab.json", content.get("vocab.txt")), content.get("merges.txt", ""),
              *(content.get(part, "{}") for part in PARTS))
    files("tiktoken", file_of("tiktoken").decode(), config='{"tokenizer_class": "GPT4Tokenizer"}')
    tokens = '{"a":0,"b":1,"ab":2}'
    files("merge_of_nothing", tokens, "a c\nab b\n b\na \na b c\n")
    files("added", tokens, "a b", special='{"eos_token":{"content":"<e>","lstrip":true}}', added='{"<e>":3,"<t>":9}')
    files("added_again", tokens, "a b", added='{"a":7,"<e>":1}')
    files("wrong_roles", tokens, "a b", config='{"bos_token":7,"add_bos_token":"x","cls_token":[],"tokenizer_class":null}')
    files("wrong_ids", '{"a":0,"b":0,"c":-1,"d":1e9}')
    files("unknown_class", tokens, config='{"tokenizer_class":"CLIPTokenizer"}')
    files("word_piece", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##ory\nthe\n\n##\n", config='{"do_lower_case":false}')
    files("no_utf8", "[UNK]\n\udcff\n".encode("utf-8", "surrogateescape").decode("latin-1"), text=b"\xff\xfe\x80")


if __name__ == "__main__":
    write_models()
    write_files()
