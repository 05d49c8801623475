"""A message of the system among the messages of Anthropic's API reaches the model."""
import json
import pathlib

from gguf_file import string
from server import Server
from tiny_model import tiny_model

BODY = json.loads((pathlib.Path(__file__).parent / "body.json").read_text())
CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}, {"role": "system", "content": "Agents: none"}]
SYSTEM_FIRST = ("{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('the system comes "
                "first') }}{% endif %}<{{ m.role }}>{{ m.content }}</>{% endfor %}")
NO_SYSTEM = ("{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}<{{ m.role }}>"
             "{{ m.content }}</>{% endfor %}")


def prompt_and_tokens(server):
    prompt = server.post("/apply-template", {"messages": CHAT})["prompt"]
    answer = server.post("/v1/messages", BODY)
    counted = server.post("/v1/messages/count_tokens", {"system": BODY["system"], "messages": BODY["messages"]})
    assert answer["usage"]["input_tokens"] == counted["input_tokens"]
    assert counted["input_tokens"] == server.post("/tokenize", {"messages": CHAT})["count"]
    return prompt


def test_is_a_turn_where_the_template_takes_one(default_server):
    prompt = prompt_and_tokens(default_server)
    assert "<|im_start|>user\nhi<|im_end|>\n<|im_start|>system\nAgents: none<|im_end|>\n" in prompt


def test_is_merged_where_it_does_not(tmp_path):
    for template, expected in ((SYSTEM_FIRST, "<system>Be brief.\n\nAgents: none</><user>hi</>"),
                               (NO_SYSTEM, "<user>Be brief.\n\nAgents: none\n\nhi</>")):
        model = tiny_model().set("tokenizer.chat_template", string(template)).write(tmp_path / "model.gguf")
        with Server(model=model) as server:
            assert prompt_and_tokens(server) == expected
