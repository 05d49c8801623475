"""Conversations as the clients of each dialect send them, for prompts that must be the same by every route. See
make_prompt_fixtures.py, which adds what a template's own reference makes of `messages`."""

ARGUMENTS = '{"x": 4, "deep": {"list": [1, 2], "flag": true}, "text": "caf\\u00e9 \\"q\\""}'
NUMBERS = ('{"one": 1.0, "huge": 1e400, "long": 123456789012345678901234567890, "cents": 0.10, "minus": -0, '
           '"power": 2E5, "last": [1.50, -0.0]}')


def call(name, arguments, number):
    return {"id": f"call_{number}_abcdefghijk", "type": "function", "function": {"name": name, "arguments": arguments}}


def item(name, arguments, number):
    return {"type": "function_call", "call_id": f"call_{number}_abcdefghijk", "name": name, "arguments": arguments}


def use(name, arguments, number):
    """`input` is written into the body as the text it is."""
    return {"type": "tool_use", "id": f"call_{number}_abcdefghijk", "name": name, "input": RAW + arguments}


def result(content, number):
    return {"role": "tool", "tool_call_id": f"call_{number}_abcdefghijk", "content": content}


def output(content, number):
    return {"type": "function_call_output", "call_id": f"call_{number}_abcdefghijk", "output": content}


def block(content, number):
    return {"type": "tool_result", "tool_use_id": f"call_{number}_abcdefghijk", "content": content}


def say(role, content, **more):
    return {"role": role, "content": content, **more}


def part(text, kind="text"):
    return {"type": kind, "text": text}


# In front of JSON that stands in a body as it is, not as a string.
RAW = "RAW:"

ASK = say("user", "What is the root of four?")
THANK = say("user", "Thank you.")

CONVERSATIONS = [
    {
        "name": "words",
        "messages": [say("system", "Be brief."), say("user", "Hello there"), say("assistant", "Good day."), say("user", "Tell me a joke.")],
        "chat": [[say("system", "Be brief."), say("user", "Hello there"), say("assistant", "Good day.", refusal=None), say("user", "Tell me a joke.")],
                 [say("developer", [part("Be brief.")]), say("user", [part("Hello there")]), say("assistant", [part("Good day.")]), say("user", "Tell me a joke.")]],
        "responses": [{"instructions": "Be brief.", "input": [say("user", "Hello there"), say("assistant", "Good day."), say("user", "Tell me a joke.")]},
                      {"input": [{"type": "message", **say("developer", [part("Be brief.", "input_text")])}, say("user", [part("Hello there", "input_text")]),
                                 {"type": "message", "id": "msg_1", "status": "completed", **say("assistant", [{**part("Good day.", "output_text"), "annotations": []}])},
                                 say("user", "Tell me a joke.")]}],
        "anthropic": [{"system": "Be brief.", "messages": [say("user", "Hello there"), say("assistant", "Good day."), say("user", "Tell me a joke.")]},
                      {"system": [{**part("Be brief."), "cache_control": {"type": "ephemeral"}}],
                       "messages": [say("user", [part("Hello there")]), say("assistant", [part("Good day.")]), say("user", [part("Tell me a joke.")])]},
                      {"messages": [say("system", "Be brief."), say("user", "Hello there"), say("assistant", "Good day."), say("user", "Tell me a joke.")]}],
    },
    {
        "name": "several texts",
        "messages": [say("user", [part("First of all,"), part("what is this?"), part("Answer in one word.")])],
        "chat": [[say("user", [part("First of all,"), part("what is this?"), part("Answer in one word.")])]],
        "responses": [{"input": [say("user", [part("First of all,", "input_text"), part("what is this?", "input_text"), part("Answer in one word.", "input_text")])]}],
        "anthropic": [{"messages": [say("user", [part("First of all,"), part("what is this?"), part("Answer in one word.")])]}],
    },
    {
        "name": "several system texts",
        "messages": [say("system", [part("Be brief."), part("Be kind.")]), say("user", "Hello there")],
        "chat": [[say("system", [part("Be brief."), part("Be kind.")]), say("user", "Hello there")]],
        "responses": [{"input": [say("system", [part("Be brief.", "input_text"), part("Be kind.", "input_text")]), say("user", "Hello there")]}],
        "anthropic": [{"system": [part("Be brief."), part("Be kind.")], "messages": [say("user", "Hello there")]}],
    },
    {
        "name": "call without text",
        "messages": [ASK, say("assistant", None, tool_calls=[call("sqrt", ARGUMENTS, 1)]), result("two exactly", 1)],
        "chat": [[ASK, say("assistant", None, tool_calls=[call("sqrt", ARGUMENTS, 1)]), result("two exactly", 1)],
                 [ASK, {"role": "assistant", "tool_calls": [call("sqrt", ARGUMENTS, 1)]}, result([part("two exactly")], 1)],
                 [ASK, say("assistant", "", tool_calls=[{**call("sqrt", ARGUMENTS, 1), "index": 0}], function_call=None), result("two exactly", 1)],
                 [ASK, say("assistant", [], tool_calls=[call("sqrt", RAW + ARGUMENTS, 1)]), result("two exactly", 1)]],
        "responses": [{"input": [ASK, item("sqrt", ARGUMENTS, 1), output("two exactly", 1)]},
                      {"input": [ASK, {**item("sqrt", ARGUMENTS, 1), "id": "fc_1", "status": "completed"}, output([part("two exactly", "input_text")], 1)]}],
        "anthropic": [{"messages": [ASK, say("assistant", [use("sqrt", ARGUMENTS, 1)]), say("user", [block("two exactly", 1)])]},
                      {"messages": [ASK, say("assistant", [use("sqrt", ARGUMENTS, 1)]), say("user", [{**block([part("two exactly")], 1), "is_error": False}])]}],
    },
    {
        "name": "calls beside text, then an answer",
        "messages": [ASK, say("assistant", "Let me see.", tool_calls=[call("sqrt", ARGUMENTS, 1), call("now", "{}", 2)]), result("two exactly", 1),
                     result("high noon", 2), say("assistant", "It is two."), THANK],
        "chat": [[ASK, say("assistant", "Let me see.", tool_calls=[call("sqrt", ARGUMENTS, 1), call("now", "{}", 2)]), result("two exactly", 1),
                  result("high noon", 2), say("assistant", "It is two."), THANK],
                 [ASK, say("assistant", "Let me see.", tool_calls=[call("sqrt", ARGUMENTS, 1), call("now", "", 2)]), result("two exactly", 1),
                  result("high noon", 2), say("assistant", "It is two."), THANK]],
        "responses": [{"input": [ASK, say("assistant", "Let me see."), item("sqrt", ARGUMENTS, 1), item("now", "{}", 2), output("two exactly", 1),
                                 output("high noon", 2), say("assistant", "It is two."), THANK]}],
        "anthropic": [{"messages": [ASK, say("assistant", [part("Let me see."), use("sqrt", ARGUMENTS, 1), use("now", "{}", 2)]),
                                    say("user", [block("two exactly", 1), block("high noon", 2)]), say("assistant", "It is two."), THANK]}],
    },
    {
        "name": "reasoning and calls",
        "messages": [ASK, say("assistant", None, reasoning_content="I should ask.\nAnd then tell.", tool_calls=[call("sqrt", ARGUMENTS, 1)]),
                     result("two exactly", 1)],
        "chat": [[ASK, say("assistant", None, reasoning_content="I should ask.\nAnd then tell.", tool_calls=[call("sqrt", ARGUMENTS, 1)]), result("two exactly", 1)],
                 [ASK, say("assistant", None, reasoning="I should ask.\nAnd then tell.", tool_calls=[call("sqrt", ARGUMENTS, 1)]), result("two exactly", 1)]],
        "responses": [{"input": [ASK, {"type": "reasoning", "id": "rs_1", "summary": [],
                                       "content": [part("I should ask.", "reasoning_text"), part("And then tell.", "reasoning_text")]},
                                 item("sqrt", ARGUMENTS, 1), output("two exactly", 1)]},
                      {"input": [ASK, {"type": "reasoning", "id": "rs_1", "summary": [part("I should ask.\nAnd then tell.", "summary_text")], "encrypted_content": None},
                                 item("sqrt", ARGUMENTS, 1), output("two exactly", 1)]}],
        "anthropic": [{"messages": [ASK, say("assistant", [{"type": "thinking", "thinking": "I should ask.", "signature": "s"},
                                                           {"type": "thinking", "thinking": "And then tell.", "signature": "s"}, use("sqrt", ARGUMENTS, 1)]),
                                    say("user", [block("two exactly", 1)])]}],
    },
    {
        "name": "numbers as written",
        "messages": [ASK, say("assistant", None, tool_calls=[call("sqrt", NUMBERS, 1)]), result("two exactly", 1)],
        "chat": [[ASK, say("assistant", None, tool_calls=[call("sqrt", NUMBERS, 1)]), result("two exactly", 1)],
                 [ASK, say("assistant", None, tool_calls=[call("sqrt", RAW + NUMBERS, 1)]), result("two exactly", 1)],
                 [ASK, say("assistant", None, tool_calls=[call("sqrt", NUMBERS.replace(" ", ""), 1)]), result("two exactly", 1)]],
        "responses": [{"input": [ASK, item("sqrt", NUMBERS, 1), output("two exactly", 1)]}],
        "anthropic": [{"messages": [ASK, say("assistant", [use("sqrt", NUMBERS, 1)]), say("user", [block("two exactly", 1)])]},
                      {"messages": [ASK, say("assistant", [use("sqrt", NUMBERS.replace(" ", "\n"), 1)]), say("user", [block("two exactly", 1)])]}],
    },
    {
        "name": "results and words of the user",
        "messages": [ASK, say("assistant", None, tool_calls=[call("sqrt", ARGUMENTS, 1)]), result("two exactly", 1), say("user", "Now in words.")],
        "chat": [[ASK, say("assistant", None, tool_calls=[call("sqrt", ARGUMENTS, 1)]), result("two exactly", 1), say("user", "Now in words.")]],
        "responses": [{"input": [ASK, item("sqrt", ARGUMENTS, 1), output("two exactly", 1), say("user", "Now in words.")]}],
        "anthropic": [{"messages": [ASK, say("assistant", [use("sqrt", ARGUMENTS, 1)]), say("user", [block("two exactly", 1), part("Now in words.")])]}],
    },
    {
        "name": "late system",
        "messages": [say("system", "Be brief."), say("user", "Hello there"), say("system", "Agents: none"), say("user", "Tell me a joke.")],
        "chat": [[say("system", "Be brief."), say("user", "Hello there"), say("system", "Agents: none"), say("user", "Tell me a joke.")],
                 [say("developer", "Be brief."), say("user", "Hello there"), say("developer", "Agents: none"), say("user", "Tell me a joke.")]],
        "responses": [{"instructions": "Be brief.", "input": [say("user", "Hello there"), say("developer", "Agents: none"), say("user", "Tell me a joke.")]}],
        "anthropic": [{"system": "Be brief.", "messages": [say("user", "Hello there"), say("system", "Agents: none"), say("user", "Tell me a joke.")]}],
    },
    {
        "name": "system last",
        "messages": [say("system", "Be brief."), say("user", "Hello there"), say("system", "Agents: none")],
        "chat": [[say("system", "Be brief."), say("user", "Hello there"), say("system", "Agents: none")]],
        "responses": [{"instructions": "Be brief.", "input": [say("user", "Hello there"), say("system", "Agents: none")]}],
        "anthropic": [{"system": "Be brief.", "messages": [say("user", "Hello there"), say("system", [part("Agents: none")])]}],
    },
    {
        "name": "two users in a row",
        "messages": [say("user", "Hello there"), say("user", "Tell me a joke.")],
        "chat": [[say("user", "Hello there"), say("user", "Tell me a joke.")]],
        "responses": [{"input": [say("user", "Hello there"), say("user", "Tell me a joke.")]}],
        "anthropic": [{"messages": [say("user", "Hello there"), say("user", "Tell me a joke.")]}],
    },
    {
        "name": "empty texts",
        "messages": [say("user", "Hello there"), say("assistant", ""), say("user", "Tell me a joke.")],
        "chat": [[say("user", "Hello there"), say("assistant", ""), say("user", "Tell me a joke.")],
                 [say("user", "Hello there"), say("assistant", None), say("user", "Tell me a joke.")],
                 [say("user", "Hello there"), {"role": "assistant"}, say("user", [part("Tell me a joke.")])]],
        "responses": [{"input": [say("user", "Hello there"), say("assistant", ""), say("user", "Tell me a joke.")]}],
        "anthropic": [{"messages": [say("user", "Hello there"), say("assistant", ""), say("user", "Tell me a joke.")]},
                      {"system": "", "messages": [say("user", "Hello there"), say("assistant", []), say("user", "Tell me a joke.")]}],
    },
    {
        "name": "carried on",
        "continues": True,
        "messages": [say("user", "Tell me a tale."), say("assistant", "There was once")],
        "chat": [[say("user", "Tell me a tale."), say("assistant", "There was once")], [say("user", "Tell me a tale."), say("assistant", [part("There was once")])]],
        "anthropic": [{"messages": [say("user", "Tell me a tale."), say("assistant", "There was once")]},
                      {"messages": [say("user", "Tell me a tale."), say("assistant", [part("There was once")])]}],
    },
    {
        "name": "carried on behind a space",
        "continues": True,
        "messages": [say("system", "Be brief."), say("user", "Tell me a tale."), say("assistant", "It was so."), say("user", "And then?"), say("assistant", " Then she  ")],
        "chat": [[say("system", "Be brief."), say("user", "Tell me a tale."), say("assistant", "It was so."), say("user", "And then?"), say("assistant", " Then she  ")]],
        "anthropic": [{"system": "Be brief.", "messages": [say("user", "Tell me a tale."), say("assistant", "It was so."), say("user", "And then?"), say("assistant", " Then she  ")]}],
    },
]
