import json
import pathlib
import random
import resource

import pytest

from attack import Attack
from program import model_path
from server import Server
from tiny_model import tiny_model

TALLY = pytest.StashKey()


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--long", action="store_true", help="all counts, and the time that others wait")
    group.addoption("--seed", type=int, default=1, help="of everything that is left to chance")
    group.addoption("--tally", help="file of counts that earlier runs left, to be added to")


def pytest_configure(config):
    # A swarm of clients has as many sockets as the server.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    path = config.getoption("--tally")
    earlier = path and pathlib.Path(path).exists()
    config.stash[TALLY] = json.loads(pathlib.Path(path).read_text()) if earlier else {}


def pytest_terminal_summary(terminalreporter, config):
    tally = config.stash[TALLY]
    if path := config.getoption("--tally"):
        pathlib.Path(path).write_text(json.dumps(tally))
    terminalreporter.section("what was tried")
    for name in sorted(tally):
        told = ", ".join(f"{what} {round(value, 3)}" for what, value in tally[name].items())
        terminalreporter.write_line(f"{name:32} {told}")


class Scale:
    """How much of an attack is made, and by what luck."""

    def __init__(self, long, seed, name, tally):
        self.long, self.name = long, name
        self.rng = random.Random(f"{seed} {name}")
        self.tally = tally.setdefault(name, {})

    def of(self, short, long):
        return long if self.long else short

    def count(self, **numbers):
        for what, number in numbers.items():
            self.tally[what] = self.tally.get(what, 0) + number

    def worst(self, **numbers):
        for what, number in numbers.items():
            self.tally[what] = max(self.tally.get(what, 0), number)


@pytest.fixture
def scale(request):
    config = request.config
    name = request.node.originalname.removeprefix("test_")
    return Scale(config.getoption("--long"), config.getoption("--seed"), name, config.stash[TALLY])


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory):
    return tiny_model().write(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="session")
def tiny_server(tiny_path):
    """Attacked by one test after the other: what one leaves behind is the next one's."""
    with Server(model=tiny_path) as server:
        server.request("POST", "/v1/completions", {"prompt": "the", "max_tokens": 2})
        yield server


@pytest.fixture(scope="session")
def default_server():
    with Server(model=model_path()) as server:
        server.request("POST", "/v1/completions", {"prompt": "the", "max_tokens": 2})
        yield server


@pytest.fixture
def attack(scale):
    """attack(server): a context in which others go on asking."""
    return lambda server, **more: Attack(server, scale, **more)
