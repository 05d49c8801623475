"""API keys, made as their owner makes them."""
from program import run_program


def make_key(folder, name, wrapper=(), scopes=None):
    """The headers that show it."""
    made = run_program("keys", "create", "--name", name, *(["--scopes", scopes] if scopes else []), folder=folder, wrapper=wrapper)
    assert made.returncode == 0, made.stderr
    return {"Authorization": "Bearer " + made.stdout.decode().split()[-1]}
