"""Runs the program under limits of the system, as a user to whom they apply."""
import contextlib
import functools
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile

from program import program, run_program
from server import Server, StartError
from tiny_model import tiny_model

# Some limits count for nothing with root. A number that belongs to nobody, so that nobody's processes count.
OTHER_USER = 61234
ERROR_CODES = {2, 3, 4, 5, 6, 7, 8, 9, 10, 70}


def own_threads():
    """What RLIMIT_NPROC counts of this user before the program starts."""
    count = 0
    for task in pathlib.Path("/proc").glob("[0-9]*/task/*"):
        with contextlib.suppress(OSError):
            count += task.stat().st_uid == os.getuid()
    return count


class Confined:
    """A copy of the program and a model where another user can reach them, and a folder that is his."""

    def __init__(self):
        self.top = tempfile.TemporaryDirectory(prefix="hearth-confined-")
        self.path = pathlib.Path(self.top.name)
        self.path.chmod(0o755)
        self.model = tiny_model().write(self.path / "tiny.gguf")
        self.folder = self.path / "own"
        self.folder.mkdir()
        self.popen = {}
        if os.geteuid() == 0:
            self.popen = {"user": OTHER_USER, "group": OTHER_USER, "extra_groups": []}
            os.chown(self.folder, OTHER_USER, OTHER_USER)
        self.program = self.path / "hearth"
        shutil.copy2(program(), self.program)
        self.program.chmod(0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.top.cleanup()

    @functools.cached_property
    def expected(self):
        return check_run(self, {})

    def can_start(self, limits):
        """Whether the system starts any program under these limits."""
        try:
            return subprocess.run(["/bin/true"], env={}, **self.options(limits)).returncode == 0
        except OSError:
            return False

    def options(self, limits):
        """For subprocess: `limits` maps names as in resource.RLIMIT_* to values."""
        values = dict(limits)
        if "NPROC" in values and os.geteuid() != 0:
            values["NPROC"] += own_threads()

        def apply():
            for name, value in values.items():
                number = getattr(resource, "RLIMIT_" + name)
                hard = resource.getrlimit(number)[1]
                value = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(number, (value, value))

        return {"preexec_fn": apply, "cwd": self.folder, **self.popen}

    def run(self, *arguments, limits, timeout=60):
        return run_program(*arguments, folder=self.folder, timeout=timeout, executable=self.program, **self.options(limits))

    def serve(self, *options, limits):
        return Server(*options, model=self.model, folder=self.folder, executable=self.program, **self.options(limits))


def check_error(code, said, what):
    """A code that is documented and one error that says why; or what the system says of a program that it cannot load."""
    if code == 127 and "error while loading shared libraries" in said:
        return
    assert code in ERROR_CODES, (what, code, said)
    assert len(re.findall(r"^error: \S", said, re.MULTILINE)) == 1, (what, code, said)
    assert "terminate called" not in said and "what():" not in said, (what, code, said)


def check_run(confined, limits, *arguments):
    """Whether it answered; else it has said why not."""
    ran = confined.run("run", confined.model, "the", "--raw", "-n", 4, "--temperature", 0, "-q", *arguments, limits=limits)
    if ran.returncode == 0:
        return ran.stdout
    check_error(ran.returncode, ran.stderr.decode(), ("run", limits))
    return None


def check_serve(confined, limits, *arguments):
    """Whether it served and ended when told to; else it has said why not."""
    try:
        server = confined.serve(*arguments, limits=limits)
    except StartError as error:
        # Its log is a file, which may not have been allowed to grow.
        said = "error: ..." if limits.get("FSIZE", 1 << 20) < 1 << 20 else error.log
        check_error(error.code, said, ("serve", limits))
        return None
    try:
        answers = [server.request("POST", "/v1/completions", {"prompt": "the", "max_tokens": 4, "temperature": 0})
                   for _ in range(3)]
        assert all(status == 200 or status >= 500 for status, _ in answers), (limits, answers)
        status, text = server.request("GET", "/health")
        # Without room for its audit log it answers nothing that would have to stand in it, and says so.
        assert status == 200 or json.loads(text)["audit"]["state"] == "failing", (limits, status, text)
        server.stop()
    except BaseException as error:
        error.add_note(f"under {limits}; code {server.process.poll()}; log: {server.log_text()}")
        raise
    finally:
        server.kill()
    return [status for status, _ in answers]
