"""Runs `hearth serve` on a free port for the tests, and reads what it says of itself."""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program():
    return os.environ.get("HEARTH_PROGRAM") or str(ROOT / "build" / "release" / "hearth")


def model_path():
    path = os.environ.get("HEARTH_TEST_MODEL")
    if not path:
        raise RuntimeError("HEARTH_TEST_MODEL does not name the model file; ./dev test sets it")
    return path


class Server:
    def __init__(self, *options):
        self.state = tempfile.TemporaryDirectory(prefix="hearth-e2e-")
        environment = dict(os.environ, XDG_DATA_HOME=self.state.name)
        self.log = open(pathlib.Path(self.state.name) / "log", "w+")
        self.process = subprocess.Popen([program(), "serve", model_path(), "--port", "0", "--quiet", *options],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        line = self.process.stdout.readline()
        found = re.search(r"https?://\S+", line)
        if not found:
            self.process.wait(10)
            self.log.seek(0)
            raise RuntimeError(f"the server did not start: {line}{self.log.read()}")
        self.url = found.group(0)
        address = urllib.parse.urlparse(self.url)
        self.host, self.port = address.hostname, address.port
        self.model = self.get("/v1/models")["data"][0]["id"]

    def request(self, method, path, body=None, timeout=120):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def get(self, path):
        status, text = self.request("GET", path)
        assert status == 200, (status, text)
        return json.loads(text)

    def post(self, path, body):
        status, text = self.request("POST", path, body)
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

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.log.close()
        self.state.cleanup()
        assert code == 0, f"the server ended with {code}"
