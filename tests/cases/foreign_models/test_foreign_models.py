"""Files that hold no model that is read here are told as what they are, with what to take in their place."""
import pytest

from program import run_program

PICKLE = b"PK\3\4" + bytes(26) + b"archive/data.pkl"


@pytest.mark.parametrize("files, model, cause, remedy", [
    ({"old.bin": b"tjgg\3\0\0\0"}, "old.bin", "is a GGJT file", "take a GGUF file"),
    ({"pytorch_model.bin": PICKLE}, "pytorch_model.bin", "is a pickle", "take the model's safetensors files"),
    ({"config.json": b"{}", "pytorch_model.bin": PICKLE}, ".", "as a pickle", "take the model's safetensors files"),
    ({"adapter_config.json": b"{}", "adapter_model.safetensors": b""}, ".", "an adapter without", "merged into"),
    ({"config.json": b'{"quantization_config": {"quant_method": "awq"}}'}, ".", 'quantised by "awq"', "or a GGUF file"),
    ({"big.gguf": b"GGUF\0\0\0\3" + bytes(16)}, "big.gguf", "a big-endian GGUF file", "little-endian file"),
])  # fmt: skip
def test_is_refused_with_cause_and_remedy(tmp_path, files, model, cause, remedy):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for command in (["run", tmp_path / model, "-n", 1, "hi"], ["fit", tmp_path / model]):
        ran = run_program(*command, folder=tmp_path)
        assert ran.returncode == 5, ran.stderr
        assert cause in ran.stderr.decode() and remedy in ran.stderr.decode(), ran.stderr
        assert ran.stdout == b""
