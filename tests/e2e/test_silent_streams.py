"""Every client waits out a stream that is silent for long, in every dialect that it speaks."""
import asyncio
import os
import pathlib

import anthropic
import litellm
import openai
import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI, OpenAI

from server import Server
from silent_streams import build_go_client, program, stream_all

QUESTION = "Write one sentence about Paris."
PROMPT = "The capital of France is"
MESSAGES = [{"role": "user", "content": QUESTION}]
GREEDY = {"temperature": 0}
# What each dialect asks, whole.
WHOLE = {
    "chat": ("/v1/chat/completions", {"messages": MESSAGES, "max_tokens": 16}, lambda a: a["choices"][0]["message"]["content"]),
    "completions": ("/v1/completions", {"prompt": PROMPT, "max_tokens": 16}, lambda a: a["choices"][0]["text"]),
    "responses": ("/v1/responses", {"input": QUESTION, "max_output_tokens": 16}, lambda a: a["output"][0]["content"][0]["text"]),
    "messages": ("/v1/messages", {"messages": MESSAGES, "max_tokens": 16}, lambda a: a["content"][0]["text"]),
}


def delta(chunk):
    return chunk.choices[0].delta.content or "" if chunk.choices else ""


def output_delta(event):
    return event.delta if event.type == "response.output_text.delta" else ""


def message_delta(event):
    return event.delta.text if event.type == "content_block_delta" else ""


def openai_clients(model):
    def client(url):
        return openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)

    chat = dict(model=model, messages=MESSAGES, max_tokens=16, **GREEDY)
    completion = dict(model=model, prompt=PROMPT, max_tokens=16, **GREEDY)
    response = dict(model=model, input=QUESTION, max_output_tokens=16, **GREEDY)

    def chat_helper(url):
        with client(url).chat.completions.stream(**chat) as stream:
            return "".join(event.delta for event in stream if event.type == "content.delta")

    def response_helper(url):
        with client(url).responses.stream(**response) as stream:
            return "".join(map(output_delta, stream))

    async def chat_async(url):
        async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="none", max_retries=0) as asking:
            return "".join([delta(chunk) async for chunk in await asking.chat.completions.create(**chat, stream=True)])

    return {
        "chat/openai": lambda url: "".join(map(delta, client(url).chat.completions.create(**chat, stream=True))),
        "chat/openai helper": chat_helper,
        "chat/openai async": lambda url: asyncio.run(chat_async(url)),
        "completions/openai":
            lambda url: "".join(chunk.choices[0].text for chunk in client(url).completions.create(**completion, stream=True)),
        "responses/openai": lambda url: "".join(map(output_delta, client(url).responses.create(**response, stream=True))),
        "responses/openai helper": response_helper,
    }


def anthropic_clients(model):
    ask = dict(model=model, messages=MESSAGES, max_tokens=16, extra_body=GREEDY)

    def client(url):
        return anthropic.Anthropic(base_url=url, api_key="none", max_retries=0)

    def helper(url):
        with client(url).messages.stream(**ask) as stream:
            return "".join(stream.text_stream)

    return {
        "messages/anthropic": lambda url: "".join(map(message_delta, client(url).messages.create(**ask, stream=True))),
        "messages/anthropic helper": helper,
    }


def langchain_clients(model):
    def chat(url, **more):
        return ChatOpenAI(model=model, base_url=url + "/v1", api_key="none", max_retries=0, max_tokens=16, **GREEDY, **more)

    def completion(url):
        return OpenAI(model=model, base_url=url + "/v1", api_key="none", max_retries=0, max_tokens=16, **GREEDY)

    return {
        "chat/langchain": lambda url: "".join(chunk.content for chunk in chat(url).stream([HumanMessage(QUESTION)])),
        "completions/langchain": lambda url: "".join(completion(url).stream(PROMPT)),
        "responses/langchain":
            lambda url: "".join(chunk.text for chunk in chat(url, use_responses_api=True).stream([HumanMessage(QUESTION)])),
    }


def litellm_clients(model):
    # Of a model that it does not know it takes responses whole, and only makes as if they were streamed.
    litellm.register_model({f"openai/{model}": {"litellm_provider": "openai", "mode": "chat", "supports_native_streaming": True}})

    def ask(url, provider, suffix="/v1"):
        return dict(model=f"{provider}/{model}", api_base=url + suffix, api_key="none", num_retries=0, stream=True, **GREEDY)

    def chat(url, *provider):
        return "".join(map(delta, litellm.completion(**ask(url, *provider), messages=MESSAGES, max_tokens=16)))

    def completion(url):
        chunks = litellm.text_completion(**ask(url, "text-completion-openai"), prompt=PROMPT, max_tokens=16)
        return "".join(chunk.choices[0].text or "" for chunk in chunks)

    def response(url):
        return "".join(map(output_delta, litellm.responses(**ask(url, "openai"), input=QUESTION, max_output_tokens=16)))

    return {
        "chat/litellm": lambda url: chat(url, "openai"),
        "chat/litellm for vLLM": lambda url: chat(url, "hosted_vllm"),
        "messages/litellm": lambda url: chat(url, "anthropic", ""),
        "completions/litellm": completion,
        "responses/litellm": response,
    }


def node_clients(model):
    script = str(pathlib.Path(__file__).with_name("node_stream.mjs"))
    modules = os.environ["HEARTH_E2E_NODE"]

    def run(kind):
        return lambda url: program("node", script, modules, url, model, kind)

    return {f"{kind}/node": run(kind) for kind in WHOLE}


def go_clients(model, built):
    def run(kind):
        return lambda url: program(built, kind, url, model)

    if not built:
        return {}
    clients = {f"{kind}/go {version}": run(f"{version}/{kind}") for version in ("v1", "v3") for kind in WHOLE if kind != "messages"}
    return clients | {"messages/go": run("messages")}


@pytest.fixture(scope="module")
def go_client(tmp_path_factory):
    return build_go_client(tmp_path_factory.mktemp("go"))


def check_all(go_client, options, **silence):
    server = Server("--max-running", "1", "--threads", "1", *options)
    try:
        whole = {}
        for dialect, (path, body, text_of) in WHOLE.items():
            whole[dialect] = text_of(server.post(path, {"model": server.model, **body, **GREEDY}))
            assert whole[dialect]
        model = server.model
        clients = (openai_clients(model) | anthropic_clients(model) | langchain_clients(model) | litellm_clients(model) |
                   node_clients(model) | go_clients(model, go_client))
        read = stream_all(server, clients, **silence)
        assert read == {name: whole[name.partition("/")[0]] for name in clients}
    finally:
        server.stop()


def test_every_client_waits_through_signs_of_life(go_client):
    check_all(go_client, ["--keep-alive", "0.5"], num_wanted=4)


def test_every_client_waits_forty_seconds(go_client):
    check_all(go_client, [], num_wanted=2, least_s=40)
