#!/usr/bin/env python3
"""Compares what `hearth fit` predicts with what a process then takes: fit_check.py --hearth PROGRAM MODEL [MODEL ...]

For each model and context, a prompt that fills the context is run; the process's peak resident memory stands beside the
prediction. Prints a table.
"""
import argparse
import json
import os
import subprocess
import sys


def peak_of(command, text):
    """Peak resident bytes of a command that reads `text`."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        process.stdin.write(text.encode())
        process.stdin.close()
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(command)}: {error.decode()[-500:]}")
    return usage.ru_maxrss * 1024


def text_of(hearth, model, num_tokens):
    """A text of that many tokens or a few fewer."""
    words = [" time"] * num_tokens
    while True:
        text = "".join(words)
        count = len(subprocess.run([hearth, "tokenize", "-m", model, "--ids", "-"], input=text, capture_output=True, text=True,
                                   check=True).stdout.split())
        if count <= num_tokens:
            return text
        del words[-max(1, len(words) * (count - num_tokens) // count):]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hearth", default="build/release/hearth")
    parser.add_argument("--ctx", default="512,4096", help="contexts, by comma")
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    print("| model | context | predicted, MB | taken, MB | difference |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for model in options.models:
        for context in options.ctx.split(","):
            fit = subprocess.run([options.hearth, "fit", model, "--ctx", context, "--json"], capture_output=True, text=True,
                                 check=True)
            predicted = json.loads(fit.stdout)["total_bytes"]
            text = text_of(options.hearth, model, int(context) - 8)
            taken = peak_of([options.hearth, "run", model, "--raw", "--ctx", context, "--max-tokens", "2"], text)
            print(f"| {os.path.basename(model)} | {context} | {predicted / 1e6:.0f} | {taken / 1e6:.0f} "
                  f"| {(predicted - taken) / taken:+.1%} |", flush=True)


if __name__ == "__main__":
    main()
