"""A file that may not grow is an error of that file, not the end of the server."""
import json
import resource

import pytest

from program import run_program
from server import Server

LIMIT = 64 << 10


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def test_of_the_audit_log(tiny_path, tmp_path):
    log = tmp_path / "audit.log"
    with Server("--audit-log", log, model=tiny_path, folder=tmp_path, preexec_fn=limit_files) as server:
        for index in range(120):
            server.request("GET", f"/v1/models/{'x' * 500}{index}")
        # Well, or refusing what it cannot record.
        assert server.request("GET", "/health")[0] in (200, 503)
    assert 0 < log.stat().st_size <= LIMIT
    assert run_program("audit", log, folder=tmp_path).returncode == 0
    records = [json.loads(line)["seq"] for line in log.read_text().splitlines()]
    assert records == list(range(1, len(records) + 1))


@pytest.mark.parametrize("options", [(), ("--prefix-disk", 1)])
def test_of_prefixes_and_responses(tiny_path, tmp_path, options):
    with Server(*options, model=tiny_path, folder=tmp_path, preexec_fn=limit_files) as server:
        for index in range(12):
            answer = server.post("/v1/completions", {"prompt": f"{index} " * 500, "max_tokens": 1, "temperature": 0})
            assert answer["usage"]["completion_tokens"] == 1
            server.request("POST", "/v1/responses", {"model": server.model, "input": f"{index} " * 500,
                                                     "max_output_tokens": 1})
        assert server.request("GET", "/health")[0] == 200
