#!/usr/bin/env python3
"""Checks that no two files define a type of one name: check_names.py [ROOT].

Two such types in one program are undefined behaviour (one definition rule) that no compiler or linker reports. What
stands in an unnamed namespace or inside a class is a file's own. Kernels (*.inl) are compiled into a namespace for each
instruction set and are left aside.
"""
import collections
import pathlib
import re
import sys

from check_sizes import ATTRIBUTES, OPAQUE, blank, closing_brace
from source_files import report, source_files

SOURCES = {".cpp", ".h", ".cu", ".cuh"}
NAMESPACE = re.compile(r"\bnamespace\b\s*([\w:]*)\s*$")
TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+class|\s+struct)?)\s+(\w+)\s*(?:final\s*)?(?::(?!:)[^()]*)?$")


def defined_types(text):
    """(qualified name, line) of every type that is defined in named namespaces, specialisations of templates aside."""
    code = OPAQUE.sub(blank, text)
    boundary = re.compile(r"[{};]")
    scopes = []
    head_start = at = 0
    while match := boundary.search(code, at):
        at = match.end()
        head = ATTRIBUTES.sub(" ", code[head_start:match.start()])
        head_start = at
        if match.group() == "}":
            scopes = scopes[:-1]
        if match.group() != "{":
            continue
        if found := NAMESPACE.search(head):
            scopes.append(found.group(1))
            continue
        if (found := TYPE.search(head)) and all(scopes):
            yield "::".join([*scopes, found.group(1)]), code.count("\n", 0, match.start()) + 1
        at = head_start = closing_brace(code, match.start()) + 1


def faults(root):
    places = collections.defaultdict(list)
    for name in source_files(root):
        if pathlib.PurePosixPath(name).suffix not in SOURCES:
            continue
        text = (pathlib.Path(root) / name).read_text(encoding="utf-8")
        for defined, line in defined_types(text):
            places[defined].append(f"{name}:{line}")
    for defined, found in sorted(places.items()):
        if len({place.split(":")[0] for place in found}) > 1:
            yield f"{found[0]}: {defined} is also defined in {', '.join(found[1:])}: rename one, or keep it to its file"


if __name__ == "__main__":
    sys.exit(report("names", faults(sys.argv[1] if len(sys.argv) > 1 else ".")))
