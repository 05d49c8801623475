"""Large bodies and long conversations of some do not hold up the short ones of others."""
import concurrent.futures

import pytest

from raw_http import RawClient, request_bytes

# A word without an end is the slowest to cut into tokens.
LARGE_TEXT = [{"role": "user", "content": "a" * (2 << 20)}]
MANY_MESSAGES = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}] * 8000


@pytest.mark.parametrize("messages,num_clients", [(LARGE_TEXT, 16), (MANY_MESSAGES, 60)], ids=["text", "messages"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_small_requests_overtake(default_server, messages, num_clients, address):
    data = request_bytes("POST", "/v1/messages/count_tokens", {"model": default_server.model, "messages": messages})
    clients = [RawClient(default_server, timeout=300, address=address) for _ in range(num_clients)]
    with concurrent.futures.ThreadPoolExecutor(num_clients) as pool:
        list(pool.map(lambda client: client.send(data), clients))
        answers = [pool.submit(client.response) for client in clients]
        for _ in range(5):
            assert default_server.post("/tokenize", {"content": "hi"})["tokens"]
            default_server.get("/v1/models")
        num_before = sum(answer.done() for answer in answers)
        counts = {answer.result().json()["input_tokens"] for answer in answers}
    for client in clients:
        client.close()
    assert len(counts) == 1
    # First come, first served would be all of them.
    assert num_before < num_clients // 2
