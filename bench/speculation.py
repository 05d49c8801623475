#!/usr/bin/env python3
"""Measures what speculative decoding is worth: speculation.py --hearth PROGRAM --model FILE [--draft-model FILE]

Each prompt of bench/prompts/speculation.json is answered with and without drafts, in turn, because a machine's speed varies
from minute to minute; the ratio is the median over the rounds of the ratios of neighbours. Texts that quote, edit or
repeat are answered greedily; free texts greedily and at the temperature that people chat at. The answers must be equal, byte
for byte: the script fails where they are not.
"""
import argparse
import datetime
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys

from peers import processor

PROMPTS = pathlib.Path(__file__).parent / "prompts/speculation.json"
FREE = ("prose", "chat")
SPEED = re.compile(r"answer (\d+) tokens at ([\d.]+) tok/s")
DRAFTS = re.compile(r"drafts: (\d+) of (\d+) tokens accepted, (\d+) steps")


def answer(options, case, guesses):
    """One run of the program: the answer's text, tokens, speed, and how many of how many draft tokens were accepted."""
    command = [options.hearth, "run", options.model, "-", "-v", "--ctx", "2048", "-t", str(options.threads), "--seed", "1",
               "-n", str(options.tokens), "--temperature", str(case["temperature"]), *(options.guessing if guesses else
                                                                                       ["--draft-tokens", "0"])]
    result = subprocess.run(command, input=case["prompt"].encode(), capture_output=True)
    error = result.stderr.decode()
    if result.returncode != 0:
        sys.exit(f"error: {' '.join(command)}: exit status {result.returncode}\n{error.strip()[-2000:]}")
    tokens, speed = SPEED.search(error).groups()
    right, guessed, _ = (DRAFTS.search(error) or re.match("()()()", "")).groups()
    return {"text": result.stdout, "tokens": int(tokens), "speed": float(speed), "right": int(right or 0),
            "guessed": int(guessed or 0)}


def measure(options, case):
    """The case with its figures: medians over the rounds."""
    plain, guessed = [], []
    for number in range(options.rounds):
        for guesses in (False, True) if number % 2 == 0 else (True, False):
            (guessed if guesses else plain).append(answer(options, case, guesses))
    if len({run["text"] for run in plain + guessed}) > 1:
        sys.exit(f"error: {case['kind']} {case['name']}: the text with drafts is not the text without")
    return case | {
        "tokens": plain[0]["tokens"],
        "plain": statistics.median(run["speed"] for run in plain),
        "speed": statistics.median(run["speed"] for run in guessed),
        "ratio": statistics.median(b["speed"] / a["speed"] for a, b in zip(plain, guessed)),
        "guessed": statistics.median(run["guessed"] for run in guessed),
        "right": statistics.median(run["right"] for run in guessed),
    }


def summary(rows):
    """A kind's figures: all its answers one after the other, and the geometric mean of the ratios."""
    seconds = {key: sum(row["tokens"] / row[key] for row in rows) for key in ("plain", "speed")}
    tokens = sum(row["tokens"] for row in rows)
    return {"kind": rows[0]["kind"], "name": "all", "temperature": rows[0]["temperature"], "tokens": tokens,
            "plain": tokens / seconds["plain"], "speed": tokens / seconds["speed"],
            "ratio": math.exp(statistics.fmean(math.log(row["ratio"]) for row in rows)),
            "guessed": sum(row["guessed"] for row in rows), "right": sum(row["right"] for row in rows)}


def table(report):
    lines = [f"{report['date']}, {report['processor']}, {report['threads']} threads; {report['hearth_version']}; "
             f"{pathlib.Path(report['model']).name}, {' '.join(report['guessing'])}; {report['rounds']} interleaved rounds; all texts "
             "equal with and without.", "",
             "| text | temperature | tokens | without, tok/s | with, tok/s | ratio | drafted | accepted |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for row in report["rows"]:
        share = f"{row['right'] / row['guessed']:.0%}" if row["guessed"] else "-"
        lines.append(f"| {row['kind']}: {row['name']} | {row['temperature']} | {row['tokens']} | {row['plain']:.1f} | {row['speed']:.1f} "
                     f"| {row['ratio']:.2f} | {row['guessed']:.0f} | {share} |")
    return "\n".join(lines)


def cases(only):
    """The committed prompts, greedy; the free ones drawn at a temperature as well."""
    prompts = [case for case in json.loads(PROMPTS.read_text()) if not only or case["kind"] in only]
    greedy = [case | {"temperature": 0} for case in prompts]
    drawn = [case | {"temperature": 0.7} for case in prompts if case["kind"] in FREE]
    return greedy + drawn


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0].split(":")[0] + ".")
    parser.add_argument("--hearth", default="build/release/hearth", help="the program to measure")
    parser.add_argument("--model", required=True, help="a GGUF file")
    parser.add_argument("--draft-model", help="draft with this model too")
    parser.add_argument("--draft-tokens", type=int, help="most tokens drafted at once; default: the program's")
    parser.add_argument("-n", "--tokens", type=int, default=256, help="most tokens of an answer")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default="", help="only these, by comma")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    options = parser.parse_args()
    options.guessing = []
    if options.draft_model:
        options.guessing += ["--draft-model", options.draft_model]
    if options.draft_tokens is not None:
        options.guessing += ["--draft-tokens", str(options.draft_tokens)]
    return options


def main():
    options = parse_options()
    rows = []
    groups = {}
    for case in cases(options.kinds.split(",") if options.kinds else []):
        row = measure(options, case)
        groups.setdefault((row["kind"], row["temperature"]), []).append(row)
        print(f"{row['kind']}: {row['name']}: {row['ratio']:.2f}", file=sys.stderr)
    for group in groups.values():
        rows += [*group, summary(group)]
    version = subprocess.run([options.hearth, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    report = {"date": datetime.date.today().isoformat(), "processor": processor(), "threads": options.threads,
              "hearth_version": version, "model": options.model, "guessing": options.guessing, "rounds": options.rounds, "rows": rows}
    print(json.dumps(report, indent=1) if options.json else table(report))


if __name__ == "__main__":
    main()
