#!/usr/bin/env python3
"""How much of a link `hearth pull` uses, beside curl and huggingface_hub: transfer_speed.py [--gigabits N] [--megabytes N] [--rounds N]

Runs in a network namespace of its own, whose loopback is throttled (needs root, and tc of iproute2). Each program fetches the
same file of a server that speaks the hub's routes, from its page cache, to a disk; what is told is the file's size by the time
that the whole program took, its checks included. Needs huggingface_hub: build/e2e/venv/bin/python has it."""
import argparse
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMMIT = "a" * 40


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if "/refs" in self.path:
            return self.give({"branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": COMMIT}], "tags": []})
        if "/tree/" in self.path:
            lfs = {"oid": self.server.digest, "size": self.server.size, "pointerSize": 130}
            return self.give([{"type": "file", "path": "m-Q4_K_M.gguf", "size": self.server.size, "oid": COMMIT, "lfs": lfs}])
        if "/api/models/" in self.path:
            return self.give({"id": "user/model", "sha": COMMIT, "siblings": [{"rfilename": "m-Q4_K_M.gguf"}]})
        return self.send_part()

    def give(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_part(self):
        begin, end = 0, self.server.size
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if match:
            begin, end = int(match[1]), min(end, int(match[2]) + 1) if match[2] else end
        self.send_response(206 if match else 200)
        if match:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{self.server.size}")
        for name, value in {"ETag": f'"{self.server.digest}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes",
                            "X-Linked-Size": str(self.server.size), "Content-Length": str(end - begin)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.flush()
        with open(self.server.path, "rb") as file:
            while begin < end:
                begin += os.sendfile(self.connection.fileno(), file.fileno(), begin, min(end - begin, 1 << 20))


def serve(path, size, digest):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.path, server.size, server.digest = True, path, size, digest
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def timed(command, environment):
    begin = time.monotonic()
    subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin


def measure(arguments, folder):
    content = folder / "content"
    size = arguments.megabytes * 1_000_000
    with open(content, "wb") as file:
        block = os.urandom(1_000_000)
        for _ in range(arguments.megabytes):
            file.write(block)
    digest = hashlib.file_digest(open(content, "rb"), "sha256").hexdigest()
    url = serve(content, size, digest)
    environment = {"HF_ENDPOINT": url, "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_XET": "1", "HEARTH_MODELS": str(folder / "store"),
                   "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    script = "import huggingface_hub; huggingface_hub.hf_hub_download('user/model', 'm-Q4_K_M.gguf')"
    program = os.environ.get("HEARTH_PROGRAM") or str(ROOT / "build" / "release" / "hearth")
    commands = {"curl": ["curl", "-s", "--noproxy", "*", "-o", str(folder / "curled"), f"{url}/user/model/resolve/main/m-Q4_K_M.gguf"],
                "huggingface_hub": [sys.executable, "-c", script],
                "hearth pull": [program, "pull", "hf.co/user/model", "--quiet"]}
    link = arguments.gigabits * 1e9 / 8
    print(f"{arguments.megabytes} MB over {arguments.gigabits} Gbit/s, best of {arguments.rounds}")
    for name, command in commands.items():
        times = []
        for _ in range(arguments.rounds):
            for left in ("hf", "store"):
                shutil.rmtree(folder / left, ignore_errors=True)
            times.append(timed(command, environment))
        print(f"{name:16} {size / min(times) / 1e6:7.1f} MB/s  {100 * size / min(times) / link:5.1f} % of the link")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabits", type=float, default=1)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        os.execvp("unshare", ["unshare", "--net", sys.executable, __file__, "--inside", *sys.argv[1:]])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", f"{arguments.gigabits}gbit", "burst", "512kb",
                    "latency", "50ms"], check=True)
    with tempfile.TemporaryDirectory(prefix="hearth-transfer-") as folder:
        measure(arguments, pathlib.Path(folder))


if __name__ == "__main__":
    main()
