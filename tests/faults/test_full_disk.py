"""A disk that is full, or a file that may not grow, at any moment: what was called kept is kept, and the rest said so."""
import json
import pathlib
import resource
import signal
import tempfile
import time

import pytest

from limits import check_error
from prefix_cache import ask
from program import run_program
from server import Server
from small_disk import SmallDisk

NUM_PROMPTS = 6


class NoRoom(SmallDisk):
    """A file system that is filled."""

    def attach(self, server):
        pass

    def before_start(self):
        """What a server that has ended leaves free is taken."""
        self.fill()


class NoGrowth:
    """Files that may not grow beyond a size, as `ulimit -f` has it."""

    def __init__(self, _):
        self.folder = tempfile.TemporaryDirectory(prefix="hearth-growth-")
        self.path = self.outside = pathlib.Path(self.folder.name)
        self.wrapper, self.pid = (), None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def attach(self, server):
        self.pid = server.pid

    def before_start(self):
        self.wrapper = ("prlimit", "--fsize=0:")

    def fill(self, leave):
        hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]
        largest = max((path.stat().st_size for path in self.path.rglob("*") if path.is_file()), default=0)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (min(leave + largest // 2, 1 << 20), hard))

    def free(self):
        self.wrapper = ()
        if pathlib.Path(f"/proc/{self.pid}").exists():
            hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (hard, hard))


class Trial:
    """A server that keeps everything on `room`, and what it said that it has kept."""

    def __init__(self, room, tiny_path, scale, expected):
        self.room, self.scale, self.expected, self.rng = room, scale, expected, scale.rng
        self.options = ("--audit-log", room.path / "audit.log", "--prefix-disk", 1, "--require-key")
        self.model = tiny_path
        self.log = room.outside / "audit.log"
        self.keys, self.stored = [self.new_key()], []
        assert self.keys[0]

    def new_key(self):
        made = run_program("keys", "create", folder=self.room.path, wrapper=self.room.wrapper)
        if made.returncode != 0:
            check_error(made.returncode, made.stderr.decode(), "keys create")
            return None
        return {"Authorization": "Bearer " + made.stdout.decode().split()[-1]}

    def start(self):
        server = Server(*self.options, model=self.model, folder=self.room.path, wrapper=self.room.wrapper)
        self.room.attach(server)
        server.key = self.keys[0]
        return server

    def step(self, server):
        """One request of a random kind: an answer, or an error that says why."""
        kind = self.rng.choice(["prompt", "respond", "models", "key"])
        if kind == "prompt":
            seed = self.rng.randrange(NUM_PROMPTS)
            answer = self.answer(server, seed)
            assert answer is None or answer == self.expected[seed], "another answer than without a disk"
        elif kind == "respond":
            status, text = server.request("POST", "/v1/responses", {
                "model": "tiny", "input": "x" * self.rng.randrange(1500), "max_output_tokens": 1}, headers=server.key)
            self.check_status(status, text)
            if status == 200 and json.loads(text)["store"]:
                self.stored.append(json.loads(text)["id"])
        elif kind == "models":
            self.check_status(*server.request("GET", "/v1/models", headers=server.key))
        elif key := self.new_key():
            self.keys.append(key)
        assert server.process.poll() is None, server.log_text()
        self.scale.count(requests=1)

    def check_status(self, status, text):
        assert status == 200 or (status in (500, 503, 507) and json.loads(text)["error"]["message"]), (status, text)

    def answer(self, server, seed):
        try:
            return ask(server, seed, headers=server.key).logprobs
        except AssertionError as refused:
            self.check_status(*refused.args[0])
            return None

    def check_kept(self, server):
        for key in self.keys:
            # A server that runs learns of a new one in a moment.
            deadline = time.monotonic() + 10
            while (answer := server.request("GET", "/v1/models", headers=key))[0] != 200:
                assert time.monotonic() < deadline, (answer, server.log_text())
                time.sleep(0.05)
        for name in self.stored:
            status, text = server.request("GET", f"/v1/responses/{name}", headers=server.key)
            assert status == 200, (status, text)
        for seed in range(NUM_PROMPTS):
            assert ask(server, seed, headers=server.key).logprobs == self.expected[seed]

    def check_audit(self):
        verified = run_program("audit", self.log, folder=self.room.path)
        assert verified.returncode == 0, verified.stderr.decode()
        self.scale.count(audit_lines=len(self.log.read_text().splitlines()))


@pytest.fixture(scope="module")
def expected(tiny_path):
    with Server(model=tiny_path) as server:
        return [ask(server, seed).logprobs for seed in range(NUM_PROMPTS)]


@pytest.mark.parametrize("kind", [NoRoom, NoGrowth])
def test_full_disk(tiny_path, scale, expected, kind):
    rng = scale.rng
    for _ in range(scale.of(4, 25)):
        with kind(rng.randrange(500, 2000) << 10) as room:
            trial = Trial(room, tiny_path, scale, expected)
            server = trial.start()
            try:
                for _ in range(rng.randrange(1, 12)):
                    trial.step(server)
                room.fill(rng.choice([0, 0, rng.randrange(20_000)]))
                for _ in range(rng.randrange(1, 12)):
                    trial.step(server)
                if rng.random() < 0.5:
                    room.free()
                    for _ in range(rng.randrange(1, 12)):
                        trial.step(server)
                    trial.check_kept(server)
                torn = rng.random() < 0.5
                code = server.end(signal.SIGKILL if torn else signal.SIGTERM)
                assert torn or code == 0, (code, server.log_text())
            finally:
                server.kill()
            if not torn:
                trial.check_audit()
            if rng.random() < 0.5:
                start_while_full(trial)
            room.free()
            with trial.start() as server:
                trial.check_kept(server)
                trial.check_audit()
                trial.stored.clear()
                trial.step(server)
            trial.check_audit()
            scale.count(moments=1)


def start_while_full(trial):
    """It serves what it can, and all of it when there is room."""
    trial.room.before_start()
    with trial.start() as server:
        for _ in range(3):
            trial.step(server)
        status, text = server.request("POST", "/v1/responses", {"model": "tiny", "input": "x", "max_output_tokens": 1},
                                      headers=server.key)
        trial.check_status(status, text)
        assert status != 200 or not json.loads(text)["store"], text
        trial.room.free()
        trial.check_kept(server)
    trial.scale.count(starts_while_full=1)
