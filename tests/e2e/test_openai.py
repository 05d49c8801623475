"""The openai package: what it parses, it takes for an answer of OpenAI's."""
import asyncio
import base64
import struct
import time

import openai
import pytest

CHAT = [{"role": "user", "content": "Write one sentence about Paris."}]


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)


def test_models(client, server):
    assert [model.id for model in client.models.list()] == [server.model]
    assert client.models.retrieve(server.model).owned_by == "hearth"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no/such:model")
    assert caught.value.code == "model_not_found"


def test_chat_whole_and_streamed_agree(client, server):
    ask = dict(model=server.model, messages=CHAT, temperature=0, max_completion_tokens=24)
    whole = client.chat.completions.create(**ask)
    assert "Paris" in whole.choices[0].message.content
    assert whole.choices[0].finish_reason in ("stop", "length")
    chunks = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == whole.choices[0].finish_reason


def test_stream_helper_rebuilds_the_answer(client, server):
    with client.chat.completions.stream(model=server.model, messages=CHAT, temperature=0, max_tokens=64,
                                        stop=["."]) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert "".join(pieces) == final.choices[0].message.content


def test_choices_differ_and_seeds_repeat(client, server):
    ask = dict(model=server.model, messages=CHAT, temperature=1.5, top_p=1, max_tokens=16, n=3, seed=11)
    first, again = (client.chat.completions.create(**ask) for _ in range(2))
    texts = [choice.message.content for choice in first.choices]
    assert len(set(texts)) > 1
    assert texts == [choice.message.content for choice in again.choices]


def test_chat_logprobs(client, server):
    answer = client.chat.completions.create(model=server.model, messages=CHAT, temperature=0, max_tokens=6,
                                            logprobs=True, top_logprobs=3)
    content = answer.choices[0].logprobs.content
    assert b"".join(bytes(token.bytes) for token in content).decode() == answer.choices[0].message.content
    for token in content:
        assert len(token.top_logprobs) == 3
        assert token.logprob == token.top_logprobs[0].logprob <= 0
    streamed = client.chat.completions.create(model=server.model, messages=CHAT, temperature=0, max_tokens=6,
                                              logprobs=True, top_logprobs=3, stream=True)
    again = [t for c in streamed if c.choices and c.choices[0].logprobs for t in c.choices[0].logprobs.content]
    assert [t.token for t in again] == [t.token for t in content]
    assert [t.logprob for t in again] == [t.logprob for t in content]


def test_stop_and_bias(client, server):
    ask = dict(model=server.model, messages=CHAT, temperature=0, max_tokens=24)
    whole = client.chat.completions.create(**ask).choices[0].message.content
    word = whole.split()[4]
    cut = client.chat.completions.create(**ask, stop=[word]).choices[0]
    assert cut.finish_reason == "stop" and cut.message.content == whole[:whole.index(word)]
    tokens = client.post("/../tokenize", body={"content": " " + word}, cast_to=object)["tokens"]
    biased = client.chat.completions.create(**ask, logit_bias={str(tokens[0]): -100}).choices[0]
    assert biased.message.content != whole and biased.message.content.startswith(whole[:whole.index(word) - 1])


def test_completions(client, server):
    ask = dict(model=server.model, prompt="The capital of France is", temperature=0, max_tokens=8)
    whole = client.completions.create(**ask)
    assert "Paris" in whole.choices[0].text
    streamed = client.completions.create(**ask, stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed) == whole.choices[0].text
    ids = client.post("/../tokenize", body={"content": ask["prompt"]}, cast_to=object)["tokens"]
    batch = client.completions.create(**{**ask, "prompt": [ids, ids[:3]]})
    assert batch.choices[0].text == whole.choices[0].text
    assert [choice.index for choice in batch.choices] == [0, 1]


def test_cached_tokens_tell_the_truth(client, server):
    prompt = "Once there was a cache. " * 40 + str(time.time())
    ask = dict(model=server.model, prompt=prompt, temperature=0, max_tokens=1)
    first, second = (client.completions.create(**ask).usage for _ in range(2))
    assert first.prompt_tokens_details.cached_tokens < first.prompt_tokens // 2 + 200
    assert second.prompt_tokens_details.cached_tokens > second.prompt_tokens * 0.8
    salted = client.completions.create(**ask, extra_body={"cache_salt": "mine"}).usage
    assert salted.prompt_tokens_details.cached_tokens == 0


def test_embeddings(client, server):
    default = client.embeddings.create(model=server.model, input=["hello there", "good bye"])
    floats = client.embeddings.create(model=server.model, input=["hello there", "good bye"], encoding_format="float")
    raw = client.embeddings.with_raw_response.create(model=server.model, input="hello there", encoding_format="base64")
    assert len(default.data) == 2
    for ours, theirs in zip(default.data, floats.data):
        assert ours.embedding == pytest.approx(theirs.embedding, abs=1e-7)
        assert sum(x * x for x in ours.embedding) == pytest.approx(1, abs=1e-4)
    packed = base64.b64decode(raw.http_response.json()["data"][0]["embedding"])
    assert list(struct.unpack(f"<{len(packed) // 4}f", packed)) == pytest.approx(floats.data[0].embedding, abs=1e-6)


def test_responses_keep_a_conversation(client, server):
    first = client.responses.create(model=server.model, input="My name is Ada. Say hello.", temperature=0,
                                    max_output_tokens=12)
    assert first.output_text and first.status in ("completed", "incomplete")
    assert client.responses.retrieve(first.id).output_text == first.output_text
    second = client.responses.create(model=server.model, input="What is my name?", previous_response_id=first.id,
                                     temperature=0, max_output_tokens=12)
    assert second.usage.input_tokens > first.usage.input_tokens + first.usage.output_tokens
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model=server.model, input="And now?", previous_response_id=first.id)


def test_responses_stream(client, server):
    ask = dict(model=server.model, input=CHAT, temperature=0, max_output_tokens=64, extra_body={"stop": ["."]})
    whole = client.responses.create(**ask)
    with client.responses.stream(**ask) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert final.output_text == whole.output_text
    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")] == list(range(len(events)))
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    cut = list(client.responses.create(**{**ask, "max_output_tokens": 2}, stream=True))
    assert cut[-1].type == "response.incomplete"
    assert cut[-1].response.incomplete_details.reason == "max_output_tokens"


def test_responses_in_the_background(client, server):
    begun = client.responses.create(model=server.model, input="Say hello.", background=True, max_output_tokens=4)
    assert begun.status == "queued"
    deadline = time.monotonic() + 60
    while (now := client.responses.retrieve(begun.id)).status in ("queued", "in_progress"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert now.status in ("completed", "incomplete") and now.output_text
    long = client.responses.create(model=server.model, input="Count to a million.", background=True,
                                   extra_body={"ignore_eos": True})
    assert client.responses.cancel(long.id).status == "cancelled"
    while client.responses.retrieve(long.id).status in ("queued", "in_progress"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.responses.retrieve(long.id).status == "cancelled"


def test_errors_are_the_packages_own(client, server):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=server.model, messages=CHAT, temperature=-1)
    assert caught.value.param == "temperature"
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=server.model, messages=[{"role": "user", "content": "word " * 20000}])
    assert caught.value.code == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=server.model, messages=CHAT,
                                       tools=[{"type": "function", "function": {"name": "f", "parameters": []}}])
    assert "tools[0].function.parameters" in caught.value.message
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=server.model, messages=[
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]}])
    assert "image_url" in caught.value.message


def test_async_client(server):
    async def ask_all():
        async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0) as client:
            return await asyncio.gather(*(client.chat.completions.create(
                model=server.model, messages=CHAT, temperature=0, max_tokens=8) for _ in range(8)))

    answers = asyncio.run(ask_all())
    assert len({answer.choices[0].message.content for answer in answers}) == 1
