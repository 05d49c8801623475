"""Vectors and scores of tiny random encoders, as clients ask for them."""
import json
import math
import struct
import subprocess

import openai
import pytest
import requests

from program import TINY_MODELS as MODELS
from program import program
from server import Server


def post(server, path, body):
    return requests.post(server.url + path, json=body, timeout=120)


def length(vector):
    return math.sqrt(sum(x * x for x in vector))


def lines_of(*arguments, given=""):
    run = subprocess.run([program(), "embed", *map(str, arguments)], input=given, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture(scope="module")
def encoder():
    with Server(model=MODELS / "bert.gguf") as running:
        yield running


@pytest.fixture(scope="module")
def cross_encoder():
    with Server(model=MODELS / "bert_reranker.gguf") as running:
        yield running


def test_an_encoder_serves_the_real_client(encoder):
    client = openai.OpenAI(base_url=encoder.url + "/v1", api_key="none")
    assert client.models.list().data[0].capabilities == ["embedding"]
    texts = ["a b c", "", "d e f g", "a b c"]
    answer = client.embeddings.create(model=encoder.model, input=texts)
    vectors = [one.embedding for one in answer.data]
    assert [length(vector) for vector in vectors] == pytest.approx([1] * 4, abs=1e-5)
    assert vectors[0] == vectors[3] != vectors[2]
    assert answer.usage.prompt_tokens == 5 + 2 + 6 + 5
    for text, vector in zip(texts, vectors):
        assert client.embeddings.create(model=encoder.model, input=text).data[0].embedding == vector
    told = lines_of(MODELS / "bert.gguf", given="\n".join(texts) + "\n")
    raw = post(encoder, "/v1/embeddings", {"input": texts}).json()["data"]
    for line, one in zip(told, raw):
        assert [struct.pack("<f", x) for x in line["embedding"]] == [struct.pack("<f", x) for x in one["embedding"]]
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(model=encoder.model, messages=[{"role": "user", "content": "a"}])
    assert "is an encoder, which gives vectors of texts, and writes no text" in str(error.value)
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(model=encoder.model, input="a " * 200)
    assert error.value.code == "context_length_exceeded" and "202 tokens" in str(error.value) and " 96 " in str(error.value)
    cut = post(encoder, "/v1/embeddings", {"input": "a " * 200, "truncate": True}).json()
    assert cut["data"][0]["truncated"] and cut["usage"]["prompt_tokens"] == 96


def test_an_encoder_with_a_head_ranks_pairs(cross_encoder):
    documents = ["c d", "e", "f g h", "e"]
    ranking = post(cross_encoder, "/v1/rerank", {"query": "a b", "documents": documents}).json()
    order = [one["index"] for one in ranking["results"]]
    scores = {one["index"]: one["relevance_score"] for one in ranking["results"]}
    assert sorted(order) == [0, 1, 2, 3] and scores[1] == scores[3] and order.index(1) < order.index(3)
    assert [scores[index] for index in order] == sorted(scores.values(), reverse=True)
    for index, document in enumerate(documents):
        pair = post(cross_encoder, "/score", {"text_1": "a b", "text_2": document, "raw_scores": True}).json()
        assert scores[index] == pytest.approx(1 / (1 + math.exp(-pair["data"][0]["score"])), abs=1e-12)
    # [CLS] a b [SEP] d [SEP]
    assert post(cross_encoder, "/score", {"text_1": "a b", "text_2": "d"}).json()["usage"]["prompt_tokens"] == 6
    # The order of a pair counts: the two are segments.
    turned = [post(cross_encoder, "/score", {"text_1": a, "text_2": b}).json()["data"][0]["score"] for a, b in ("ab", "ba")]
    assert turned[0] != turned[1]
    refused = post(cross_encoder, "/v1/embeddings", {"input": "a"})
    assert refused.status_code == 400 and "POST /v1/rerank" in refused.json()["error"]["message"]
