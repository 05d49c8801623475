"""pydantic-ai and instructor: python agents_client.py URL MODEL. Prints {"checks": n}. In an environment of its own
(agents_requirements.txt): their pins exclude those of the other clients."""
import json
import sys
import typing

import instructor
import openai
import pydantic
from pydantic_ai import Agent, NativeOutput, ToolOutput, UsageLimits
from pydantic_ai.exceptions import UsageLimitExceeded
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

url, name = sys.argv[1:]
checks = 0
QUESTION = "What is the weather in Paris for 3 days?"


def check(value, message):
    global checks
    assert value, message
    checks += 1


class City(pydantic.BaseModel, extra="forbid"):
    name: str = pydantic.Field(max_length=20)
    continent: typing.Literal["Europe", "Asia", "Africa"]
    population: int = pydantic.Field(ge=0, le=50_000_000)


def agents():
    model = OpenAIChatModel(name, provider=OpenAIProvider(base_url=url + "/v1", api_key="none"))
    # A small model goes on with calls until its tokens are used up.
    settings = {"temperature": 0, "max_tokens": 120, "parallel_tool_calls": False}
    for output in (ToolOutput(City), NativeOutput(City)):
        made = Agent(model, output_type=output, model_settings=settings).run_sync("Tell me of the city Paris.")
        check(isinstance(made.output, City), f"{output}: typed")

    # The output is a tool here, so that the model must call one in each turn: tool_choice is required.
    calls = []
    agent = Agent(model, output_type=ToolOutput(City, name="answer"), model_settings=settings, retries=0)

    @agent.tool_plain
    def get_weather(city: typing.Annotated[str, pydantic.Field(max_length=20)], days: int) -> str:
        """The weather of a city."""
        calls.append((city, days))
        return f"Sunny in {city} for {days} days."

    try:
        made = agent.run_sync(QUESTION, usage_limits=UsageLimits(request_limit=3))
        check(isinstance(made.output, City), "typed behind a loop of tools")
    except UsageLimitExceeded:  # A small model may go on calling the tool.
        check(len(calls) >= 3, "a call in each turn")
    check(all(isinstance(city, str) and isinstance(days, int) for city, days in calls), "arguments are typed")


def instructions():
    for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA):
        client = instructor.from_openai(openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0), mode=mode)
        ask = dict(model=name, messages=[{"role": "user", "content": "Tell me of the city Paris."}], temperature=0,
                   max_tokens=120, max_retries=0)
        made = client.create(response_model=City, **ask)
        check(isinstance(made, City), f"{mode}: typed")
        last = None
        for last in client.create_partial(response_model=City, **ask):
            pass
        check(last.model_dump() == made.model_dump(), f"{mode}: streamed as whole")


agents()
instructions()
print(json.dumps({"checks": checks}))
