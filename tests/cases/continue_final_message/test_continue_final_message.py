"""A last message is carried on where the template puts it, not behind a generation prompt."""
import pytest

from gguf_file import string
from server import Server
from tiny_model import tiny_model

MESSAGES = [{"role": "user", "content": "Tell me a tale."}, {"role": "assistant", "content": "There was once"}]
TURNS = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
OPENED = "<|im_start|>user\nTell me a tale.<|im_end|>\n<|im_start|>assistant\nThere was once"
CASES = [
    ("{{ bos_token }}{% for m in messages %}{% if m.role=='user' %}[INST] {{ m.content }}[/INST]{% else %} {{ m.content }}"
     "{{ eos_token }}{% endif %}{% endfor %}", "[INST] Tell me a tale.[/INST] There was once"),
    (TURNS + "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n\n</think>\n\n{% endif %}", OPENED),
    ("{% for m in messages %}{% if m.role=='user' %}USER: {{ m.content }} {% else %}ASSISTANT: {{ m.content }}{{ eos_token }}"
     "{% endif %}{% endfor %}", "USER: Tell me a tale. ASSISTANT: There was once"),
    (TURNS + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}", OPENED),
]


@pytest.mark.parametrize("template, expected", CASES)
def test_the_prompt_ends_behind_the_last_text(tmp_path, template, expected):
    model = tiny_model().set("tokenizer.chat_template", string(template)).write(tmp_path / "model.gguf")
    with Server(model=model) as server:
        carried_on = {"messages": MESSAGES, "continue_final_message": True, "add_generation_prompt": False}
        assert server.post("/apply-template", carried_on)["prompt"].removeprefix("<|endoftext|>") == expected
        count = server.post("/tokenize", carried_on)["count"]
        assert server.post("/v1/messages/count_tokens", {"messages": MESSAGES})["input_tokens"] == count
        answer = server.post("/v1/chat/completions", {**carried_on, "max_tokens": 1})
        assert answer["usage"]["prompt_tokens"] == count
