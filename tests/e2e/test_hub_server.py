"""The server that stands for Hugging Face's hub in the tests, asked by the hub's own client."""
import os
import subprocess
import sys
import textwrap

import pytest

from hub_server import COMMIT, OLD_COMMIT, HubServer, Repository

FILES = {"config.json": b'{"model_type": "tiny"}', "weights.gguf": bytes(range(256)) * 40, "sub/notes.txt": b"notes",
         "a.json": b"1", "b.json": b"2", "c.json": b"3", "tokenizer.json": b"t" * 3000}


@pytest.fixture(scope="module")
def hub():
    with HubServer({"user/model": Repository(FILES, old_files={"config.json": b"old"}),
                    "user/gated": Repository(FILES, gated=True)}) as running:
        yield running


def run_client(hub, folder, code, token=None):
    script = "from huggingface_hub import *\nfrom huggingface_hub.errors import *\nimport pathlib\n" + textwrap.dedent(code)
    environment = {**os.environ, **hub.environment, "HF_HOME": str(folder), "HF_HUB_DISABLE_XET": "1",
                   "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    environment.pop("HF_TOKEN", None)
    if token:
        environment["HF_TOKEN"] = token
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_hubs_client_reads_it(hub, tmp_path):
    out = run_client(hub, tmp_path, """
        api = HfApi()
        print(api.model_info("user/model").sha)
        print([ref.target_commit for ref in api.list_repo_refs("user/model").branches][0])
        print(sum(1 for item in api.list_repo_tree("user/model", recursive=True) if type(item).__name__ == "RepoFile"))
        print(pathlib.Path(hf_hub_download("user/model", "config.json", revision="v1")).read_text())
    """)
    assert out == [COMMIT, COMMIT, str(len(FILES)), "old"]


def test_a_snapshot_is_what_the_repository_holds(hub, tmp_path):
    (folder,) = run_client(hub, tmp_path, 'print(snapshot_download("user/model"))')
    for path, content in FILES.items():
        with open(f"{folder}/{path}", "rb") as file:
            assert file.read() == content, path
    assert OLD_COMMIT != COMMIT


def test_refusals_are_told_as_the_hub_tells_them(hub, tmp_path):
    code = """
        for repository, file in [("user/gated", "config.json"), ("user/none", "config.json"), ("user/model", "none.json")]:
            try:
                hf_hub_download(repository, file)
                print("there")
            except (GatedRepoError, RepositoryNotFoundError, EntryNotFoundError) as error:
                print(type(error).__name__)
    """
    assert run_client(hub, tmp_path / "a", code) == ["GatedRepoError", "RepositoryNotFoundError", "RemoteEntryNotFoundError"]
    assert run_client(hub, tmp_path / "b", code, token=hub.token)[0] == "there"
