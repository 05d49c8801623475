"""A template that loops over the parts of a content gets parts, whatever the client sent."""
import pytest

from gguf_file import string
from program import run_program
from server import Server
from tiny_model import tiny_model

LOOPS = ("{% for m in messages %}<{{ m['role'] }}>{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ p['text'] }}"
         "{% endif %}{% endfor %}</>{% endfor %}")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_model().set("tokenizer.chat_template", string(LOOPS)).write(tmp_path_factory.mktemp("typed") / "typed.gguf")


@pytest.fixture(scope="module")
def server(model):
    with Server(model=model) as running:
        yield running


def part(text):
    return {"type": "text", "text": text}


@pytest.mark.parametrize("content", ["Where is Oslo?", [part("Where is Oslo?")], [part("Where"), part(" is Oslo?")]])
def test_no_text_is_lost(server, content):
    messages = [{"role": "user", "content": content}]
    assert server.post("/apply-template", {"messages": messages})["prompt"] == "<user>Where is Oslo?</>"
    expected = server.post("/tokenize", {"messages": messages})["count"]
    assert server.post("/v1/messages/count_tokens", {"messages": messages})["input_tokens"] == expected
    chat = server.post("/v1/chat/completions", {"messages": messages, "max_tokens": 1})
    assert chat["usage"]["prompt_tokens"] == expected
    response = server.post("/v1/responses", {"input": messages if isinstance(content, str) else
                                             [{"role": "user", "content": [{**p, "type": "input_text"} for p in content]}],
                                             "max_output_tokens": 1})
    assert response["usage"]["input_tokens"] == expected


def test_the_command_says_it_too(model, tmp_path, server):
    ran = run_program("run", model, "Where is Oslo?", "-n", 4, "--temperature", 0, "-q", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr.decode()
    body = {"messages": [{"role": "user", "content": "Where is Oslo?"}], "max_tokens": 4, "temperature": 0}
    said = server.post("/v1/chat/completions", body)["choices"][0]["message"]["content"]
    assert ran.stdout.decode(errors="replace").removesuffix("\n") == said.removesuffix("\n")
