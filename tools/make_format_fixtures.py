#!/usr/bin/env python3
"""Writes tests/fixtures/grammar/formats.json: texts that are of a format of JSON Schema, and texts that are not.

They are the short ones of JSON-Schema-Test-Suite (MIT license), whose folder is named.
Usage: make_format_fixtures.py SUITE
"""

import json
import pathlib
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "grammar" / "formats.json"
MAX_SIZE = 72


def main():
    formats = {}
    for path in sorted(pathlib.Path(sys.argv[1], "tests", "draft2020-12", "optional", "format").glob("*.json")):
        for group in json.loads(path.read_text()):
            name = group["schema"]["format"]
            for test in group["tests"]:
                if isinstance(test["data"], str) and len(test["data"]) <= MAX_SIZE and path.stem != "unknown":
                    kinds = formats.setdefault(name, {"valid": [], "invalid": []})
                    kinds["valid" if test["valid"] else "invalid"].append(test["data"])
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(formats, indent=0) + "\n")


if __name__ == "__main__":
    main()
