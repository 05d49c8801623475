"""What evaluation harnesses do: score texts by the log-probabilities of a prompt that is echoed."""
import math

import pytest

TEXTS = ["The capital of France is Paris.", "Two plus two is four, and four plus four is", "x = [i for i in range(10)]"]


def scored(server, prompts, **more):
    body = {"model": server.model, "prompt": prompts, "temperature": 0, "max_tokens": 1, "logprobs": 1, "echo": True,
            "seed": 1234}
    return server.post("/v1/completions", {**body, **more})["choices"]


def tokens_of(server, text):
    return server.post("/tokenize", {"prompt": text, "add_special_tokens": False})["tokens"]


def test_scores_are_those_of_the_next_token(server):
    """The score of each token in a prompt is what the model gives it as the next token after what stands before."""
    ids = tokens_of(server, TEXTS[0])
    logprobs = scored(server, [ids])[0]["logprobs"]
    assert len(logprobs["token_logprobs"]) == len(ids) + 1
    assert logprobs["token_logprobs"][0] is None
    for place in range(1, len(ids)):
        answer = server.post("/v1/completions", {"prompt": ids[:place], "max_tokens": 1, "temperature": 0, "logprobs": 1,
                                                 "logit_bias": {str(ids[place]): 100}})
        drawn = answer["choices"][0]["logprobs"]
        assert drawn["tokens"][0] == logprobs["tokens"][place]
        assert drawn["token_logprobs"][0] == pytest.approx(logprobs["token_logprobs"][place], abs=2e-3)


def test_batches_choices_and_offsets(server):
    ids = [tokens_of(server, text) for text in TEXTS]
    together = scored(server, ids)
    for index, (text, choice) in enumerate(zip(TEXTS, together)):
        logprobs = choice["logprobs"]
        assert choice["index"] == index
        assert choice["text"].startswith(text)
        assert logprobs["token_logprobs"] == scored(server, [ids[index]])[0]["logprobs"]["token_logprobs"]
        for token, offset in zip(logprobs["tokens"], logprobs["text_offset"]):
            assert choice["text"][offset:offset + len(token)] == token
        # As a harness reads it: a context, a continuation, and whether greedy decoding would have said it.
        context = len(ids[index]) // 2
        likelihood = sum(logprobs["token_logprobs"][context:-1])
        assert math.isfinite(likelihood) and likelihood < 0
        for own, top in zip(logprobs["token_logprobs"][1:], logprobs["top_logprobs"][1:]):
            assert own <= max(top.values()) + 1e-6


def test_allowed_tokens_alone_are_drawn_and_scored_by_the_model(server):
    """Which tokens are allowed changes what is drawn, not what the model is said to think of it."""
    allowed = tokens_of(server, " yes no maybe")
    prompt = "Is the sky blue? Answer:"
    first = server.post("/v1/completions", {"prompt": prompt, "max_tokens": 1, "temperature": 0, "logprobs": 5})["choices"][0]["logprobs"]
    for body in ({"temperature": 0}, {"temperature": 1.5, "seed": 3, "top_p": 1, "min_p": 0}):
        together = server.post("/v1/completions", {"prompt": prompt, "n": 4, "max_tokens": 12, "logprobs": 5, "allowed_token_ids": allowed,
                                                   **body})["choices"]
        for choice in together:
            spelt = [server.post("/detokenize", {"tokens": [token]})["content"] for token in allowed]
            assert set(choice["logprobs"]["tokens"]) <= set(spelt)
            assert choice["finish_reason"] == "length" and len(choice["logprobs"]["tokens"]) == 12
            for token, logprob in first["top_logprobs"][0].items():
                assert choice["logprobs"]["top_logprobs"][0].get(token, logprob) == pytest.approx(logprob, abs=1e-4)
            assert first["tokens"][0] in choice["logprobs"]["top_logprobs"][0]


def test_a_likely_text_scores_better(server):
    def score(text):
        return sum(scored(server, [tokens_of(server, text)])[0]["logprobs"]["token_logprobs"][1:-1])

    assert score("The capital of France is Paris.") > score("The capital of France is Rome.")


def test_no_token_at_all(server):
    ids = tokens_of(server, TEXTS[1])
    alone = scored(server, [ids], max_tokens=0)[0]
    assert alone["text"] == TEXTS[1]
    assert alone["logprobs"]["token_logprobs"] == scored(server, [ids])[0]["logprobs"]["token_logprobs"][:-1]


def test_remote_tokenizer(server):
    info = server.get("/tokenizer_info")
    assert info["eos_token"] and info["vocab_size"] > 0
    ids = tokens_of(server, TEXTS[2])
    assert server.post("/detokenize", {"tokens": ids})["prompt"] == TEXTS[2]
    assert server.post("/apply-template", {"messages": [{"role": "user", "content": "<|im_end|>"}]})["prompt"]
    chat = {"messages": [{"role": "user", "content": "hello"}]}
    rendered = server.post("/apply-template", chat)["prompt"]
    assert server.post("/tokenize", chat)["tokens"] == server.post("/tokenize", {"content": rendered})["tokens"]
