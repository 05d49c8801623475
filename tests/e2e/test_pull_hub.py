"""`hearth pull` from a server that speaks as Hugging Face's hub does."""
import contextlib
import json
import pathlib
import signal
import subprocess

import pytest

from hub_server import COMMIT, OLD_COMMIT, HubServer, Repository
from program import TINY_MODELS, own_environment, program, run_program
from store import Store

TINY = (TINY_MODELS / "llama.gguf").read_bytes() if (TINY_MODELS / "llama.gguf").is_file() else bytes(range(256)) * 400
LARGE = bytes(i * 7 % 251 for i in range(3_000_000))
QUANTS = {"README.md": b"#", "m-Q2_K.gguf": b"2" * 5000, "m-Q4_K_M.gguf": b"4" * 5000, "m-Q8_0.gguf": b"8" * 5000,
          "mmproj-m-f16.gguf": b"p" * 2000}
SPLIT = {"Q8_0/m-Q8_0-00001-of-00002.gguf": b"1" * 4000, "Q8_0/m-Q8_0-00002-of-00002.gguf": b"2" * 4000}
FOLDER = {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": b"s" * 4000, "pytorch_model.bin": b"no",
          "onnx/model.onnx": b"no", "1_Pooling/config.json": b"{}", "README.md": b"#"}


@pytest.fixture(scope="module")
def hub():
    with HubServer({
        "user/quants": Repository(QUANTS, old_files={"old-Q4_0.gguf": b"o" * 3000}),
        "user/split": Repository(SPLIT),
        "user/folder": Repository(FOLDER),
        "user/large": Repository({"m-Q4_K_M.gguf": LARGE}),
        "user/gated": Repository(QUANTS, gated=True),
        "user/private": Repository(QUANTS, private=True),
    }) as running:
        yield running


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def pull(store, hub, *arguments, environment=None, **more):
    told = {**hub.environment, **store.environment, **(environment or {})}
    return run_program("pull", *arguments, folder=store.folder.parent, environment=told, **more)


def pulled(*arguments, **more):
    done = pull(*arguments, **more)
    assert done.returncode == 0, done.stderr.decode()
    return done


def test_the_usual_quant_and_its_projector_come(hub, store):
    pulled(store, hub, "hf.co/user/quants")
    assert store.check() == []
    ((path, manifest),) = store.manifests().items()
    assert path == "hf.co/user/quants/latest"
    assert store.files(path) == {name: QUANTS[name] for name in ("m-Q4_K_M.gguf", "mmproj-m-f16.gguf")}
    assert [layer["mediaType"].rsplit(".")[-1] for layer in manifest["layers"]] == ["model", "projector"]
    assert manifest["annotations"]["vnd.hearth.origin"] == f"hf.co/user/quants@{COMMIT}"


def test_a_quant_and_a_revision_are_named(hub, store):
    pulled(store, hub, "hf.co/user/quants:q8_0", "https://huggingface.co/user/quants", "hf:user/quants@v1:Q4_0")
    manifests = store.manifests()
    assert len(manifests) == 3
    assert store.files("hf.co/user/quants/q8_0")["m-Q8_0.gguf"] == QUANTS["m-Q8_0.gguf"]
    assert store.files("hf.co/user/quants/Q4_0@v1") == {"old-Q4_0.gguf": b"o" * 3000}
    assert manifests["hf.co/user/quants/Q4_0@v1"]["annotations"]["vnd.hearth.origin"].endswith(OLD_COMMIT)


def test_all_parts_of_a_split_file_come(hub, store):
    pulled(store, hub, "hf.co/user/split:Q8_0")
    assert store.files("hf.co/user/split/Q8_0") == {path.split("/")[1]: content for path, content in SPLIT.items()}


def test_a_folder_has_what_is_read(hub, store):
    pulled(store, hub, "hf.co/user/folder")
    assert set(store.files("hf.co/user/folder/latest")) == {"config.json", "tokenizer.json", "model.safetensors",
                                                             "1_Pooling/config.json"}
    assert store.check() == []


@pytest.mark.parametrize("name, code, words", [
    ("hf.co/user/quants:Q5_K_M", 3, ["Q5_K_M", "Q4_K_M", "Q8_0"]),
    ("hf.co/user/none", 3, ["user/none", "HF_TOKEN"]),
    ("hf.co/user/quants@v9", 3, ["user/quants", "revision"]),
    ("hf.co/user/gated", 2, ["gated", "HF_TOKEN", "user/gated"]),
    ("hf.co/user/private", 3, ["user/private", "HF_TOKEN"]),
    ("hf.co/../x", 2, []),
])
def test_what_cannot_be_had_is_said(hub, store, name, code, words):
    done = pull(store, hub, name)
    assert done.returncode == code, done.stderr.decode()
    for word in words:
        assert word in done.stderr.decode()
    assert store.manifests() == {}


def test_a_token_opens_what_is_closed_and_goes_to_the_hub_alone(hub, store):
    for name in ("hf.co/user/gated", "hf.co/user/private:Q2_K"):
        pulled(store, hub, name, environment={"HF_TOKEN": hub.token})
    assert any(authorization == f"Bearer {hub.token}" for _, _, authorization in hub.requests)
    assert not any(authorization for _, _, authorization, _ in hub.content_requests)


def test_a_token_may_lie_in_the_hubs_own_file(hub, store, tmp_path):
    (tmp_path / "token").write_text(hub.token + "\n")
    pulled(store, hub, "hf.co/user/gated", environment={"HF_TOKEN_PATH": str(tmp_path / "token")})


def test_what_is_there_is_not_fetched_again(hub, store):
    pulled(store, hub, "hf.co/user/large")
    num_requests = len(hub.content_requests)
    pulled(store, hub, "hf.co/user/large")
    pulled(store, hub, "hf.co/user/large:Q4_K_M")
    assert len(hub.content_requests) == num_requests


def test_progress_is_json_and_never_falls(hub, store):
    done = pulled(store, hub, "hf.co/user/large", "--json", "--chunk-size", "200k", "--limit-rate", "6M")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0]["status"] == "pulling manifest" and told[-1]["status"] == "success"
    steps = [one["completed"] for one in told if "completed" in one]
    assert steps == sorted(steps) and steps[-1] == len(LARGE) and len(steps) > 2


def test_stopped_it_goes_on_where_it_was(hub, store):
    environment = own_environment(store.folder.parent, {**hub.environment, **store.environment})
    process = subprocess.Popen([program(), "pull", "hf.co/user/large", "--limit-rate", "2M", "--chunk-size", "100k", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    for line in process.stdout:
        if json.loads(line).get("completed", 0) > len(LARGE) / 4:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(store.check()) == 2, "the partial file and its journal"
    done = pulled(store, hub, "hf.co/user/large", "--json")
    first = next(told["completed"] for told in map(json.loads, done.stdout.splitlines()) if "completed" in told)
    assert first > len(LARGE) / 5
    assert store.check() == []


def test_two_at_once_are_one_download(hub, store):
    environment = own_environment(store.folder.parent, {**hub.environment, **store.environment})
    before = sum(1 for *_, asked in hub.content_requests if asked != "bytes=0-0")
    command = [program(), "pull", "hf.co/user/large", "--chunk-size", "100k", "--limit-rate", "4M", "--quiet"]
    processes = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert store.check() == []
    asked = sum(1 for *_, asked in hub.content_requests if asked != "bytes=0-0") - before
    assert asked <= 30 + 8, "the chunks of one download, and what connections took of each other"


def test_an_address_that_expires_is_asked_for_again(store):
    with HubServer({"user/large": Repository({"m-Q4_K_M.gguf": LARGE})}, uses_per_address=4) as hub:
        pulled(store, hub, "hf.co/user/large", "--chunk-size", "200k")
        assert hub.num_addresses > 2
    assert store.check() == []


def test_a_file_by_its_address(hub, store):
    content = hub.content_url("x" * 64, TINY).split("?")[0]
    hub.contents["file.gguf"] = TINY
    url = content.replace("x" * 64, "file.gguf")
    assert pull(store, hub, url).returncode == 2, "plain HTTP is asked for by name"
    pulled(store, hub, url, "--insecure")
    ((path, manifest),) = store.manifests().items()
    assert path.startswith("https/") and manifest["annotations"]["vnd.hearth.origin"] == url
    assert store.files(path) == {"file.gguf": TINY}


def test_offline_opens_no_socket(hub, store):
    log = store.folder.parent / "calls"
    for wrapper in (["unshare", "--net"], ["strace", "-f", "-e", "trace=socket,connect", "-o", str(log)]):
        with contextlib.suppress(FileNotFoundError):
            done = pull(store, hub, "hf.co/user/quants", "qwen3:4b", environment={"HEARTH_OFFLINE": "1"}, wrapper=wrapper)
            assert done.returncode == 5, done.stderr.decode()
            assert b"HEARTH_OFFLINE" in done.stderr
    if log.exists():
        assert "socket(" not in log.read_text()
    assert store.manifests() == {}


def test_without_the_name_of_the_content_host_its_private_address_is_refused(hub, store):
    done = pull(store, hub, "hf.co/user/large", environment={"HEARTH_TRUSTED_HOSTS": ""})
    assert done.returncode == 2
    assert b"address of this machine" in done.stderr and hub.content_origin.encode() in done.stderr
    assert store.check() == []


def test_a_store_that_cannot_be_written_is_named(hub, store):
    store.folder.parent.mkdir(exist_ok=True)
    pathlib.Path(store.folder).write_text("a file")
    done = pull(store, hub, "hf.co/user/quants")
    assert done.returncode in (2, 8), done.stderr.decode()
    assert str(store.folder).encode() in done.stderr
