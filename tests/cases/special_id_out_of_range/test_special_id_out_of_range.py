"""A role's id that names no token is left out, and said so."""
import pytest

from gguf_file import scalar
from program import run_program
from tiny_model import tiny_model

VOCABULARY = 264


def outputs(file, path):
    file.write(path)
    ids = run_program("tokenize", "-m", path, "--ids", "the", folder=path.parent)
    text = run_program("run", path, "the", "--raw", "-n", 8, "--temperature", 0, "--ignore-eos", "-q", folder=path.parent)
    for ran in (ids, text):
        assert ran.returncode == 0, ran.stderr.decode()
    return (ids.stdout, text.stdout), ids.stderr.decode() + text.stderr.decode()


@pytest.mark.parametrize("role", ["padding", "eos", "bos", "unknown", "eot", "eom"])
@pytest.mark.parametrize("value", [VOCABULARY, 2**32 - 1])
def test_loads_like_a_file_without_the_role(tmp_path, role, value):
    key = f"tokenizer.ggml.{role}_token_id"
    without = tiny_model()
    without.keys.pop(key.encode(), None)
    expected, notes = outputs(without, tmp_path / "without.gguf")
    assert key not in notes
    found, notes = outputs(tiny_model().set(key, scalar("u32", value)), tmp_path / "with.gguf")
    assert found == expected
    # 2^32 - 1 is how "none" is written: nothing to speak of.
    assert value != VOCABULARY or key in notes, notes
