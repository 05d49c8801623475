#!/usr/bin/env python3
"""Writes src/text/unicode_tables.inc: general categories, white space, Han and NFC data of one Unicode version.

Needs a `unicodedata` of that version: Python's own, or the package `unicodedata2` of the same number.
Usage: make_unicode_tables.py > src/text/unicode_tables.inc
"""

import importlib
import sys

VERSION = "16.0.0"
BLOCK = 128
CATEGORIES = "Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()
# Property White_Space (PropList.txt).
WHITE_SPACE = {*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
# Script Han (Scripts.txt).
HAN = [(0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029),
       (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3),
       (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1),
       (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF)]
SPACE_BIT, NFC_BIT, HAN_BIT = 32, 64, 128


def load_unicodedata():
    for name in ("unicodedata", "unicodedata2"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if module.unidata_version == VERSION:
            return module
    sys.exit(f"no unicodedata of version {VERSION}: install unicodedata2=={VERSION}")


def canonical_pairs(u):
    """(code point, first, second or 0, whether the pair composes back), Hangul left out."""
    pairs = []
    for cp in range(0x110000):
        text = u.decomposition(chr(cp))
        if not text or text.startswith("<"):
            continue
        parts = [int(part, 16) for part in text.split()]
        first, second = parts[0], parts[1] if len(parts) == 2 else 0
        composes = second != 0 and u.normalize("NFC", chr(first) + chr(second)) == chr(cp)
        pairs.append((cp, first, second, composes))
    return pairs


def properties(u, pairs):
    han = {cp for low, high in HAN for cp in range(low, high + 1)}
    seconds = {second for _, _, second, composes in pairs if composes}
    hangul_seconds = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    table = []
    for cp in range(0x110000):
        char = chr(cp)
        value = CATEGORIES.index(u.category(char))
        if cp in WHITE_SPACE:
            value |= SPACE_BIT
        if u.combining(char) or cp in seconds or cp in hangul_seconds or u.normalize("NFC", char) != char:
            value |= NFC_BIT
        if cp in han:
            value |= HAN_BIT
        table.append(value)
    return table


def emit(name, c_type, items):
    print(f"constexpr {c_type} {name}[] = {{")
    line = ""
    for item in items:
        text = f"{item},"
        if len(line) + len(text) > 108:
            print("  " + line)
            line = ""
        line += text
    print("  " + line)
    print("};")


def main():
    u = load_unicodedata()
    pairs = canonical_pairs(u)
    table = properties(u, pairs)
    blocks, index = {}, []
    for start in range(0, len(table), BLOCK):
        block = tuple(table[start:start + BLOCK])
        index.append(blocks.setdefault(block, len(blocks)))
    print(f"// Unicode {VERSION}. Written by tools/make_unicode_tables.py: change that, not this.")
    emit("kBlockIndex", "uint16_t", index)
    emit("kProperties", "uint8_t", [value for block in blocks for value in block])
    classes = []
    for cp in range(0x110000):
        value = u.combining(chr(cp))
        if value and classes and classes[-1][1] == cp - 1 and classes[-1][2] == value:
            classes[-1][1] = cp
        elif value:
            classes.append([cp, cp, value])
    emit("kCombiningClasses", "CombiningRange", [f"{{{a},{b},{c}}}" for a, b, c in classes])
    emit("kDecompositions", "Decomposition", [f"{{{cp},{a},{b}}}" for cp, a, b, _ in pairs])
    composing = sorted((a, b, i) for i, (_, a, b, composes) in enumerate(pairs) if composes)
    emit("kCompositions", "uint16_t", [i for _, _, i in composing])


main()
