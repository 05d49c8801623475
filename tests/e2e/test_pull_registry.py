"""`hearth push` and `hearth pull` with Debian's docker-registry, and with registries that mean harm."""
import hashlib
import http.server
import json
import threading

import pytest

from program import run_program
from registry import Registry
from store import Store

CONTENT = bytes(i * 11 % 253 for i in range(1_300_000))
PARAMETERS = b'{"temperature": 0.5}'
CONFIG = b'{"model_format": "gguf"}'


def put_model(store, path):
    """A model as `hearth create` and Ollama leave it."""
    def layer(content, kind, container="vnd.ollama.image."):
        digest = hashlib.sha256(content).hexdigest()
        store.blob(f"sha256:{digest}").parent.mkdir(parents=True, exist_ok=True)
        store.blob(f"sha256:{digest}").write_bytes(content)
        return {"mediaType": f"application/{container}{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": layer(CONFIG, "image.v1+json", "vnd.docker.container."),
                "layers": [layer(CONTENT, "model"), layer(PARAMETERS, "params")]}
    place = store.folder / "manifests" / path
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(manifest))
    return manifest


@pytest.fixture
def stores(tmp_path):
    return Store(tmp_path / "one"), Store(tmp_path / "two")


def hearth(store, *arguments, environment=None, code=0):
    told = {**store.environment, "HOME": str(store.folder.parent), "NO_PROXY": "127.0.0.1", **(environment or {})}
    done = run_program(*arguments, folder=store.folder.parent, environment=told)
    assert done.returncode == code, done.stderr.decode()
    return done


def round_trip(registry, stores, *options, environment=None):
    one, two = stores
    name = f"{registry.host}/space/model:tag"
    manifest = put_model(one, f"{registry.host}/space/model/tag")
    hearth(one, "push", name, *options, environment=environment)
    hearth(two, "pull", name, *options, environment=environment)
    assert two.manifests() == {f"{registry.host}/space/model/tag": manifest}
    assert two.check() == [] and two.blob_names() == one.blob_names()
    again = hearth(one, "push", name, "--json", *options, environment=environment)
    return again.stdout


def test_push_and_pull_over_plain_http(stores):
    with Registry() as registry:
        round_trip(registry, stores, "--insecure")
        done = hearth(stores[1], "pull", f"{registry.host}/space/none", "--insecure", code=3)
        assert b"space/none" in done.stderr
        done = hearth(stores[1], "pull", f"{registry.host}/space/model:tag", code=8)
        assert registry.host.encode() in done.stderr


def test_parts_of_a_push_are_put_together(stores):
    with Registry() as registry:
        round_trip(registry, stores, "--insecure", "--chunk-size", "300k")


def test_push_and_pull_over_tls_with_tokens(stores):
    with Registry(tls=True, tokens=True) as registry:
        trusting = {"SSL_CERT_FILE": str(registry.certificate.path), "HEARTH_TRUSTED_HOSTS": registry.token_host}
        round_trip(registry, stores, environment=trusting)
        scopes = [path for path, _ in registry.token_server.requests]
        assert any("scope=repository%3Aspace%2Fmodel%3Apull%2Cpush" in path for path in scopes), scopes
        # The same without the name of the token server, and without the certificate.
        asked = len(registry.token_server.requests)
        name = f"{registry.host}/space/model:tag"
        done = hearth(stores[1], "pull", name, environment={"SSL_CERT_FILE": trusting["SSL_CERT_FILE"]}, code=2)
        assert b"another host for a token" in done.stderr
        done = hearth(stores[1], "pull", name, environment={"HEARTH_TRUSTED_HOSTS": registry.token_host}, code=8)
        assert b"SSL_CERT_FILE" in done.stderr
        assert len(registry.token_server.requests) == asked


class Scripted:
    """A registry that answers as `answer(method, path)` says: status, headers, body."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.server.requests.append((self.command, self.path, self.headers.get("Authorization")))
                status, headers, body = answer(self.command, self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.requests = True, []
        self.server.handle_error = lambda *_: None
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def manifest_of(**changes):
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:" + hashlib.sha256(b"x").hexdigest(),
             "size": 1, **changes}
    return json.dumps({"schemaVersion": 2, "layers": [layer]}).encode()


HEX = hashlib.sha256(b"x").hexdigest()
HOSTILE = {
    "digest_up": manifest_of(digest="sha256:../../../../etc/passwd"),
    "digest_short": manifest_of(digest="sha256:" + HEX[1:]),
    "digest_long": manifest_of(digest="sha256:" + HEX + "0"),
    "digest_capitals": manifest_of(digest="sha256:" + HEX.upper()),
    "digest_slash": manifest_of(digest="sha256:" + HEX[:-2] + "/a"),
    "digest_of_another_kind": manifest_of(digest="md5:" + HEX[:32]),
    "digest_number": manifest_of(digest=1),
    "size_negative": manifest_of(size=-1),
    "size_huge": manifest_of(size=2**63),
    "size_text": manifest_of(size="1"),
    "name_up": manifest_of(annotations={"org.opencontainers.image.title": "../../x"}),
    "name_absolute": manifest_of(annotations={"org.opencontainers.image.title": "/etc/x"}),
    "no_layers": b'{"schemaVersion": 2}',
    "no_weights": b'{"schemaVersion": 2, "layers": []}',
    "an_index": b'{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}',
    "no_json": b"<html>",
    "deep": b'{"layers":' + b"[" * 100_000,
    "large": b'{"layers":[]}' + b" " * (5 << 20),
    "empty": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_manifests_leave_nothing(kind, stores):
    with Scripted(lambda method, path: (200, {}, HOSTILE[kind] if "manifests" in path else b"x")) as registry:
        done = run_program("pull", f"{registry.host}/space/model", "--insecure", folder=stores[0].folder.parent,
                           environment={**stores[0].environment, "NO_PROXY": "127.0.0.1"})
        assert done.returncode in (4, 5, 6), done.stderr.decode()
        assert not any("blobs" in path for _, path, _ in registry.server.requests)
    assert stores[0].manifests() == {} and stores[0].blob_names() == []


def test_a_size_that_is_a_lie_is_found_out(stores):
    for size in (2, 1 << 50):
        told = manifest_of(size=size)
        with Scripted(lambda method, path, told=told: (200, {}, told if "manifests" in path else b"x")) as registry:
            done = run_program("pull", f"{registry.host}/space/model", "--insecure", folder=stores[0].folder.parent,
                               environment={**stores[0].environment, "NO_PROXY": "127.0.0.1"})
            assert done.returncode == (4 if size == 2 else 8), done.stderr.decode()
            # What does not fit is known before the first byte.
            assert any("blobs" in path for _, path, _ in registry.server.requests) == (size == 2)
    assert stores[0].manifests() == {}


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/x", "http://localhost:{port}/x", "http://0x7f.1:{port}/x",
                                      "http://2130706433:{port}/x", "http://[::ffff:127.0.0.1]:{port}/x", "//127.1:{port}/x",
                                      "http://a@127.0.0.1:{port}/x", "http://169.254.169.254/latest/meta-data/",
                                      "file:///etc/passwd", "gopher://127.0.0.1:{port}/x", "http://[fe80::1]/"])
def test_redirects_to_private_addresses_reach_nobody(location, stores):
    with Scripted(lambda *_: (200, {}, b"x")) as canary:
        to = location.format(port=canary.server.server_port)

        def answer(_, path):
            return (200, {}, manifest_of()) if "manifests" in path else (307, {"Location": to}, b"")

        with Scripted(answer) as registry:
            done = run_program("pull", f"{registry.host}/space/model", "--insecure", folder=stores[0].folder.parent,
                               environment={**stores[0].environment, "NO_PROXY": "127.0.0.1"})
            assert done.returncode != 0
        assert canary.server.requests == []
    assert stores[0].manifests() == {}


def test_a_token_of_ours_is_not_asked_for_elsewhere(stores):
    with Scripted(lambda *_: (200, {}, b'{"token": "t"}')) as other:
        challenge = {"WWW-Authenticate": f'Bearer realm="http://{other.host}/token",service="s",scope="repository:a:pull"'}
        with Scripted(lambda *_: (401, challenge, b"")) as registry:
            done = run_program("pull", f"{registry.host}/space/model", "--insecure", folder=stores[0].folder.parent,
                               environment={**stores[0].environment, "NO_PROXY": "127.0.0.1"})
            assert done.returncode == 2 and b"another host for a token" in done.stderr
        assert other.server.requests == []
