"""Clients that close their sending side behind the request, all at once."""
import random

from raw_http import request_bytes


def test_half_closed(tiny_server, scale, attack):
    expected = {}
    for index in range(20):
        ask = {"prompt": f"{index}", "max_tokens": 5 + index, "ignore_eos": True, "temperature": 0}
        expected[index] = (ask, tiny_server.post("/v1/completions", ask)["choices"])
    with attack(tiny_server) as running:
        # In turns, as many as there are places.
        for _ in range(scale.of(1, 10)):
            clients = running.clients(100)
            for index, client in enumerate(clients):
                client.send(request_bytes("POST", "/v1/completions", expected[index % 20][0]))
                client.end_sending()
            for index, client in enumerate(clients):
                answer = client.response()
                assert answer.status == 200 and answer.json()["choices"] == expected[index % 20][1], answer
                client.close()
            scale.count(answered=len(clients))


def test_hanging_up(tiny_server, scale, attack):
    """Gone for good in every state, by FIN or RST."""
    rng = random.Random(7)
    with attack(tiny_server) as running:
        data = request_bytes("POST", "/v1/completions", {"prompt": "the", "max_tokens": 500, "ignore_eos": True, "stream": True})
        for _ in range(scale.of(4, 20)):
            for client in running.clients(50, address="127.0.0.2"):
                client.send(data[:rng.randrange(len(data) + 1)] if rng.random() < 0.5 else data)
                if rng.random() < 0.3:
                    client.end_sending()
                if rng.random() < 0.5:
                    client.reset()
                else:
                    client.close()
            scale.count(gone=50)
        running.let_others_ask(scale.of(5, 50))
