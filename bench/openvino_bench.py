#!/usr/bin/env python3
"""Speeds of OpenVINO GenAI, in the rows of llama-bench and of llama-batched-bench: openvino_bench.py -m FILE [-p N] [-n N]

To be run with a Python that has the packages openvino-genai and nncf. A GGUF file is converted once, into --folder: read by
OpenVINO's own reader, and its quantised weights then brought into the format that OpenVINO computes with fastest, int4 in groups
of 64 for files of 4 bits, else int8 by channel, both symmetric. That is not the file's own rounding: speeds are compared, not texts.

Steps of the continuous batching pipeline are timed, each after one with the same shape, in which kernels are made and weights
packed. Tokens are random, and drawn greedily.
"""
import json
import pathlib
import random
import shutil
import struct
import time

import nncf
import numpy
import openvino
import openvino_genai
from openvino.passes import ConstantFolding, Manager

from peer_script import leave_out, option_parser

GROUP = 64
BLOCK = 32  # tokens that the cache of prefixes knows as one
FILE_TYPE = b"general.file_type"
# What the reader knows, by the number that a file says of itself.
FILE_TYPES = {"f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q4_k_m": 15, "q6_k": 18}


def text(data):
    return struct.pack("<Q", len(data)) + data


def copy_with_file_type(source, target):
    """The reader wants a file to name its type; files of random weights do so in their name alone. Two keys, 64 bytes together,
    are put before the others, so that all that follows stays aligned."""
    with source.open("rb") as file, target.open("wb") as out:
        head = file.read(1 << 20)
        if FILE_TYPE not in head:
            keys, = struct.unpack_from("<Q", head, 16)
            kind = FILE_TYPES.get(source.stem.rpartition("-")[2].lower())
            if kind is None:
                leave_out("its reader does not know this type")
            added = text(FILE_TYPE) + struct.pack("<II", 4, kind) + text(b"p") + struct.pack("<I", 8) + text(bytes(10))
            head = head[:16] + struct.pack("<Q", keys + 2) + added + head[24:]
        out.write(head)
        shutil.copyfileobj(file, out, 1 << 24)


def weights_by_type(model):
    """{element type: number of weights}."""
    found = {}
    for node in model.get_ops():
        if node.get_type_name() == "Constant" and len(node.get_output_shape(0)) > 1:
            kind = node.get_element_type().get_type_name()
            found[kind] = found.get(kind, 0) + int(numpy.prod(node.get_output_shape(0)))
    return found


def available_memory():
    fields = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text(encoding="utf-8").splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024


def check_memory(num_weights):
    """Floats on the way to the other format, and half as much beside them."""
    free = available_memory()
    needed = 6 * num_weights
    if needed > free:
        leave_out(f"converting it takes {needed / 1e9:.0f} GB of memory, {free / 1e9:.0f} are free")


def in_own_format(model):
    """The model with weights as OpenVINO's own tools write them; one that is not quantised stays as it is."""
    counts = weights_by_type(model)
    main = max(counts, key=counts.get)
    if main not in ("u4", "i4", "u8", "i8"):
        return model
    check_memory(sum(counts.values()))
    manager = Manager()
    manager.register_pass(ConstantFolding())
    manager.run_passes(model)
    if main in ("u4", "i4"):
        return nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT4_SYM, ratio=1.0, group_size=GROUP)
    return nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_SYM)


def convert(source, folder):
    """The folder of the converted model; it appears whole or not at all."""
    # A file of the same name and size has the same shape and types, hence the same speed.
    target = folder / f"{source.stem}-{source.stat().st_size}"
    if target.exists():
        return target
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    copy = part / "model.gguf"
    copy_with_file_type(source, copy)
    try:
        openvino_genai.LLMPipeline(copy, "CPU", enable_save_ov_model=True)
    except (RuntimeError, IndexError) as error:
        shutil.rmtree(part)
        leave_out(f"it cannot read the file: {str(error).strip().splitlines()[-1]}")
    copy.unlink()
    model = in_own_format(openvino.Core().read_model(part / "openvino_model.xml"))
    openvino.save_model(model, part / "own.xml")
    del model  # which still reads the file that is replaced
    for end in ("xml", "bin"):
        (part / f"own.{end}").replace(part / f"openvino_model.{end}")
    part.rename(target)
    return target


class Pipeline:
    """Requests of random tokens, a step at a time."""

    def __init__(self, folder, options, tokens_at_once):
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.max_num_batched_tokens = max(512, tokens_at_once)
        scheduler.enable_prefix_caching = options.depth > 0
        properties = {"INFERENCE_NUM_THREADS": options.threads}
        if options.precision:
            properties["INFERENCE_PRECISION_HINT"] = options.precision
        self.pipeline = openvino_genai.ContinuousBatchingPipeline(str(folder), scheduler, "CPU", properties)
        self.prefix = self.tokens(options.depth // BLOCK * BLOCK)
        if self.prefix:
            self.seconds([self.prefix], 0)

    @staticmethod
    def tokens(count):
        return [random.randrange(100, 40000) for _ in range(count)]

    def seconds(self, prompts, generated):
        """(seconds until each prompt has its first token, seconds of all further tokens)."""
        config = openvino_genai.GenerationConfig(max_new_tokens=generated + 1, ignore_eos=True, do_sample=False)
        handles = [self.pipeline.add_request(i, openvino.Tensor(numpy.array([prompt], dtype=numpy.int64)), config)
                   for i, prompt in enumerate(prompts)]
        begin = time.perf_counter()
        while not all(handle.can_read() for handle in handles):
            self.pipeline.step()
        first = time.perf_counter()
        while self.pipeline.has_non_finished_requests():
            self.pipeline.step()
        return first - begin, time.perf_counter() - first

    def measured(self, prompt, generated, sequences=1, warm_up=True):
        if warm_up:
            self.seconds([self.prefix + self.tokens(prompt) for _ in range(sequences)], min(generated, 2))
        return self.seconds([self.prefix + self.tokens(prompt) for _ in range(sequences)], generated)


def single_rows(folder, options):
    pipeline = Pipeline(folder, options, options.prompt)
    depth, times = options.depth, range(options.repetitions)
    if options.prompt:
        speeds = [options.prompt / pipeline.measured(options.prompt, 0, warm_up=not i)[0] for i in times]
        yield {"n_prompt": options.prompt, "n_gen": 0, "n_depth": depth, "avg_ts": sum(speeds) / len(speeds)}
    if options.generate:
        speeds = [options.generate / pipeline.measured(1, options.generate, warm_up=not i)[1] for i in times]
        yield {"n_prompt": 0, "n_gen": options.generate, "n_depth": depth, "avg_ts": sum(speeds) / len(speeds)}


def batch_rows(folder, options):
    """All prompts go in one step, so that every later one generates."""
    prompt, generated = options.prompt, options.generate
    pipeline = Pipeline(folder, options, prompt * max(options.parallel))
    for sequences in options.parallel:
        first, rest = pipeline.measured(prompt, generated, sequences)
        yield {"pp": prompt, "tg": generated, "pl": sequences, "speed_pp": sequences * prompt / first,
               "speed_tg": sequences * generated / rest}


def parse_options():
    parser = option_parser(__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where converted models are kept")
    parser.add_argument("--convert-only", action="store_true")
    parser.add_argument("--precision", default="", help="of the activations, as OpenVINO names it; else its choice")
    return parser.parse_args()


def main():
    options = parse_options()
    folder = convert(pathlib.Path(options.model), options.folder)
    if options.convert_only:
        return
    rows = batch_rows(folder, options) if options.parallel else single_rows(folder, options)
    print(json.dumps(list(rows)))


if __name__ == "__main__":
    main()
