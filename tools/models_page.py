#!/usr/bin/env python3
"""Checks docs/MODELS.md, or with --write brings it up to date: models_page.py ROOT [HEARTH [--write]].

What stands between the markers is made of what `hearth architectures --json` says. Without the program, it must at least
have a row for each file of src/models/arch/.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

from source_files import report, source_files

PAGE = "docs/MODELS.md"
BEGIN, END = "<!-- of hearth architectures -->\n", "<!-- end -->\n"
SPEC = re.compile(r"^ModelSpec spec_\w+\(\)", re.MULTILINE)
DESCRIPTION = re.compile(r'\bdescription =\s*((?:"[^"\n]*"\s*)+)')


def code(names):
    return ", ".join(f"`{name}`" for name in names) or "-"


def row(one):
    return f"| {one['models']} | {code(one['gguf'])} | {code(one['folder'])} |"


def generated(known):
    """The part of the page between the markers."""
    rows = sorted(known["architectures"], key=lambda one: one["models"].lower())
    return "\n".join([
        f"{len(rows)} architectures.", "",
        "| models | `general.architecture` of GGUF | `architectures` of config.json |", "| --- | --- | --- |",
        *map(row, rows), "", f"Types of weights in GGUF files: {', '.join(known['gguf_types'])}.", ""])  # fmt: skip


def updated(page, known):
    """The page with that part made anew; nothing where the markers are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return before + begin + generated(known) + end + after if begin and end else None


def ask(program):
    return json.loads(subprocess.run([program, "architectures", "--json"], check=True, capture_output=True).stdout)


def program_faults(root, known, write=False):
    path = pathlib.Path(root) / PAGE
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    new = updated(page, known)
    if new is None:
        yield f"{PAGE}: the markers {BEGIN.strip()} and {END.strip()} are missing"
    elif write:
        path.write_text(new, encoding="utf-8")
    elif new != page:
        yield f"{PAGE} is not up to date: run ./dev docs --write"


def source_faults(root):
    root = pathlib.Path(root)
    page = (root / PAGE).read_text(encoding="utf-8") if (root / PAGE).exists() else ""
    for name in source_files(root):
        if not name.startswith("src/models/arch/") or not name.endswith(".cpp") or name.endswith("_test.cpp"):
            continue
        text = (root / name).read_text(encoding="utf-8")
        descriptions = ["".join(re.findall(r'"([^"]*)"', found)) for found in DESCRIPTION.findall(text)]
        if len(descriptions) != len(SPEC.findall(text)):
            yield f"{name}: no ModelSpec::description, which says what models people know it by"
        for description in descriptions:
            if f"| {description} |" not in page:
                yield f"{PAGE} lacks {description!r} ({name}): run ./dev docs --write"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("hearth", nargs="?")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found = list(program_faults(arguments.root, ask(arguments.hearth), arguments.write)) if arguments.hearth else []
    return report("models", found + list(source_faults(arguments.root)))


if __name__ == "__main__":
    sys.exit(main())
