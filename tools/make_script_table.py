#!/usr/bin/env python3
"""Writes src/text/unicode/script_table.inc: by which script the package tokenizers splits each code point.

The reference's table is older than the Unicode of other tables here, and it counts kana as Han; so the package itself is
asked: two characters of one script stay together. Needs tokenizers.
Usage: make_script_table.py > src/text/unicode/script_table.inc
"""

import sys

from tokenizers.pre_tokenizers import UnicodeScripts

from c_array import write_array

SPLITTER = UnicodeScripts()
HAN = "\u4e00"


def together(first, second):
    return len(SPLITTER.pre_tokenize_str(first + second)) == 1


def script_runs():
    """(first, last, script): Han is 1, code points that join any other are left out."""
    known, runs = [HAN], []
    for value in range(0x110000):
        if 0xD800 <= value <= 0xDFFF or (together("a", chr(value)) and together("\u03b1", chr(value))):
            continue
        script = next((i for i, sample in enumerate(known) if together(sample, chr(value))), len(known))
        if script == len(known):
            known.append(chr(value))
        if runs and runs[-1][1] == value - 1 and runs[-1][2] == script + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value, script + 1])
    return runs


def main():
    print("// Written by tools/make_script_table.py: change that, not this.")
    items = (f"{{{first:#x},{last:#x},{script}}}" for first, last, script in script_runs())
    write_array(sys.stdout, "kScriptRuns", "ScriptRun", items)


if __name__ == "__main__":
    main()
