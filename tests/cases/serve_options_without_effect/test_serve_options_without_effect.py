"""Options that could never do what they say are refused, with the option's name and what to do."""
import pytest

from program import run_program


@pytest.mark.parametrize("options", [
    ["--audit-log", ""], ["--audit-prompts"], ["--audit-failure", "continue"], ["--allow-host", "*"], ["--allow-host", ""],
    ["--allow-origin", "nonsense"], ["--allow-origin", "https://example.org/"], ["--otlp-endpoint", "nonsense"],
    ["--otlp-endpoint", "ftp://example.org"], ["--host", ""], ["--host", "[::1]"], ["--draft-model", ""], ["--tls-cert", ""],
    ["--alias", ""]])
def test_of_serve(tiny_path, tmp_path, options):
    ran = run_program("serve", tiny_path, "--port", 0, *options, folder=tmp_path, timeout=20)
    assert ran.returncode == 2, ran
    lines = ran.stderr.decode().splitlines()
    assert lines[0].startswith("error: ") and options[0] in lines[0]
    assert any(line.startswith("hint: ") for line in lines)
