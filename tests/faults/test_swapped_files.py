"""Files that are something else: pipes, devices, folders, sockets, links to nowhere. Each is refused or used at once."""
import os
import shutil
import socket
import subprocess

import pytest

from limits import check_error
from program import run_program
from server import Server, StartError
from tiny_model import tiny_model

DEADLINE_S = 30


def bound_socket(path):
    with socket.socket(socket.AF_UNIX) as unix:
        old = os.getcwd()
        os.chdir(path.parent)  # A socket's path is short.
        unix.bind(path.name)
        os.chdir(old)


KINDS = {
    "fifo": os.mkfifo,
    "folder": os.mkdir,
    "zeros": lambda path: path.symlink_to("/dev/zero"),
    "random": lambda path: path.symlink_to("/dev/urandom"),
    "full": lambda path: path.symlink_to("/dev/full"),
    "null": lambda path: path.symlink_to("/dev/null"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "socket": bound_socket,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "process file": lambda path: path.symlink_to("/proc/self/mem"),
    "empty file": lambda path: path.touch(),
}


def swap(path, kind):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    KINDS[kind](path)


def kinds_of(scale):
    return list(KINDS) if scale.long else ["fifo", *scale.rng.sample(sorted(set(KINDS) - {"fifo"}), 2)]


COMMANDS = {
    "model of run": ["run", "FILE", "hi", "-n", "1"],
    "model of serve": ["serve", "FILE", "--port", "0"],
    "draft model": ["run", "MODEL", "hi", "-n", "1", "--draft-model", "FILE"],
    "model of tokenize": ["tokenize", "-m", "FILE", "hi"],
    "model of detokenize": ["detokenize", "-m", "FILE", "1"],
    "model of inspect": ["inspect", "FILE"],
    "model of fit": ["fit", "FILE"],
    "model of logits": ["logits", "-m", "FILE", "--tokens", "1"],
    "model of bench": ["bench", "-m", "FILE", "-p", "8", "-n", "1", "-r", "1"],
    "text of perplexity": ["perplexity", "-m", "MODEL", "FILE"],
    "base of perplexity": ["perplexity", "-m", "MODEL", "--kl-divergence-base", "FILE"],
    "audit log": ["audit", "FILE"],
    "certificate": ["serve", "MODEL", "--port", "0", "--tls-cert", "FILE", "--tls-key", "FILE"],
}


@pytest.mark.parametrize("what", COMMANDS)
def test_swapped_argument(tiny_path, tmp_path, scale, what):
    for kind in kinds_of(scale):
        if (what, kind) == ("text of perplexity", "fifo"):
            continue  # A text may come through a pipe.
        file = tmp_path / f"swapped-{kind.replace(' ', '-')}.gguf"
        swap(file, kind)
        words = [str({"FILE": file, "MODEL": tiny_path}.get(word, word)) for word in COMMANDS[what]]
        try:
            ran = run_program(*words, folder=tmp_path, timeout=DEADLINE_S, start_new_session=True)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{words} hangs on a {kind}") from None
        if ran.returncode != 0:
            check_error(ran.returncode, ran.stderr.decode(), (what, kind))
        else:
            assert what == "text of perplexity" or (what, kind) in {("audit log", "empty file"), ("audit log", "null")}, (what, kind, ran)
        scale.count(tried=1)


def test_swapped_part(tmp_path, scale):
    path, second = tiny_model().split(2, tmp_path / "model")
    for kind in kinds_of(scale):
        swap(second, kind)
        try:
            ran = run_program("run", path, "hi", "-n", 1, folder=tmp_path, timeout=DEADLINE_S, start_new_session=True)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"hangs on a part that is a {kind}") from None
        check_error(ran.returncode, ran.stderr.decode(), kind)
        scale.count(tried=1)


KEPT = ["data/hearth/responses.sqlite", "data/hearth/responses.sqlite-wal", "data/hearth/responses.sqlite-shm",
        "data/hearth/keys.sqlite", "data/hearth/keys.sqlite-wal", "data/hearth/keys.secret", "data/hearth",
        "cache/hearth/prefixes", "audit.log"]


def use(server):
    """Every way to what it keeps. Anything but silence will do."""
    for method, path, body in (("POST", "/v1/responses", {"model": "tiny", "input": "hi", "max_output_tokens": 1}),
                               ("POST", "/v1/completions", {"prompt": "the " * 200, "max_tokens": 1}),
                               ("GET", "/v1/models", None), ("GET", "/health", None)):
        status, text = server.request(method, path, body, timeout=DEADLINE_S)
        assert status == 200 or (status >= 500 and ("error" in text or path == "/health")), (path, status, text)


def serve(model, folder):
    return Server("--prefix-disk", 1, "--audit-log", folder / "audit.log", model=model, folder=folder, start_new_session=True)


@pytest.mark.parametrize("name", KEPT)
def test_swapped_before_the_start(tiny_path, tmp_path, scale, name):
    for kind in kinds_of(scale):
        folder = tmp_path / kind.replace(" ", "-")
        folder.mkdir()
        with serve(tiny_path, folder) as server:
            use(server)
        swap(folder / name, kind)
        try:
            with serve(tiny_path, folder) as server:
                use(server)
        except StartError as error:
            check_error(error.code, error.log, (name, kind))
        scale.count(tried=1)


@pytest.mark.parametrize("name", KEPT)
def test_swapped_while_it_runs(tiny_path, tmp_path, scale, name):
    for kind in kinds_of(scale):
        folder = tmp_path / kind.replace(" ", "-")
        folder.mkdir()
        server = serve(tiny_path, folder)
        try:
            use(server)
            swap(folder / name, kind)
            for _ in range(3):
                use(server)
            code = server.end()
        finally:
            server.kill()
        # What was answered and stands in no audit log is said at the end, by the code too.
        assert code == 0 or (name, code) == ("audit.log", 8) and "are missing in" in server.log_text(), (code, server.log_text())
        scale.count(tried=1)


def test_swapped_prefix_files(tiny_path, tmp_path, scale):
    """Those of the cache, each another kind."""
    folder = tmp_path / "own"
    folder.mkdir()
    for kind in kinds_of(scale):
        with serve(tiny_path, folder) as server:
            expected = server.post("/v1/completions", {"prompt": "abc " * 300, "max_tokens": 4, "temperature": 0})["choices"]
        for path in list((folder / "cache" / "hearth" / "prefixes").iterdir()):
            swap(path, kind)
            scale.count(tried=1)
        with serve(tiny_path, folder) as server:
            again = server.post("/v1/completions", {"prompt": "abc " * 300, "max_tokens": 4, "temperature": 0})["choices"]
        assert again == expected, kind
        shutil.rmtree(folder / "cache")
