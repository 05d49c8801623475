"""Null or absent content beside tool calls is empty content."""
import copy
import json
import pathlib

import pytest

HERE = pathlib.Path(__file__).parent
CHAT, RESPONSES = (json.loads((HERE / name).read_text()) for name in ("body.json", "responses.json"))


def answer(server, path, body):
    whole = server.post(path, {**body, "model": server.model, "temperature": 0})
    if path == "/v1/responses":
        return whole["usage"]["input_tokens"], whole["output"][0]["content"][0]["text"]
    return whole["usage"]["prompt_tokens"], whole["choices"][0]["message"]["content"]


@pytest.fixture(scope="module")
def expected(default_server):
    chat = copy.deepcopy(CHAT)
    chat["messages"][1]["content"] = ""
    return answer(default_server, "/v1/chat/completions", chat)


def test_null(default_server, expected):
    assert CHAT["messages"][1]["content"] is None
    assert answer(default_server, "/v1/chat/completions", CHAT) == expected


def test_absent(default_server, expected):
    chat = copy.deepcopy(CHAT)
    del chat["messages"][1]["content"]
    assert answer(default_server, "/v1/chat/completions", chat) == expected


def test_items_of_responses(default_server, expected):
    assert answer(default_server, "/v1/responses", RESPONSES) == expected
