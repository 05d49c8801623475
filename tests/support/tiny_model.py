"""A model of a few kilobytes with random weights and a vocabulary of bytes, to be changed before it is written."""
from gguf_file import GgufFile, scalar, string
from program import TINY_MODELS

BOS = "<|endoftext|>"
CHATML = ("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")


def tiny_model(template=CHATML, context=2048):
    file = GgufFile(TINY_MODELS / "llama_linear.gguf")
    file.set("llama.context_length", scalar("u32", context))
    file.set("tokenizer.chat_template", string(template))
    return file
