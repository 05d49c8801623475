"""Nothing in a model file, or in a name, reaches the terminal as control characters."""
import re

import pytest

from gguf_file import scalar, string, strings
from program import run_program
from tiny_model import tiny_model

EVIL = "\x1b[2J\x1b]0;pwned\x07"
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def byte_token():
    file = tiny_model().set("tokenizer.ggml.model", string("llama"))
    tokens = [f"<0x{byte:02X}>" for byte in range(256)] + ["a"] * 8
    tokens[0x3C] = EVIL
    types = [6] * 256 + [1] * 8
    file.set("tokenizer.ggml.tokens", strings(tokens))
    file.set("tokenizer.ggml.scores", (9, b"\x06\0\0\0" + len(tokens).to_bytes(8, "little") + bytes(4 * len(tokens))))
    packed = b"".join(kind.to_bytes(4, "little") for kind in types)
    return file.set("tokenizer.ggml.token_type", (9, b"\x05\0\0\0" + len(types).to_bytes(8, "little") + packed))


def tensor_named(name):
    file = tiny_model()
    file.tensors[name] = file.tensors.pop(b"output_norm.weight")
    return file


FILES = {
    "byte token": byte_token,
    "pre-tokenizer": lambda: tiny_model().set("tokenizer.ggml.pre", string(EVIL)),
    "tokenizer": lambda: tiny_model().set("tokenizer.ggml.model", string(EVIL)),
    "key of the wrong type": lambda: tiny_model().set("tokenizer.chat_template." + EVIL, scalar("i32", 65535)),
    "template's exception": lambda: tiny_model("{{ raise_exception('" + EVIL + "boo') }}"),
    "template's syntax": lambda: tiny_model("{% " + EVIL + " %}"),
    "architecture": lambda: tiny_model().set("general.architecture", string(EVIL)),
    "name": lambda: tiny_model().set("general.name", string(EVIL)),
    "rope scaling": lambda: tiny_model().set("llama.rope.scaling.type", string(EVIL)),
    "tensor": lambda: tensor_named(EVIL.encode()),
    "C1 control": lambda: tiny_model().set("tokenizer.ggml.pre", string("\u009b2J\u0085")),
    "not UTF-8": lambda: tiny_model().set("tokenizer.ggml.pre", string(b"\x9b2J\xff\x1b")),
}


@pytest.mark.parametrize("what", FILES)
def test_of_a_model_file(tmp_path, what):
    path = FILES[what]().write(tmp_path / "model.gguf")
    for command in (["run", path, "hi", "-n", 1], ["tokenize", "-m", path, "hi"], ["inspect", path], ["fit", path],
                    ["logits", "-m", path, "--tokens", "1"], ["serve", path, "--port", "70000"]):
        ran = run_program(*command, folder=tmp_path)
        # What a model answers is its own affair; what we say of it is ours.
        said = ran.stderr + (b"" if command[0] in ("run", "tokenize") and ran.returncode == 0 else ran.stdout)
        assert not CONTROL.search(said), (command, said)
        assert b"\x9b" not in said.replace("\u009b".encode(), b""), (command, said)


def test_of_names(tmp_path):
    made = run_program("keys", "create", "--name", EVIL, folder=tmp_path)
    listed = run_program("keys", "list", folder=tmp_path)
    assert made.returncode in (0, 2) and listed.returncode == 0
    for said in (made.stdout, made.stderr, listed.stdout, listed.stderr):
        assert not CONTROL.search(said), said


@pytest.mark.parametrize("command", [["run", EVIL], ["tokenize", "-m", EVIL, "a"], ["audit", EVIL], ["inspect", EVIL], [EVIL],
                                     ["run", "m", "--" + EVIL], ["keys", "revoke", EVIL], ["serve", EVIL]])
def test_of_the_command_line(tmp_path, command):
    ran = run_program(*command, folder=tmp_path)
    assert ran.returncode in (2, 3)
    assert not CONTROL.search(ran.stdout + ran.stderr), ran
