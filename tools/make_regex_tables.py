#!/usr/bin/env python3
"""Writes the tables of src/grammar/regex/ beyond general categories: script_sets.inc (Script, Script_Extensions),
case_folding.inc (Simple_Case_Folding) and idna_sets.inc (what RFC 5892 lets
stand in a name, from left to right).

Needs the packages unicodedata2 16.0.0, fonttools 4.60 (scripts of Unicode 16) and idna.
"""

import pathlib
import unicodedata

import idna.idnadata
import unicodedata2
from fontTools.unicodedata import ScriptExtensions, Scripts

from c_array import write_array
from make_case_tables import runs

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "src" / "grammar" / "regex"
VERSION = "16.0.0"
LAST = 0x10FFFF


def scalar_values():
    return (value for value in range(LAST + 1) if not 0xD800 <= value <= 0xDFFF)


def ranges_of(values):
    """(first, last) of sorted code points."""
    found = []
    for value in values:
        if found and found[-1][1] == value - 1:
            found[-1][1] = value
        else:
            found.append([value, value])
    return found


def spell(ranges):
    return [f"{{{first:#x},{last:#x}}}" for first, last in ranges]


def open_table(name, version=VERSION):
    file = open(FOLDER / name, "w", encoding="ascii")
    file.write(f"// Unicode {version}. Written by tools/make_regex_tables.py: change that, not this.\n")
    return file


def write_scripts():
    """Runs of one script in Scripts.txt, and of one set of scripts in ScriptExtensions.txt."""
    codes = sorted(code for code in Scripts.NAMES if code in set(Scripts.VALUES))
    numbers = {code: i for i, code in enumerate(codes)}
    with open_table("script_sets.inc") as file:
        write_array(file, "kScriptNames", "ScriptName", [f'{{"{code}","{Scripts.NAMES[code]}"}}' for code in codes])
        rows = [f"{{{first:#x},{numbers[value]}}}" for first, value in zip(Scripts.RANGES, Scripts.VALUES)]
        write_array(file, "kScriptRuns", "ScriptRun", rows)
        ends = ScriptExtensions.RANGES[1:] + [LAST + 1]
        rows = [f"{{{first:#x},{end - 1:#x},{numbers[code]}}}"
                for first, end, value in zip(ScriptExtensions.RANGES, ends, ScriptExtensions.VALUES) if value
                for code in sorted(value)]
        write_array(file, "kScriptExtensions", "ScriptExtension", rows)


def simple_folding(value):
    char = chr(value)
    folded = char.casefold()
    if len(folded) == 1:
        return ord(folded)
    lower = char.lower()  # the full folding is longer; a simple one of these is the lower case
    return ord(lower) if len(lower) == 1 else value


def write_folding():
    rows = [(value, simple_folding(value)) for value in scalar_values()]
    rows = [row for row in rows if row[0] != row[1]]
    with open_table("case_folding.inc", unicodedata.unidata_version) as file:
        write_array(file, "kCaseFolding", "CaseRun",
                    [f"{{{first:#x},{last:#x},{stride},{delta}}}" for first, last, stride, delta in runs(dict(rows))])


def write_idna():
    assigned = {value for value in scalar_values() if unicodedata2.category(chr(value)) != "Cn"}

    def intervals(ranges):
        return {value for packed in ranges for value in range(packed >> 32, packed & 0xFFFFFFFF)} & assigned

    valid = intervals(idna.idnadata.codepoint_classes["PVALID"])
    right_to_left = {value for value in valid if unicodedata2.bidirectional(chr(value)) in ("R", "AL", "AN")}
    tables = {
        "kValid": sorted(valid - right_to_left),
        "kMark": sorted(v for v in valid if unicodedata2.category(chr(v)).startswith("M")),
        "kVirama": sorted(v for v in valid if unicodedata2.combining(chr(v)) == 9),
    }
    with open_table("formats/idna_sets.inc") as file:
        for name, values in tables.items():
            write_array(file, name, "CodePointRange", spell(ranges_of(values)))


def main():
    assert unicodedata2.unidata_version == VERSION
    write_scripts()
    write_folding()
    write_idna()


if __name__ == "__main__":
    main()
