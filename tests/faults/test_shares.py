"""Keys and addresses of which one takes all that it gets."""
import resource

import pytest

from keys import make_key
from raw_http import request_bytes
from server import Server

LONG = {"prompt": "the", "max_tokens": 2000, "ignore_eos": True, "stream": True}
MANY = {"prompt": ["the"] * 100, "max_tokens": 200, "ignore_eos": True}


@pytest.fixture(scope="module")
def keyed(tiny_path, tmp_path_factory):
    """A server that wants keys, and two."""
    folder = tmp_path_factory.mktemp("keyed")
    greedy, modest = make_key(folder, "greedy"), make_key(folder, "modest")
    with Server("--require-key", model=tiny_path, folder=folder) as server:
        server.request("POST", "/v1/completions", {"prompt": "the", "max_tokens": 2}, headers=modest)
        yield server, greedy, modest


@pytest.mark.parametrize("body", [LONG, MANY], ids=["streams", "batches"])
def test_greedy_key(keyed, scale, attack, body):
    server, greedy, modest = keyed
    with attack(server, headers=modest) as running:
        num_requests = scale.of(330, 1000)
        for client in running.clients(num_requests):
            client.send(request_bytes("POST", "/v1/completions", body, greedy))
        scale.count(requests=num_requests)
        running.let_others_ask(scale.of(10, 100))


def test_greedy_address(tiny_server, scale, attack):
    with attack(tiny_server) as running:
        num_streams = scale.of(330, 1000)
        for client in running.clients(num_streams, address="127.0.0.2"):
            client.send(request_bytes("POST", "/v1/completions", LONG))
        scale.count(streams=num_streams)
        running.let_others_ask(scale.of(10, 100))


def test_readers_that_do_not_read(tiny_server, scale, attack):
    with attack(tiny_server) as running:
        clients = running.clients(scale.of(40, 400), address="127.0.0.2")
        for client in clients:
            client.send(request_bytes("POST", "/v1/completions", {**LONG, "logprobs": 5}))
        scale.count(streams=len(clients))
        running.let_others_ask(scale.of(10, 100))


def test_idle_connections(tiny_server, scale, attack):
    """More than the server holds, from one address, which say nothing or half a head."""
    with attack(tiny_server) as running:
        num_wanted = scale.of(500, min(9000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500))
        num_open = 0
        for index in range(num_wanted):
            try:
                client = running.client(address="127.0.0.2")
                if index % 2:
                    client.send(b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n")
                num_open += 1
            except OSError:
                pass
        scale.count(connections=num_open)
        running.let_others_ask(scale.of(10, 100))
