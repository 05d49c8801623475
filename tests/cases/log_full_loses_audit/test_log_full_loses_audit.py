"""A log that cannot be written keeps nothing from the audit log, and no connection from going on."""
import json

from program import run_program
from raw_http import RawClient, request_bytes
from server import Server


def test_every_request_is_in_the_audit_log(tiny_path, tmp_path):
    log = tmp_path / "audit.log"
    with open("/dev/full", "wb") as full:
        with Server("--audit-log", log, model=tiny_path, quiet=False, stderr=full, folder=tmp_path) as server:
            with RawClient(server) as client:
                for _ in range(5):
                    client.send(request_bytes("POST", "/v1/completions", {"prompt": "the", "max_tokens": 1}))
                    assert client.response().status == 200
    paths = [json.loads(line)["path"] for line in log.read_text().splitlines()]
    assert paths == ["/v1/completions"] * 5
    assert run_program("audit", log, folder=tmp_path).returncode == 0
