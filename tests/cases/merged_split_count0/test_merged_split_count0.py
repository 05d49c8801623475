"""A merged file says that it is part 0 of 0: it is whole."""
import pytest

from gguf_file import scalar
from program import run_program
from tiny_model import tiny_model


@pytest.mark.parametrize("kind", ["u16", "u32", "i32"])
def test_runs_like_the_file_without_those_keys(tmp_path, kind):
    base = tiny_model()
    merged = tiny_model().set("split.no", scalar(kind, 0)).set("split.count", scalar(kind, 0))
    merged.set("split.tensors.count", scalar("i32", len(merged.tensors)))
    ran = [run_program("run", file.write(tmp_path / name), "the", "--raw", "-n", 4, "--temperature", 0, "-q",
                       folder=tmp_path) for name, file in (("base.gguf", base), ("merged.gguf", merged))]
    assert [run.returncode for run in ran] == [0, 0], ran[1].stderr.decode()
    assert ran[1].stdout == ran[0].stdout != b""
