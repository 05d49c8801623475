import pytest

from server import Server
from tiny_model import tiny_model


@pytest.fixture(scope="session")
def default_server():
    """With the default model, for all tests that leave it as it is."""
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory):
    return tiny_model().write(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def tiny_server(tiny_path):
    with Server(model=tiny_path) as running:
        yield running
