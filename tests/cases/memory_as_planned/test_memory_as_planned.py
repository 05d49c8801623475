"""Reported: what mixtures and attention work in was missing in what `hearth fit` says a model takes. It says within 3 %
what a process comes to whose sequences have filled their contexts."""
import json
import random
import sys
import threading

import pytest

from program import ROOT, run_program
from server import Server
from vital_signs import status_of

sys.path.insert(0, str(ROOT / "bench"))
from make_folder import write_folder
from make_model import write_model

# (shape and type of make_model.py or a folder, context, sequences, type of the KV cache, shape and type of the draft model)
RUNS = [
    ("small-llama", "q4_0", 2048, 1, "f16", None),
    ("small-llama", "q8_0", 1024, 4, "q8_0", None),
    ("small-llama", "q4_k_m", 1024, 2, "f32", ("tiny", "q8_0")),
    ("small-moe", "q4_k_m", 1024, 2, "f16", None),
    ("small-gpt-oss", "mxfp4", 2048, 1, "f16", None),
    ("small-gemma3", "bf16", 1024, 2, "f16", None),
    ("small-mamba2", "q4_0", 1024, 3, "f16", None),
    ("small-deepseek2", "q4_k_m", 512, 1, "f16", None),
    ("small-llama", "folder", 1024, 2, "f16", None),
    ("small-moe", "folder", 1024, 2, "f16", None),
]
MARGIN = 0.03


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Writes the models that are asked for, each once."""
    folder, written = tmp_path_factory.mktemp("models"), {}

    def path(shape, kind):
        if (shape, kind) not in written:
            is_folder = kind == "folder"
            written[shape, kind] = folder / (shape if is_folder else f"{shape}-{kind}.gguf")
            if is_folder:
                write_folder(shape, written[shape, kind], num_layers=3)
            else:
                write_model(shape, kind, written[shape, kind])
        return written[shape, kind]

    return path


def peak_of(server, context, num_sequences, expected):
    """Peak resident bytes once so many sequences at once have filled their contexts. Where a machine is so busy that they
    come one after the other, some rounds more."""
    for first_seed in range(0, 5 * num_sequences, num_sequences):
        fill_at_once(server, context, range(first_seed, first_seed + num_sequences))
        peak = status_of(server.pid, "VmHWM") * 1024
        if peak >= expected * (1 - MARGIN):
            break
    return peak


def fill_at_once(server, context, seeds):
    def fill(seed):
        ids = [random.Random(seed).randrange(300, 40000) for _ in range(context - 16)]
        server.post("/v1/completions", {"prompt": ids, "max_tokens": 15, "temperature": 0, "ignore_eos": True})

    before = server.metric("hearth_generated_tokens_total")
    threads = [threading.Thread(target=fill, args=(seed,)) for seed in seeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.metric("hearth_generated_tokens_total") - before == 15 * len(seeds)


@pytest.mark.parametrize("shape, kind, context, num_sequences, kv_type, draft", RUNS)
def test_a_server_takes_what_fit_says(models, tmp_path, shape, kind, context, num_sequences, kv_type, draft):
    model = models(shape, kind)
    options = ["--ctx", context, "--max-running", num_sequences, "--kv-tokens", context * num_sequences, "--kv-type", kv_type]
    if draft:
        options += ["--draft-model", models(*draft)]
    fit = run_program("fit", model, "--json", *options, folder=tmp_path)
    assert fit.returncode == 0, fit.stderr
    plan = json.loads(fit.stdout)
    # A draft model that is not worth its time does not run.
    unused = plan["draft"]["work_bytes"] + plan["draft"]["kv_bytes"] if draft else 0
    expected = plan["total_bytes"] - unused
    with Server(*options, model=model) as server:
        taken = peak_of(server, context, num_sequences, expected)
    assert expected * (1 - MARGIN) <= taken <= plan["total_bytes"] * (1 + MARGIN), plan
