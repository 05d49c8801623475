"""Requests that take long to read."""
import concurrent.futures

import pytest

from raw_http import request_bytes
from vital_signs import status_of

TEXT = [{"role": "user", "content": "a" * (2 << 20)}]
LONG_TEXT = [{"role": "user", "content": "a" * (31 << 20)}]
DIGITS = [{"role": "user", "content": "0123456789" * (3 << 20)}]
MESSAGES = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}] * 8000
DEEP = [{"role": "user", "content": [{"type": "text", "text": "x"}] * 60_000}]


def flood(server, scale, attack, messages, num_clients, address):
    data = request_bytes("POST", "/v1/messages/count_tokens", {"model": server.model, "messages": messages})
    with attack(server) as running, concurrent.futures.ThreadPoolExecutor(num_clients) as pool:
        clients = running.clients(num_clients, timeout=300, address=address)
        list(pool.map(lambda client: client.send(data), clients))
        for answer in pool.map(lambda client: client.response(), clients):
            assert answer.status in (200, 400, 413, 429, 503), answer.status
            scale.count(**{f"answered_{answer.status}": 1})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_huge_texts(default_server, scale, attack, address):
    flood(default_server, scale, attack, TEXT, 16, address)
    if scale.long:
        flood(default_server, scale, attack, LONG_TEXT, 16, address)
        flood(default_server, scale, attack, DIGITS, 16, address)


def test_bodies_that_wait(default_server, scale, attack):
    """Whole ones, which count for as long as they are there: they never take more memory than all bodies may have."""
    most_kb, num_clients = 512 << 10, scale.of(20, 60)
    text = "the " * (scale.of(2, 31) << 18)
    data = request_bytes("POST", "/v1/messages/count_tokens", {"model": default_server.model,
                                                               "messages": [{"role": "user", "content": text}]})
    before = status_of(default_server.pid, "VmRSS")
    with attack(default_server) as running, concurrent.futures.ThreadPoolExecutor(num_clients) as pool:

        def send(client):
            try:
                client.send(data)
                return client.response().status
            except OSError:
                return 0  # Told to go while it was sending.

        for status in pool.map(send, running.clients(num_clients, timeout=300, address="127.0.0.2")):
            assert status in (0, 200, 429, 503), status
            scale.count(**{f"answered_{status}": 1})
    # The text, the tokens of those that are worked on, and what the allocator keeps.
    peak_kb = status_of(default_server.pid, "VmHWM") - before
    scale.worst(peak_kb=peak_kb)
    assert peak_kb < 2 * most_kb, peak_kb


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_many_messages(default_server, scale, attack, address):
    flood(default_server, scale, attack, MESSAGES, scale.of(20, 60), address)
    if scale.long:
        flood(default_server, scale, attack, DEEP, 60, address)
