"""What people said is their own, whatever existed before and whatever the umask."""
import os
import pty
import stat
import subprocess

import pytest

from program import own_environment, program
from server import Server


def modes(folder):
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in [folder, *folder.rglob("*")]}


def check(folder):
    found = modes(folder)
    for name, mode in found.items():
        wanted = 0o700 if (folder / name).is_dir() else 0o600
        assert mode == wanted, f"{name}: {mode:o} of {({k: oct(v) for k, v in found.items()})}"
    return found


def respond(server):
    answer = server.post("/v1/responses", {"model": server.model, "input": "SECRET", "max_output_tokens": 1})
    assert server.get("/v1/responses/" + answer["id"])["id"] == answer["id"]


@pytest.mark.parametrize("umask", [0o022, 0])
def test_of_a_server_beside_a_folder_of_models(tiny_path, tmp_path, umask):
    data = tmp_path / "data" / "hearth"
    (data / "models").mkdir(parents=True)
    for path in (data, data / "models"):
        path.chmod(0o755)
    with Server(model=tiny_path, folder=tmp_path, umask=umask) as server:
        respond(server)
        files = check_but_models(data)
        assert any(name.startswith("responses.sqlite") for name in files)
    check_but_models(data)


def check_but_models(data):
    # Models are no secret; the folder that holds them and everything else is closed.
    (data / "models").chmod(0o700)
    return check(data)


def test_of_files_that_were_open_before(tiny_path, tmp_path):
    with Server(model=tiny_path, folder=tmp_path) as server:
        respond(server)
    data = tmp_path / "data" / "hearth"
    for path in data.iterdir():
        path.chmod(0o644)
    with Server(model=tiny_path, folder=tmp_path, umask=0o022) as server:
        respond(server)
        check(data)


@pytest.mark.parametrize("umask", [0o022, 0])
def test_of_chats(tiny_path, tmp_path, umask):
    control, terminal = pty.openpty()
    chat = subprocess.Popen([program(), "run", str(tiny_path), "-n", "2"], stdin=terminal, stdout=terminal, stderr=terminal,
                            env=own_environment(tmp_path), umask=umask)
    os.close(terminal)
    os.write(control, b"SECRET\n/save mine\n/bye\n")
    try:
        while os.read(control, 4096):
            pass
    except OSError:
        pass
    assert chat.wait(60) == 0
    os.close(control)
    data = tmp_path / "data" / "hearth"
    assert "chats/mine.json" in check(data)
    assert "SECRET" in (data / "chats" / "mine.json").read_text()
    if (tmp_path / "state").exists():
        check(tmp_path / "state" / "hearth")
