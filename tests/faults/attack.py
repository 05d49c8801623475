"""One attack on a server, during which others go on asking."""
import contextlib
import time

from raw_http import RawClient
from vital_signs import Bystander, Signs, settle

P99_S = 1.0
ANSWER_S = 60


class Attack(contextlib.ExitStack):
    """Clients that are made in it are closed at its end. Then the server must live, have answered every bystander, and
    hold no more than before. `headers`: those of the bystanders, as a key of their own."""

    def __init__(self, server, scale, headers=None, more_kb=None):
        super().__init__()
        self.server, self.scale, self.more_kb = server, scale, more_kb
        self.before = Signs.of(server.pid)

        def asker(method, path, body=None):
            def ask():
                status, text = server.request(method, path, body, timeout=ANSWER_S, headers=headers)
                assert status == 200, (status, text[:200])
            return ask

        self.bystanders = {"answer": Bystander(asker("POST", "/v1/completions", {"prompt": "hi", "max_tokens": 2})),
                           "tokens": Bystander(asker("POST", "/tokenize", {"content": "hi"})),
                           "models": Bystander(asker("GET", "/v1/models")),
                           "health": Bystander(asker("GET", "/health"))}

    def __enter__(self):
        super().__enter__()
        for bystander in self.bystanders.values():
            bystander.start()
        return self

    def client(self, **more):
        return self.enter_context(RawClient(self.server, **more))

    def clients(self, count, **more):
        return [self.client(**more) for _ in range(count)]

    def let_others_ask(self, count):
        """Waits until each bystander has had so many answers more, or as much time as that may take."""
        wanted = {name: bystander.num_asked() + count for name, bystander in self.bystanders.items()}
        deadline = time.monotonic() + ANSWER_S + count * P99_S
        while time.monotonic() < deadline and any(self.bystanders[name].num_asked() < number for name, number in wanted.items()):
            time.sleep(0.01)

    def __exit__(self, *failure):
        for bystander in self.bystanders.values():
            bystander.stop(ANSWER_S + 5)
        super().__exit__(*failure)
        if failure[0] is None:
            self.check()

    def check(self):
        assert self.server.process.poll() is None, f"the server has ended: {self.server.log_text()}"
        for name, bystander in self.bystanders.items():
            self.scale.count(asked=bystander.num_asked())
            assert not bystander.failures, f"{name}: {len(bystander.failures)} of {bystander.num_asked()}: {bystander.failures[:3]}"
            assert bystander.seconds, f"{name}: nothing was asked"
            self.scale.worst(**{f"p99_{name}_s": bystander.percentile(0.99)})
            if self.scale.long:
                assert bystander.percentile(0.99) < P99_S, f"{name}: p99 {bystander.percentile(0.99):.2f} s of {bystander.num_asked()}"
        left = settle(self.server.pid, self.before, more_kb=self.more_kb)
        assert not left, left
        assert self.server.request("GET", "/health", timeout=ANSWER_S)[0] == 200
