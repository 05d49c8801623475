#!/usr/bin/env python3
"""Checks the documentation: check_docs.py ROOT [HEARTH].

Every relative link of a Markdown file names a file (and a heading) that exists, and every command stands in docs/CLI.md
under a heading `hearth NAME`: those that the program HEARTH lists, or else those of src/cli/commands/.
"""
import pathlib
import re
import subprocess
import sys

from source_files import report, source_files

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)


def anchors(text):
    """The fragments that a Markdown file's headings answer to."""
    for heading in re.findall(r"^#+ +(.+?) *#*$", FENCE.sub("", text), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def link_faults(root):
    root = pathlib.Path(root)
    for name in source_files(root):
        if not name.endswith(".md"):
            continue
        text = FENCE.sub(lambda m: "\n" * m.group().count("\n"), (root / name).read_text(encoding="utf-8"))
        for match in LINK.finditer(re.sub(r"`[^`\n]*`", "", text)):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            file = (root / name).parent / path if path else root / name
            if not file.exists():
                yield f"{name}: the link {target} leads nowhere"
            elif fragment and file.suffix == ".md" and fragment not in anchors(file.read_text(encoding="utf-8")):
                yield f"{name}: the link {target} names no heading of {path or name}"


def commands(root, program=None):
    if program is None:
        folder = pathlib.Path(root) / "src/cli/commands"
        return sorted(p.stem.replace("_", "-") for p in folder.glob("*.cpp") if not p.stem.endswith("_test"))
    text = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    listed = text.partition("\nCommands:\n")[2]
    return sorted(re.findall(r"^  ([a-z][\w-]*)", listed, re.MULTILINE))


def command_faults(names, manual):
    """`manual` is the text of docs/CLI.md."""
    documented = set(re.findall(r"^#+ +`?hearth ([a-z][\w-]*)", manual, re.MULTILINE))
    for name in sorted(set(names) - documented):
        yield f"docs/CLI.md: no heading for `hearth {name}`"
    for name in sorted(documented - set(names)):
        yield f"docs/CLI.md: there is no command `hearth {name}`"


def faults(root, program=None):
    yield from link_faults(root)
    manual = pathlib.Path(root) / "docs/CLI.md"
    names = commands(root, program)
    if program is not None and not names:
        yield f"{program} --help lists no commands"
    yield from command_faults(names, manual.read_text(encoding="utf-8") if manual.exists() else "")


def main():
    return report("docs", faults(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))


if __name__ == "__main__":
    sys.exit(main())
