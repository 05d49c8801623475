#!/usr/bin/env python3
"""How fast Hearth and its peers find the tokens that a JSON schema allows: same files, same vocabulary, same core, in turns.

The files are MaskBench's: a schema, and texts to walk along, written as json.dumps writes them. Compile is from the schema's text
to the first mask; a mask is taken before each token of each valid text, as far as the engine takes the tokens. Hearth's figures
are those of the program bench_masks; peers are asked from Python, whose call is in their figures (about half a microsecond).
Of several rounds, the one with the least average. Needs llguidance, numpy and, for --peers llguidance,xgrammar, xgrammar.
Usage: grammar_speed.py --bench build/release/bench_masks --model FOLDER [--core 0] [--rounds 3] [--most 400] [--peers llguidance] FILE...
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

MAX_TOKENS = 400  # of one text


def write_cases(paths, out):
    """One line of JSON each: the schema's text, and the valid texts."""
    for path in paths:
        case = json.loads(pathlib.Path(path).read_text())
        texts = [json.dumps(test["data"], ensure_ascii=False) for test in case["tests"] if test["valid"]]
        out.write(json.dumps({"name": pathlib.Path(path).name, "schema": json.dumps(case["schema"]), "texts": texts}) + "\n")


def summary(values):
    if not values:
        return None
    values = sorted(values)
    at = lambda share: round(values[int(share * (len(values) - 1))], 2)
    return {"n": len(values), "avg": round(sum(values) / len(values), 2), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1)}


class Llguidance:
    def __init__(self, folder):
        import llguidance
        import llguidance.numpy as masks
        self.fill, self.make_matcher = masks.fill_next_token_bitmask, llguidance.LLMatcher
        self.tokenizer = llguidance.LLTokenizer(str(pathlib.Path(folder) / "tokenizer.json"))
        self.words = masks.allocate_token_bitmask(1, self.tokenizer.vocab_size)

    def compile(self, schema):
        """What starts a text each time it is called; None where the schema is refused."""
        try:
            matcher = self.make_matcher(self.tokenizer, self.make_matcher.grammar_from_json_schema(schema))
        except ValueError:
            return None
        return None if matcher.is_error() else matcher.deep_copy

    def mask(self, matcher):
        self.fill(matcher, self.words, 0)

    def accept(self, matcher, token):
        return matcher.consume_token(token)


class Xgrammar:
    def __init__(self, folder):
        import numpy
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
        from check_grammar_peers import import_xgrammar
        self.xgrammar = import_xgrammar()
        tokenizer = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
        ids = tokenizer["model"]["vocab"] | {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
        tokens = [""] * (max(ids.values()) + 1)
        for token, number in ids.items():
            tokens[number] = token
        ends = [ids[end] for end in ("<|end_of_text|>", "<|eot_id|>") if end in ids]
        info = self.xgrammar.TokenizerInfo(tokens, self.xgrammar.VocabType.BYTE_LEVEL, stop_token_ids=ends)
        self.compiler = self.xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        self.words = numpy.zeros((1, (len(tokens) + 31) // 32), dtype=numpy.int32)

    def compile(self, schema):
        try:
            compiled = self.compiler.compile_json_schema(schema, any_whitespace=True, strict_mode=False)
        except RuntimeError:
            return None
        return lambda: self.xgrammar.GrammarMatcher(compiled)

    def mask(self, matcher):
        matcher.fill_next_token_bitmask(self.words, 0)

    def accept(self, matcher, token):
        return matcher.accept_token(token)


def run_peer(peer, cases, folder):
    import llguidance
    tokenizer = llguidance.LLTokenizer(str(pathlib.Path(folder) / "tokenizer.json"))
    compile_us, mask_us, refused = [], [], 0
    for line in open(cases):
        case = json.loads(line)
        start = time.perf_counter_ns()
        begin = peer.compile(case["schema"])
        if begin is None:
            refused += 1
            continue
        peer.mask(begin())
        compile_us.append((time.perf_counter_ns() - start) / 1000)
        for text in case["texts"]:
            matcher = begin()
            for token in tokenizer.tokenize_str(text)[:MAX_TOKENS]:
                start = time.perf_counter_ns()
                peer.mask(matcher)
                mask_us.append((time.perf_counter_ns() - start) / 1000)
                if not peer.accept(matcher, token):
                    break
    return {"refused": refused, "compile_us": summary(compile_us), "mask_us": summary(mask_us)}


PEERS = {"llguidance": Llguidance, "xgrammar": Xgrammar}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench")
    parser.add_argument("--model", required=True)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=400)
    parser.add_argument("--peers", default="llguidance")
    parser.add_argument("--cases", help=argparse.SUPPRESS)  # what this program calls itself with
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    if options.cases:
        print(json.dumps(run_peer(PEERS[options.peers](options.model), options.cases, options.model)))
        return
    os.sched_setaffinity(0, {options.core})
    with tempfile.TemporaryDirectory() as work:
        cases = pathlib.Path(work) / "cases.jsonl"
        with open(cases, "w") as out:
            write_cases(options.files[:options.most], out)
        commands = {"hearth": [options.bench, options.model, str(cases)]}
        for peer in options.peers.split(","):
            commands[peer] = [sys.executable, __file__, "--peers", peer, "--model", options.model, "--cases", str(cases)]
        best = {}
        for _ in range(options.rounds):
            for name, command in commands.items():
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                figures = json.loads(done.stdout)
                if name not in best or figures["mask_us"]["avg"] < best[name]["mask_us"]["avg"]:
                    best[name] = figures
        print(json.dumps(best, indent=2))


if __name__ == "__main__":
    main()
