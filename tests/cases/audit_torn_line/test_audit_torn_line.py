"""A disk that is full for a moment leaves no torn line in the audit log."""
import json
import time

from program import run_program
from server import Server
from small_disk import SmallDisk


def test_the_chain_goes_on_when_there_is_room_again(tiny_path, tmp_path):
    with SmallDisk(1 << 20) as disk:
        log, options = disk.outside / "audit.log", ("--audit-log", disk.path / "audit.log")
        with Server(*options, model=tiny_path, wrapper=disk.wrapper) as server:
            lines = []
            for leave in (0, 100, 4096, 4500):
                assert server.request("GET", "/v1/models")[0] == 200
                disk.fill(leave)
                # More than fit into what is left, in lines that end anywhere.
                for index in range(30):
                    server.request("GET", f"/v1/models/{'x' * (17 * index)}")
                disk.free()
                # What is refused for want of an audit log is taken again when there is room.
                deadline = time.monotonic() + 30
                while server.request("GET", f"/v1/models/after-{leave}")[0] != 404:
                    assert time.monotonic() < deadline, "refused for ever"
                    time.sleep(0.05)
                lines.append(f"/v1/models/after-{leave}")
        verified = run_program("audit", log, folder=tmp_path)
        assert verified.returncode == 0, verified.stderr.decode()
        records = [json.loads(line) for line in log.read_text().splitlines()]
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
        paths = [record.get("path") for record in records]
        assert list(dict.fromkeys(path for path in paths if path in lines)) == lines
        # It opens, and goes on from there.
        with Server(*options, model=tiny_path, wrapper=disk.wrapper) as server:
            server.get("/v1/models")
        assert len(log.read_text().splitlines()) > len(records)
        assert run_program("audit", log, folder=tmp_path).returncode == 0
