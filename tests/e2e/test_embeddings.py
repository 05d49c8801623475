"""Vectors, ranks and scores as clients ask for them: of a model that writes text, and of one that is asked yes or no."""
import ast
import base64
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

TEMPLATE = ('<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. '
            'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n<Instruct>: Given a web search query, '
            "retrieve relevant passages that answer the query\n<Query>: {query}\n<Document>: {document}<|im_end|>\n"
            "<|im_start|>assistant\n<think>\n\n</think>\n\n")


def post(server, path, body):
    return requests.post(server.url + path, json=body, timeout=120)


def length(vector):
    return math.sqrt(sum(x * x for x in vector))


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none")


@pytest.fixture(scope="module")
def ranker():
    with Server("--pooling", "rank", "--ctx", "2048") as running:
        yield running


def test_input_has_every_form(client, server):
    def vectors(given, **more):
        return [one.embedding for one in client.embeddings.create(model=server.model, input=given, **more).data]

    ids = post(server, "/tokenize", {"prompt": "hello there"}).json()["tokens"]
    text = vectors("hello there")
    assert vectors(["hello there"]) == text and vectors(ids) == text and vectors([ids]) == text
    both = vectors(["good bye", "hello there"])
    assert both[1] == text[0] and both[0] != text[0]
    cut = vectors("hello there", dimensions=16)[0]
    assert len(cut) == 16 and length(cut) == pytest.approx(1, abs=1e-5)
    whole = vectors("hello there", encoding_format="float")[0]
    assert cut == pytest.approx([x / length(whole[:16]) for x in whole[:16]], abs=1e-5)
    raw = vectors("hello there", extra_body={"normalize": False})[0]
    assert abs(length(raw) - 1) > 1e-3 and [x / length(raw) for x in raw] == pytest.approx(whole, abs=1e-5)
    packed = post(server, "/v1/embeddings", {"input": "hello there", "encoding_format": "base64", "dimensions": 3}).json()
    packed = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack("<3f", packed) == pytest.approx(vectors("hello there", dimensions=3)[0], abs=1e-6)


def test_usage_counts_tokens(client, server):
    texts = ["hello there", "a much longer text than the other one"]
    answer = client.embeddings.create(model=server.model, input=texts)
    counts = [post(server, "/tokenize", {"prompt": text}).json()["count"] for text in texts]
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == sum(counts)


def test_what_is_too_long_is_told_or_cut_as_asked(ranker):
    texts = ["short", "word " * 5000]
    refused = post(ranker, "/v1/score", {"text_1": "q", "text_2": texts})
    error = refused.json()["error"]
    assert refused.status_code == 400 and error["code"] == "context_length_exceeded" and error["param"] == "text_2[1]"
    assert "2048" in error["message"] and "truncate_prompt_tokens" in error["message"]
    cut = post(ranker, "/v1/score", {"text_1": "q", "text_2": texts, "truncate_prompt_tokens": -1})
    assert [one.get("truncated", False) for one in cut.json()["data"]] == [False, True]
    assert cut.headers["Hearth-Note"] == "truncated 1 of 2 texts"


def test_a_model_that_is_asked_ranks_by_its_answers(ranker):
    query, documents = "capital of France", ["Paris is the capital of France.", "Cats sleep.", "The sea is blue."]
    ranking = post(ranker, "/v1/rerank", {"query": query, "documents": documents, "raw_scores": True}).json()
    assert sorted(one["index"] for one in ranking["results"]) == [0, 1, 2]
    scores = [one["relevance_score"] for one in ranking["results"]]
    assert scores == sorted(scores, reverse=True)
    for one in ranking["results"]:
        assert one["document"]["text"] == documents[one["index"]]
        prompt = TEMPLATE.replace("{query}", query).replace("{document}", documents[one["index"]])
        ids = [post(ranker, "/tokenize", {"content": word}).json()["tokens"][0] for word in ("yes", "no")]
        asked = {"prompt": prompt, "parse_special": True, "max_tokens": 1, "temperature": 0, "logprobs": 1, "seed": 1}
        # The model's own log-probabilities of the two answers, each forced in turn.
        told = [post(ranker, "/v1/completions", {**asked, "allowed_token_ids": [token]}).json() for token in ids]
        yes, no = (answer["choices"][0]["logprobs"]["token_logprobs"][0] for answer in told)
        assert one["relevance_score"] == pytest.approx(yes - no, abs=2e-2)
    plain = post(ranker, "/rerank", {"query": query, "documents": documents, "top_n": 2, "return_documents": False}).json()
    assert [one["index"] for one in plain["results"]] == [one["index"] for one in ranking["results"][:2]]
    for one, raw in zip(plain["results"], scores):
        assert one["relevance_score"] == pytest.approx(1 / (1 + math.exp(-raw)), abs=1e-6) and "document" not in one
    pair = post(ranker, "/score", {"text_1": query, "text_2": documents[0]}).json()["data"][0]["score"]
    raw = next(one["relevance_score"] for one in ranking["results"] if one["index"] == 0)
    assert pair == pytest.approx(1 / (1 + math.exp(-raw)), abs=1e-6)


def test_requests_of_another_kind_are_told_what_to_ask(client, server, ranker):
    for path in ("/v1/rerank", "/rerank"):
        error = post(server, path, {"query": "q", "documents": ["d"]})
        assert error.status_code == 400 and "writes text, and ranks nothing" in error.json()["error"]["message"]
    error = post(server, "/v1/score", {"text_1": "q", "text_2": "d"})
    assert error.status_code == 400 and error.json()["error"]["param"] == "model"
    error = post(ranker, "/v1/embeddings", {"input": "d"})
    assert error.status_code == 400 and "POST /v1/rerank" in error.json()["error"]["message"]
    assert client.models.list().data[0].capabilities == ["completion", "embedding"]
    assert "rerank" in requests.get(ranker.url + "/v1/models", timeout=60).json()["data"][0]["capabilities"]


def test_bad_values_are_named(client, server):
    for given, name in (({"dimensions": 100000}, "dimensions"), ({"dimensions": 0}, "dimensions"),
                        ({"input": []}, "input"), ({"input": [10**9]}, "input[0]"), ({"prompt_name": "x"}, "prompt_name"),
                        ({"truncate_prompt_tokens": 10**6}, "truncate_prompt_tokens"), ({"surprise": 1}, "surprise")):
        with pytest.raises(openai.BadRequestError) as error:
            client.embeddings.create(model=server.model, **{"input": "a", "extra_body": given} if "input" not in given
                                     else given)
        assert error.value.param == name, given


def lines_of(*arguments, given=""):
    run = subprocess.run([program(), "embed", *map(str, arguments)], input=given, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_numpy_reads_what_embed_writes(tmp_path):
    out = tmp_path / "vectors.npy"
    texts = [f"a {'b ' * (index % 40)}" for index in range(300)]
    lines_of(MODELS / "llama3.gguf", "--format", "npy", "-o", out, given="\n".join(texts) + "\n")
    data = out.read_bytes()
    assert data[:8] == b"\x93NUMPY\x01\x00"
    start = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:start].decode())
    told = lines_of(MODELS / "llama3.gguf", given="\n".join(texts) + "\n")
    columns = len(told[0]["embedding"])
    assert header == {"descr": "<f4", "fortran_order": False, "shape": (300, columns)} and data[start - 1:start] == b"\n"
    rows = struct.unpack(f"<{300 * columns}f", data[start:])
    assert list(rows) == [struct.unpack("<f", struct.pack("<f", x))[0] for line in told for x in line["embedding"]]
