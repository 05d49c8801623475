"""Runs `hearth serve` on a free port for the tests, and reads what it says of itself."""
import functools
import http.client
import json
import pathlib
import re
import select
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.parse

from program import model_path, own_environment, program

START_S = 120
ANY_CERTIFICATE = ssl._create_unverified_context()


class StartError(RuntimeError):
    def __init__(self, code, log):
        super().__init__(f"the server did not start: code {code}: {log}")
        self.code, self.log = code, log


class Server:
    """A server of its own. `folder` is where it keeps things, for what must outlive it; `stderr` a file instead of its
    log; `wrapper` a command that runs it."""

    def __init__(self, *options, model=None, folder=None, quiet=True, stderr=None, environment=None, wrapper=(), **popen):
        self.own_folder = None if folder else tempfile.TemporaryDirectory(prefix="hearth-server-")
        self.folder = pathlib.Path(folder or self.own_folder.name)
        self.log = None if stderr is not None else open(self.folder / "log", "w+b")
        command = [*wrapper, program(), "serve", str(model or model_path()), "--port", "0", *map(str, options)]
        self.process = subprocess.Popen([*command, "--quiet"] if quiet else command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log if stderr is None else stderr,
                                        env=own_environment(self.folder, environment), **popen)
        try:
            self.find_address()
        except BaseException:
            self.kill()
            raise

    def find_address(self):
        line, deadline = b"", time.monotonic() + START_S
        while not line.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise RuntimeError(f"the server says nothing for {START_S} s: {self.log_text()}")
            piece = self.process.stdout.read1()
            if not piece:
                raise StartError(self.process.wait(START_S), self.log_text())
            line += piece
        self.url = re.search(r"https?://\S+", line.decode()).group(0)
        address = urllib.parse.urlparse(self.url)
        self.host, self.port = address.hostname, address.port

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.kill()

    @functools.cached_property
    def model(self):
        return self.get("/v1/models")["data"][0]["id"]

    @property
    def pid(self):
        return self.process.pid

    def log_text(self):
        if self.log is None:
            return ""
        return (self.folder / "log").read_text(errors="replace")

    def request(self, method, path, body=None, timeout=120, headers=None):
        if self.url.startswith("https"):
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=ANY_CERTIFICATE)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def get(self, path):
        status, text = self.request("GET", path)
        assert status == 200, (status, text)
        return json.loads(text)

    def post(self, path, body, **more):
        status, text = self.request("POST", path, body, **more)
        assert status == 200, (status, text)
        return json.loads(text)

    def refused(self, path, body):
        """The status and the error of a request that must fail."""
        status, text = self.request("POST", path, body)
        assert 400 <= status < 500, (status, text)
        return status, json.loads(text)["error"]

    def metric(self, name):
        """The sum over the labels of a metric."""
        _, text = self.request("GET", "/metrics")
        values = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                  if re.match(re.escape(name) + r"(\{[^}]*\})? ", line)]
        assert values, f"there is no metric {name}"
        return sum(values)

    def end(self, sign=signal.SIGTERM, timeout=60):
        """Asks it to end. Its code; None where it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()

    def stop(self):
        code = self.end()
        assert code == 0, "the server did not end when it was told to" if code is None else f"the server ended with {code}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        if self.log is not None:
            self.log.close()
        if self.own_folder is not None:
            self.own_folder.cleanup()
