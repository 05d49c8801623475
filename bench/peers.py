#!/usr/bin/env python3
"""Compares Hearth's speed with its peers', side by side in one run: peers.py --hearth PROGRAM [--model FILE ...]

A machine's speed varies from minute to minute, so the programs take turns, and medians over the rounds are compared. The
peers are llama.cpp, its fork ik_llama.cpp, and OpenVINO GenAI, which brings weights into a format of its own
(openvino_bench.py says which). The settings of each (repacking, flash attention, the precision of activations) are screened
on each model; those near its best one go on, and the best of any peer counts, for each kind of work apart. What a peer cannot
read it is left out of, which the table says. The machine's ceilings are measured in the same run.

Without --model a plan is worked through: files of random weights in real models' shapes and every common type (made by
make_model.py, kept in --models-folder), SmolLM2 as Q4_0, batches, a deep context, a mixture of experts, load and memory.
Beside a file of random weights stands the NMSE of its logits against exact arithmetic, beside a real one the divergence.

Processors without AVX-512 are the common ones, so every machine that can also measures Hearth's kernels for AVX2 (and for AVX2
with AVX-VNNI) beside a llama.cpp built for no more, on the main types, in batches and as servers: the cases that begin with
"avx2". --isa best, avx2 or avx2-vnni (by comma) measures for some instruction sets alone, the files of --model included.

Peers come as Python packages, each in a virtual environment of its own, where llama.cpp and ik_llama.cpp are built for this
processor: --peers-folder is filled once, and a peer that cannot be installed is gone on without. The environment variable
HEARTH_PEERS names virtual environments instead (several by colon), which have one peer or another; then none is installed.
"""
import argparse
import dataclasses
import datetime
import functools
import json
import os
import pathlib
import sys
import time

import make_model
from model_facts import ceiling, weight_facts
from peer_choice import PEERS, find_peers
from peer_plan import Case, plan
from peer_measures import Race, machine_of, measure_batches, measure_depth, measure_serving, measure_single, sampled_note
from peer_programs import narrower_isas, processor, run
from peer_report import compare, table

TOKENS = "5,77,1234,30000,9,100,4000,31"
ROOT = pathlib.Path(__file__).resolve().parent.parent


def make_file(case, folder):
    """The case's file, written first where it is made up and missing."""
    if case.model:
        return pathlib.Path(case.model)
    path = folder / f"{case.shape}-{case.file_type}.gguf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_model.write_model(case.shape, case.file_type, path)
    return path


def smollm_as_q4_0(options, binaries):
    """The default model as llama.cpp's llama-quantize writes it; "" without that model."""
    folder = pathlib.Path(options.models_folder)
    path = folder / "smollm2-135m-q4_0.gguf"
    if not path.exists():
        if not options.default_model:
            return ""
        if not binaries:
            print(f"going on without SmolLM2 as Q4_0: llama.cpp is missing, whose llama-quantize writes {path}", file=sys.stderr)
            return ""
        folder.mkdir(parents=True, exist_ok=True)
        run([binaries / "llama-quantize", "--allow-requantize", options.default_model, path, "Q4_0", options.threads])
    return str(path)


def centred_logits(text):
    """The logits of each position by token, without what they have in common, which log-probabilities do not say."""
    positions = []
    for entry in json.loads(text)["positions"]:
        values = {token: value or 0.0 for token, value in entry["top"]}
        mean = sum(values.values()) / len(values)
        positions.append({token: value - mean for token, value in values.items()})
    return positions


def nmse(options, model):
    command = [*options.hearth, "logits", "-m", model, "--tokens", TOKENS, "--json", "-t", options.threads]
    exact, ours = centred_logits(run(command + ["--precision", "f32"])), centred_logits(run(command))
    error = sum((right[token] - ours[i][token]) ** 2 for i, right in enumerate(exact) for token in right)
    return error / max(sum(value * value for right in exact for value in right.values()), 1e-30)


def divergence(options, model, folder):
    """Kullback-Leibler divergence of one chunk of text from exact arithmetic on the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / "exact.logprobs"
    command = [*options.hearth, "perplexity", "-m", model, "-t", options.threads]
    run(command + ["-f", ROOT / "docs/ARCHITECTURE.md", "-c", 256, "--chunks", 1, "--precision", "f32", "--save-base", base])
    result = json.loads(run(command + ["--kl-divergence-base", base, "--json"]))
    base.unlink()
    return result["mean_kld"]


def error_of(options, case, model, folder):
    if case.shape == "llama-8b":
        return None
    return f"NMSE {nmse(options, model):.1e}" if case.shape else f"KL {divergence(options, model, folder):.1e}"


def peak_memory(command):
    """Highest resident bytes of a process."""
    child = os.posix_spawnp(str(command[0]), [str(part) for part in command], os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"error: {' '.join(map(str, command))}: exit status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss * 1024


def load_notes(options, model):
    row = json.loads(run([*options.hearth, "bench", "-m", model, "-t", options.threads, "--load", "-r", 5, "--json"]))[0]
    peak = peak_memory([*options.hearth, "run", model, "Hello there", "--raw", "--max-tokens", 4, "--ctx", 4096, "-t", options.threads])
    size = pathlib.Path(model).stat().st_size
    return [f"load to first token {row['total_s']:.2f} s, page cache warm (load {row['load_s']:.2f}, vocabulary {row['vocabulary_s']:.2f}, "
            f"first token {row['first_token_s']:.2f}).",
            f"peak resident {peak / 1e6:.0f} MB, file {size / 1e6:.0f} MB."]


def step_notes(samples):
    """What a step for many costs beside a step for one."""
    speeds = {work["batch"]: sorted(samples.values[name]["hearth"])[len(samples.values[name]["hearth"]) // 2]
              for name, work in samples.works.items() if "hearth" in samples.values[name]}
    return [f"a step for {batch} costs {batch * speeds[1] / speed:.2f} of a step for one." for batch, speed in speeds.items()
            if batch > 1 and 1 in speeds]


def with_isa(options, isa):
    """The options, whose program is then the beginning of a command."""
    forced = ["env", f"HEARTH_ISA={isa}"] if isa else []
    return argparse.Namespace(**vars(options) | {"hearth": [*forced, options.hearth]})


def measure_case(options, case, race_of, share):
    """One entry of the report. What is made once for a file takes none of its seconds."""
    options = with_isa(options, case.isa)
    folder = pathlib.Path(options.models_folder)
    model = make_file(case, folder)
    if case.work == "load":
        return {"rows": [], "notes": load_notes(options, model), "left_out": {}, "machine": None}
    race = race_of(model, case.isa)
    deadline = time.monotonic() + share
    if case.work == "serving":
        rows, samples = measure_serving(options, race, deadline)
        return {"rows": [], "serving": rows, "notes": [], "left_out": samples.left_out, "machine": None, "targets": case.targets}
    # Every instruction set computes the same bits.
    error = error_of(options, case, model, folder) if case.work == "single" and options.errors and not case.isa else None
    if case.work == "batches":
        samples, machine = measure_batches(options, race, case.batches, deadline)
    elif case.work == "depth":
        samples, machine = measure_depth(options, race, 8192, deadline)
    else:
        samples, machine = measure_single(options, race, deadline)
    notes = step_notes(samples) if case.work == "batches" else [sampled_note(options, model)] if case.sampled else []
    facts = weight_facts(options.hearth, model)
    ceilings = {name: ceiling(facts, machine, work) for name, work in samples.works.items()}
    return {"rows": compare(samples.values, ceilings, case.targets), "left_out": samples.left_out, "machine": machine, "isa": case.isa,
            "error": error, "notes": notes, "facts": dataclasses.asdict(facts)}


def measure_all(options, cases, settings, report):
    @functools.cache
    def race_of(model, isa):
        race = Race(with_isa(options, isa), [setting for setting in settings if setting.isa == isa], model)
        race.prepare()
        return race

    begin = time.monotonic()
    for number, case in enumerate(cases):
        now = time.monotonic()
        left = begin + options.minutes * 60 - now
        share = left * case.weight / sum(later.weight for later in cases[number:])
        if left <= 0:
            report["skipped"].append(case.name)
            continue
        print(f"{case.name}: {number + 1} of {len(cases)}, {share:.0f} s", file=sys.stderr)
        report["models"][case.name] = measure_case(options, case, race_of, share)
        report["minutes"] = (time.monotonic() - begin) / 60
        if options.output:
            path = pathlib.Path(options.output)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def known_isas():
    """{name of --isa: what HEARTH_ISA is set to, "" for the processor's best}."""
    return {"best": "", **{isa: isa for isa in narrower_isas()}}


def parse_options():
    parser = argparse.ArgumentParser(prog="./dev bench peers", description=__doc__.split("\n")[0].split(":")[0] + ".")
    parser.add_argument("--hearth", default="build/release/hearth", help="the program to measure")
    parser.add_argument("--peers-folder", default="build/peers", help="where peers are installed")
    parser.add_argument("--peers", default=",".join(PEERS), help="those that Hearth is compared with, by comma (%(default)s)")
    parser.add_argument("--models-folder", default="build/bench-models", help="where files of random weights are kept")
    parser.add_argument("--default-model", default="", help="SmolLM2, which the plan measures as Q4_0")
    parser.add_argument("--model", action="append", default=[], help="a GGUF file, in place of the plan; may be given more than once")
    parser.add_argument("--only", default="", help="the cases of the plan whose names hold one of these, by comma")
    parser.add_argument("--isa", default="", help=f"instruction sets, by comma, of {', '.join(known_isas())} (the plan: all; --model: best)")
    parser.add_argument("--minutes", type=float, default=48, help="for all of it; what has begun is ended")
    parser.add_argument("-p", "--prompt", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("-n", "--generate", type=int, default=32, help="tokens to generate")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of prompts, at most")
    parser.add_argument("--pairs", type=int, default=9, help="rounds of generation, at most")
    parser.add_argument("--no-errors", dest="errors", action="store_false", help="leaves NMSE and divergence out")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON, not a table")
    parser.add_argument("--output", default="", help="also write the JSON to this file, case by case")
    return parser.parse_args()


def chosen_isas(options):
    names = options.isa.split(",") if options.isa else ["best"] if options.model else list(known_isas())
    unknown = [name for name in names if name not in known_isas()]
    if unknown:
        sys.exit(f"error: this processor has no instruction set {', '.join(unknown)}; there are {', '.join(known_isas())}")
    return list(dict.fromkeys(known_isas()[name] for name in names))


def main():
    options = parse_options()
    isas = chosen_isas(options)
    peers = find_peers(options.peers.split(","), pathlib.Path(options.peers_folder), isas)
    cases = [Case(" ".join(filter(None, [isa, pathlib.Path(model).name])), 100, model=model, sampled=True, isa=isa)
             for model in options.model for isa in isas] or plan(smollm_as_q4_0(options, peers.binaries))
    wanted = [part for part in options.only.split(",") if part]
    cases = [case for case in cases if case.isa in isas and (not wanted or any(part in case.name for part in wanted))]
    machines = {isa: machine_of(with_isa(options, isa)) for isa in isas}
    report = {
        "date": datetime.date.today().isoformat(), "processor": processor(), "threads": options.threads,
        "prompt": options.prompt, "generate": options.generate, "rounds": options.rounds, "pairs": options.pairs,
        "hearth_version": run([options.hearth, "--version"]).strip(), "peer_version": ", ".join(peers.versions),
        "settings": [setting.name for setting in peers.settings], "minutes": 0.0, "isas": isas, "machine": machines[isas[0]],
        "machines": machines, "models": {}, "skipped": [],
    }
    measure_all(options, cases, peers.settings, report)
    print(json.dumps(report, indent=1) if options.json else table(report))


if __name__ == "__main__":
    main()
