"""The program that is tested, and its models."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY_MODELS = ROOT / "tests" / "fixtures" / "models"


def program():
    return os.environ.get("HEARTH_PROGRAM") or str(ROOT / "build" / "release" / "hearth")


def model_path():
    path = os.environ.get("HEARTH_TEST_MODEL")
    if not path:
        raise RuntimeError("HEARTH_TEST_MODEL does not name the model file; ./dev test sets it")
    return path


def own_environment(folder, more=None):
    """An environment in which the program keeps whatever it keeps below `folder`."""
    return {**os.environ, "XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache",
            "XDG_STATE_HOME": f"{folder}/state", **(more or {})}


def run_program(*arguments, folder, environment=None, timeout=60, wrapper=(), **more):
    """What `hearth ARGUMENTS` leaves behind: code (negative: the signal that ended it), output and errors, in bytes.
    `wrapper`: a command that runs it."""
    options = {"stdin": subprocess.DEVNULL} if "input" not in more else {}
    return subprocess.run([*wrapper, program(), *map(str, arguments)], capture_output=True, timeout=timeout,
                          env=own_environment(folder, environment), **options, **more)
