#!/usr/bin/env python3
"""Loads a server beyond what it can do: overload.py --hearth PROGRAM MODEL

Clients enough to keep it busy (the peak), then five times as many requests a second as it answered, in turn, for some rounds:
tokens of the answers that were completed, and how long refusals took. One thread with raw sockets and requests made beforehand
plays all clients, for they share the cores with the server.
"""
import argparse
import selectors
import socket
import statistics
import subprocess
import sys
import time

from serve_peers import free_port, wait_until_ready

RUNNING = 8
MEAN_TOKENS = 32
WARM_UP_S = 1.0
BODY = '{"prompt":"Story %s: once upon a time","max_tokens":%d,"ignore_eos":true,"temperature":0}'
HEAD = ("POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: %s\r\n"
        "Content-Length: %d\r\n\r\n%s")


def make_requests(name, count, keep_alive):
    """(the bytes, tokens of the answer): of several lengths, so that answers do not all end in the same step."""
    requests = []
    for number in range(count):
        tokens = MEAN_TOKENS - 8 + number * 7 % 17
        body = BODY % (f"{name}-{number}", tokens)
        requests.append(((HEAD % ("keep-alive" if keep_alive else "close", len(body), body)).encode(), tokens))
    return requests


class Client:
    """A connection that carries one request at a time."""

    def __init__(self, load):
        self.load = load
        self.socket = None

    def send(self, request):
        content, self.tokens = request
        self.begin, self.first, self.answer = time.perf_counter(), None, b""
        if self.socket is None:
            self.socket = socket.socket()
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.connect(("127.0.0.1", self.load.port))
            self.load.selector.register(self.socket, selectors.EVENT_READ, self)
        if self.socket.send(content) != len(content):
            sys.exit("error: a request did not fit into the socket")

    def read(self):
        """True once the answer is there."""
        got = self.socket.recv(65536)
        self.first = self.first or time.perf_counter()
        self.answer += got
        end = self.answer.find(b"\r\n\r\n")
        if end >= 0:
            length = self.answer.index(b"Content-Length: ") + 16
            if len(self.answer) >= end + 4 + int(self.answer[length:self.answer.index(b"\r", length)]):
                return True
        if not got:
            sys.exit(f"error: the server hung up: {self.answer[:200]}")
        return False

    def status(self):
        return int(self.answer[9:12])

    def close(self):
        self.load.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None


class Load:
    """What a time of load has brought."""

    def __init__(self, port, keep_alive, seconds):
        self.port, self.keep_alive, self.seconds = port, keep_alive, seconds
        self.selector = selectors.DefaultSelector()
        self.tokens, self.refusals, self.statuses, self.num_open = 0, [], {}, 0

    def take(self, timeout):
        """The clients whose answers have come; those that count are counted."""
        done = [key.data for key, _ in self.selector.select(max(0.0, timeout)) if key.data.read()]
        now = time.perf_counter()
        for client in done:
            self.num_open -= 1
            if self.begin <= now < self.end:
                self.count(client)
            if not self.keep_alive:
                client.close()
        return done

    def count(self, client):
        status = client.status()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status != 200:
            self.refusals.append(client.first - client.begin)
        elif b'"completion_tokens":%d' % client.tokens not in client.answer:
            sys.exit(f"error: an answer is not of {client.tokens} tokens: {client.answer[:1000]}")
        else:
            self.tokens += client.tokens

    def start(self):
        self.began = time.perf_counter()
        self.begin = self.began + WARM_UP_S
        self.end = self.begin + self.seconds
        self.cpu = time.process_time()

    def stop(self):
        self.cpu = time.process_time() - self.cpu
        for key in list(self.selector.get_map().values()):
            key.data.close()
        self.selector.close()

    def send(self, client, request):
        client.send(request)
        self.num_open += 1

    def rate(self):
        return self.tokens / self.seconds


def peak_load(port, keep_alive, seconds, name):
    """Each of a few clients asks again as soon as it is answered."""
    load = Load(port, keep_alive, seconds)
    requests = iter(make_requests(name, int(seconds * 400) + 1000, keep_alive))
    load.start()
    for _ in range(2 * RUNNING):
        load.send(Client(load), next(requests))
    while load.num_open:
        for client in load.take(60):
            if time.perf_counter() < load.end:
                load.send(client, next(requests))
    load.stop()
    return load


def steady_load(port, keep_alive, seconds, name, rate):
    """Requests come `rate` times a second, whatever becomes of them; each takes a connection that is idle, or a new one."""
    load = Load(port, keep_alive, seconds)
    requests = make_requests(name, int(rate * (seconds + WARM_UP_S)), keep_alive)
    idle = []
    load.start()
    for number, request in enumerate(requests):
        due = load.began + number / rate
        while (left := due - time.perf_counter()) > 0:
            idle += load.take(left)
        load.send(idle.pop() if idle else Client(load), request)
    while load.num_open:
        idle += load.take(60)
    load.stop()
    return load


def share(values, part):
    return sorted(values)[int(len(values) * part)] * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hearth", default="build/release/hearth")
    parser.add_argument("--seconds", type=float, default=10, help="of each load; default: 10")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fresh", action="store_true", help="a connection of its own for each request")
    parser.add_argument("model")
    options = parser.parse_args()
    port = free_port()
    command = [options.hearth, "serve", options.model, "--port", str(port), "--max-running", str(RUNNING), "--max-queue", str(RUNNING),
               "--quiet"]
    ratios, refusals = [], []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", server)
            peak_load(port, True, 2, "warm")
            for number in range(options.rounds):
                before = peak_load(port, not options.fresh, options.seconds, f"peak-{number}")
                rate = 5 * before.rate() / MEAN_TOKENS
                over = steady_load(port, not options.fresh, options.seconds, f"over-{number}", rate)
                after = peak_load(port, not options.fresh, options.seconds, f"again-{number}")
                # The machine's speed drifts: what the overload is held against lies on both sides of it.
                peak = (before.rate() + after.rate()) / 2
                ratios.append(over.rate() / peak)
                refusals += over.refusals
                print(f"peak {before.rate():.0f} and {after.rate():.0f} tok/s; {rate:.0f} requests a second: {over.rate():.0f} tok/s "
                      f"({ratios[-1]:.1%}), answers by status {over.statuses}; the clients took {over.cpu / options.seconds:.1%} of a core")
        finally:
            server.terminate()
            server.wait()
    if not refusals:
        sys.exit("error: nothing was refused")
    print(f"goodput: median {statistics.median(ratios):.1%} of the peak")
    print(f"refusals: median {share(refusals, 0.5):.2f} ms, p99 {share(refusals, 0.99):.2f} ms")


if __name__ == "__main__":
    main()
