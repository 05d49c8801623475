#!/usr/bin/env python3
"""Sends requests that schemathesis makes up from /openapi.json: schemathesis_run.py [REQUESTS] [--seed N].

Two in three keep to the document, one breaks it. Each route gets the same number; what a route has no use for, because
nothing about it varies, goes to the others, in rounds with further seeds until the requests are sent. Exits 1 on an answer of
5xx, on a server that is gone, and where fewer than a tenth of a route's well-formed requests were answered 2xx. Prints the
answers by route and status.
"""
import argparse
import collections
import json
import os
import pathlib
import sys
import warnings

os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import hypothesis  # noqa: E402
import requests  # noqa: E402
import schemathesis  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.config import GenerationConfig, SchemathesisConfig  # noqa: E402

from server import Server  # noqa: E402

MAX_TOKENS = 3
SHARES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}


def shorten(path, body):
    """The same request with a short answer: what is tested is reading and writing, not the model."""
    if not isinstance(body, dict):
        return
    # A member that is null counts as absent.
    for name in [name for name, value in body.items() if value is None and name.startswith("max_")]:
        del body[name]
    for name in ("max_tokens", "max_completion_tokens", "n_predict", "max_output_tokens"):
        value = body.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and (value > MAX_TOKENS or value == -1):
            body[name] = MAX_TOKENS
    for name in ("n", "n_cmpl"):
        value = body.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 2:
            body[name] = 2
    if path in ("/v1/chat/completions", "/v1/messages") and "max_completion_tokens" not in body:
        body.setdefault("max_tokens", MAX_TOKENS)
    if path == "/v1/responses":
        body.setdefault("max_output_tokens", MAX_TOKENS)


def id_for(server, path):
    """The id of an answer that a route with an id can say something about; none for other routes."""
    if path == "/v1/streams/{id}":
        status, text = server.request("POST", "/v1/completions", {"prompt": "a", "max_tokens": 2, "stream": True})
        assert status == 200, text
        return json.loads(next(line for line in text.splitlines() if line.startswith("data: "))[6:])["id"]
    if path.startswith("/v1/responses/{id}"):
        return server.post("/v1/responses", {"input": "a", "max_output_tokens": 2, "background": path.endswith("cancel")})["id"]
    return None


class Run:
    def __init__(self, server):
        self.server = server
        self.answers = collections.defaultdict(collections.Counter)  # route -> status -> count
        self.valid = collections.defaultdict(collections.Counter)    # route -> whether 2xx -> count
        self.faults = []
        self.session = requests.Session()

    def send(self, case, is_valid):
        shorten(case.path, case.body)
        route = f"{case.method.upper()} {case.path}"
        # A made-up id is nobody's: every other well-formed request has one that is known.
        known = id_for(self.server, case.path) if is_valid and self.answers[route].total() % 2 else None
        if known:
            case.path_parameters = {**case.path_parameters, "id": known}
        try:
            response = case.call(session=self.session, timeout=60)
            status = response.status_code
        except Exception as error:  # noqa: BLE001: whatever it is, it is reported with its request
            self.faults.append((route, type(error).__name__, repr(case.body)[:500]))
            return
        self.answers[route][status] += 1
        if status >= 500:
            self.faults.append((route, status, repr(case.body)[:500]))
        if is_valid:
            self.valid[route][200 <= status < 300] += 1

    def drive(self, operation, mode, count, seed):
        """Sends `count` requests, or as many as there are different ones; returns how many it sent."""
        is_valid = mode is GenerationMode.POSITIVE
        num_sent = 0

        @hypothesis.seed(seed)
        @hypothesis.settings(max_examples=count, database=None, deadline=None, derandomize=False,
                             phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def one(case):
            nonlocal num_sent
            num_sent += 1
            self.send(case, is_valid)

        try:
            one()
        except (hypothesis.errors.Unsatisfiable, hypothesis.errors.InvalidArgument):
            pass  # Nothing can be broken about a route without parameters.
        return num_sent

    def drive_all(self, operations, count, seed):
        """Sends `count` requests, in rounds over the routes that have new ones to offer."""
        varied = [(operation, mode) for operation in operations for mode in SHARES]
        left = count
        while left > 0 and varied:
            unit = left / sum(SHARES[mode] for _, mode in varied)
            more = []
            for operation, mode in varied:
                wanted = min(left, max(1, round(unit * SHARES[mode])))
                num_sent = self.drive(operation, mode, wanted, seed) if wanted else 0
                left -= num_sent
                if num_sent > wanted // 10:
                    more.append((operation, mode))
            varied = more
            seed += 1
        return left

    def report(self):
        failed = bool(self.faults)
        for route in sorted(self.answers):
            valid = self.valid[route]
            total = sum(valid.values())
            share = valid[True] / total if total else 0
            low = share < 0.1
            failed |= low
            statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.answers[route].items()))
            print(f"{route}: {statuses}; well-formed answered 2xx: {share:.0%}{'  TOO FEW' if low else ''}")
        for route, what, body in self.faults[:20]:
            print(f"FAULT {route}: {what} {body}")
        print(f"{sum(sum(c.values()) for c in self.answers.values())} requests, {len(self.faults)} faults")
        return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    server = Server("--max-running", "16", "--ctx", "1024")
    try:
        config = SchemathesisConfig()
        config.projects.default.generation = GenerationConfig(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
        schema = schemathesis.openapi.from_url(server.url + "/openapi.json", config=config)
        operations = [result.ok() for result in schema.get_all_operations()]
        run = Run(server)
        left = run.drive_all(operations, arguments.requests, arguments.seed)
        failed = run.report()
        if left:
            failed = True
            print(f"{left} of the {arguments.requests} requests could not be made up")
        server.get("/health")
    finally:
        server.stop()
    sys.exit(failed)


if __name__ == "__main__":
    main()
