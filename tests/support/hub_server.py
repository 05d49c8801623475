"""A server that speaks the routes of Hugging Face's hub over plain HTTP, and one for its large files: another origin, as the
hub's content network is. Tests of it with the `huggingface_hub` package are in tests/e2e/test_hub_server.py."""
import collections
import hashlib
import http.server
import json
import re
import threading
import time
import urllib.parse

COMMIT = hashlib.sha1(b"a commit").hexdigest()
OLD_COMMIT = hashlib.sha1(b"an older commit").hexdigest()
PAGE_SIZE = 4
LFS_FROM = 1000  # bytes


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Repository:
    """`files`: content by path. A path in `lfs`, or a file that is large, is kept by its SHA-256."""

    def __init__(self, files, gated=False, private=False, old_files=None):
        self.commits = {COMMIT: files, OLD_COMMIT: old_files if old_files is not None else files}
        self.refs = {"branches": {"main": COMMIT}, "tags": {"v1": OLD_COMMIT}}
        self.gated, self.private = gated, private

    def commit(self, revision):
        names = {**self.refs["branches"], **self.refs["tags"]}
        commit = names.get(revision, revision)
        return commit if commit in self.commits else None


def is_lfs(path, content):
    return len(content) >= LFS_FROM or path.endswith((".gguf", ".safetensors"))


def entry(path, content):
    told = {"type": "file", "oid": git_sha1(content), "size": len(content), "path": path}
    if is_lfs(path, content):
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}\n"
        told["oid"] = git_sha1(pointer.encode())
        told["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": len(pointer)}
    return told


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_content(self, content, etag, **headers):
        """With the Range header honoured, at the rate of the server."""
        begin, end, status = 0, len(content), 200
        if match := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            begin, status = int(match[1]), 206
            end = min(end, int(match[2]) + 1 if match[2] else end)
            if begin >= len(content):
                return self.answer(416, Content_Range=f"bytes */{len(content)}")
            headers["Content_Range"] = f"bytes {begin}-{end - 1}/{len(content)}"
        self.send_response(status)
        for name, value in {"ETag": f'"{etag}"', "Accept_Ranges": "bytes", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(end - begin))
        self.end_headers()
        if self.command == "HEAD":
            return None
        view, step = memoryview(content), 16384
        for at in range(begin, end, step):
            piece = view[at:min(end, at + step)]
            self.wfile.write(piece)
            self.server.owner.sent(len(piece))
        return None


class HubHandler(Handler):
    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        hub = self.server.owner
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        hub.requests.append((self.command, self.path, self.headers.get("Authorization")))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(refs|revision|tree)(?:/(.+))?)?", path):
            name, kind, rest = match.groups()
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            name, kind, rest = match[1], "resolve", (match[2], match[3])
        else:
            return self.answer(404)
        repository = hub.repositories.get(name)
        if refusal := self.refuse(repository, kind):
            return refusal
        return getattr(self, kind or "revision")(repository, name, rest, urllib.parse.parse_qs(url.query))

    def refuse(self, repository, kind):
        allowed = self.headers.get("Authorization") == f"Bearer {self.server.owner.token}"
        if repository is None or (repository.private and not allowed):
            self.answer(404 if allowed else 401, X_Error_Code="RepoNotFound", X_Error_Message="Repository not found")
            return True
        if repository.gated and not allowed and kind == "resolve":
            self.answer(401 if "Authorization" not in self.headers else 403, X_Error_Code="GatedRepo",
                        X_Error_Message="Access to model is restricted.")
            return True
        return False

    def give_json(self, value, **headers):
        self.answer(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def refs(self, repository, *_):
        told = {kind: [{"name": name, "ref": f"refs/{'heads' if kind == 'branches' else kind}/{name}", "targetCommit": commit}
                       for name, commit in refs.items()] for kind, refs in repository.refs.items()}
        self.give_json({**told, "converts": []})

    def revision(self, repository, name, revision, _):
        commit = repository.commit(revision or "main")
        if commit is None:
            return self.answer(404, X_Error_Code="RevisionNotFound", X_Error_Message="Invalid rev id")
        return self.give_json({"id": name, "modelId": name, "sha": commit, "private": False, "gated": repository.gated,
                               "disabled": False, "tags": [], "downloads": 0, "likes": 0,
                               "siblings": [{"rfilename": path} for path in repository.commits[commit]]})

    def tree(self, repository, name, revision, query):
        commit = repository.commit(revision)
        if commit is None:
            return self.answer(404, X_Error_Code="RevisionNotFound")
        entries = [entry(path, content) for path, content in sorted(repository.commits[commit].items())]
        begin = int(query.get("cursor", ["0"])[0])
        headers = {}
        if begin + PAGE_SIZE < len(entries):
            headers["Link"] = (f'<{self.server.owner.url}/api/models/{name}/tree/{revision}?recursive=true'
                               f'&cursor={begin + PAGE_SIZE}>; rel="next"')
        return self.give_json(entries[begin:begin + PAGE_SIZE], **headers)

    def resolve(self, repository, _name, rest, _query):
        commit = repository.commit(rest[0])
        content = repository.commits.get(commit, {}).get(rest[1])
        if content is None:
            return self.answer(404, X_Error_Code="EntryNotFound", X_Error_Message="Entry not found")
        if not is_lfs(rest[1], content):
            return self.send_content(content, git_sha1(content), X_Repo_Commit=commit)
        digest = hashlib.sha256(content).hexdigest()
        return self.answer(302, Location=self.server.owner.content_url(digest, content), X_Repo_Commit=commit,
                           X_Linked_Size=str(len(content)), X_Linked_ETag=f'"{digest}"', ETag=f'"{digest}"')


class ContentHandler(Handler):
    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        hub = self.server.owner
        url = urllib.parse.urlsplit(self.path)
        hub.content_requests.append((self.command, self.path, self.headers.get("Authorization"), self.headers.get("Range")))
        digest, serial = url.path.strip("/"), int(urllib.parse.parse_qs(url.query).get("serial", ["-1"])[0])
        if digest not in hub.contents:
            return self.answer(404)
        if hub.uses_per_address and hub.uses[serial] >= hub.uses_per_address:
            return self.answer(403, b"expired")
        hub.uses[serial] += 1
        return self.send_content(hub.contents[digest], digest)


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # Clients that are killed go without a word.


class HubServer:
    """`bytes_per_second` of large files; `uses_per_address`: how often an address of one can be used."""

    def __init__(self, repositories, token="hf_good", bytes_per_second=0, uses_per_address=0):
        self.repositories, self.token = repositories, token
        self.bytes_per_second, self.uses_per_address = bytes_per_second, uses_per_address
        self.requests, self.content_requests, self.contents = [], [], {}
        self.uses, self.num_addresses = collections.Counter(), 0
        self.num_sent, self.lock, self.next_free = 0, threading.Lock(), 0.0
        self.hub, self.content = Listener(("127.0.0.1", 0), HubHandler), Listener(("127.0.0.1", 0), ContentHandler)
        self.hub.owner = self.content.owner = self
        self.url = f"http://127.0.0.1:{self.hub.server_port}"
        # The hub's client follows redirects to the same name.
        self.content_origin = f"localhost:{self.content.server_port}"
        self.threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in (self.hub, self.content)]

    def content_url(self, digest, content):
        with self.lock:
            self.contents[digest] = content
            self.num_addresses += 1
            return f"http://{self.content_origin}/{digest}?signature=secret&serial={self.num_addresses}"

    def sent(self, num_bytes):
        with self.lock:
            self.num_sent += num_bytes
            if not self.bytes_per_second:
                return
            now = time.monotonic()
            self.next_free = max(now, self.next_free) + num_bytes / self.bytes_per_second
            pause = self.next_free - now
        time.sleep(pause)

    @property
    def environment(self):
        """For a program that is to take this for the hub."""
        return {"HF_ENDPOINT": self.url, "HEARTH_TRUSTED_HOSTS": self.content_origin, "NO_PROXY": "127.0.0.1,localhost"}

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for server in (self.hub, self.content):
            server.shutdown()
            server.server_close()
        for thread in self.threads:
            thread.join()
