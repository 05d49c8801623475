#!/usr/bin/env python3
"""Compares Hearth's server with llama.cpp's under load: serve_peers.py --hearth PROGRAM --peers FOLDER MODEL [...]

Each server is started afresh for each kind of work and round, so that nothing is cached, and loaded by serve_load.py. The
servers take turns; medians of the rounds are compared. Both write the same number of tokens, or the run is no measurement.
"""
import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

LOADS = {
    "8 clients, one shared prefix": "--requests 16 --concurrency 8 --groups 1 --prefix-words 600 --own-words 20",
    "8 clients, nothing shared": "--requests 16 --concurrency 8 --groups 16 --prefix-words 200 --own-words 20",
    "4 conversations of 4 turns": "--requests 4 --concurrency 4 --groups 4 --turns 4 --prefix-words 100 --own-words 20",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(url, process):
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f"error: a server ended with exit status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit("error: a server did not become ready within a minute")


def measure(command, load):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_ready(url, server)
            script = pathlib.Path(__file__).with_name("serve_load.py")
            result = subprocess.run([sys.executable, script, "--url", url, "--model", "", *load.split()],
                                    capture_output=True, text=True)
        finally:
            server.terminate()
            server.wait()
    if result.returncode != 0:
        sys.exit(f"error: {command[0]}: {result.stdout} {result.stderr[-1000:]}")
    return json.loads(result.stdout)


class Runs:
    """What the servers did under each load, round by round; `servers` has "hearth" and, where there is one, "peer"."""

    def __init__(self, servers, loads=None):
        self.servers = {name: [str(part) for part in command] for name, command in servers.items()}
        self.loads = loads or LOADS
        self.runs = {work: {name: [] for name in servers} for work in self.loads}

    def round(self):
        for work, load in self.loads.items():
            for name, command in self.servers.items():
                self.runs[work][name].append(measure(command, load))

    def rows(self):
        """Medians: seconds of a whole load, milliseconds to the first token at the 95th percentile, and how many times as fast
        Hearth is in both."""
        found = []
        for work, runs in self.runs.items():
            row = {"work": work}
            for name, done in runs.items():
                row[f"{name}_s"] = statistics.median(run["wall_s"] for run in done)
                row[f"{name}_ttft_ms"] = statistics.median(run["ttft_ms_p95"] for run in done)
            if "peer" in runs:
                row["ratio"] = row["peer_s"] / row["hearth_s"]
                row["ttft_ratio"] = row["peer_ttft_ms"] / row["hearth_ttft_ms"]
            found.append(row)
        return found


HEAD = ["| model | work | Hearth, s | llama-server, s | ratio | TTFT p95, ms | llama-server | ratio |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]


def line(model, row, form=lambda value, _: "-" if value is None else f"{value:.1f}"):
    """A row of the table; `form` writes a ratio, given its name."""
    def cell(key, digits):
        return f"{row[key]:.{digits}f}" if key in row else "-"
    return (f"| {model} | {row['work']} | {cell('hearth_s', 2)} | {cell('peer_s', 2)} | {form(row.get('ratio'), 'ratio')} "
            f"| {cell('hearth_ttft_ms', 0)} | {cell('peer_ttft_ms', 0)} | {form(row.get('ttft_ratio'), 'ttft_ratio')} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hearth", default="build/release/hearth")
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="the folder of llama.cpp's programs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-t", "--threads", default="2")
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    print("\n".join(HEAD))
    for model in options.models:
        runs = Runs({
            "hearth": [options.hearth, "serve", model, "--threads", options.threads],
            "peer": [options.peers / "llama-server", "-m", model, "-c", "16384", "-np", "8", "-t", options.threads],
        })
        for _ in range(options.rounds):
            runs.round()
        for row in runs.rows():
            print(line(os.path.basename(model), row), flush=True)


if __name__ == "__main__":
    main()
