#!/usr/bin/env python3
"""Times the first token where a server switches between two models: switch_models.py PROGRAM MODEL [--rounds N]

The file stands for both models, by two names, so that the page cache holds them. With room for one of them, each switch unloads one and loads the
other; with room for both, it costs nothing. At the end one is loaded while the other answers.
"""
import argparse
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time

OPTIONS = ["--port", "0", "-q", "--ctx", "4096", "--max-running", "4", "--kv-tokens", "4096"]


class Server:
    def __init__(self, program, folder, *options):
        environment = {**os.environ, "XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache",
                       "HEARTH_MODELS": f"{folder}/models"}
        self.process = subprocess.Popen([program, "serve", *OPTIONS, *options], env=environment, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def first_token(self, model, max_tokens=1):
        """Seconds from the request to the first event of its stream."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        body = {"model": model, "prompt": "Hello", "max_tokens": max_tokens, "stream": True, "ignore_eos": True}
        begin = time.perf_counter()
        connection.request("POST", "/v1/completions", json.dumps(body))
        response = connection.getresponse()
        while not response.readline().startswith(b"data: "):
            pass
        seconds = time.perf_counter() - begin
        response.read()
        return seconds


def show(what, seconds):
    ms = sorted(1e3 * one for one in seconds)
    print(f"{what}: median {statistics.median(ms):.0f} ms, {ms[0]:.0f} to {ms[-1]:.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = pathlib.Path(folder) / "models"
        models.mkdir()
        for name in "ab":
            (models / f"{name}.gguf").symlink_to(arguments.model.resolve())
        turns = ["ab"[i % 2] for i in range(2 * arguments.rounds)]
        with Server(arguments.program, folder, "--max-loaded", "1") as server:
            server.first_token("b")
            show("cold switch", [server.first_token(model) for model in turns])
        with Server(arguments.program, folder) as server:
            for model in "ab":
                server.first_token(model)
            show("the same model", [server.first_token("b") for _ in turns])
            show("switch between two that are loaded", [server.first_token(model) for model in turns])
        with Server(arguments.program, folder) as server:
            server.first_token("a")
            beside = threading.Thread(target=server.first_token, args=("a", 400))
            beside.start()
            time.sleep(0.3)
            show("cold, while the other answers", [server.first_token("b")])
            beside.join()


if __name__ == "__main__":
    main()
