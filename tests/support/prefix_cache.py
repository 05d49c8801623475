"""What the tests of prefixes on disk ask, and how they see what of it counts."""
import dataclasses
import random
import time

NUM_PROMPTS = 40


@dataclasses.dataclass
class Answer:
    cached: int
    logprobs: list


def ask(server, seed=0, headers=None):
    """A long prompt of its own for each seed, from its first byte on: nothing is shared."""
    rng = random.Random(seed)
    prompt = chr(ord("0") + seed) + "".join(rng.choice("abcdefgh ") for _ in range(700))
    body = {"prompt": prompt, "max_tokens": 4, "temperature": 0, "ignore_eos": True, "logprobs": 3}
    answer = server.post("/v1/completions", body, headers=headers)
    return Answer(answer["usage"]["prompt_tokens_details"]["cached_tokens"], answer["choices"][0]["logprobs"]["top_logprobs"])


def ask_all(server):
    return [ask(server, seed) for seed in range(NUM_PROMPTS)]


def num_kept(folder):
    """Files of prefixes of a server that has ended and kept its things in `folder`."""
    return sum(path.is_file() for path in (folder / "cache" / "hearth" / "prefixes").rglob("*"))


def wait_for_identity(server):
    """Prefixes are kept and found from when it is known whose they are, which takes a reading of all the model's files."""
    deadline = time.monotonic() + 60
    while server.metric("hearth_prefix_disk_ready") != 1:
        assert time.monotonic() < deadline, "the weights stay unknown"
        server.post("/v1/completions", {"prompt": "the", "max_tokens": 1})


def first_found(server):
    """Of a server that was just started: what it finds, it finds on disk."""
    wait_for_identity(server)
    for seed in range(NUM_PROMPTS):
        answer = ask(server, seed)
        if answer.cached:
            return seed, answer
    raise AssertionError("nothing was found on disk")
