"""Signals that are not meant to end it."""
import os
import signal
import subprocess
import time

import pytest

from program import own_environment, program
from server import Server


@pytest.mark.parametrize("name", ["SIGPIPE", "SIGXFSZ"])
def test_signals(tiny_path, scale, attack, name):
    with Server(model=tiny_path) as server, attack(server) as running:
        for _ in range(scale.of(20, 500)):
            server.process.send_signal(signal.Signals[name])
            running.let_others_ask(1)
            scale.count(signals=1)


def test_hangup(tiny_path, scale):
    """The terminal has gone: it ends as when it is told to."""
    server = Server(model=tiny_path)
    server.get("/v1/models")
    assert server.end(signal.SIGHUP) == 0
    scale.count(signals=1)


@pytest.mark.parametrize("command", [["run", "MODEL", "the", "--raw", "--ignore-eos", "-n", "2000"],
                                     ["tokenize", "-m", "MODEL", "the " * 20_000], ["inspect", "MODEL", "--json"],
                                     ["logits", "-m", "MODEL", "--tokens", ",".join(["1"] * 200)]], ids=lambda command: command[0])
def test_reader_of_output_gone(tiny_path, tmp_path, scale, command):
    """As behind `| head -1`: it ends at once, by the signal or with a code, and says no more than one line."""
    arguments = [str(tiny_path) if word == "MODEL" else word for word in command]
    for after in (0, 1, 100):
        process = subprocess.Popen([program(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=own_environment(tmp_path))
        if after:
            os.read(process.stdout.fileno(), after)
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) in (-signal.SIGPIPE, 0, 8, 141), (process.returncode, said)
        assert "terminate called" not in said and said.count("error:") <= 1, said
        process.stderr.close()
        scale.count(readers=1)


@pytest.mark.parametrize("moment", ["while it waits", "while it answers"])
def test_terminal_gone(tiny_path, tmp_path, scale, moment):
    """A chat whose terminal is closed ends, and does not spin."""
    control, terminal = os.openpty()
    chat = subprocess.Popen([program(), "run", str(tiny_path), "-n", "2000"], stdin=terminal, stdout=terminal, stderr=terminal,
                            env=own_environment(tmp_path), start_new_session=True)
    os.close(terminal)
    read_until(control, b">>> ")
    if moment == "while it answers":
        os.write(control, b"hello\n")
        read_until(control, b"hello\r\n")
    os.close(control)
    assert chat.wait(60) in (0, 8, 129, 130, -signal.SIGHUP, -signal.SIGPIPE)
    scale.count(terminals=1)


def read_until(terminal, text):
    seen, deadline = b"", time.monotonic() + 30
    while text not in seen:
        assert time.monotonic() < deadline, seen
        seen += os.read(terminal, 1024)
