"""Answers held to a form, as the openai package asks for them."""
import concurrent.futures
import json
import re
import urllib.request
from typing import Literal

import openai
import pytest
from pydantic import BaseModel, Field

ASK = [{"role": "user", "content": "Tell me about Paris."}]


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)


def ask(client, server, **more):
    extra = more.pop("extra_body", {})
    ask = dict(model=server.model, messages=ASK, temperature=0, max_tokens=200)
    return client.chat.completions.create(**{**ask, **more}, extra_body=extra)


def text_of(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def test_choices_and_expressions(client, server):
    answer = ask(client, server, extra_body={"structured_outputs": {"choice": ["red wine", "white wine"]}})
    assert answer.choices[0].message.content in ("red wine", "white wine")
    assert answer.choices[0].finish_reason == "stop"
    pattern = r"(January|May) [0-9]{1,2}, 20[0-9]{2}"
    for spelling in ({"regex": pattern}, {"guided_regex": pattern}, {"grammar": {"type": "regex", "value": pattern}}):
        whole = ask(client, server, extra_body=spelling)
        assert re.fullmatch(pattern, whole.choices[0].message.content)
        stream = ask(client, server, extra_body=spelling, stream=True)
        assert text_of(stream) == whole.choices[0].message.content


class City(BaseModel):
    name: str = Field(max_length=20)
    kind: Literal["city", "village"]
    capital: bool
    founded: int = Field(ge=0, le=2000)
    rivers: list[str] = Field(max_length=2)


class Cities(BaseModel):
    cities: list[City] = Field(min_length=1, max_length=2)


def test_parse_gives_typed_objects(client, server):
    ask = dict(model=server.model, messages=ASK, temperature=0, max_completion_tokens=400, response_format=City)
    whole = client.chat.completions.parse(**ask)
    assert isinstance(whole.choices[0].message.parsed, City)
    with client.chat.completions.stream(**ask) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == whole.choices[0].message.parsed
    several = client.chat.completions.parse(**{**ask, "response_format": Cities, "n": 2, "temperature": 1, "seed": 5})
    assert all(1 <= len(choice.message.parsed.cities) <= 2 for choice in several.choices)
    response = client.responses.parse(model=server.model, input="Tell me about Rome.", temperature=0,
                                      max_output_tokens=400, text_format=City)
    assert isinstance(response.output_parsed, City)
    assert response.text.format.type == "json_schema"


@pytest.mark.parametrize("form", [{"response_format": {"type": "json_object"}}, {"format": "json"},
                                  {"structured_outputs": {"json_object": True}}])
def test_any_object_is_whole_within_its_budget(client, server, form):
    answer = ask(client, server, max_tokens=40, extra_body={**form, "close_in_budget": True})
    assert answer.choices[0].finish_reason == "stop"
    assert isinstance(json.loads(answer.choices[0].message.content), dict)
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, server, max_tokens=1, extra_body={**form, "close_in_budget": True})
    assert caught.value.param == "close_in_budget"


def test_quotes_stand_in_their_documents(client, server):
    text = "The Seine flows through Paris. The Tiber flows through Rome."
    schema = {"type": "object", "properties": {"proof": {"type": "string", "x-hearth-quote": {"min_chars": 9, "max_chars": 40}}},
              "required": ["proof"], "additionalProperties": False}
    answer = ask(client, server, extra_body={"json_schema": schema, "documents": [{"id": "rivers", "text": text}]})
    proof = json.loads(answer.choices[0].message.content)["proof"]
    (quote,) = answer.choices[0].model_extra["quotes"]
    assert quote["pointer"] == "/proof" and quote["total"] >= 1
    place = quote["places"][0]
    assert place["document"] == "rivers" and text[place["char_begin"]:place["char_end"]] == proof


def test_forced_text_is_counted_and_changes_nothing(client, server):
    form = {"regex": r'\{"city": "[A-Z][a-z]{2,10}", "country": "France"\}', "timings": True}
    jumped = ask(client, server, extra_body=form)
    drawn = ask(client, server, extra_body={**form, "jump_forward": False})
    for answer in (jumped, drawn):
        assert json.loads(answer.choices[0].message.content)["country"] == "France"
        assert answer.usage.completion_tokens == answer.model_extra["timings"]["predicted_n"]
    assert jumped.model_extra["timings"]["forced_n"] >= 3
    assert drawn.model_extra["timings"]["forced_n"] == 0
    with urllib.request.urlopen(server.url + "/metrics") as metrics:
        figures = metrics.read().decode()
    assert float(re.search(r"^hearth_forced_tokens_total\S* (\S+)$", figures, re.M).group(1)) >= 3
    assert float(re.search(r"^hearth_grammar_cache_hits_total\S* (\S+)$", figures, re.M).group(1)) >= 1


def test_logprobs_are_of_every_token(client, server):
    answer = ask(client, server, extra_body={"regex": "The city of [A-Z][a-z]+"}, logprobs=True, top_logprobs=2)
    content = answer.choices[0].logprobs.content
    assert b"".join(bytes(token.bytes) for token in content).decode() == answer.choices[0].message.content
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in content)
    assert any(token.logprob < 0 for token in content), "they are the model's own"


def test_grammars(client, server):
    gbnf = 'root ::= "I " ("like" | "love") " " [a-z]{3,8} "."'
    lark = 'start: "I " ("like" | "love") " " WORD "."\nWORD: /[a-z]{3,8}/'
    for form in ({"grammar": gbnf}, {"ebnf": gbnf}, {"lark": lark}, {"structured_outputs": {"grammar": lark}}):
        text = ask(client, server, extra_body=form).choices[0].message.content
        assert re.fullmatch(r"I (like|love) [a-z]{3,8}\.", text)
    tag = {"type": "structural_tag", "format": {"type": "tag", "begin": "<n>", "end": "</n>",
                                                "content": {"type": "json_schema", "json_schema": {"enum": ["one", "two"]}}}}
    assert ask(client, server, extra_body={"response_format": tag}).choices[0].message.content in ('<n>"one"</n>', '<n>"two"</n>')


def test_many_choices_and_requests_at_once(client, server):
    answer = ask(client, server, extra_body={"regex": "[a-z]{3,8}"}, n=4, temperature=1.5, seed=3)
    assert len(answer.choices) == 4
    assert all(re.fullmatch("[a-z]{3,8}", choice.message.content) for choice in answer.choices)

    def one(i):
        pattern = "[%c-%c]{%d,%d} and [0-9]{%d}" % (97 + i, 100 + i, 1 + i % 3, 6 + i, 1 + i % 4)
        text = ask(client, server, extra_body={"regex": pattern}, temperature=1, seed=i).choices[0].message.content
        return re.fullmatch(pattern, text) is not None

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert all(pool.map(one, range(20)))


@pytest.mark.parametrize("form, names", [
    ({"regex": "("}, ["regex"]),
    ({"guided_choice": ["a"], "regex": "a"}, ["regex", "guided_choice"]),
    ({"response_format": {"type": "json_schema"}}, ["response_format.json_schema"]),
    ({"json_schema": {"properties": {"a": {"minLength": "x"}}}}, ["json_schema", "minLength", "/properties/a"]),
    ({"grammar": "root ::= (" * 10000}, ["grammar"]),
])
def test_what_cannot_be_held_to_is_refused(client, server, form, names):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, server, extra_body=form)
    assert caught.value.param == names[0]
    assert all(name in caught.value.message for name in names)
