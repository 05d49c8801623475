"""Standard error that cannot be written: nothing waits for it, and the audit log is whole."""
import contextlib
import fcntl
import json
import os

import pytest

from program import run_program
from server import Server
from small_disk import SmallDisk


@contextlib.contextmanager
def full_device():
    with open("/dev/full", "wb") as file:
        yield {"stderr": file}


@contextlib.contextmanager
def closed():
    yield {"stderr": None, "preexec_fn": lambda: os.close(2)}


@contextlib.contextmanager
def stalled_pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    yield {"stderr": writer}
    os.close(reader)
    os.close(writer)


@contextlib.contextmanager
def reader_gone():
    reader, writer = os.pipe()
    os.close(reader)
    yield {"stderr": writer}
    os.close(writer)


@contextlib.contextmanager
def slow_terminal():
    """Stopped, as by Ctrl-S: nobody reads."""
    control, terminal = os.openpty()
    yield {"stderr": terminal}
    os.close(control)
    os.close(terminal)


@contextlib.contextmanager
def full_disk():
    with SmallDisk(64 << 10) as disk:
        with open(disk.outside / "log", "wb", buffering=0) as file:
            disk.fill()
            yield {"stderr": file}


KINDS = [full_device, closed, stalled_pipe, reader_gone, slow_terminal, full_disk]


@pytest.mark.parametrize("kind", KINDS)
def test_stderr(tiny_path, tmp_path, scale, attack, kind):
    log = tmp_path / "audit.log"
    with kind() as how:
        server = Server("--audit-log", log, model=tiny_path, quiet=False, folder=tmp_path, **how)
        try:
            with attack(server) as running:
                running.let_others_ask(scale.of(100, 2000))
            scale.count(requests=sum(bystander.num_asked() for bystander in running.bystanders.values()))
            wanted = sum(len(running.bystanders[name].seconds) for name in ("answer", "tokens", "models"))
            server.stop()
        finally:
            server.kill()
    assert run_program("audit", log, folder=tmp_path).returncode == 0
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert sum(record["path"] in ("/v1/completions", "/tokenize", "/v1/models") for record in records) == wanted
    # Descriptor 2 is nobody else's, whatever happens to it.
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b'"event":"request","id"' not in path.read_bytes() or path == log, path
