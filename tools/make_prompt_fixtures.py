#!/usr/bin/env python3
"""Writes tests/fixtures/templates/prompts.json: the conversations of route_conversations.py as each dialect's clients send
them, and for every template the prompt that its reference makes of them.

The reference is transformers' apply_chat_template on the client's own messages. Where the template fails on them or does
not write a text, other forms of the same messages are tried (contents as parts, "" for null, arguments as text, ids of
nine letters), the fewest changes first. A prompt is kept as a hash, null where no form is taken: there the messages have
to be rearranged, and the tests ask for other things.

Needs transformers and jinja2 3.1.6. `show TEMPLATE CONVERSATION` prints one prompt.
"""

import copy
import itertools
import json
import sys

import make_template_fixtures as fixtures
from route_conversations import CONVERSATIONS, RAW

ROLES = ("system", "user", "assistant", "tool")


def texts_of(message):
    content = message.get("content")
    if isinstance(content, list):
        return [part["text"] for part in content]
    return [] if content is None else [content]


def in_form(texts, form):
    if form == "text":
        return "\n".join(texts)
    if form == "one part":
        return [{"type": "text", "text": "\n".join(texts)}]
    return [{"type": "text", "text": text} for text in texts] or [{"type": "text", "text": ""}]


class Written(float):
    """A number that prints as it was written."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self):
        return self.text

    __str__ = __repr__


def read_arguments(text):
    """Python's own numbers where they print as they are written, others as Written."""
    def number(kind):
        return lambda written: kind(written) if repr(kind(written)) == written else Written(written)
    return json.loads(text, parse_int=number(int), parse_float=number(float))


def keep_written():
    """Lets transformers hand Written on, and its `tojson` print it."""
    oracle = fixtures.oracle()
    plain, compile_template = oracle._plain_template_data, oracle._compile_jinja_template
    oracle._plain_template_data = lambda value: value if isinstance(value, Written) else plain(value)

    def words(value, found):
        if isinstance(value, Written):
            found.append(value.text)
            return f"number{len(found) - 1}number"
        if isinstance(value, dict):
            return {key: words(item, found) for key, item in value.items()}
        return [words(item, found) for item in value] if isinstance(value, (list, tuple)) else value

    def compile_with_numbers(template):
        compiled = compile_template(template)
        filters = compiled.environment.filters
        dumps = filters["tojson"]
        if not hasattr(dumps, "keeps_written"):
            def tojson(value, *args, **kwargs):
                found = []
                text = dumps(words(value, found), *args, **kwargs)
                for i, number in enumerate(found):
                    text = text.replace(f'"number{i}number"', number)
                return text
            tojson.keeps_written = True
            filters["tojson"] = tojson
        return compiled

    oracle._compile_jinja_template = compile_with_numbers


def dumps(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumps, value)) + "]"
    return repr(value) if isinstance(value, Written) else json.dumps(value, ensure_ascii=False)


def formed(messages, forms, null, arguments, short_ids):
    out = copy.deepcopy(messages)
    for message in out:
        is_null = null and "tool_calls" in message and message["content"] is None
        message["content"] = None if is_null else in_form(texts_of(message), forms[message["role"]])
        if short_ids and "tool_call_id" in message:
            message["tool_call_id"] = short_id(message["tool_call_id"])
        for call in message.get("tool_calls", []):
            if short_ids:
                call["id"] = short_id(call["id"])
            read = read_arguments(call["function"]["arguments"])
            call["function"]["arguments"] = read if arguments == "object" else dumps(read)
    return out


def short_id(text):
    value = int(fixtures.fnv1a(text.encode()), 16)
    out = ""
    for _ in range(9):
        out += "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36]
        value //= 36
    return out


def render(template, messages, continues):
    def run():
        rendered, _ = fixtures.oracle().render_jinja_template(
            conversations=[messages], chat_template=template, add_generation_prompt=not continues,
            continue_final_message=continues, **fixtures.TOKENS)
        return rendered[0]

    return fixtures.outcome(run).get("out")


def is_written(messages, text, arguments):
    """Whether a prompt holds every text, in whatever white space, and nothing that was to be looped over or left out."""
    wanted = [t for m in messages if "tool_calls" not in m for t in texts_of(m) if t.strip()]
    if any(t.strip() not in text for t in wanted) or any(x in text for x in ("'type':", '{"type"', "None", "null")):
        return False
    calls = [c for m in messages for c in m.get("tool_calls", [])]
    shown = [c for c in calls if "deep" in text or "huge" in text]
    if not shown:
        return arguments == "object"
    return "'x':" not in text and "'one':" not in text and '\\"x\\"' not in text and '\\"one\\"' not in text


def candidates(messages):
    """Forms of the messages, the fewest changes from the client's own first."""
    several = {m["role"] for m in messages if len(texts_of(m)) > 1}
    has_calls = any("tool_calls" in m for m in messages)
    present = [role for role in ROLES if any(m["role"] == role for m in messages)]
    choices = [("parts", "text", "one part") if role in several else ("text", "parts") for role in present]
    booleans = (False, True) if has_calls else (False,)
    every = itertools.product(itertools.product(*(range(len(c)) for c in choices)), booleans, booleans, booleans)
    for picked, empty, as_text, short in sorted(every, key=lambda c: (c[3], sum(c[0]) + c[1] + c[2])):
        forms = {role: choice[i] for role, choice, i in zip(present, choices, picked)}
        yield forms, not empty, "text" if as_text else "object", short


def reference(template, conversation):
    messages = conversation["messages"]
    for forms, null, arguments, short in candidates(messages):
        text = render(template, formed(messages, forms, null, arguments, short), conversation.get("continues", False))
        if text is not None and is_written(messages, text, arguments):
            return text
    return None


def body_text(value):
    """JSON in which a string that begins with RAW stands as the JSON it holds."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {body_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(body_text, value)) + "]"
    if isinstance(value, str) and value.startswith(RAW):
        return value.removeprefix(RAW)
    return json.dumps(value, ensure_ascii=False)


def bodies(conversation):
    continues = {"continue_final_message": True, "add_generation_prompt": False} if conversation.get("continues") else {}
    return {
        "chat": [body_text({"messages": messages, **continues}) for messages in conversation["chat"]],
        "responses": [body_text(body) for body in conversation.get("responses", [])],
        "anthropic": [body_text({"max_tokens": 5, **body}) for body in conversation["anthropic"]],
    }


def guarded_texts(conversation):
    return [text for m in conversation["messages"] if "tool_calls" not in m for text in texts_of(m) if text.strip()]


def main():
    keep_written()
    if sys.argv[1:2] == ["show"]:
        template = dict(fixtures.templates())[sys.argv[2]]
        print(reference(template, next(c for c in CONVERSATIONS if c["name"] == sys.argv[3])))
        return
    cases = []
    for conversation in CONVERSATIONS:
        prompts = {}
        for name, template in fixtures.templates():
            text = reference(template, conversation)
            prompts[name] = None if text is None else fixtures.fnv1a(text.encode())
        cases.append({"name": conversation["name"], "texts": guarded_texts(conversation), **bodies(conversation), "prompts": prompts})
        print(f"{conversation['name']}: {sum(p is not None for p in prompts.values())} of {len(prompts)}")
    fixtures.write("prompts.json", {"tokens": fixtures.TOKENS, "now": fixtures.NOW.isoformat(), "cases": cases})


if __name__ == "__main__":
    main()
