#!/usr/bin/env python3
"""Loads a server beyond what it can do: overload.py --hearth PROGRAM MODEL

First clients enough to keep it busy (the peak), then five times as many requests a second as it answered. Prints the tokens per
second of both, and how long refusals took.
"""
import argparse
import http.client
import json
import subprocess
import sys
import threading
import time

from serve_peers import free_port, wait_until_ready

RUNNING = 8
TOKENS = 32


def request(port, number):
    """(status, tokens, seconds to the answer's head)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = json.dumps({"prompt": f"Story {number}: once upon a time", "max_tokens": TOKENS, "ignore_eos": True, "temperature": 0})
    begin = time.perf_counter()
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    took = time.perf_counter() - begin
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer["usage"]["completion_tokens"] if response.status == 200 else 0, took


class Tally:
    def __init__(self):
        self.lock, self.tokens, self.refusals, self.statuses = threading.Lock(), 0, [], {}

    def ask(self, port, number, end):
        status, count, took = request(port, number)
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 200 and time.perf_counter() < end:
                self.tokens += count
            elif status != 200:
                self.refusals.append(took)


def peak_load(port, clients, seconds):
    """Each client asks again as soon as it is answered."""
    end, tally = time.perf_counter() + seconds, Tally()

    def client(name):
        number = 0
        while time.perf_counter() < end:
            tally.ask(port, f"{name}-{number}", end)
            number += 1

    threads = [threading.Thread(target=client, args=(name,)) for name in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def steady_load(port, rate, seconds):
    """Requests come `rate` times a second, whatever becomes of them."""
    begin, tally, threads = time.perf_counter(), Tally(), []
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begin + number / rate - time.perf_counter()))
        threads.append(threading.Thread(target=tally.ask, args=(port, f"steady-{number}", begin + seconds)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hearth", default="build/release/hearth")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("model")
    options = parser.parse_args()
    port = free_port()
    command = [options.hearth, "serve", options.model, "--port", str(port), "--max-running", str(RUNNING), "--max-queue", str(RUNNING),
               "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", server)
            peak_load(port, RUNNING, 2)
            peak = peak_load(port, 2 * RUNNING, options.seconds).tokens / options.seconds
            over = steady_load(port, 5 * peak / TOKENS, options.seconds)
        finally:
            server.terminate()
            server.wait()
    good, refusals = over.tokens / options.seconds, sorted(over.refusals)
    print(f"peak {peak:.0f} tok/s; five times as many requests: {good:.0f} tok/s ({good / peak:.0%}), answers by status {over.statuses}")
    if not refusals:
        sys.exit("error: nothing was refused")
    print(f"refusals: median {refusals[len(refusals) // 2] * 1e3:.1f} ms, p99 {refusals[int(len(refusals) * 0.99)] * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
