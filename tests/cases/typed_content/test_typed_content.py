"""A template that loops over the parts of a message gets parts, however the text was sent."""
import pytest

from server import Server
from tiny_model import tiny_model

TEMPLATE = ("{% for m in messages %}<{{ m['role'] }}>{% for p in m['content'] %}{% if p['type']=='text' %}{{ p['text'] }}"
            "{% endif %}{% endfor %}</>{% endfor %}")
PROMPT = "<user>Where is Oslo?</>"
CONTENTS = ["Where is Oslo?", [{"type": "text", "text": "Where is Oslo?"}],
            [{"type": "text", "text": "Where is "}, {"type": "text", "text": "Oslo?"}]]


@pytest.fixture(scope="module")
def typed_server(tmp_path_factory):
    with Server(model=tiny_model(TEMPLATE).write(tmp_path_factory.mktemp("typed") / "typed.gguf")) as server:
        yield server


@pytest.mark.parametrize("content", CONTENTS)
def test_the_text_is_in_the_prompt(typed_server, content):
    messages = [{"role": "user", "content": content}]
    assert typed_server.post("/apply-template", {"messages": messages})["prompt"] == PROMPT
    told = typed_server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 1})["usage"]["prompt_tokens"]
    ask = {"model": typed_server.model, "messages": messages, "max_tokens": 1}
    assert typed_server.post("/v1/chat/completions", ask)["usage"]["prompt_tokens"] == told
    usage = typed_server.post("/v1/messages", ask)["usage"]
    assert usage["input_tokens"] + usage["cache_read_input_tokens"] == told
