"""Weights and logits that are no numbers are an error with a code and a place, in every command."""
import json
import struct
import time

import pytest

from limits import check_error
from program import run_program
from server import Server, StartError
from tiny_model import tiny_model

FILE_AT_FAULT, COMPUTED_NO_NUMBER = 4, 10
VALUE_BYTES = {0: 4, 30: 2}  # of F32, and of BF16, which is its upper half
BAD = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
COMMANDS = {
    "run": ["run", "MODEL", "the", "--raw", "-n", "4"],
    "run, greedy": ["run", "MODEL", "the", "--raw", "-n", "4", "--temperature", "0"],
    "run, exactly": ["run", "MODEL", "the", "--raw", "-n", "4", "--precision", "f32"],
    "run, draft": ["run", "GOOD", "the", "--raw", "-n", "8", "--draft-model", "MODEL"],
    "logits": ["logits", "-m", "MODEL", "--tokens", "1,2,3"],
    "logits, JSON": ["logits", "-m", "MODEL", "--tokens", "1,2,3", "--json"],
    "perplexity": ["perplexity", "-m", "MODEL", "-c", "64", "TEXT"],
    "bench": ["bench", "-m", "MODEL", "-p", "8", "-n", "2", "-r", "1"],
}


@pytest.fixture
def words(tiny_path, tmp_path):
    text = tmp_path / "text"
    text.write_text("the cat sat " * 40)
    return {"GOOD": tiny_path, "TEXT": text, "MODEL": tmp_path / "bad.gguf"}


def run(words, command):
    return run_program(*[words.get(word, word) for word in COMMANDS[command]], folder=words["TEXT"].parent)


def spoil(path, name, at, value):
    file = tiny_model()
    tensor = file.tensors[name]
    size = VALUE_BYTES[tensor.kind]
    tensor.data = tensor.data[:size * at] + struct.pack("<f", value)[-size:] + tensor.data[size * at + size:]
    file.write(path)
    return divmod(at, tensor.dims[0])


@pytest.mark.parametrize("what", BAD)
def test_bad_weight(words, scale, what):
    """One number of one tensor: every command names it, before anything is computed."""
    sizes = {name: len(tensor.data) // VALUE_BYTES[tensor.kind] for name, tensor in tiny_model().tensors.items()}
    for name in sizes if scale.long else scale.rng.sample(list(sizes), 3):
        row, column = spoil(words["MODEL"], name, scale.rng.randrange(sizes[name]), BAD[what])
        place = f'tensor "{name.decode()}" holds {what} at row {row}, column {column}'
        for command in COMMANDS:
            ran = run(words, command)
            check_error(ran.returncode, ran.stderr.decode(), (command, name))
            assert (ran.returncode, ran.stdout) == (FILE_AT_FAULT, b""), (command, name, ran)
            assert place in ran.stderr.decode(), (place, ran.stderr)
        with pytest.raises(StartError) as refused:
            Server(model=words["MODEL"])
        assert refused.value.code == FILE_AT_FAULT and place in refused.value.log
        scale.count(models=1)


def overflow(path, names):
    """Products whose weights are numbers, but too large to compute with."""
    file = tiny_model()
    for name in names:
        count = len(file.tensors[name].data) // 4
        file.tensors[name].data = struct.pack("<f", 3e38) * count
    file.write(path)


CHAT = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}
ANSWERS = [("/v1/completions", {"prompt": "the", "max_tokens": 4}),
           ("/v1/completions", {"prompt": "the", "max_tokens": 4, "temperature": 0}),
           ("/v1/completions", {"prompt": "the", "max_tokens": 4, "logprobs": 3}),
           ("/v1/completions", {"prompt": "the", "max_tokens": 4, "stream": True}),
           ("/v1/completions", {"prompt": ["the", "cat"], "max_tokens": 4, "n": 2}),
           ("/v1/completions", {"prompt": "the", "max_tokens": 0}),
           ("/v1/completions", {"prompt": "the", "max_tokens": 0, "echo": True}),
           ("/v1/completions", {"prompt": "the", "max_tokens": 0, "echo": True, "logprobs": 1}),
           ("/v1/completions", {"prompt": "the cat sat", "max_tokens": 0, "echo": True, "logprobs": 1}),
           ("/v1/embeddings", {"input": "hi"}),
           ("/v1/chat/completions", CHAT),
           ("/v1/chat/completions", {**CHAT, "stream": True}),
           ("/v1/responses", {"input": "hi", "max_output_tokens": 4}),
           ("/v1/responses", {"input": "hi", "max_output_tokens": 4, "stream": True}),
           ("/v1/messages", CHAT),
           ("/v1/messages", {**CHAT, "stream": True})]


@pytest.mark.parametrize("names", [[b"blk.0.ffn_down.weight", b"blk.0.ffn_up.weight"],
                                   [b"blk.1.attn_v.weight", b"blk.1.attn_output.weight"], [b"token_embd.weight"]], ids=str)
def test_computed(words, scale, names):
    """Where and as what, and nothing that is no number is answered."""
    overflow(words["MODEL"], names)
    num_found = 0
    for command in COMMANDS:
        if command == "run, draft":
            continue  # What it guesses is checked by the model, and worth nothing here.
        ran = run(words, command)
        if ran.returncode == 0:
            assert b"nan" not in ran.stdout.lower() and b"inf" not in ran.stdout.lower(), (command, ran)
            continue
        check_error(ran.returncode, ran.stderr.decode(), command)
        assert ran.returncode == COMPUTED_NO_NUMBER and "at position" in ran.stderr.decode(), (command, ran)
        num_found += 1
    # Some paths may compute with what is too large for others. The server goes the way of those that failed.
    assert num_found > 0
    with Server(model=words["MODEL"]) as server:
        for num_asked, (path, body) in enumerate(ANSWERS, 1):
            status, text = server.request("POST", path, {"model": server.model, **body})
            if body.get("stream"):
                assert status == 200 and "at position" in text, (path, body, status, text)
            else:
                assert status == 500 and "at position" in json.loads(text)["error"]["message"], (path, body, status, text)
            deadline = time.monotonic() + 10
            while server.log_text().count(" at position ") < num_asked:
                assert time.monotonic() < deadline, (path, body, server.log_text())
                time.sleep(0.01)
        assert server.request("POST", "/tokenize", {"content": "hi"})[0] == 200
        assert server.request("GET", "/health")[0] == 200
    scale.count(models=1, errors=num_found)
