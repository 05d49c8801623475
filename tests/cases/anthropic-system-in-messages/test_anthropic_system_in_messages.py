"""A message of role "system" within the messages, as coding agents send it."""
import json
import pathlib

from server import Server
from tiny_model import tiny_model

BODY = json.loads(pathlib.Path(__file__).with_name("body.json").read_text())
FIRST_ONLY = ("{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('system first') }}"
              "{% endif %}<{{ m.role }}>{{ m.content }}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}")


def check(server, prompt):
    """The answer is the one to that prompt."""
    body = {**BODY, "model": server.model, "temperature": 0, "max_tokens": 12}
    answer = server.post("/v1/messages", body)
    told = server.post("/v1/completions", {"prompt": prompt, "parse_special": True, "temperature": 0, "max_tokens": 12})
    assert answer["usage"]["input_tokens"] + answer["usage"]["cache_read_input_tokens"] == told["usage"]["prompt_tokens"]
    assert answer["content"][0]["text"] == told["choices"][0]["text"]
    asked = {name: body[name] for name in ("model", "system", "messages")}
    assert server.post("/v1/messages/count_tokens", asked)["input_tokens"] == told["usage"]["prompt_tokens"]


def test_is_a_turn_where_the_template_takes_one(default_server):
    check(default_server, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n"
                          "<|im_start|>system\nAgents: none<|im_end|>\n<|im_start|>assistant\n")


def test_joins_the_first_where_the_template_refuses_one(tmp_path):
    with Server(model=tiny_model(FIRST_ONLY).write(tmp_path / "model.gguf")) as server:
        check(server, "<system>Be brief.\n\nAgents: none</><user>hi</><assistant>")
