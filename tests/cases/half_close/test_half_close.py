"""A client that has sent its request and closed its sending side gets the answer."""
import json

import pytest

from raw_http import RawClient, request_bytes

ASK = {"prompt": "the", "max_tokens": 60, "ignore_eos": True, "temperature": 0}


@pytest.mark.parametrize("stream", [False, True])
def test_gets_its_whole_answer(tiny_server, stream):
    expected = tiny_server.post("/v1/completions", ASK)["choices"][0]["text"]
    with RawClient(tiny_server) as client:
        client.send(request_bytes("POST", "/v1/completions", {**ASK, "stream": stream}))
        client.end_sending()
        answer = client.response()
        assert answer.status == 200
        if not stream:
            assert answer.json()["choices"][0]["text"] == expected
        else:
            events = [line[6:] for line in answer.body.decode().splitlines() if line.startswith("data: ")]
            assert events.pop() == "[DONE]"
            assert "".join(json.loads(event)["choices"][0]["text"] for event in events) == expected
        assert client.closed()
