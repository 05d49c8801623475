#!/usr/bin/env python3
"""Write tests/golden/smollm2.json: what llama.cpp answers, greedily, to 20 conversations.

    make_golden.py --server PATH/llama-server --model SmolLM2-135M-Instruct.Q4_1.gguf

For each conversation: the text its chat template makes of it, the token ids of that text, the ids and text of the
answer, and for each token of the answer the highest log-probabilities that transformers finds there in f32 arithmetic
on the same weights. The test runs the same conversations; where two engines part, the exact values tell how close the
call was. Needs torch, transformers and gguf.
"""
import argparse
import json
import pathlib
import subprocess
import time
import urllib.request

PORT = 18431
NUM_TOKENS = 48
NUM_CANDIDATES = 6
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


def wait_until_ready():
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def record(system, turns):
    messages = [] if system is DEFAULT else [{"role": "system", "content": system}]
    messages += [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]
    prompt = call("/apply-template", {"messages": messages})["prompt"]
    # Content is data: pieces of the prompt that came from a message are tokenised without special tokens there.
    ids = call("/tokenize", {"content": prompt, "parse_special": True, "add_special": True})["tokens"]
    answer = call("/completion", {"prompt": ids, "n_predict": NUM_TOKENS, "temperature": 0, "cache_prompt": False,
                                  "return_tokens": True, "samplers": ["top_k"], "top_k": 1, "repeat_penalty": 1.0})
    return {"messages": messages, "prompt": prompt, "prompt_ids": ids, "answer_ids": answer["tokens"],
            "answer": answer["content"]}


def exact_candidates(model, one):
    """Per answer token: [[id, logprob], ...] of the highest few, given the prompt and llama.cpp's answer before it."""
    import torch

    ids = torch.tensor([one["prompt_ids"] + one["answer_ids"]])
    with torch.no_grad():
        logprobs = torch.log_softmax(model(ids).logits[0].double(), dim=-1)
    first = len(one["prompt_ids"]) - 1
    rows = logprobs[first:first + len(one["answer_ids"])].topk(NUM_CANDIDATES)
    return [[[i, round(p, 4)] for i, p in zip(row_ids, row_values)]
            for row_ids, row_values in zip(rows.indices.tolist(), rows.values.tolist())]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    command = [args.server, "-m", args.model, "--port", str(PORT), "-t", "2", "-c", "4096", "-np", "1", "--jinja"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready()
        golden = [record(system, turns) for system, turns in CONVERSATIONS]
    finally:
        server.terminate()
    import torch
    from transformers import AutoModelForCausalLM

    path = pathlib.Path(args.model)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    for one in golden:
        one["exact"] = exact_candidates(model, one)
    out = pathlib.Path(__file__).parent.parent / "tests/golden/smollm2.json"
    out.write_text(json.dumps(golden, ensure_ascii=True).replace("}, {", "},\n{") + "\n")
    print(f"{len(golden)} conversations, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
