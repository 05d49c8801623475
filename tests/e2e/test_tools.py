"""Loops of tools, each as an agent's client runs them, on a model that was trained on none."""
import json

import anthropic
import openai
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20},
                                               "days": {"type": "integer", "minimum": 1, "maximum": 9}},
              "required": ["city", "days"], "additionalProperties": False}
# The package streams strict functions alone.
WEATHER = {"name": "get_weather", "description": "The weather of a city.", "strict": True, "parameters": PARAMETERS}
STOP = {"name": "stop", "description": "Ends.", "parameters": {"type": "object", "properties": {},
                                                              "additionalProperties": False}}


class GetWeather(BaseModel):
    city: str = Field(max_length=20)
    days: int = Field(ge=1, le=9)


QUESTION = "What is the weather in Paris for 3 days?"
GREEDY = {"temperature": 0}


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)


@pytest.fixture(scope="module")
def claude(server):
    return anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0)


def functions(*definitions):
    return [{"type": "function", "function": one} for one in definitions]


def check_weather(arguments):
    assert set(arguments) == {"city", "days"}
    assert isinstance(arguments["city"], str) and len(arguments["city"]) <= 20
    assert isinstance(arguments["days"], int) and 1 <= arguments["days"] <= 9


def test_chat_loop_whole_and_streamed(client, server):
    messages = [{"role": "user", "content": QUESTION}]
    ask = dict(model=server.model, temperature=0, max_tokens=120, tools=functions(WEATHER),
               tool_choice="required", parallel_tool_calls=False)
    choice = client.chat.completions.create(**ask, messages=messages).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    (call,) = choice.message.tool_calls
    assert call.function.name == "get_weather"
    check_weather(json.loads(call.function.arguments))

    with client.chat.completions.stream(**ask, messages=messages) as stream:
        pieces = [event.arguments_delta for event in stream if event.type == "tool_calls.function.arguments.delta"]
        final = stream.get_final_completion().choices[0]
    assert final.finish_reason == "tool_calls"
    assert final.message.tool_calls[0].function.arguments == call.function.arguments == "".join(pieces)
    assert len(pieces) > 1

    messages += [choice.message.model_dump(exclude_none=True),
                 {"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees."}]
    answer = client.chat.completions.create(model=server.model, messages=messages, max_tokens=24, temperature=0,
                                            tools=functions(WEATHER), tool_choice="none").choices[0]
    assert answer.message.content and not answer.message.tool_calls and answer.finish_reason in ("stop", "length")


def test_named_tool_and_several(client, server):
    ask = dict(model=server.model, messages=[{"role": "user", "content": QUESTION}], max_tokens=160, temperature=0)
    named = client.chat.completions.create(**ask, tools=functions(WEATHER, STOP), tool_choice={
        "type": "function", "function": {"name": "stop"}}).choices[0].message
    assert [(one.function.name, json.loads(one.function.arguments)) for one in named.tool_calls] == [("stop", {})]
    old = client.chat.completions.create(**ask, functions=[WEATHER, STOP], function_call={"name": "stop"})
    assert old.choices[0].message.tool_calls[0].function.name == "stop"
    several = client.chat.completions.create(**ask, tools=functions(STOP), tool_choice="required").choices[0].message
    assert 1 <= len(several.tool_calls) <= 8 and {one.function.name for one in several.tool_calls} == {"stop"}
    assert len({one.id for one in several.tool_calls}) == len(several.tool_calls)


def test_parsed_tools(client, server):
    parsed = client.chat.completions.parse(
        model=server.model, messages=[{"role": "user", "content": QUESTION}], max_tokens=200, temperature=0,
        tools=[openai.pydantic_function_tool(GetWeather)], tool_choice="required", parallel_tool_calls=False)
    call = parsed.choices[0].message.tool_calls[0]
    assert isinstance(call.function.parsed_arguments, GetWeather)


def test_response_loop(client, server):
    tools = [{"type": "function", **WEATHER}]
    ask = dict(model=server.model, tools=tools, max_output_tokens=120, temperature=0)
    first = client.responses.create(**ask, input=QUESTION, tool_choice="required", parallel_tool_calls=False)
    (call,) = [item for item in first.output if item.type == "function_call"]
    check_weather(json.loads(call.arguments))
    assert first.status == "completed" and first.tools[0].name == "get_weather"
    with client.responses.stream(**ask, input=QUESTION, tool_choice="required", parallel_tool_calls=False) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.function_call_arguments.delta")
        streamed = stream.get_final_response()
    assert deltas == call.arguments == streamed.output[0].arguments
    second = client.responses.create(**ask, previous_response_id=first.id, tool_choice="none", input=[
        {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."}])
    assert second.output_text


def test_anthropic_loop(claude, server):
    tools = [{"name": "get_weather", "description": "The weather.", "input_schema": PARAMETERS}]
    messages = [{"role": "user", "content": QUESTION}]
    ask = dict(model=server.model, max_tokens=120, tools=tools, extra_body=GREEDY)
    choice = {"type": "any", "disable_parallel_tool_use": True}
    first = claude.messages.create(**ask, messages=messages, tool_choice=choice)
    (use,) = first.content
    assert first.stop_reason == "tool_use" and use.type == "tool_use" and use.name == "get_weather"
    check_weather(use.input)
    with claude.messages.stream(**ask, messages=messages, tool_choice=choice) as stream:
        partial = "".join(event.partial_json for event in stream if event.type == "input_json")
        final = stream.get_final_message()
    assert final.content[0].input == use.input == json.loads(partial)
    counted = claude.messages.count_tokens(model=server.model, messages=messages, tools=tools).input_tokens
    assert counted == first.usage.input_tokens + first.usage.cache_read_input_tokens
    messages += [{"role": "assistant", "content": [block.model_dump(include={"type", "id", "name", "input"})
                                                   for block in first.content]},
                 {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "Sunny."}]}]
    answer = claude.messages.create(**ask, messages=messages, tool_choice={"type": "none"})
    assert answer.content[0].type == "text" and answer.stop_reason in ("end_turn", "max_tokens")
    named = claude.messages.create(**ask, messages=messages[:1], tool_choice={"type": "tool", "name": "get_weather"})
    assert named.content[0].name == "get_weather"


def test_langchain_loop(server):
    @tool(args_schema=GetWeather)
    def get_weather(city: str, days: int) -> str:
        """The weather of a city."""
        return f"Sunny in {city} for {days} days."

    model = ChatOpenAI(base_url=server.url + "/v1", api_key="none", model=server.model, max_tokens=200, temperature=0)
    question = HumanMessage(QUESTION)
    called = model.bind_tools([get_weather], tool_choice="required", parallel_tool_calls=False).invoke([question])
    (call,) = called.tool_calls
    assert not called.invalid_tool_calls
    result = get_weather.invoke(call)
    assert isinstance(result, ToolMessage) and result.content.startswith("Sunny in")
    answer = model.invoke([question, called, result])
    assert answer.content


@pytest.mark.parametrize("tools,place", [
    ([{}], "tools[0]"),
    ([{"type": "retrieval"}], "tools[0].type"),
    (functions({"name": "a b"}), "tools[0].function.name"),
    (functions(STOP, STOP), "tools[1]"),
    (functions({"name": "f", "parameters": {"type": "array"}}), "tools[0].function.parameters"),
    (functions({"name": "f", "parameters": {"properties": {"a": {"type": "int"}}}}), "/properties/a/type"),
    (functions({"name": "f", "parameters": {"properties": [1]}}), "/properties"),
    (functions({"name": "f", "parameters": {"properties": {"a": {"anyOf": 3}}}}), "/properties/a/anyOf"),
])
def test_malformed_tools_are_named(client, server, tools, place):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=server.model, messages=[{"role": "user", "content": "a"}], tools=tools)
    assert place in caught.value.message


@pytest.mark.parametrize("parameters", [
    {"properties": {"a": {"type": "string", "pattern": "(?<=x)*"}}, "required": ["a"]},
    {"properties": {"a": {"$ref": "#/$defs/none"}}, "required": ["a"]},
])
def test_schemas_that_cannot_be_held_to_name_their_tool(client, server, parameters):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=server.model, messages=[{"role": "user", "content": "a"}],
                                       tools=functions({"name": "f", "strict": True, "parameters": parameters}),
                                       tool_choice="required")
    assert "tools[0]: f" in caught.value.message and "/properties/a" in caught.value.message
