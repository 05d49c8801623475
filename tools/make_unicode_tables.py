#!/usr/bin/env python3
"""Writes two files in src/text/unicode/, of one Unicode version: unicode_tables.inc with general categories, white space, Han
and NFC data, and compatibility_tables.inc with what NFKC has beyond NFC.

Needs a `unicodedata` of that version: Python's own, or the package `unicodedata2` of the same number.
"""

import functools
import importlib
import pathlib
import sys

from c_array import write_array

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "src" / "text" / "unicode"

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
# Normalization data younger than Unicode 9, the version by which the package tokenizers normalizes (and so, what
# models were trained on): left out.
TOO_YOUNG = [(0x7FD, 0x7FD), (0x897, 0x89F), (0x8CA, 0x8D3), (0x9FE, 0x9FE), (0xC3C, 0xC3C), (0xD3B, 0xD3C), (0xEBA,
             0xEBA), (0x1715, 0x1715), (0x1ABF, 0x1ACE), (0x1DF6, 0x1DFA), (0x32FF, 0x32FF), (0xA7F2, 0xA7F4),
             (0xA82C, 0xA82C), (0xAB69, 0xAB69), (0x105C9, 0x105C9), (0x105E4, 0x105E4), (0x10781, 0x10785), (0x10787,
             0x107B0), (0x107B2, 0x107BA), (0x10D24, 0x10D27), (0x10D69, 0x10D6D), (0x10EAB, 0x10EAC), (0x10EFD,
             0x10EFF), (0x10F46, 0x10F50), (0x10F82, 0x10F85), (0x11070, 0x11070), (0x1133B, 0x1133B), (0x11383,
             0x11383), (0x11385, 0x11385), (0x1138E, 0x1138E), (0x11391, 0x11391), (0x113C5, 0x113C5), (0x113C7,
             0x113C8), (0x113CE, 0x113D0), (0x1145E, 0x1145E), (0x11839, 0x1183A), (0x11938, 0x11938), (0x1193D,
             0x1193E), (0x11943, 0x11943), (0x119E0, 0x119E0), (0x11A34, 0x11A34), (0x11A47, 0x11A47), (0x11A99,
             0x11A99), (0x11D42, 0x11D42), (0x11D44, 0x11D45), (0x11D97, 0x11D97), (0x11F41, 0x11F42), (0x16121,
             0x16128), (0x1612F, 0x1612F), (0x16D68, 0x16D6A), (0x16FF0, 0x16FF1), (0x1CCD6, 0x1CCF9), (0x1E030,
             0x1E06D), (0x1E08F, 0x1E08F), (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE), (0x1E2EC, 0x1E2EF), (0x1E4EC,
             0x1E4EF), (0x1E5EE, 0x1E5EF), (0x1F16C, 0x1F16C), (0x1FBF0, 0x1FBF9)]
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


@functools.cache
def too_young():
    return {cp for low, high in TOO_YOUNG for cp in range(low, high + 1)}


def combining(u, cp):
    return 0 if cp in too_young() else u.combining(chr(cp))


def canonical_pairs(u):
    """(code point, first, second or 0, whether the pair composes back), Hangul left out."""
    pairs = []
    for cp in range(0x110000):
        text = u.decomposition(chr(cp))
        if not text or text.startswith("<") or cp in too_young():
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
        changes = u.normalize("NFC", char) != char and cp not in too_young()
        if combining(u, cp) or cp in seconds or cp in hangul_seconds or changes:
            value |= NFC_BIT
        if cp in han:
            value |= HAN_BIT
        table.append(value)
    return table


def compatibility(u):
    """(code point, where its full decomposition begins in the pool, its length), and the pool of code points."""
    decompositions = {}
    for cp in range(0x110000):
        if u.normalize("NFKD", chr(cp)) != u.normalize("NFD", chr(cp)) and cp not in too_young():
            decompositions[cp] = u.normalize("NFKD", chr(cp))
    pool = ""
    for text in sorted(set(decompositions.values()), key=lambda text: (-len(text), text)):
        if text not in pool:
            pool += text
    return [(cp, pool.index(text), len(text)) for cp, text in decompositions.items()], [ord(char) for char in pool]


class Output:
    def __init__(self, name):
        self.file = open(FOLDER / name, "w", encoding="ascii")
        self.file.write(f"// Unicode {VERSION}. Written by tools/make_unicode_tables.py: change that, not this.\n")

    def array(self, name, c_type, items):
        write_array(self.file, name, c_type, items)


def main():
    u = load_unicodedata()
    pairs = canonical_pairs(u)
    table = properties(u, pairs)
    blocks, index = {}, []
    for start in range(0, len(table), BLOCK):
        block = tuple(table[start:start + BLOCK])
        index.append(blocks.setdefault(block, len(blocks)))
    classes = []
    for cp in range(0x110000):
        value = combining(u, cp)
        if value and classes and classes[-1][1] == cp - 1 and classes[-1][2] == value:
            classes[-1][1] = cp
        elif value:
            classes.append([cp, cp, value])
    composing = sorted((a, b, i) for i, (_, a, b, composes) in enumerate(pairs) if composes)
    output = Output("unicode_tables.inc")
    output.array("kBlockIndex", "uint16_t", index)
    output.array("kProperties", "uint8_t", [value for block in blocks for value in block])
    output.array("kCombiningClasses", "CombiningRange", [f"{{{a},{b},{c}}}" for a, b, c in classes])
    output.array("kDecompositions", "Decomposition", [f"{{{cp},{a},{b}}}" for cp, a, b, _ in pairs])
    output.array("kCompositions", "uint16_t", [i for _, _, i in composing])

    entries, pool = compatibility(u)
    output = Output("compatibility_tables.inc")
    output.array("kCompatibility", "CompatibilityEntry", [f"{{{cp},{at},{size}}}" for cp, at, size in entries])
    output.array("kCompatibilityPool", "uint32_t", pool)


main()
