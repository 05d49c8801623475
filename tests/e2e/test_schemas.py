"""Answers against the documents that they follow, by the models of those who wrote these."""
import json
import typing

import anthropic.types
import jsonschema
import openai.types
import openai.types.chat
import openai.types.responses
import openresponses_types as open_responses
import pytest

from schemas import check, events

CHAT = {"messages": [{"role": "user", "content": "Write one sentence about Paris."}], "max_tokens": 4, "temperature": 0.7}
RESPONSE = {"input": "Write one sentence about Paris.", "max_output_tokens": 4, "temperature": 0.7}
MESSAGE = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}
ANTHROPIC = {"anthropic-version": "2023-06-01"}


@pytest.fixture(scope="module")
def document(server):
    return server.get("/openapi.json")


def against_document(document, path, method, text):
    """Checks a body by the document that the server itself gives."""
    schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(json.loads(text), {**schema, "components": document["components"]},
                        cls=jsonschema.Draft202012Validator)


def post(server, path, body):
    status, text = server.request("POST", path, body)
    assert status == 200, text
    return text


@pytest.mark.parametrize("more", [{}, {"logprobs": True, "top_logprobs": 2, "n": 2}, {"stop": "a", "user": "u"}])
def test_chats(server, document, more):
    text = post(server, "/v1/chat/completions", CHAT | more)
    answer = check(openai.types.chat.ChatCompletion, text)
    against_document(document, "/v1/chat/completions", "post", text)
    chunks = [check(openai.types.chat.ChatCompletionChunk, data) for _, data in events(post(
        server, "/v1/chat/completions", CHAT | more | {"stream": True, "stream_options": {"include_usage": True}}))
        if data != "[DONE]"]
    assert {chunk.system_fingerprint for chunk in chunks} == {answer.system_fingerprint}
    assert answer.system_fingerprint.startswith("fp_")


@pytest.mark.parametrize("more", [{}, {"logprobs": 2, "n": 2}, {"echo": True}])
def test_completions(server, document, more):
    body = {"prompt": "Paris is", "max_tokens": 4} | more
    text = post(server, "/v1/completions", body)
    check(openai.types.Completion, text)
    against_document(document, "/v1/completions", "post", text)
    for _, data in events(post(server, "/v1/completions", body | {"stream": True})):
        # The package's model asks for the reason in every chunk, which OpenAI's own streams leave open until the last.
        if data != "[DONE]":
            chunk = json.loads(data)
            for choice in chunk["choices"]:
                choice["finish_reason"] = choice["finish_reason"] or "stop"
            check(openai.types.Completion, json.dumps(chunk))


def test_embeddings(server, document):
    text = post(server, "/v1/embeddings", {"input": ["a", "b"]})
    check(openai.types.CreateEmbeddingResponse, text)
    against_document(document, "/v1/embeddings", "post", text)


def check_response(document, text):
    answer = check(openai.types.responses.Response, text)
    check(open_responses.ResponseResource, text)
    against_document(document, "/v1/responses", "post", text)
    return answer


@pytest.mark.parametrize("more", [
    {}, {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
    {"metadata": {"a": "b"}, "user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "max_tool_calls": 2,
     "presence_penalty": 0.1, "frequency_penalty": -0.3, "top_p": 0.95, "reasoning": {"effort": "high", "summary": "auto"},
     "text": {"verbosity": "low"}, "instructions": "Be brief.", "tool_choice": "auto", "tools": []},
    {"max_output_tokens": 64, "stop": ["."]}])
def test_responses(server, document, more):
    body = RESPONSE | more
    text = post(server, "/v1/responses", body)
    answer = check_response(document, text)
    assert (answer.completed_at is not None) == (answer.status == "completed")
    for name, value in body.items():
        sent = json.loads(text)
        if name in sent and name not in ("text", "tools"):
            assert sent[name] == value, name
    check_response(document, server.request("GET", "/v1/responses/" + answer.id)[1])
    one_of = typing.Union[tuple(
        getattr(open_responses, name) for name in dir(open_responses) if name.endswith("StreamingEvent"))]
    for name, data in events(post(server, "/v1/responses", body | {"stream": True})):
        event = check(openai.types.responses.ResponseStreamEvent, data)
        check(one_of, data)
        assert event.type == name
        if hasattr(event, "response"):
            check_response(document, json.dumps(json.loads(data)["response"]))


def test_responses_in_the_background(server, document):
    text = post(server, "/v1/responses", RESPONSE | {"background": True})
    queued = check_response(document, text)
    assert queued.status == "queued"
    against_document(document, "/v1/responses/{id}/cancel", "post",
                     server.request("POST", f"/v1/responses/{queued.id}/cancel")[1])
    against_document(document, "/v1/responses/{id}", "delete", server.request("DELETE", "/v1/responses/" + queued.id)[1])


def test_messages(server, document):
    text = post(server, "/v1/messages", MESSAGE)
    check(anthropic.types.Message, text)
    against_document(document, "/v1/messages", "post", text)
    for name, data in events(post(server, "/v1/messages", MESSAGE | {"stream": True})):
        if name != "ping":
            assert check(anthropic.types.RawMessageStreamEvent, data).type == name
    text = post(server, "/v1/messages/count_tokens", {"messages": MESSAGE["messages"]})
    check(anthropic.types.MessageTokensCount, text)


def test_models(server, document):
    text = server.request("GET", "/v1/models")[1]
    against_document(document, "/v1/models", "get", text)
    for model in json.loads(text)["data"]:
        check(openai.types.Model, json.dumps(model))
        one = server.request("GET", "/v1/models/" + model["id"], headers=ANTHROPIC)[1]
        check(anthropic.types.ModelInfo, one)
        against_document(document, "/v1/models/{id}", "get", one)
    text = server.request("GET", "/v1/models", headers=ANTHROPIC)[1]
    against_document(document, "/v1/models", "get", text)
    assert json.loads(text)["has_more"] is False
