#!/usr/bin/env python3
"""Checks the documentation: check_docs.py ROOT [HEARTH].

Every relative link of a Markdown file names a file (and a heading) that exists, and every command stands in docs/CLI.md
under a heading `hearth NAME`: those that the program HEARTH lists, or else those of src/cli/commands/. With the program, so
does every option under its command's heading or that of the options of several commands; and no other option does.
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


def options_of(program, path):
    """The names of each option of a command and of those within it: [["-n", "--max-tokens"], ...]."""
    text = subprocess.run([program, *path, "--help"], check=True, capture_output=True, text=True).stdout
    found = [match.split(",") for match in re.findall(r"^  (--?\w[\w,-]*)", text, re.MULTILINE)]
    inner = re.findall(r"^  ([a-z][\w-]*)", text.partition("\nCommands:\n")[2], re.MULTILINE)
    return [names for names in found if "--help" not in names] + [
        names for name in inner for names in options_of(program, [*path, name])]


def option_faults(options, manual):
    """`options` are those of each command, `manual` is the text of docs/CLI.md."""
    shared, own = set(), {}
    for section in re.split(r"^## ", manual, flags=re.MULTILINE)[1:]:
        heading = re.match(r"`?hearth ([a-z][\w-]*)", section)
        named = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", " ".join(re.findall(r"`[^`\n]*`", section))))
        if heading:
            own.setdefault(heading.group(1), set()).update(named)
        elif section.startswith("Options"):
            shared |= named
    known = {name for of_command in options.values() for names in of_command for name in names}
    for command, of_command in sorted(options.items()):
        for names in of_command:
            if not set(names) & (own.get(command, set()) | shared):
                yield f"docs/CLI.md: `hearth {command}` has {names[-1]}, of which its section does not speak"
        for name in sorted(own.get(command, set()) - known):
            if name.startswith("--"):
                yield f"docs/CLI.md: no command has the option {name} (in the section of `hearth {command}`)"


def faults(root, program=None):
    yield from link_faults(root)
    manual = pathlib.Path(root) / "docs/CLI.md"
    names = commands(root, program)
    if program is not None and not names:
        yield f"{program} --help lists no commands"
    text = manual.read_text(encoding="utf-8") if manual.exists() else ""
    yield from command_faults(names, text)
    if program is not None:
        yield from option_faults({name: options_of(program, [name]) for name in names}, text)


def main():
    return report("docs", faults(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))


if __name__ == "__main__":
    sys.exit(main())
