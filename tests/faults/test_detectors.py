"""What finds faults must find them: each detector is shown a server that has the fault."""
import contextlib
import http.server
import os
import socket
import threading
import time

import pytest

import attack as attack_module
from attack import Attack
from raw_http import num_unread
from vital_signs import Bystander, Signs, settle


class Faulty:
    """A server in this process that answers, but leaks, dawdles or fails as it is told."""

    def __init__(self):
        self.fault, self.kept, self.num_answered = None, [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.num_answered += 1
                status = outer.fault(outer) if outer.fault else 200
                self.send_response(status or 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host, self.port = self.http.server_address
        self.pid, self.process = os.getpid(), self
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def poll(self):
        return None

    def log_text(self):
        return ""

    def request(self, method, path, body=None, timeout=60, headers=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


@pytest.fixture
def faulty(monkeypatch):
    server = Faulty()
    yield server
    server.http.shutdown()
    server.http.server_close()
    for thing in server.kept:
        with contextlib.suppress(AttributeError):
            thing.close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr("vital_signs.SETTLE_S", 0.3)
    monkeypatch.setattr(attack_module, "ANSWER_S", 0.5)


class AlwaysLong:
    long = True

    def count(self, **_):
        pass

    worst = count


def run(server, until=20, **more):
    with Attack(server, AlwaysLong(), **more) as running:
        deadline = time.monotonic() + 20
        while server.num_answered < until and time.monotonic() < deadline:
            time.sleep(0.01)
        for bystander in running.bystanders.values():
            bystander.pause_s = 0.05


# The clients and the server are one process here, whose threads come and go.
@pytest.fixture(autouse=True)
def threads_do_not_count(monkeypatch):
    real = Signs.of
    monkeypatch.setattr(Signs, "of", classmethod(lambda cls, pid: Signs(real(pid).num_files, 0, real(pid).resident_kb)))


def test_a_sound_server_passes(faulty):
    run(faulty, more_kb=50_000)


def test_slow_answers_are_found(faulty, monkeypatch):
    monkeypatch.setattr(attack_module, "P99_S", 0.2)
    faulty.fault = lambda server: time.sleep(0.4 if server.num_answered % 10 == 0 else 0)
    with pytest.raises(AssertionError, match="p99"):
        run(faulty, until=40)


def test_refusals_are_found(faulty):
    faulty.fault = lambda server: 503 if server.num_answered == 7 else 200
    with pytest.raises(AssertionError, match="503"):
        run(faulty)


def test_a_hang_is_found(faulty):
    faulty.fault = lambda server: time.sleep(1.5 if server.num_answered > 10 else 0)
    with pytest.raises(AssertionError, match="timed out|no answer"):
        run(faulty, until=12)


def test_leaked_files_are_found(faulty):
    faulty.fault = lambda server: server.kept.append(open(os.devnull))
    with pytest.raises(AssertionError, match="open files"):
        run(faulty)


def test_growing_memory_is_found(faulty):
    faulty.fault = lambda server: server.kept.append(b"x" * (4 << 20))
    with pytest.raises(AssertionError, match="KB of memory"):
        run(faulty, until=30, more_kb=50_000)


def test_leaked_threads_are_found():
    before = Signs(10, 3, 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Signs, "of", classmethod(lambda cls, pid: Signs(10, 4, 1000)))
        assert "threads" in settle(os.getpid(), before)


def test_percentiles_are_nearest_ranks():
    bystander = Bystander(lambda: None)
    bystander.seconds = [float(i) for i in range(1, 101)]
    assert (bystander.percentile(0.99), bystander.percentile(0.5), bystander.percentile(1)) == (99.0, 50.0, 100.0)
    bystander.failures = ["one"] * 2
    assert bystander.percentile(0.99) == float("inf")


def test_unread_bytes_are_seen():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        other, _ = listener.accept()
        client.sendall(b"abc")
        assert num_unread(client) == 3
        other.recv(2)
        assert num_unread(client) == 1
        other.recv(2)
        assert num_unread(client) == 0
        other.close()
        assert num_unread(client) == 0
