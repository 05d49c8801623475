"""A key that could not be printed is not kept."""
import os
import subprocess

import pytest

from program import own_environment, program, run_program


def closed():
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize("output, reason", [(lambda: os.open("/dev/full", os.O_WRONLY), b"No space left on device"),
                                            (closed, b"Broken pipe")])
def test_of_an_output_that_takes_nothing(tmp_path, output, reason):
    to = output()
    made = subprocess.run([program(), "keys", "create"], stdin=subprocess.DEVNULL, stdout=to, stderr=subprocess.PIPE,
                          env=own_environment(tmp_path), timeout=60)
    os.close(to)
    assert made.returncode == 8 and reason in made.stderr
    assert b"shown this once" not in made.stderr
    assert run_program("keys", "list", folder=tmp_path).stdout == b""
    assert run_program("keys", "create", folder=tmp_path).returncode == 0
    assert len(run_program("keys", "list", folder=tmp_path).stdout.splitlines()) == 1
