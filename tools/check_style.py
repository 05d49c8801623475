#!/usr/bin/env python3
"""Checks of the text of our own files: check_style.py [ROOT].

ASCII, no tabs, no trailing blanks, a newline at the end; `#pragma once` in headers; no std::regex (it backtracks without
bounds); no output but through cli/terminal.h; no markers of unfinished work, no switched-off tests; no path of somebody's
machine; no file over 2 MB; no fuzz target without a corpus.
"""
import pathlib
import re
import sys

from source_files import report, source_files

CPP = {".cpp", ".h", ".inl", ".cu", ".cuh", ".comp"}
TEXT = CPP | {".py", ".sh", ".cmake", ".md", ".toml", ".yml", ".yaml", ".ts", ".svelte"}
TEXT_NAMES = {"CMakeLists.txt", "CMakePresets.json", "dev", "run", ".clang-format", ".clang-tidy", ".gitignore"}
# Recorded data is kept as it was made, whatever is in it.
DATA_FOLDERS = {"corpus", "fixtures", "golden", "testdata"}
MAX_FILE_BYTES = 2 << 20

# May write to the terminal: the one place where all output goes through, and what has none of others' text in it.
OUTPUT = re.compile(r"src/cli/terminal\.cpp|src/base/check\.cpp|.*_test\.(?:cpp|h)|src/.*/testing/.*|(?:bench|fuzz|tests)/.*")

# The words are split so that this file does not find itself.
RULES = [
    (TEXT, re.compile(r"\t"), "a tab"),
    (TEXT, re.compile(r"[^\x00-\x7f]"), "a character that is not ASCII: write an escape"),
    (TEXT, re.compile(r"[ \r]$"), "a blank at the end of the line"),
    (TEXT, re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "a marker of unfinished work"),
    (TEXT, re.compile(r"(?<![\w.$}/])/(?:home|Users|root|work)/\w"), "a path of one machine"),
    (CPP, re.compile(r"\bstd::(?:w?regex\b|regex_\w+)|#\s*include\s*<regex>"), "std::" "regex, which backtracks unbounded"),
    (CPP, re.compile(r"\bGTEST" r"_SKIP\b|\bDISABLED" r"_\w"), "a test that is skipped or switched off"),
    (CPP, re.compile(r"\bfmt::print\(|\bstd::(?:cout|cerr|clog)\b|\bstd::f?puts\(|\bstd::f?printf\(|\bstd::fwrite\(.*\bstdout\b"),
     "output past src/cli/terminal.h, which makes control characters visible"),
    ({".py"}, re.compile(r"unittest\.sk" r"ip|\bsk" r"ipTest\b|mark\.(?:sk" r"ip|xfail)"),
     "a test that is skipped or switched off"),
]


def is_text(path):
    return (path.suffix in TEXT or path.name in TEXT_NAMES) and not DATA_FOLDERS & set(path.parts)


def text_faults(name, text):
    path = pathlib.PurePosixPath(name)
    for suffixes, pattern, what in RULES:
        if what.startswith("output past") and OUTPUT.fullmatch(name):
            continue
        if path.suffix in suffixes or (suffixes is TEXT and path.name in TEXT_NAMES):
            found = [number for number, line in enumerate(text.split("\n"), 1) if pattern.search(line)]
            if found:
                more = f" (and on {len(found) - 1} more lines)" if len(found) > 1 else ""
                yield f"{name}:{found[0]}: {what}{more}"
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    if path.suffix in {".h", ".cuh"} and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield f"{name}: no #pragma once"


def fuzz_faults(root):
    """Every fuzz target has seeds, every corpus a target."""
    fuzz = pathlib.Path(root) / "fuzz"
    targets = {path.name.removesuffix("_fuzz.cpp") for path in fuzz.glob("*_fuzz.cpp")}
    corpora = {path.name for path in fuzz.glob("corpus/*") if any(path.iterdir())}
    for name in sorted(targets - corpora):
        yield f"fuzz/{name}_fuzz.cpp: no seed files in fuzz/corpus/{name}/"
    for name in sorted(corpora - targets):
        yield f"fuzz/corpus/{name}: no target fuzz/{name}_fuzz.cpp"


def faults(root):
    for name in source_files(root):
        path = pathlib.Path(root) / name
        if path.stat().st_size > MAX_FILE_BYTES:
            yield f"{name}: larger than {MAX_FILE_BYTES >> 20} MB"
        if is_text(pathlib.PurePosixPath(name)):
            yield from text_faults(name, path.read_text(encoding="utf-8", errors="replace"))
    yield from fuzz_faults(root)


def main():
    return report("style", faults(sys.argv[1] if len(sys.argv) > 1 else "."))


if __name__ == "__main__":
    sys.exit(main())
