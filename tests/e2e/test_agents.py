"""Frameworks that agents are made of: typed results, and loops of tools that must be called."""
import json
import os
import pathlib
import subprocess

FOLDER = pathlib.Path(__file__).parent


def checks_of(*command):
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)["checks"]


def test_pydantic_ai_and_instructor(server):
    assert checks_of(os.environ["HEARTH_E2E_AGENTS"], FOLDER / "agents_client.py", server.url, server.model) == 8


def test_the_ai_sdk(server):
    assert checks_of("node", FOLDER / "agents_client.mjs", os.environ["HEARTH_E2E_NODE"], server.url, server.model) == 8
