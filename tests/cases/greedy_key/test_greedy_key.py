"""One key's long streams leave room for another key."""
import contextlib
import json

from program import run_program
from raw_http import RawClient, request_bytes
from server import Server

NUM_STREAMS = 330
LONG = {"prompt": "the", "max_tokens": 2000, "ignore_eos": True, "stream": True}


def make_key(folder, name):
    made = run_program("keys", "create", "--name", name, folder=folder)
    assert made.returncode == 0, made.stderr
    return {"Authorization": "Bearer " + made.stdout.decode().split()[-1]}


def test_another_key_is_served(tiny_path, tmp_path):
    greedy, modest = make_key(tmp_path, "greedy"), make_key(tmp_path, "modest")
    with Server("--require-key", "-t", "1", model=tiny_path, folder=tmp_path) as server, contextlib.ExitStack() as stack:
        for _ in range(NUM_STREAMS):
            stack.enter_context(RawClient(server)).send(request_bytes("POST", "/v1/completions", LONG, greedy))
        statuses = [server.request("POST", "/v1/completions", {"prompt": "hi", "max_tokens": 2}, headers=modest)
                    for _ in range(10)]
        assert [status for status, _ in statuses] == [200] * 10, statuses
        # The greedy one is told when it may come back.
        with RawClient(server) as client:
            client.send(request_bytes("POST", "/v1/completions", LONG, greedy))
            answer = client.response()
            assert answer.status == 429 or answer.status == 503, answer
            assert int(answer.headers["Retry-After"]) >= 1
            assert json.loads(answer.body)["error"]["message"]
