"""Somebody tries one key after the other."""
import secrets

import pytest

from keys import make_key
from raw_http import RawClient, request_bytes
from server import Server

ELSEWHERE = "127.0.0.2"


@pytest.fixture(scope="module")
def keyed(tiny_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keyed")
    mine = make_key(folder, "mine")
    with Server("--require-key", model=tiny_path, folder=folder) as server:
        yield server, mine


def guesses(rng, mine, count):
    """Of every kind: no key, the right length, the right id with another secret, long ones."""
    right = mine["Authorization"].removeprefix("Bearer ")
    for _ in range(count):
        guess = rng.choice(["", "x", f"hearth_{secrets.token_hex(6)}_{secrets.token_hex(32)}",
                            right[:-64] + secrets.token_hex(32), right + "0", right[:-1], "k" * 8000])
        yield {rng.choice(["x-api-key", "api-key"]): guess} if rng.random() < 0.5 else {"Authorization": f"Bearer {guess}"}


def test_guessing(keyed, scale, attack):
    """Each guess is refused, few at a time and late, and whoever has a key is served, also from the same address."""
    server, mine = keyed
    ask = {"prompt": "the", "max_tokens": 1}
    with attack(server, headers=mine) as running:
        statuses = {401: 0, 429: 0}
        for _ in range(scale.of(1, 10)):
            clients = running.clients(scale.of(200, 500), address=ELSEWHERE)
            for client, headers in zip(clients, guesses(scale.rng, mine, len(clients))):
                client.send(request_bytes("POST", "/v1/completions", ask, headers))
            with RawClient(server, address=ELSEWHERE) as client:
                client.send(request_bytes("POST", "/v1/completions", ask, mine))
                assert client.response().status == 200
            for client in clients:
                answer = client.response()
                assert answer.status in statuses, answer
                statuses[answer.status] += 1
                assert answer.status == 401 or int(answer.headers["Retry-After"]) >= 1
                client.close()
        scale.count(guesses=sum(statuses.values()), turned_away=statuses[429])
        # One after the other was looked at, the rest was not.
        assert statuses[401] <= sum(statuses.values()) // 4, statuses
        running.let_others_ask(scale.of(10, 100))
