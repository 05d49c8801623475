"""Models made, listed, copied and removed by clients of Ollama, with a key that may manage."""
import hashlib

import ollama
import pytest

from keys import make_key
from program import TINY_MODELS
from server import Server

WEIGHTS = TINY_MODELS / "llama3.gguf"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def key(home):
    return make_key(home, "m", scopes="manage,inference")


@pytest.fixture(scope="module")
def daemon(home, key):
    with Server(model=WEIGHTS, folder=home, environment={"HEARTH_MODELS": str(home / "models")}) as running:
        yield running


@pytest.fixture(scope="module")
def client(daemon, key):
    return ollama.Client(host=daemon.url, headers=key)


def test_a_model_from_upload_to_removal(client, daemon):
    digest = client.create_blob(WEIGHTS)
    assert digest == "sha256:" + hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    steps = [step.status for step in client.create(
        model="tiny", files={"model.gguf": digest}, system="Be brief.", parameters={"temperature": 0, "num_predict": 3},
        license="MIT", stream=True)]
    assert steps[-2:] == ["writing manifest", "success"]
    assert client.create(model="tiny:other", from_="tiny", system="Be long.").status == "success"

    listed = {model.model: model for model in client.list().models}
    assert {"tiny:latest", "tiny:other"} <= set(listed)
    assert listed["tiny:latest"].size >= WEIGHTS.stat().st_size and listed["tiny:latest"].details.family == "llama"
    shown = client.show("tiny:other")
    assert "SYSTEM" in shown.modelfile and "Be long." in shown.modelfile and shown.license == "MIT"
    assert "completion" in shown.capabilities and shown.modelinfo["general.architecture"] == "llama"

    answer = client.generate(model="tiny", prompt="a")
    assert answer.eval_count <= 3 and answer.done
    assert any(model.model.startswith("tiny") for model in client.ps().models)
    assert client.generate(model="tiny", keep_alive=0).done_reason == "unload"

    assert client.copy("tiny", "copied").status == "success"
    assert client.delete("tiny").status == client.delete("tiny:other").status == client.delete("copied").status == "success"
    assert not any("tiny:" in model.model for model in client.list().models)


def test_errors(client, daemon):
    for wrong in (lambda: client.delete("none"), lambda: client.copy("none", "other"), lambda: client.show("none")):
        with pytest.raises(ollama.ResponseError) as caught:
            wrong()
        assert (caught.value.status_code, caught.value.error) == (404, "model 'none' not found")
    with pytest.raises(ollama.ResponseError) as caught:
        client.create(model="x", files={"a": "sha256:" + "0" * 64})
    assert caught.value.status_code == 404 and "not found" in caught.value.error
    stranger = ollama.Client(host=daemon.url)
    assert stranger.list().models
    with pytest.raises(ollama.ResponseError) as caught:
        stranger.delete("llama3")
    assert caught.value.status_code == 403 and "manage" in caught.value.error
