#!/usr/bin/env python3
"""What each block format costs a model: kl_table.py --hearth PROGRAM --peers FOLDER --model FILE --text FILE

The model is written in every format by llama.cpp's llama-quantize (beginning with f16, which stands for the unquantised
model). Hearth computes the f16 file exactly (--precision f32) and keeps its log-probabilities; then Hearth and llama.cpp
each say how far their own computation of every file is from them. Prints a table.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

FORMATS = "F16 BF16 Q8_0 Q6_K Q5_K_M Q5_1 Q5_0 Q4_K_M Q4_1 Q4_0 IQ4_NL IQ4_XS MXFP4_MOE Q3_K_M Q2_K".split()


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))}: exit status {result.returncode}\n{result.stderr.strip()[-2000:]}")
    return result.stdout + result.stderr


def peer_figures(text):
    """(mean KL divergence, share of equal first tokens) of what llama-perplexity prints."""
    kl = re.search(r"Mean\s+KLD:\s*([-\d.e]+)", text)
    top = re.search(r"Same top p:\s*([\d.]+)", text)
    if kl is None or top is None:
        sys.exit("error: llama-perplexity printed no divergence")
    return float(kl[1]), float(top[1]) / 100


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hearth", default="build/release/hearth")
    parser.add_argument("--peers", type=pathlib.Path, required=True, help="the folder of llama.cpp's programs")
    parser.add_argument("--model", required=True, help="a GGUF file, of any format")
    parser.add_argument("--text", required=True)
    parser.add_argument("--chunks", type=int, default=5)
    parser.add_argument("-t", "--threads", type=int, default=2)
    options = parser.parse_args()
    print("| format | file, MB | Hearth, KL | top-1 | llama.cpp, KL | top-1 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder) / "base"
        plain = pathlib.Path(folder) / "F16.gguf"
        run(options.peers / "llama-quantize", "--allow-requantize", options.model, plain, "F16", options.threads)
        run(options.hearth, "perplexity", "-m", plain, "-f", options.text, "--chunks", options.chunks, "--precision", "f32",
            "--save-base", base, "-t", options.threads)
        for name in FORMATS:
            file = pathlib.Path(folder) / f"{name}.gguf"
            if name != "F16":
                run(options.peers / "llama-quantize", "--allow-requantize", plain, file, name, options.threads)
            ours = json.loads(run(options.hearth, "perplexity", "-m", file, "--kl-divergence-base", base, "--json", "-t",
                                  options.threads).partition("\n}")[0] + "\n}")
            peer = peer_figures(run(options.peers / "llama-perplexity", "-m", file, "--kl-divergence-base", base,
                                    "--kl-divergence", "-t", options.threads))
            size = file.stat().st_size / 1e6
            print(f"| {name} | {size:.0f} | {ours['mean_kld']:.2e} | {ours['top1_agreement']:.1%} | {peer[0]:.2e} "
                  f"| {peer[1]:.1%} |", flush=True)
            if name != "F16":
                file.unlink()


if __name__ == "__main__":
    main()
