#!/usr/bin/env python3
"""Prints those of the named files that a build compiles: compiled_files.py ROOT BUILD_FOLDER FILE..."""
import json
import pathlib
import sys


def compiled(root, build, names):
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text(encoding="utf-8"))
    known = {pathlib.Path(command["directory"], command["file"]).resolve() for command in commands}
    return [name for name in names if (pathlib.Path(root) / name).resolve() in known]


if __name__ == "__main__":
    print("".join(name + "\n" for name in compiled(sys.argv[1], sys.argv[2], sys.argv[3:])), end="")
