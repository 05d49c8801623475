"""How a server does while it is attacked: what others get of it, and what it holds on to."""
import dataclasses
import math
import pathlib
import threading
import time

SETTLE_S = 30


def open_files(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def status_of(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


@dataclasses.dataclass
class Signs:
    num_files: int
    num_threads: int
    resident_kb: int

    @classmethod
    def of(cls, pid):
        return cls(open_files(pid), status_of(pid, "Threads"), status_of(pid, "VmRSS"))


def settle(pid, before, more_files=4, more_kb=None):
    """Waits until the process holds no more than before. What is left above it at last, as text; empty where nothing."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        now = Signs.of(pid)
        left = []
        if now.num_files > before.num_files + more_files:
            left.append(f"{now.num_files} open files, {before.num_files} before")
        if now.num_threads > before.num_threads:
            left.append(f"{now.num_threads} threads, {before.num_threads} before")
        if more_kb is not None and now.resident_kb > before.resident_kb + more_kb:
            left.append(f"{now.resident_kb} KB of memory, {before.resident_kb} before")
        if not left or time.monotonic() > deadline:
            return ", ".join(left)
        time.sleep(0.05)


class Bystander(threading.Thread):
    """Asks the same small thing again and again until it is stopped, and keeps how long each answer took, or what went
    wrong instead."""

    def __init__(self, ask, pause_s=0.01):
        super().__init__(daemon=True)
        self.ask, self.pause_s = ask, pause_s
        self.seconds, self.failures = [], []
        self.over = threading.Event()
        self.begun = None

    def run(self):
        while not self.over.is_set():
            self.begun = time.monotonic()
            try:
                self.ask()
                self.seconds.append(time.monotonic() - self.begun)
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}"[:300])
            self.begun = None
            self.over.wait(self.pause_s)

    def stop(self, timeout):
        """One that is not answered in that time counts as a failure."""
        self.over.set()
        self.join(timeout)
        if self.is_alive():
            self.failures.append(f"no answer in {timeout} s")

    def num_asked(self):
        return len(self.seconds) + len(self.failures)

    def percentile(self, share):
        """Nearest rank. Those that failed took for ever."""
        ranked = sorted(self.seconds) + [float("inf")] * len(self.failures)
        return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else float("inf")
