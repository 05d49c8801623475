#!/usr/bin/env python3
"""Measures what it costs to hold answers to a form: forms_speed.py --hearth PROGRAM --model FILE

Each form is asked for with and without forced text set in one go (jump_forward), and then as many tokens without any form,
from the same prompt and seed, in turn, because a machine's speed varies from minute to minute. A rate is tokens that were
written by the time from the first to the last of them; bytes a second compare runs that cut a text differently. Ratios are
of neighbours, the median over the rounds.
"""
import argparse
import http.client
import json
import pathlib
import re
import statistics
import subprocess
import sys

from peers import processor

PERSON = {"type": "object", "additionalProperties": False, "required": ["name", "age", "email", "address", "tags"], "properties": {
    "name": {"type": "string", "maxLength": 40}, "age": {"type": "integer", "minimum": 0, "maximum": 120},
    "email": {"type": "string", "maxLength": 40},
    "address": {"type": "object", "additionalProperties": False, "required": ["street", "city", "country"], "properties": {
        "street": {"type": "string", "maxLength": 40}, "city": {"type": "string", "maxLength": 30},
        "country": {"enum": ["France", "Germany", "Italy", "Spain"]}}},
    "tags": {"type": "array", "minItems": 3, "maxItems": 3, "items": {"type": "string", "maxLength": 12}}}}
RECORDS = {"type": "array", "minItems": 4, "maxItems": 4, "items": {
    "type": "object", "additionalProperties": False, "required": ["identifier", "description", "available", "quantity"],
    "properties": {"identifier": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}, "available": {"type": "boolean"},
                   "description": {"type": "string", "maxLength": 40}, "quantity": {"type": "integer", "minimum": 0, "maximum": 999}}}}
FORMS = {
    "free text (a regex)": ("Write about the sea.", {"regex": "[A-Za-z ,.']{400,500}"}),
    "any JSON object": ("Describe a person as JSON.", {"response_format": {"type": "json_object"}}),
    "a person, spaced": ("Describe a person.", {"json_schema": PERSON, "json_whitespace": "spaced"}),
    "a person, flexible": ("Describe a person.", {"json_schema": PERSON}),
    "four records, compact": ("List four goods of a shop.", {"json_schema": RECORDS, "json_whitespace": "compact"}),
}


def post(address, body):
    connection = http.client.HTTPConnection(*address)
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200:
        sys.exit(f"error: {response.status}: {answer}")
    return answer


def run(options, address, prompt, form, seed):
    answer = post(address, {"messages": [{"role": "user", "content": prompt}], "temperature": options.temperature, "seed": seed,
                            "max_tokens": options.tokens, "timings": True, **form})
    timings, text = answer["timings"], answer["choices"][0]["message"]["content"]
    seconds = timings["predicted_ms"] / 1000
    return {"tokens": timings["predicted_n"], "forced": timings["forced_n"], "rate": timings["predicted_per_second"],
            "bytes": len(text.encode()) / seconds if seconds > 0 else 0}


def measure(options, address, prompt, form):
    rounds = []
    for seed in range(options.rounds + 1):
        jumped = run(options, address, prompt, form, seed)
        drawn = run(options, address, prompt, {**form, "jump_forward": False}, seed)
        free = run(options, address, prompt, {"min_tokens": drawn["tokens"], "max_tokens": drawn["tokens"]}, seed)
        rounds.append({"jumped": jumped, "drawn": drawn, "free": free})
    return rounds[1:]  # the first one compiles the grammar and warms it


def row(name, rounds):
    def middle(of):
        return statistics.median(of(one) for one in rounds)

    return (f"| {name} | {middle(lambda r: r['free']['rate']):.0f} | {middle(lambda r: r['drawn']['rate']):.0f} | "
            f"{middle(lambda r: r['jumped']['rate']):.0f} | {middle(lambda r: r['drawn']['rate'] / r['free']['rate']):.2f} | "
            f"{middle(lambda r: r['jumped']['rate'] / r['free']['rate']):.2f} | "
            f"{middle(lambda r: r['jumped']['bytes'] / r['drawn']['bytes']):.2f} | "
            f"{100 * middle(lambda r: r['jumped']['forced'] / r['jumped']['tokens']):.0f}% |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hearth", required=True, type=pathlib.Path)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    server = subprocess.Popen([options.hearth, "serve", options.model, "--port", "0", "-t", str(options.threads), "--quiet"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        host, port = re.search(r"http://([\d.]+):(\d+)", server.stdout.readline()).groups()
        print(f"{options.model.name}, {options.threads} threads, {processor()}\n")
        print("| form | free, tok/s | held, tok/s | held with jumps, tok/s | held / free | with jumps / free | bytes: jumps / held "
              "| forced |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name, (prompt, form) in FORMS.items():
            print(row(name, measure(options, (host, int(port)), prompt, form)), flush=True)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
