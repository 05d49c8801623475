"""Further clients, each as its users call it, streaming and not."""
import json
import os
import pathlib
import subprocess

import anthropic
import litellm
import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings

QUESTION = "Write one sentence about Paris."
# The package has no parameter for it.
GREEDY = {"temperature": 0}


@pytest.fixture(scope="module")
def claude(server):
    return anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0)


def test_anthropic_whole_and_streamed_agree(claude, server):
    ask = dict(model=server.model, max_tokens=24, extra_body=GREEDY,
               messages=[{"role": "user", "content": QUESTION}])
    whole = claude.messages.create(**ask)
    assert "Paris" in whole.content[0].text and whole.stop_reason in ("end_turn", "max_tokens")
    with claude.messages.stream(**ask) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == whole.content[0].text == final.content[0].text
    assert final.usage.output_tokens == whole.usage.output_tokens
    kinds = [event.type for event in claude.messages.create(**ask, stream=True)]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]


def test_anthropic_counts_prefill_stops_and_errors(claude, server):
    messages = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    counted = claude.messages.count_tokens(model=server.model, messages=messages).input_tokens
    answer = claude.messages.create(model=server.model, messages=messages, max_tokens=1)
    assert counted == answer.usage.input_tokens + answer.usage.cache_read_input_tokens
    stopped = claude.messages.create(model=server.model, max_tokens=24, extra_body=GREEDY, stop_sequences=["Paris"],
                                     messages=[{"role": "user", "content": "What is the capital of France?"},
                                               {"role": "assistant", "content": "The capital of France is"}])
    assert stopped.stop_reason == "stop_sequence" and stopped.stop_sequence == "Paris"
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.create(model=server.model, messages=[], max_tokens=1)
    assert caught.value.body["error"]["type"] == "invalid_request_error"
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(model="none", messages=messages, max_tokens=1)
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.create(model=server.model, messages=messages, max_tokens=1,
                               tools=[{"name": "f", "input_schema": {"type": "array"}}])


@pytest.mark.parametrize("provider,suffix", [("openai", "/v1"), ("hosted_vllm", "/v1"), ("anthropic", "")])
def test_litellm(server, provider, suffix):
    ask = dict(model=f"{provider}/{server.model}", api_base=server.url + suffix, api_key="none", temperature=0,
               max_tokens=24, messages=[{"role": "user", "content": QUESTION}], num_retries=0)
    whole = litellm.completion(**ask)
    assert "Paris" in whole.choices[0].message.content
    streamed = litellm.completion(**ask, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in streamed)
    assert text == whole.choices[0].message.content


def test_langchain(server):
    options = dict(model=server.model, base_url=server.url + "/v1", api_key="none", max_retries=0)
    chat = ChatOpenAI(**options, temperature=0, max_tokens=24)
    messages = [SystemMessage("You are a helpful AI assistant named SmolLM, trained by Hugging Face"), HumanMessage(QUESTION)]
    whole = chat.invoke(messages)
    assert "Paris" in whole.content and whole.usage_metadata["output_tokens"] > 0
    assert "".join(chunk.content for chunk in chat.stream(messages)) == whole.content
    assert [answer.content for answer in chat.batch([messages, messages])] == [whole.content] * 2
    assert "Paris" in OpenAI(**options, temperature=0, max_tokens=8).invoke("The capital of France is")
    vectors = OpenAIEmbeddings(**options, check_embedding_ctx_length=False).embed_documents(["a cat", "a dog"])
    assert len(vectors) == 2 and len(vectors[0]) == len(vectors[1]) > 0
    responses = ChatOpenAI(**options, temperature=0, max_tokens=24, use_responses_api=True).invoke(messages)
    assert responses.text == whole.content


def test_node(server):
    modules = os.environ["HEARTH_E2E_NODE"]
    script = pathlib.Path(__file__).with_name("node_client.mjs")
    ran = subprocess.run(["node", str(script), modules, server.url, server.model], capture_output=True, text=True,
                         timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout)["checks"] >= 8
