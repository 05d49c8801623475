"""The last message is carried on where the template wrote it, not joined to a generation prompt."""
import pytest

from server import Server
from tiny_model import BOS, tiny_model

LOOP = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}"
CASES = [
    ("{{ bos_token }}{% for m in messages %}{% if m.role=='user' %}[INST] {{ m.content }}[/INST]{% else %} {{ m.content }}"
     "{{ eos_token }}{% endif %}{% endfor %}",
     BOS + "[INST] Tell me a tale.[/INST] There was once"),
    (LOOP + "<|im_start|>assistant\n<think>\n\n</think>\n\n{% endif %}",
     "<|im_start|>user\nTell me a tale.<|im_end|>\n<|im_start|>assistant\nThere was once"),
    ("{% for m in messages %}{% if m.role=='user' %}USER: {{ m.content }} {% else %}ASSISTANT: {{ m.content }}{{ eos_token }}"
     "{% endif %}{% endfor %}",
     "USER: Tell me a tale. ASSISTANT: There was once"),
    (LOOP + "<|im_start|>assistant\n{% endif %}",
     "<|im_start|>user\nTell me a tale.<|im_end|>\n<|im_start|>assistant\nThere was once"),
]
MESSAGES = [{"role": "user", "content": "Tell me a tale."}, {"role": "assistant", "content": "There was once"}]


@pytest.mark.parametrize("template,prompt", CASES)
def test_cuts_behind_the_content(tmp_path, template, prompt):
    ask = {"temperature": 0, "max_tokens": 8, "ignore_eos": True}
    with Server(model=tiny_model(template).write(tmp_path / "model.gguf")) as server:
        carried_on = {"messages": MESSAGES, "continue_final_message": True, "add_generation_prompt": False}
        assert server.post("/apply-template", carried_on)["prompt"] == prompt
        told = server.post("/v1/completions", {**ask, "prompt": prompt, "parse_special": True})
        chat = server.post("/v1/chat/completions", {**ask, **carried_on})
        assert chat["usage"]["prompt_tokens"] == told["usage"]["prompt_tokens"]
        assert chat["choices"][0]["message"]["content"] == told["choices"][0]["text"]
        # Anthropic's API carries an assistant's last message on unasked.
        message = server.post("/v1/messages", {**ask, "model": server.model, "messages": MESSAGES})
        assert (message["usage"]["input_tokens"] + message["usage"]["cache_read_input_tokens"]
                == told["usage"]["prompt_tokens"])
        assert message["content"][0]["text"] == told["choices"][0]["text"]
