#!/usr/bin/env python3
"""Compares the fixtures' expected logits with those of llama.cpp's server on the same weights.

Needs numpy and gguf. Usage: check_peer_logits.py --server PATH/llama-server [--folder FOLDER] [NAME ...]
BF16 weights are written out as F32 first: llama.cpp rounds what it multiplies BF16 weights with.
For each prompt and each kept row, the prompt up to that row is sent as token ids, and the log-probabilities of the
next token are compared. Prints the worst NMSE of each prompt; exits with 1 where one is above --limit
that is not known to differ.
"""

import argparse
import json
import math
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import gguf
import numpy as np


def log_softmax(row: np.ndarray) -> np.ndarray:
    shifted = row - row.max()
    return shifted - np.log(np.exp(shifted).sum())


class Server:
    def __init__(self, program: str, model: pathlib.Path, context: int):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [program, "-m", str(model), "-c", str(context), "--port", str(port), "-np", "1", "-t", "2"]
        command += ["-ctk", "f32", "-ctv", "f32", "-fa", "off", "--no-warmup", "--no-repack"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self) -> "Server":
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + "/health").read()
                return self
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    raise RuntimeError(f"the server ended with {self.process.returncode}")
                time.sleep(0.1)
        self.process.kill()
        raise RuntimeError("the server does not answer")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def log_probabilities(self, tokens: list[int], vocab_size: int) -> np.ndarray:
        # The answer leaves probabilities out where its token is half a code point: ask for an ASCII one. The bias
        # acts on sampling alone.
        body = dict(prompt=tokens, n_predict=1, n_probs=vocab_size, cache_prompt=False, logit_bias=[[65, 1000.0]])
        request = urllib.request.Request(
            self.url + "/completion", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        reply = json.load(urllib.request.urlopen(request))
        row = np.full(vocab_size, np.nan)
        for entry in reply["completion_probabilities"][0]["top_logprobs"]:
            row[entry["id"]] = entry["logprob"]
        return row


def write_as_f32(source: pathlib.Path, target: pathlib.Path) -> None:
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.get_field("general.architecture").contents())
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        is_array = field.types[0] == gguf.GGUFValueType.ARRAY
        writer.add_key_value(field.name, field.contents(), field.types[0], field.types[-1] if is_array else None)
    for tensor in reader.tensors:
        if tensor.tensor_type == gguf.GGMLQuantizationType.BF16:
            writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type))
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def worst_nmse(server: Server, tokens: np.ndarray, logits: np.ndarray) -> float:
    worst = 0.0
    for index, row in enumerate(logits):
        prefix = tokens[: len(tokens) - len(logits) + index + 1]
        truth = log_softmax(row.astype(np.float64))
        found = server.log_probabilities(prefix.tolist(), len(truth))
        worst = max(worst, float(((found - truth) ** 2).sum() / (truth**2).sum()))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--limit", type=float, default=1e-8)
    default = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "models"
    parser.add_argument("--folder", type=pathlib.Path, default=default)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(1 if compare(arguments, pathlib.Path(folder)) else 0)


def compare(arguments: argparse.Namespace, work: pathlib.Path) -> bool:
    """Whether a prompt differs that is not known to."""
    failed = False
    for path in sorted(arguments.folder.glob("*.expected.gguf")):
        name = path.name.removesuffix(".expected.gguf")
        if arguments.names and name not in arguments.names:
            continue
        write_as_f32(path.with_name(f"{name}.gguf"), work / "model.gguf")
        expected = gguf.GGUFReader(path)
        tensors = {tensor.name: tensor.data for tensor in expected.tensors}
        for index in range(len(tensors) // 2):
            context = int(expected.get_field(f"prompt.{index}.context").contents())
            worst = math.inf
            try:
                with Server(arguments.server, work / "model.gguf", context) as server:
                    worst = worst_nmse(server, tensors[f"prompt.{index}.tokens"], tensors[f"prompt.{index}.logits"])
            except RuntimeError as error:
                print(error)
            reason = expected.get_field(f"prompt.{index}.peer_differs")
            note = f" (llama.cpp differs: {reason.contents()})" if reason else ""
            print(f"{name} prompt {index}: NMSE {worst:.1e}{note}", flush=True)
            failed |= not reason and not worst <= arguments.limit
    return failed


if __name__ == "__main__":
    main()
