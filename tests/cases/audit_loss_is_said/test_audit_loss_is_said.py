"""Requests that were answered while the audit log could not be written are counted in it, whatever ends the server."""
import json

import pytest

from program import run_program
from server import Server
from small_disk import SmallDisk


def serve(tiny_path, tmp_path, disk, policy):
    return Server("--audit-log", disk.path / "audit.log", "--audit-failure", policy, model=tiny_path, folder=tmp_path,
                  wrapper=disk.wrapper)


def ask(server):
    return server.request("GET", "/v1/models")[0]


def audit(disk, tmp_path):
    checked = run_program("audit", disk.outside / "audit.log", folder=tmp_path)
    assert checked.returncode == 0, checked.stderr
    return checked.stdout.decode()


def test_of_a_server_that_ends(tiny_path, tmp_path):
    with SmallDisk(256 << 10) as disk:
        with serve(tiny_path, tmp_path, disk, "continue") as server:
            assert ask(server) == 200
            disk.fill()
            num_asked = 0
            while json.loads(server.request("GET", "/health")[1])["audit"]["state"] == "ok":
                assert ask(server) == 200
                num_asked += 1
            for _ in range(30):
                assert ask(server) == 200
            waiting = json.loads(server.request("GET", "/health")[1])["audit"]["waiting"]
            assert 30 <= waiting <= 30 + num_asked
        assert f"{waiting} requests are missing" in audit(disk, tmp_path)
        disk.free()
        with serve(tiny_path, tmp_path, disk, "continue") as server:
            assert ask(server) == 200
        assert f"{waiting} requests are missing" in audit(disk, tmp_path)


def test_of_a_server_that_is_killed(tiny_path, tmp_path):
    with SmallDisk(256 << 10) as disk:
        server = serve(tiny_path, tmp_path, disk, "continue")
        disk.fill()
        while json.loads(server.request("GET", "/health")[1])["audit"]["state"] == "ok":
            assert ask(server) == 200
        server.kill()
        disk.free()
        with serve(tiny_path, tmp_path, disk, "continue") as server:
            assert ask(server) == 200
        assert "1 times it could not be written" in audit(disk, tmp_path)


@pytest.mark.parametrize("has_log", [False, True])
def test_of_a_start_on_a_full_disk(tiny_path, tmp_path, has_log):
    with SmallDisk(256 << 10) as disk:
        if has_log:
            (disk.outside / "audit.log").touch(0o600)
        disk.fill()
        with serve(tiny_path, tmp_path, disk, "refuse") as server:
            assert ask(server) == 503
        disk.free()
        with serve(tiny_path, tmp_path, disk, "refuse") as server:
            assert ask(server) == 200
