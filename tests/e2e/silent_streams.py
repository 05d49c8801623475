"""Holds the streams of every client silent together, and lets them go."""
import concurrent.futures
import json
import os
import pathlib
import socket
import struct
import subprocess
import time

from tee import Tee

DEADLINE_S = 240


class Hold:
    """Keeps the only place of a server, from `with` until its end: answers that nobody waits for stand before others."""

    NUM_ANSWERS = 4

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        body = json.dumps({"prompt": "Once upon a time", "max_tokens": -1, "ignore_eos": True, "priority": -1000}).encode()
        self.sockets = []
        for _ in range(self.NUM_ANSWERS):
            held = socket.create_connection((self.server.host, self.server.port))
            held.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.sockets.append(held)
        deadline = time.monotonic() + DEADLINE_S
        while self.server.metric("hearth_requests_running") + self.server.metric("hearth_requests_waiting") < self.NUM_ANSWERS:
            assert time.monotonic() < deadline, "the answers that hold the place were not begun"
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        for held in self.sockets:
            # Closed by a reset, so that the server need not guess whether somebody still reads.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            held.close()


def num_keep_alives(tee):
    """How often a stream said that it lives. Anthropic's say so once at their beginning."""
    return tee.count(b": keep-alive\n") + max(0, tee.count(b"event: ping\n") - 1)


def stream_all(server, clients, num_wanted, least_s=0):
    """Runs clients (name -> function of a URL) together while the server has no place for them, until each stream has said
    `num_wanted` times that it lives and `least_s` are over since the last one began; returns what each has read."""
    tees = {name: Tee(server.port) for name in clients}
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        with Hold(server):
            running = {name: pool.submit(client, tees[name].url) for name, client in clients.items()}
            deadline = time.monotonic() + DEADLINE_S
            begun = None
            while True:
                early = [name for name, future in running.items() if future.done()]
                assert not early, f"ended while the server was silent: {[(name, running[name].exception()) for name in early]}"
                if begun is None and all(tee.count(b"text/event-stream") for tee in tees.values()):
                    begun = time.monotonic()
                silent = {name: num_keep_alives(tee) for name, tee in tees.items()}
                if begun and time.monotonic() >= begun + least_s and min(silent.values()) >= num_wanted:
                    break
                assert time.monotonic() < deadline, f"signs of life: {silent}"
                time.sleep(0.05)
        read = {}
        for name, future in running.items():
            try:
                read[name] = future.result(DEADLINE_S)
            except Exception as error:  # noqa: BLE001: whatever it is, it is the client's answer
                read[name] = error
    for tee in tees.values():
        tee.close()
    return read


def program(*command):
    """A client that is a program: what it prints is what it read."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return ran.stdout


def build_go_client(folder):
    """The program of go/, where HEARTH_E2E_GO asks for it; building it takes a network and a minute."""
    if not os.environ.get("HEARTH_E2E_GO"):
        return None
    built = pathlib.Path(folder) / "go-client"
    subprocess.run(["go", "build", "-o", str(built), "."], cwd=pathlib.Path(__file__).with_name("go"), check=True)
    return str(built)
