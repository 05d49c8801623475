"""The lines of a chat are there in the next one, by the arrow-up key."""
import os
import pty
import subprocess

import pytest

from program import own_environment, program


def chat(model, folder, typed):
    control, terminal = pty.openpty()
    running = subprocess.Popen([program(), "run", str(model), "-n", "1"], stdin=terminal, stdout=terminal, stderr=terminal,
                               env=own_environment(folder, {"TERM": "xterm"}))
    os.close(terminal)
    os.write(control, typed)
    shown = b""
    try:
        while part := os.read(control, 4096):
            shown += part
    except OSError:
        pass
    assert running.wait(60) == 0
    os.close(control)
    return shown


def test_of_two_chats(tiny_path, tmp_path):
    assert b"history" not in chat(tiny_path, tmp_path, b"first words\n/bye\n")
    history = tmp_path / "state" / "hearth" / "history"
    assert history.read_text() == "first words\n/bye\n"
    assert history.stat().st_mode & 0o777 == 0o600
    chat(tiny_path, tmp_path, b"\x1b[A\x1b[A\n/save again\n/bye\n")
    assert "first words" in (tmp_path / "data" / "hearth" / "chats" / "again.json").read_text()


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to("/dev/null"), lambda path: os.mkfifo(path)])
def test_of_what_is_no_file(tiny_path, tmp_path, make):
    folder = tmp_path / "state" / "hearth"
    folder.mkdir(parents=True)
    make(folder / "history")
    assert chat(tiny_path, tmp_path, b"words\nmore\n/bye\n").count(b"there will be no history") == 1
