#!/usr/bin/env python3
"""Speeds of ik_llama.cpp, in the rows of llama-bench and of llama-batched-bench: ik_bench.py -m FILE [-p N] [-n N]

To be run with a Python that has the package ik-llama-cpp-python, which brings the library but no program that measures.
Prompts are random tokens, in steps of 512, with the logits of the last alone; generation is a token a step, undrawn.
"""
import ctypes
import json
import random
import sys
import time

from ik_llama_cpp import _ctypes_api as ik

from peer_script import leave_out, option_parser

STEP = 512  # tokens, as the default of -ub


def system_info():
    ask = ik._lib.llama_print_system_info
    ask.restype = ctypes.c_char_p
    return ask().decode()


def load(options):
    params = ik.llama_model_default_params()
    params.repack_tensors, params.flash_attn = bool(options.rtr), bool(options.fa)
    model = ik.llama_model_load_from_file(options.model.encode(), params)
    if not model:
        leave_out("it cannot read the file")
    return model


class Context:
    """Sequences of random tokens, and what follows them."""

    def __init__(self, model, options, length, sequences=1):
        params = ik.llama_context_default_params()
        params.n_ctx, params.n_seq_max = length, sequences
        params.n_batch = params.n_ubatch = STEP
        params.n_threads = params.n_threads_batch = options.threads
        params.flash_attn = bool(options.fa)
        self.context = ik.llama_init_from_model(model, params)
        if not self.context:
            sys.exit("error: no context")
        self.vocabulary = ik.llama_vocab_n_tokens(ik.llama_model_get_vocab(model))
        self.batch = ik.llama_batch_init(STEP, 0, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        ik.llama_batch_free(self.batch)
        ik.llama_free(self.context)

    def clear(self):
        ik.llama_kv_cache_clear(self.context)

    def step(self, places):
        """Random tokens at [(sequence, position, whether logits are asked for)]."""
        batch = self.batch
        batch.n_tokens = len(places)
        for i, (sequence, position, wanted) in enumerate(places):
            batch.token[i], batch.pos[i], batch.logits[i] = random.randrange(self.vocabulary), position, wanted
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        if ik.llama_decode(self.context, batch) != 0:
            sys.exit("error: a step failed")

    def prompts(self, count, begin=0, sequences=1):
        places = [(sequence, begin + i, i == count - 1) for sequence in range(sequences) for i in range(count)]
        for first in range(0, len(places), STEP):
            self.step(places[first:first + STEP])

    def generate(self, count, begin=0, sequences=1):
        for i in range(count):
            self.step([(sequence, begin + i, True) for sequence in range(sequences)])


def seconds(work, *arguments):
    begin = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begin


def single_rows(model, options):
    for prompt, generated in ((options.prompt, 0), (0, options.generate)):
        count = prompt + generated
        if not count:
            continue
        with Context(model, options, options.depth + count) as context:
            work = context.prompts if prompt else context.generate
            work(prompt or 1)
            speeds = []
            for _ in range(options.repetitions):
                context.clear()
                context.prompts(options.depth)
                speeds.append(count / seconds(work, count, options.depth))
        yield {"n_prompt": prompt, "n_gen": generated, "n_depth": options.depth, "avg_ts": sum(speeds) / len(speeds)}


def batch_rows(model, options):
    prompt, generated = options.prompt, options.generate
    for sequences in options.parallel:
        with Context(model, options, sequences * (prompt + generated), sequences) as context:
            context.prompts(16)
            context.clear()
            first = seconds(context.prompts, prompt, 0, sequences)
            rest = seconds(context.generate, generated, prompt, sequences)
        yield {"pp": prompt, "tg": generated, "pl": sequences, "speed_pp": sequences * prompt / first,
               "speed_tg": sequences * generated / rest}


def parse_options():
    parser = option_parser(__doc__, needs_model=False)
    parser.add_argument("--rtr", type=int, default=0, help="1 repacks weights as the file is read")
    parser.add_argument("--fa", type=int, default=1, help="0 does without flash attention")
    parser.add_argument("--info", action="store_true", help="print what the library was built for, no more")
    return parser.parse_args()


def main():
    options = parse_options()
    if options.info:
        print(system_info())
        return
    # What it says while it loads would hide its reason where it fails.
    ik.llama_backend_init()
    model = load(options)
    rows = batch_rows(model, options) if options.parallel else single_rows(model, options)
    print(json.dumps(list(rows)))


if __name__ == "__main__":
    main()
