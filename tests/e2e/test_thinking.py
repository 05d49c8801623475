"""A model that thinks before it answers: SmolLM2 with a chat template that has it think, which it does until it is stopped."""
import json
import pathlib

import anthropic
import openai
import pytest
from langchain_openai import ChatOpenAI

from program import model_path, run_program
from server import Server

TEMPLATE = pathlib.Path(__file__).with_name("thinking.jinja")
CHAT = [{"role": "user", "content": "Write one sentence about Paris."}]
BUDGET, OVERRUN = 12, 8  # OVERRUN: for a character or a mark that has begun
MARK = 12  # more tokens than the closing mark has
SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12}, "big": {"type": "boolean"}},
          "required": ["city", "big"], "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "look", "description": "Looks.", "strict": True, "parameters": SCHEMA}}


@pytest.fixture(scope="module")
def thinker():
    with Server("--chat-template", TEMPLATE, "--ctx", "2048") as server:
        yield server


@pytest.fixture(scope="module")
def client(thinker):
    return openai.OpenAI(base_url=thinker.url + "/v1", api_key="none", max_retries=0)


@pytest.fixture(scope="module")
def claude(thinker):
    return anthropic.Anthropic(base_url=thinker.url, api_key="none", max_retries=0)


@pytest.fixture
def ask(thinker):
    return dict(model=thinker.model, messages=CHAT, max_tokens=80, temperature=0)


def check_budget(usage, budget=BUDGET):
    assert budget <= usage.completion_tokens_details.reasoning_tokens <= budget + OVERRUN + MARK
    assert usage.completion_tokens > usage.completion_tokens_details.reasoning_tokens


@pytest.mark.parametrize("extra", [
    {"thinking_token_budget": BUDGET}, {"reasoning_budget": BUDGET}, {"thinking_budget": BUDGET},
    {"thinking": {"type": "enabled", "budget_tokens": BUDGET}}, {"reasoning": {"max_tokens": BUDGET}},
    {"chat_template_kwargs": {"thinking_budget": BUDGET}}, {"thinking_token_budget": BUDGET, "jump_forward": False}])
def test_a_budget_ends_the_thoughts_and_the_answer_follows(client, ask, extra):
    whole = client.chat.completions.create(**ask, extra_body=extra)
    message = whole.choices[0].message
    assert message.reasoning_content and message.content.strip() and "think>" not in message.content
    assert whole.choices[0].finish_reason in ("stop", "length")
    check_budget(whole.usage)
    stream = client.chat.completions.create(**ask, extra_body=extra, stream=True, stream_options={"include_usage": True})
    thoughts, text, usage = "", "", None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            assert not (text and getattr(choice.delta, "reasoning_content", None)), "thoughts come first"
            thoughts += getattr(choice.delta, "reasoning_content", None) or ""
            text += choice.delta.content or ""
    assert (thoughts, text, usage.completion_tokens) == (message.reasoning_content, message.content,
                                                          whole.usage.completion_tokens)


def test_without_a_budget_max_tokens_may_end_them(client, ask):
    choice = client.chat.completions.create(**ask).choices[0]
    assert choice.message.reasoning_content
    assert choice.message.content or choice.finish_reason == "length"


def test_an_effort_is_a_share_of_max_tokens(client, ask):
    for effort, share in [("minimal", 8), ("low", 16), ("medium", 40)]:
        made = client.chat.completions.create(**ask, reasoning_effort=effort)
        assert made.choices[0].message.content.strip()
        check_budget(made.usage, share)


@pytest.mark.parametrize("extra", [
    {"reasoning_effort": "none"}, {"think": False}, {"chat_template_kwargs": {"enable_thinking": False}},
    {"reasoning_budget": 0}, {"thinking": {"type": "disabled"}}, {"reasoning": {"effort": "none"}}])
def test_no_thinking(client, ask, extra):
    made = client.chat.completions.create(**ask, extra_body=extra)
    message = made.choices[0].message
    assert message.content.strip() and not getattr(message, "reasoning_content", None)
    assert made.usage.completion_tokens_details.reasoning_tokens == 0


def test_thoughts_can_be_left_out(client, ask):
    extra = {"thinking_token_budget": BUDGET}
    shown = client.chat.completions.create(**ask, extra_body=extra)
    hidden = client.chat.completions.create(**ask, extra_body={**extra, "include_reasoning": False})
    assert hidden.choices[0].message.content == shown.choices[0].message.content
    assert not getattr(hidden.choices[0].message, "reasoning_content", None)
    assert hidden.usage.completion_tokens_details == shown.usage.completion_tokens_details
    stream = client.chat.completions.create(**ask, extra_body={**extra, "include_reasoning": False}, stream=True)
    deltas = [choice.delta for chunk in stream for choice in chunk.choices]
    assert not any(getattr(delta, "reasoning_content", None) for delta in deltas)
    assert "".join(delta.content or "" for delta in deltas) == shown.choices[0].message.content
    # Nothing but thoughts is no answer, seen or not.
    cut = client.chat.completions.create(**{**ask, "max_tokens": 6}, extra_body={"include_reasoning": False})
    assert cut.choices[0].message.content == "" and cut.choices[0].finish_reason == "length"


def test_a_form_and_a_call_follow_the_thoughts(client, ask):
    extra = {"thinking_token_budget": BUDGET}
    formed = client.chat.completions.create(**ask, extra_body=extra, response_format={
        "type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": SCHEMA}})
    assert set(json.loads(formed.choices[0].message.content)) == {"city", "big"}
    check_budget(formed.usage)
    called = client.chat.completions.create(**{**ask, "max_tokens": 160}, extra_body=extra, tools=[TOOL],
                                            tool_choice="required", parallel_tool_calls=False)
    choice = called.choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.reasoning_content
    assert set(json.loads(choice.message.tool_calls[0].function.arguments)) == {"city", "big"}
    check_budget(called.usage)
    # The next turn takes the thoughts of this one.
    messages = CHAT + [choice.message.model_dump(exclude_none=True),
                       {"role": "tool", "tool_call_id": choice.message.tool_calls[0].id, "content": "It is big."}]
    last = client.chat.completions.create(**{**ask, "messages": messages}, extra_body=extra, tools=[TOOL])
    assert last.choices[0].message.content


def test_blocks_of_anthropic(thinker, claude):
    ask = dict(model=thinker.model, messages=CHAT, max_tokens=80, extra_body={"temperature": 0})
    thinking = {"type": "enabled", "budget_tokens": BUDGET}
    made = claude.messages.create(**ask, thinking=thinking)
    assert [block.type for block in made.content] == ["thinking", "text"]
    assert made.content[0].thinking and made.content[1].text.strip()
    with claude.messages.stream(**ask, thinking=thinking) as stream:
        thoughts = "".join(event.thinking for event in stream if event.type == "thinking")
        final = stream.get_final_message()
    assert thoughts == final.content[0].thinking == made.content[0].thinking
    assert final.content[1].text == made.content[1].text
    off = claude.messages.create(**ask, thinking={"type": "disabled"})
    assert [block.type for block in off.content] == ["text"]
    # Blocks of thinking go back as they came.
    again = claude.messages.create(**{**ask, "messages": CHAT + [
        {"role": "assistant", "content": [block.model_dump() for block in made.content]},
        {"role": "user", "content": "Another one."}]}, thinking=thinking)
    assert again.content[-1].type == "text"


def test_items_of_responses(thinker, client):
    ask = dict(model=thinker.model, input=CHAT[0]["content"], max_output_tokens=80, temperature=0)
    made = client.responses.create(**ask, reasoning={"effort": "low"})
    assert [item.type for item in made.output] == ["reasoning", "message"] and made.output_text.strip()
    assert 16 <= made.usage.output_tokens_details.reasoning_tokens <= 16 + OVERRUN + MARK
    with client.responses.stream(**ask, reasoning={"effort": "low"}) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_response()
    assert final.output_text == made.output_text
    assert any(kind.startswith("response.reasoning") for kind in events)
    hidden = client.responses.create(**ask, reasoning={"effort": "low"}, extra_body={"include_reasoning": False})
    assert [item.type for item in hidden.output] == ["message"] and hidden.output_text == made.output_text
    following = client.responses.create(**{**ask, "input": "Another one."}, previous_response_id=made.id,
                                        reasoning={"effort": "none"})
    assert [item.type for item in following.output] == ["message"]


def test_langchain_takes_the_answer(thinker):
    model = ChatOpenAI(base_url=thinker.url + "/v1", api_key="none", model=thinker.model, max_tokens=80, temperature=0,
                       reasoning_effort="low")
    answer = model.invoke("Write one sentence about Paris.")
    assert answer.content.strip()
    assert answer.usage_metadata["output_token_details"]["reasoning"] >= 16


def test_the_program_sets_thoughts_apart(tmp_path):
    def run(*options):
        done = run_program("run", model_path(), *options, "--chat-template", TEMPLATE, "-q", "-n", 60, "--temperature", 0,
                           "--ctx", 512, CHAT[0]["content"], folder=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode(), done.stderr.decode()

    answer, thoughts = run("--think-budget", BUDGET)
    assert answer.strip() and "think>" not in answer and len(thoughts.strip()) > 10
    assert run("--think-budget", BUDGET, "--hide-thinking") == (answer, "")
    answer, nothing = run("--think", "off")
    assert answer.strip() and nothing == ""
    answer, thoughts = run("--think", "low", "--format", "json")
    assert isinstance(json.loads(answer), dict) and thoughts.strip()
    answer, thoughts = run("-n", 6)
    assert answer.strip() == "" and "note: the model has only thought so far" in thoughts


def test_a_template_that_is_none_is_refused(tmp_path):
    wrong = tmp_path / "wrong.jinja"
    wrong.write_text("{% if %}")
    done = run_program("run", model_path(), "--chat-template", wrong, "Hello", folder=tmp_path)
    assert done.returncode != 0 and b"line 1" in done.stderr
    done = run_program("run", model_path(), "--chat-template", tmp_path / "none", "Hello", folder=tmp_path)
    assert done.returncode != 0 and b"none" in done.stderr
