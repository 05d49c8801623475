#!/usr/bin/env python3
"""How fast Hearth and llguidance find the tokens that a JSON schema allows: same files, same vocabulary, same core, in turns.

The files are MaskBench's: a schema, and texts to walk along, written as json.dumps writes them. Compile is from the schema's text
to the first mask; a mask is taken before each token of each valid text, as far as the engine takes the tokens. Hearth's figures
are those of the program bench_masks; llguidance is asked from Python, whose call is in its figures (about half a microsecond).
Of several rounds, the one with the least average. Needs llguidance and numpy.
Usage: grammar_speed.py --bench build/release/bench_masks --model FOLDER [--core 0] [--rounds 3] [--most 400] FILE...
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


def run_llguidance(cases, folder):
    import llguidance.numpy as masks
    from llguidance import LLMatcher, LLTokenizer
    tokenizer = LLTokenizer(str(pathlib.Path(folder) / "tokenizer.json"))
    words = masks.allocate_token_bitmask(1, tokenizer.vocab_size)
    compile_us, mask_us, refused = [], [], 0
    for line in open(cases):
        case = json.loads(line)
        start = time.perf_counter_ns()
        try:
            matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_json_schema(case["schema"]))
        except ValueError:
            refused += 1
            continue
        if matcher.is_error():
            refused += 1
            continue
        masks.fill_next_token_bitmask(matcher, words, 0)
        compile_us.append((time.perf_counter_ns() - start) / 1000)
        for text in case["texts"]:
            one = matcher.deep_copy()
            for token in tokenizer.tokenize_str(text)[:MAX_TOKENS]:
                start = time.perf_counter_ns()
                masks.fill_next_token_bitmask(one, words, 0)
                mask_us.append((time.perf_counter_ns() - start) / 1000)
                if not one.consume_token(token):
                    break
    return {"refused": refused, "compile_us": summary(compile_us), "mask_us": summary(mask_us)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench")
    parser.add_argument("--model", required=True)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=400)
    parser.add_argument("--cases", help=argparse.SUPPRESS)  # what this program calls itself with
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    if options.cases:
        print(json.dumps(run_llguidance(options.cases, options.model)))
        return
    os.sched_setaffinity(0, {options.core})
    with tempfile.TemporaryDirectory() as work:
        cases = pathlib.Path(work) / "cases.jsonl"
        with open(cases, "w") as out:
            write_cases(options.files[:options.most], out)
        commands = {"hearth": [options.bench, options.model, str(cases)],
                    "llguidance": [sys.executable, __file__, "--model", options.model, "--cases", str(cases)]}
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
