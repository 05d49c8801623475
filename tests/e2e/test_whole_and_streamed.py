"""What a stream says, put together, is what the whole answer says: with the model, in every dialect."""
import http.client
import json

import pytest

QUESTION = [{"role": "user", "content": "Write one sentence about Paris."}]
PROMPT = "The capital of France is"


def events_of(server, path, body):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=120)
    connection.request("POST", path, json.dumps({**body, "stream": True}), {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    assert response.status == 200, text
    data = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
    return [json.loads(one) for one in data if one != "[DONE]"]


def join_lists(into, piece):
    for name, value in (piece or {}).items():
        if isinstance(value, list):
            into.setdefault(name, []).extend(value)


def logprobs_of(logprobs):
    joined = {}
    join_lists(joined, logprobs)
    return {name: values for name, values in joined.items() if values}


def choices_of(answer):
    """Whole chats and completions: text, log-probabilities and reason of each choice."""
    return [(choice["message"]["content"] if "message" in choice else choice["text"], logprobs_of(choice["logprobs"]),
             choice["finish_reason"]) for choice in answer["choices"]]


def choices_of_stream(events):
    texts, logprobs, reasons = {}, {}, {}
    for event in events:
        for choice in event["choices"]:
            index = choice["index"]
            text = choice["delta"].get("content") if "delta" in choice else choice["text"]
            texts[index] = texts.get(index, "") + (text or "")
            join_lists(logprobs.setdefault(index, {}), choice["logprobs"])
            if choice["finish_reason"]:
                assert index not in reasons
                reasons[index] = choice["finish_reason"]
    return [(texts[index], logprobs[index], reasons[index]) for index in sorted(texts)]


COURSES = {
    "plain": {},
    "end of turn": {"max_tokens": 64},
    "stop string": {"stop": ["Paris"]},
    "stop string in a token": {"stop": ["ari"]},
    "stop string over tokens": {"stop": ["is a", "s a c"]},
    "held back": {"stop": ["is a cityx", "capitalx of"]},
    "stop token": {"stop_token_ids": "Paris"},
    "half characters": {"logit_bias": "bytes", "max_tokens": 5},
    "whole characters of halves": {"logit_bias": "bytes", "max_tokens": 6, "ignore_eos": True, "temperature": 1, "seed": 5},
    "no token": {"max_tokens": 0},
    "choices": {"n": 3, "temperature": 1, "seed": 11},
}


def course(server, name):
    body = {"temperature": 0, "max_tokens": 16, **COURSES[name], "stream_options": {"include_usage": True}}
    if "stop_token_ids" in body:
        body["stop_token_ids"] = server.post("/tokenize", {"content": " Paris"})["tokens"]
    if body.get("logit_bias") == "bytes":
        # Two bytes that begin and end a character, each a token of its own, and nothing else.
        body["logit_bias"] = [[id, 100] for id in server.post("/tokenize", {"content": "\u0378"})["tokens"]]
        assert len(body["logit_bias"]) == 2, "the model has a token for a character that does not exist"
    return body


@pytest.mark.parametrize("name", COURSES)
@pytest.mark.parametrize("logprobs", [{}, {"logprobs": True}, {"logprobs": True, "top_logprobs": 3}])
def test_chats(server, name, logprobs):
    body = {"messages": QUESTION, **course(server, name), **logprobs}
    whole = server.post("/v1/chat/completions", body)
    events = events_of(server, "/v1/chat/completions", body)
    assert choices_of_stream(events) == choices_of(whole)
    assert same_usage(events[-1]["usage"], whole["usage"])
    if logprobs and "stop string" not in name:
        for text, of_tokens, _ in choices_of(whole):
            spelt = b"".join(bytes(token["bytes"]) for token in of_tokens.get("content", []))
            assert spelt.decode(errors="replace") == text or name == "held back", "each token has its log-probability"


@pytest.mark.parametrize("name", COURSES)
@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("logprobs", [{}, {"logprobs": 0}, {"logprobs": 3}])
def test_completions(server, name, echo, logprobs):
    body = {"prompt": [PROMPT, "Once upon a time"], "echo": echo, **course(server, name), **logprobs}
    whole = server.post("/v1/completions", body)
    events = events_of(server, "/v1/completions", body)
    assert choices_of_stream(events) == choices_of(whole)
    assert same_usage(events[-1]["usage"], whole["usage"])
    if echo and logprobs:
        num_tokens = whole["usage"]["prompt_tokens"] * body.get("n", 1) + whole["usage"]["completion_tokens"]
        assert sum(len(of_tokens["tokens"]) for _, of_tokens, _ in choices_of(whole)) == num_tokens


@pytest.mark.parametrize("name", [name for name in COURSES if name not in ("no token", "choices")])
@pytest.mark.parametrize("logprobs", [{}, {"include": ["message.output_text.logprobs"], "top_logprobs": 2}])
def test_responses(server, name, logprobs):
    body = {"input": QUESTION, **course(server, name), **logprobs}
    body["max_output_tokens"] = body.pop("max_tokens")
    del body["stream_options"]
    whole = server.post("/v1/responses", body)
    events = events_of(server, "/v1/responses", body)
    deltas = [event for event in events if event["type"] == "response.output_text.delta"]
    last = events[-1]["response"]
    part = last["output"][0]["content"][0]
    assert "".join(delta["delta"] for delta in deltas) == part["text"]
    assert [token for delta in deltas for token in delta["logprobs"]] == part["logprobs"]
    assert part == whole["output"][0]["content"][0]
    assert (last["status"], last["incomplete_details"]) == (whole["status"], whole["incomplete_details"])
    assert same_usage(last["usage"], whole["usage"])


@pytest.mark.parametrize("name", [name for name in COURSES if name not in ("no token", "choices")])
def test_messages(server, name):
    body = {"messages": QUESTION, **course(server, name)}
    del body["stream_options"]
    body["stop_sequences"] = body.pop("stop", [])
    whole = server.post("/v1/messages", body)
    events = events_of(server, "/v1/messages", body)
    text = "".join(event["delta"]["text"] for event in events if event["type"] == "content_block_delta")
    assert text == whole["content"][0]["text"]
    ended = next(event for event in events if event["type"] == "message_delta")
    assert ended["delta"] == {name: whole[name] for name in ("stop_reason", "stop_sequence")}
    assert ended["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert sum_of_input(ended["usage"]) == sum_of_input(whole["usage"])


def sum_of_input(usage):
    return sum(count for name, count in usage.items() if "input_tokens" in name)


def same_usage(one, other):
    """How much of the prompt was found computed depends on who asked before."""
    def counts(usage):
        return {name: value for name, value in usage.items() if not name.endswith("_details")}
    return counts(one) == counts(other)
