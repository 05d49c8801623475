#!/usr/bin/env python3
"""Checks that no hand-written file passes 800 lines and no function 100: check_sizes.py [ROOT].

A waiver is a comment `size-waiver: why`: within a file's first ten lines for the file, on the line above a function or
inside its first line for that function.
"""
import ast
import pathlib
import re
import sys

from source_files import report, source_files

MAX_FILE_LINES = 800
MAX_FUNCTION_LINES = 100
CPP = {".cpp", ".h", ".inl", ".cu", ".cuh"}
SOURCES = CPP | {".py", ".sh", ".cmake", ".comp", ".ts", ".svelte"}
WAIVER = re.compile(r"size-waiver:\s*\S")
# What a reader of C++ structure must not look into: comments, literals, preprocessor lines.
OPAQUE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.)*
    |R"([^()\\\s]*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|(?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'""",
    re.VERBOSE | re.DOTALL | re.MULTILINE)
ATTRIBUTES = re.compile(r"\balignas\s*\([^)]*\)|\[\[.*?\]\]", re.DOTALL)
CONTAINER = re.compile(r"\b(?:namespace|class|struct|union)\b[^()]*$|\bextern\s*$")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def kind_of_block(head):
    """What a `{` opens at namespace or class scope, by the text between the last statement and it."""
    head = ATTRIBUTES.sub(" ", head)
    if CONTAINER.search(head):
        return "container"
    if "(" in head and not head.rstrip().endswith("=") and not re.search(r"\bconcept\b", head):
        return "function"
    return "values"


def closing_brace(code, at):
    """The offset of the `}` that closes the `{` at `at`."""
    depth = 0
    for match in re.finditer(r"[{}]", code[at:]):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return at + match.start()
    return len(code)


def cpp_functions(text):
    """(first line, last line) of every function body that stands at namespace or class scope, head included."""
    code = OPAQUE.sub(blank, text)
    boundary = re.compile(r"[{};]")
    head_start = at = 0
    while match := boundary.search(code, at):
        at = match.end()
        if match.group() != "{":
            head_start = at
            continue
        head = code[head_start:match.start()]
        kind = kind_of_block(head)
        if kind == "container":
            head_start = at
            continue
        at = closing_brace(code, match.start()) + 1
        if code[at:].lstrip().startswith((",", "{")):
            continue  # `: member_{x}, other_{y} {`: the head of a constructor goes on
        if kind == "function":
            first = head_start + len(head) - len(head.lstrip())
            yield code.count("\n", 0, first) + 1, code.count("\n", 0, at) + 1
        head_start = at


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def file_faults(name, text):
    lines = text.splitlines()
    if len(lines) > MAX_FILE_LINES and not any(WAIVER.search(line) for line in lines[:10]):
        yield f"{name}: {len(lines)} lines (limit {MAX_FILE_LINES}): split it by idea"
    suffix = pathlib.PurePath(name).suffix
    functions = cpp_functions(text) if suffix in CPP else python_functions(text) if suffix == ".py" else ()
    for first, last in functions:
        length = last - first + 1
        if length > MAX_FUNCTION_LINES and not any(WAIVER.search(x) for x in lines[max(0, first - 2):first]):
            yield f"{name}:{first}: a function of {length} lines (limit {MAX_FUNCTION_LINES}): split it"


def faults(root):
    for name in source_files(root):
        path = pathlib.Path(root) / name
        if path.suffix in SOURCES:
            yield from file_faults(name, path.read_text(encoding="utf-8", errors="replace"))


def main():
    return report("sizes", faults(sys.argv[1] if len(sys.argv) > 1 else "."))


if __name__ == "__main__":
    sys.exit(main())
