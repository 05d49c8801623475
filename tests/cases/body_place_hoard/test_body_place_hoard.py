"""Bodies that do not come to an end take no place from requests that could run."""
import contextlib

from raw_http import RawClient, head_bytes

NUM_HOARDERS = 330


def test_unfinished_bodies_hold_no_place(tiny_server):
    with contextlib.ExitStack() as stack:
        for _ in range(NUM_HOARDERS):
            client = stack.enter_context(RawClient(tiny_server))
            client.send(head_bytes("POST", "/v1/completions", 1 << 20) + b" " * (100 << 10))
        for _ in range(10):
            answer = tiny_server.post("/v1/completions", {"prompt": "the", "max_tokens": 2})
            assert answer["usage"]["completion_tokens"] == 2
