"""Many clients at once: nobody's answer depends on company, and those who hang up leave nothing behind."""
import asyncio
import concurrent.futures
import json
import random
import time

NUM_TOGETHER = 64
NUM_STREAMS = 1000


def completion(server, index):
    rng = random.Random(index)
    words = " ".join(rng.choice("the a cat dog runs sees big red house tree under over".split()) for _ in range(40))
    body = {"prompt": words, "max_tokens": 32, "ignore_eos": True, "logprobs": 2, "seed": index,
            "temperature": 0 if index % 2 else 1.2}
    choice = server.post("/v1/completions", body)["choices"][0]
    return json.dumps([choice["text"], choice["logprobs"]])


def test_answers_do_not_depend_on_company(server):
    alone = [completion(server, index) for index in range(NUM_TOGETHER)]
    steps, sequences = server.metric("hearth_steps_total"), server.metric("hearth_step_sequences_total")
    with concurrent.futures.ThreadPoolExecutor(NUM_TOGETHER) as pool:
        together = list(pool.map(lambda index: completion(server, index), range(NUM_TOGETHER)))
    steps = server.metric("hearth_steps_total") - steps
    sequences = server.metric("hearth_step_sequences_total") - sequences
    assert together == alone
    assert sequences / steps >= 16, f"mean batch {sequences / steps:.1f}"


async def read_stream(server, index, hang_up_after):
    """Reads a stream to its end, or to a number of events. Returns what was read."""
    reader, writer = await asyncio.open_connection(server.host, server.port, limit=1 << 20)
    body = json.dumps({"prompt": f"Story {index % 50}:", "max_tokens": 6, "ignore_eos": True, "temperature": 0,
                       "stream": True}).encode()
    writer.write(b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                 b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    text, done = "", False
    try:
        while line := await reader.readline():
            if line.startswith(b"data: [DONE]"):
                done = True
            elif line.startswith(b"data: "):
                event = json.loads(line[6:])
                assert "error" not in event, event
                text += event["choices"][0]["text"]
                hang_up_after -= 1
                if hang_up_after == 0:
                    break
    finally:
        writer.close()
    return text, done


def test_hanging_up_leaves_nothing_behind(server):
    rng = random.Random(5)
    expected = {}
    for index in range(50):
        expected[index] = server.post("/v1/completions", {"prompt": f"Story {index}:", "max_tokens": 6,
                                                          "ignore_eos": True, "temperature": 0})["choices"][0]["text"]
    # An odd stream is read to its end; an even one is left at some event, or before the first.
    plan = [-1 if index % 2 else rng.randrange(1, 6) for index in range(NUM_STREAMS)]

    async def all_streams():
        return await asyncio.gather(*(read_stream(server, index, stop) for index, stop in enumerate(plan)))

    results = asyncio.run(asyncio.wait_for(all_streams(), 500))
    for index, (text, done) in enumerate(results):
        if plan[index] == -1:
            assert done and text == expected[index % 50], (index, text, done)
    deadline = time.monotonic() + 10
    while server.metric("hearth_requests_running") or server.metric("hearth_requests_waiting"):
        assert time.monotonic() < deadline, "requests of clients that have gone still run"
        time.sleep(0.05)
    assert server.metric("hearth_kv_blocks_used") == 0
