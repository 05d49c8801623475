"""Clients of Ollama, each as its users call it: the packages for Python and JavaScript, LangChain, LiteLLM."""
import asyncio
import json
import os
import pathlib
import subprocess

import litellm
import ollama
import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_ollama import ChatOllama, OllamaEmbeddings, OllamaLLM

QUESTION = "Write one sentence about Paris."
CHAT = [{"role": "user", "content": QUESTION}]
GREEDY = {"temperature": 0, "num_predict": 24}
SCHEMA = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}, "people": {"type": "integer", "minimum": 0, "maximum": 99}},
          "required": ["city", "people"], "additionalProperties": False}


def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: The city.
    """
    return f"It is sunny in {city}."


@pytest.fixture(scope="module")
def client(server):
    return ollama.Client(host=server.url)


def test_chat_whole_and_streamed_agree(client, server):
    whole = client.chat(model=server.model, messages=CHAT, options=GREEDY)
    assert whole.done and whole.done_reason in ("stop", "length") and "Paris" in whole.message.content
    assert whole.model == server.model and whole.created_at.endswith("Z")
    assert whole.prompt_eval_count > 0 and 0 < whole.eval_count <= 24
    for duration in (whole.total_duration, whole.load_duration, whole.prompt_eval_duration, whole.eval_duration):
        assert duration > 0
    parts = list(client.chat(model=server.model, messages=CHAT, options=GREEDY, stream=True))
    assert "".join(part.message.content for part in parts) == whole.message.content
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].eval_count == whole.eval_count and len(parts) > 2


def test_async_chat_and_generate(server):
    async def ask():
        client = ollama.AsyncClient(host=server.url)
        whole = await client.chat(model=server.model, messages=CHAT, options=GREEDY)
        text = "".join([part.message.content async for part in await client.chat(
            model=server.model, messages=CHAT, options=GREEDY, stream=True)])
        answers = await asyncio.gather(*(client.generate(model=server.model, prompt=QUESTION, options=GREEDY)
                                         for _ in range(4)))
        return whole.message.content, text, {answer.response for answer in answers}

    whole, text, answers = asyncio.run(ask())
    # A prompt is a chat of one message.
    assert text == whole and answers == {whole}


def test_generate_carries_a_conversation_on(client, server):
    first = client.generate(model=server.model, prompt="My name is Ada.", options=GREEDY)
    second = client.generate(model=server.model, prompt=QUESTION, context=first.context, options=GREEDY)
    chat = client.chat(model=server.model, options=GREEDY, messages=[
        {"role": "user", "content": "My name is Ada."}, {"role": "assistant", "content": first.response}, *CHAT])
    assert second.response == chat.message.content and second.prompt_eval_count == chat.prompt_eval_count


def test_generate_raw_and_by_a_template(client, server):
    raw = client.generate(model=server.model, prompt="The capital of France is", raw=True, options=GREEDY)
    assert "Paris" in raw.response and raw.context is None
    written = client.generate(model=server.model, prompt="France", template="The capital of {{ .Prompt }} is", options=GREEDY)
    assert written.response == raw.response
    stopped = client.generate(model=server.model, prompt="The capital of France is", raw=True, options={**GREEDY, "stop": ["Paris"]})
    assert "Paris" not in stopped.response and stopped.done_reason == "stop"


def test_format_and_logprobs(client, server):
    for form in ("json", SCHEMA):
        answer = client.chat(model=server.model, messages=CHAT, format=form, options={"temperature": 0, "num_predict": 80})
        # Any JSON may become longer than the model is let; one of the schema cannot.
        if form == "json" and answer.done_reason == "length":
            assert answer.message.content.startswith("{")
            continue
        value = json.loads(answer.message.content)
        assert isinstance(value, dict) and (form == "json" or value["city"] in ("Paris", "Rome"))
    answer = client.generate(model=server.model, prompt=QUESTION, logprobs=True, top_logprobs=3, options=GREEDY)
    assert "".join(one.token for one in answer.logprobs) == answer.response
    assert all(len(one.top_logprobs) == 3 and one.logprob <= 0 for one in answer.logprobs)


def test_tools_there_and_back(client, server):
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    tools = [get_weather]
    options = {"temperature": 0, "num_predict": 64}
    whole = client.chat(model=server.model, messages=messages, tools=tools, options=options)
    streamed = list(client.chat(model=server.model, messages=messages, tools=tools, options=options, stream=True))
    called = [call.function for part in streamed for call in part.message.tool_calls or []]
    assert [call.function for call in whole.message.tool_calls or []] == called
    # A model this small may not call; the answer to a call is taken whoever made it.
    messages += [{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "get_weather", "arguments": {"city": "Paris"}}}]},
                 {"role": "tool", "tool_name": "get_weather", "content": get_weather("Paris")}]
    answer = client.chat(model=server.model, messages=messages, tools=tools, options=options)
    assert answer.message.content and answer.prompt_eval_count > whole.prompt_eval_count


def test_embeddings(client, server):
    vectors = client.embed(model=server.model, input=["Paris", "Rome"])
    assert len(vectors.embeddings) == 2 and vectors.prompt_eval_count > 0 and vectors.total_duration > 0
    assert all(abs(sum(x * x for x in vector) - 1) < 1e-3 for vector in vectors.embeddings)
    single = client.embed(model=server.model, input="Paris", dimensions=8).embeddings[0]
    assert len(single) == 8 and abs(sum(x * x for x in single) - 1) < 1e-3
    legacy = client.embeddings(model=server.model, prompt="Paris").embedding
    length = sum(x * x for x in legacy) ** 0.5
    assert all(abs(a / length - b) < 1e-5 for a, b in zip(legacy, vectors.embeddings[0]))
    assert client.embed(model=server.model, input=[]).embeddings == []


def test_errors_have_ollamas_words(client, server):
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat(model="none", messages=CHAT)
    assert (caught.value.status_code, caught.value.error) == (404, "model 'none' not found")
    with pytest.raises(ollama.ResponseError) as caught:
        list(client.chat(model="none", messages=CHAT, stream=True))
    assert (caught.value.status_code, caught.value.error) == (404, "model 'none' not found")
    for wrong, says in (({"options": {"temperature": -1}}, "options.temperature"), ({"format": {"type": "nothing"}}, "format"),
                        ({"think": True}, "does not support thinking"), ({"options": {"num_ctx": 16}}, "the context holds 16")):
        with pytest.raises(ollama.ResponseError) as caught:
            client.chat(**{"model": server.model, "messages": CHAT, **wrong})
        assert caught.value.status_code == 400 and says in caught.value.error
    with pytest.raises(ollama.ResponseError) as caught:
        client.generate(model=server.model, prompt="def f(", suffix="return x")
    assert caught.value.status_code == 400 and "does not support insert" in caught.value.error
    loaded = client.generate(model=server.model, keep_alive="10m")
    assert loaded.done_reason == "load" and loaded.response == ""


def test_langchain(server):
    chat = ChatOllama(model=server.model, base_url=server.url, temperature=0, num_predict=24)
    messages = [SystemMessage("Be brief."), HumanMessage(QUESTION)]
    whole = chat.invoke(messages)
    assert whole.content and whole.usage_metadata["output_tokens"] <= 24
    assert "".join(chunk.content for chunk in chat.stream(messages)) == whole.content
    assert asyncio.run(chat.ainvoke(messages)).content == whole.content
    longer = ChatOllama(model=server.model, base_url=server.url, temperature=0, num_predict=80)
    assert longer.with_structured_output(SCHEMA, method="json_schema").invoke(QUESTION)["city"] in ("Paris", "Rome")
    assert chat.bind_tools([get_weather]).invoke(QUESTION).response_metadata["done"]
    plain = OllamaLLM(model=server.model, base_url=server.url, temperature=0, num_predict=24).invoke(QUESTION)
    assert "Paris" in plain
    assert len(OllamaEmbeddings(model=server.model, base_url=server.url).embed_documents(["a", "b"])) == 2


def test_litellm(server):
    ask = dict(model=f"ollama_chat/{server.model}", api_base=server.url, temperature=0, max_tokens=24, messages=CHAT, num_retries=0)
    whole = litellm.completion(**ask)
    assert "Paris" in whole.choices[0].message.content and whole.usage.completion_tokens <= 24
    text = "".join(chunk.choices[0].delta.content or "" for chunk in litellm.completion(**ask, stream=True))
    assert text == whole.choices[0].message.content
    held = litellm.completion(**{**ask, "max_tokens": 80}, response_format={
        "type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA}})
    assert json.loads(held.choices[0].message.content)["city"] in ("Paris", "Rome")
    vectors = litellm.embedding(model=f"ollama/{server.model}", api_base=server.url, input=["a", "b"])
    assert len(vectors.data) == 2


def test_javascript(server):
    modules = os.environ["HEARTH_E2E_NODE"]
    script = pathlib.Path(__file__).with_name("node_ollama.mjs")
    done = subprocess.run(["node", script, modules, server.url, server.model], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["checks"] == 12
