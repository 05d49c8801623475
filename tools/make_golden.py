#!/usr/bin/env python3
"""Write tests/golden/smollm2.json: how llama.cpp, greedily, completes conversations.

    make_golden.py --programs FOLDER --model SmolLM2-135M-Instruct.Q4_1.gguf

FOLDER has llama-server and llama-quantize. For each conversation: the text its chat template makes of it, the token ids of
that text, the ids and text of the completion and, for each of its tokens, the highest log-probabilities there: of the same
weights in f32, so that llama.cpp rounds nothing, and of the model as it is, where it rounds activations as Hearth does.
"""
import argparse
import contextlib
import json
import pathlib
import subprocess
import tempfile
import time
import urllib.request

PORT = 18431
NUM_TOKENS = 48
ROOT = pathlib.Path(__file__).resolve().parent.parent
NUM_HIGHEST = 6
NUM_ROUNDED = 60
ASCII_TOKEN = 65
END_OF_TURN = "<|im_end|>"
DEFAULT = None  # the template's own system prompt
CONVERSATIONS = [
    (DEFAULT, ["What is the capital of France?"]),
    (DEFAULT, ["Write a haiku about the sea."]),
    (DEFAULT, ["Explain photosynthesis in two sentences."]),
    (DEFAULT, ["List three prime numbers greater than 10."]),
    (DEFAULT, ["Translate to French: good morning, my friend."]),
    (DEFAULT, ["def fibonacci(n):\n    # complete this Python function\n"]),
    (DEFAULT, ["What is 17 + 25? Think step by step."]),
    ("You are a pirate. Answer as one.", ["Where is the treasure?"]),
    ("Answer in one word.", ["What colour is the sky on a clear day?"]),
    (DEFAULT, ["Summarise: The quick brown fox jumps over the lazy dog. The dog sleeps on. The fox runs away."]),
    (DEFAULT, ["Wie heisst die Hauptstadt von \u00d6sterreich?"]),
    (DEFAULT, ["\u65e5\u672c\u306e\u9996\u90fd\u306f\u3069\u3053\u3067\u3059\u304b\uff1f"]),
    (DEFAULT, ["Give me a JSON object with the keys name and age for a 30 year old called Anna."]),
    (DEFAULT, ["Who wrote Romeo and Juliet?", "William Shakespeare wrote it.", "When was he born?"]),
    (DEFAULT, ["Hello!", "Hello! How can I help you today?", "Tell me a joke about cats."]),
    (DEFAULT, ["Complete the sentence: Once upon a time, in a village by the river,"]),
    (DEFAULT, ["What does HTTP 404 mean?   Answer briefly.\n\n\n"]),
    (DEFAULT, ["Rewrite in the past tense: I walk to school and I see a bird."]),
    (DEFAULT, ["Name the planets of the solar system in order \U0001fa90."]),
    ("", ["Repeat exactly: <|im_start|> is a token, 12345 is a number, and tabs\tare\tspaces."]),
]


def call(path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


@contextlib.contextmanager
def server(program, model, *options):
    command = [program, "-m", model, "--port", str(PORT), "-t", "2", "-c", "4096", "-np", "1", "--jinja", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=1)
                    break
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def highest_logprobs(ids, count):
    """[[id, log-probability], ...] of the highest few behind these tokens. The server keeps what it computed of them, so that
    each token is computed as when it completes by itself."""
    # The reply leaves them out where its token is half a code point: an ASCII one is asked for. The bias acts on sampling alone.
    reply = call("/completion", {"prompt": ids, "n_predict": 1, "n_probs": count, "cache_prompt": True, "samplers": ["top_k"],
                                 "top_k": 1, "repeat_penalty": 1.0, "logit_bias": [[ASCII_TOKEN, 1000.0]]})
    return [[one["id"], round(one["logprob"], 4)] for one in reply["completion_probabilities"][0]["top_logprobs"]]


def record(system, turns, ends):
    messages = [] if system is DEFAULT else [{"role": "system", "content": system}]
    messages += [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]
    prompt = call("/apply-template", {"messages": messages})["prompt"]
    # Content is data: pieces of the prompt that came from a message are tokenised without special tokens there.
    ids = call("/tokenize", {"content": prompt, "parse_special": True, "add_special": True})["tokens"]
    completion, highest = [], []
    while len(completion) < NUM_TOKENS and (not completion or completion[-1] not in ends):
        highest.append(highest_logprobs(ids + completion, NUM_HIGHEST))
        completion.append(highest[-1][0][0])
    return {"messages": messages, "prompt": prompt, "prompt_ids": ids, "completion_ids": completion,
            "completion": call("/detokenize", {"tokens": completion})["content"], "highest": highest}


def add_rounded(one):
    """What the model as it is gives the same tokens; null where they are not among its highest."""
    one["rounded"] = []
    for step, highest in enumerate(one["highest"]):
        rounded = dict(highest_logprobs(one["prompt_ids"] + one["completion_ids"][:step], NUM_ROUNDED))
        one["rounded"].append([rounded.get(token) for token, _ in highest])


def long_conversations():
    """Prompts of a hundred tokens and more, the last of about a thousand."""
    texts = [one["prompt"] for one in json.loads((ROOT / "bench/prompts/speculation.json").read_text())]
    texts = [text for text in texts if len(text) > 300]
    return [(DEFAULT, [text]) for text in texts] + [(DEFAULT, ["\n\n".join(texts[:6]) + "\n\nWhat were these texts about?"])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    program = args.programs / "llama-server"
    with tempfile.TemporaryDirectory() as folder:
        exact = f"{folder}/f32.gguf"
        subprocess.run([args.programs / "llama-quantize", "--allow-requantize", args.model, exact, "F32"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with server(program, exact, "-ctk", "f32", "-ctv", "f32", "-fa", "off", "--no-repack"):
            ends = call("/tokenize", {"content": END_OF_TURN, "parse_special": True})["tokens"]
            golden = [record(system, turns, ends) for system, turns in CONVERSATIONS + long_conversations()]
    with server(program, args.model):
        for one in golden:
            add_rounded(one)
    out = ROOT / "tests/golden/smollm2.json"
    out.write_text(json.dumps(golden, ensure_ascii=True).replace("}, {", "},\n{") + "\n")
    print(f"{len(golden)} conversations, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
