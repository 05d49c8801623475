#!/usr/bin/env python3
"""Writes src/text/unicode/case_tables.inc: how Python maps and judges letter case, by code point.

Usage: make_case_tables.py > src/text/unicode/case_tables.inc
"""

import sys
import unicodedata

LAST = 0x10FFFF


def runs(mapping):
    """(first, last, stride, delta) of code points that map to themselves plus delta; disjoint, rising."""
    rows = sorted((source, target - source) for source, target in mapping.items())
    found = []
    at = 0
    while at < len(rows):
        point, delta = rows[at]
        stride = 2 if at + 1 < len(rows) and rows[at + 1] == (point + 2, delta) else 1
        end = at
        while end + 1 < len(rows) and rows[end + 1] == (rows[end][0] + stride, delta):
            end += 1
        found.append((point, rows[end][0], stride, delta))
        at = end + 1
    return found


def emit(kind, name, rows):
    print(f"constexpr {kind} {name}[] = {{")
    line = ""
    for row in rows:
        text = "{" + ", ".join(row) + "}, "
        if len(line) + len(text) > 106:
            print("    " + line.rstrip())
            line = ""
        line += text
    print("    " + line.rstrip())
    print("};")


def literal(text):
    return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode()) + '"'


def emit_mapping(name, convert, base=None):
    """One-to-one changes as runs, longer ones as strings; where a base is given, what differs from it."""
    simple, special = {}, []
    for point in range(LAST + 1):
        if 0xD800 <= point < 0xE000:
            continue
        char = chr(point)
        mapped = convert(char)
        if mapped == (base(char) if base else char):
            continue
        if len(mapped) == 1:
            simple[point] = ord(mapped)
        else:
            special.append((point, mapped))
    emit("CaseRun", f"k{name}Runs", [tuple(f"{x:#x}" if i < 2 else str(x) for i, x in enumerate(row))
                                     for row in runs(simple)])
    emit("CaseSpecial", f"k{name}Specials", [(f"{point:#x}", literal(mapped)) for point, mapped in special])


def emit_set(name, holds):
    points = {point: point for point in range(LAST + 1) if not 0xD800 <= point < 0xE000 and holds(chr(point))}
    emit("PointRun", name, [(f"{first:#x}", f"{last:#x}", str(stride)) for first, last, stride, _ in runs(points)])


def main():
    print(f"// Unicode {unicodedata.unidata_version}. Written by tools/make_case_tables.py: change that, not this.")
    emit_mapping("Lower", str.lower)
    emit_mapping("Upper", str.upper)
    emit_mapping("Title", str.title, base=str.upper)
    emit_mapping("Fold", str.casefold, base=str.lower)
    emit_set("kLowercase", str.islower)
    emit_set("kUppercase", str.isupper)
    emit_set("kExtraDigits", lambda char: char.isdigit() and unicodedata.category(char) != "Nd")
    emit_set("kExtraNumerics",
             lambda char: char.isnumeric() and unicodedata.category(char) not in ("Nd", "Nl", "No"))
    for char in map(chr, range(LAST + 1)):
        if unicodedata.category(char) in ("Nd", "Nl", "No") and not char.isnumeric():
            sys.exit(f"{ord(char):#x} is a number that is not numeric")


if __name__ == "__main__":
    main()
