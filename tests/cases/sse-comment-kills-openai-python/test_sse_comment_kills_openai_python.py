"""A stream that is silent after its first frame reaches its client."""
import contextlib
import threading

import openai
import pytest

from raw_http import RawClient, request_bytes
from server import Server

KEEP_ALIVE_S = 0.5
LONG = {"prompt": "Once upon a time", "max_tokens": 8000, "ignore_eos": True, "stream": True}


@pytest.fixture(scope="module")
def busy_server():
    with Server("--max-running", 1, "-t", 1, "--keep-alive", KEEP_ALIVE_S) as server:
        yield server


@contextlib.contextmanager
def only_place_taken(server, silent):
    """Until `silent` periods have passed."""
    holder = RawClient(server)
    holder.send(request_bytes("POST", "/v1/completions", LONG))
    holder.socket.recv(1)
    timer = threading.Timer(silent * KEEP_ALIVE_S, holder.close)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def chat(client, server):
    chunks = client.chat.completions.create(model=server.model, max_tokens=8, temperature=0, stream=True,
                                            messages=[{"role": "user", "content": "Say hi"}])
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def complete(client, server):
    chunks = client.completions.create(model=server.model, max_tokens=8, temperature=0, stream=True, prompt="Say hi")
    return "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)


def respond(client, server):
    events = client.responses.create(model=server.model, max_output_tokens=8, temperature=0, stream=True, input="Say hi")
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


@pytest.mark.parametrize("ask", [chat, complete, respond])
def test_silence_changes_nothing(busy_server, ask):
    client = openai.OpenAI(base_url=busy_server.url + "/v1", api_key="none", max_retries=0)
    expected = ask(client, busy_server)
    assert expected
    with only_place_taken(busy_server, silent=4):
        assert ask(client, busy_server) == expected
