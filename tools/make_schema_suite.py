#!/usr/bin/env python3
"""Writes tests/fixtures/json_schema_suite/ of the JSON-Schema-Test-Suite: the required tests of drafts 2020-12 and 7.

Usage: make_schema_suite.py FOLDER, which has the suite's `tests`, `remotes` and `LICENSE`.
"""

import json
import pathlib
import shutil
import sys

DRAFTS = ("draft2020-12", "draft7")
OTHER_DRAFTS = ("draft3/", "draft4/", "draft6/", "draft2019-09/", "v1/")


def required_tests(folder):
    files = {}
    for path in sorted(folder.glob("*.json")):
        files[path.stem] = [
            {
                "description": group["description"],
                "schema": group["schema"],
                "tests": [{"data": test["data"], "valid": test["valid"]} for test in group["tests"]],
            }
            for group in json.loads(path.read_text())
        ]
    return files


def main():
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).parent.parent / "tests/fixtures/json_schema_suite"
    target.mkdir(parents=True, exist_ok=True)

    def write(name, value):
        (target / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")

    for draft in DRAFTS:
        write(f"{draft}.json", required_tests(source / "tests" / draft))
    remotes = {}
    for path in sorted((source / "remotes").rglob("*.json")):
        name = path.relative_to(source / "remotes").as_posix()
        if not name.startswith(OTHER_DRAFTS):
            remotes[name] = json.loads(path.read_text())
    write("remotes.json", remotes)
    shutil.copy(source / "LICENSE", target / "LICENSE")


if __name__ == "__main__":
    main()
