#!/usr/bin/env python3
"""Writes src/text/unicode/reference_categories.inc: code points that the package tokenizers takes for something else than
their category of today says.

Its tables of punctuation, marks and control characters are older than the Unicode of other tables here, and models were
trained by them; so the package itself is asked. Needs tokenizers.
Usage: make_reference_categories.py > src/text/unicode/reference_categories.inc
"""

import pathlib
import re
import sys

from tokenizers import normalizers, pre_tokenizers

from c_array import write_array

TABLES = pathlib.Path(__file__).parent.parent / "src/text/unicode/unicode_tables.inc"
BLOCK = 128
NAMES = ("Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs").split()


def bert(**switches):
    parts = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**parts, **switches})


def is_dropped_by(normalizer):
    return lambda char: normalizer.normalize_str("a" + char) == "a"


def is_punctuation(char):
    return len(pre_tokenizers.Punctuation().pre_tokenize_str(f"a{char}b")) == 3


def categories():
    """The category of each code point by src/text/unicode/unicode_tables.inc, as an index into NAMES."""
    text = TABLES.read_text(encoding="ascii")

    def array(name):
        body = re.search(name + r"\[\] = \{(.*?)\};", text, re.DOTALL).group(1)
        return [int(item) for item in body.replace("\n", "").split(",") if item.strip()]

    properties, index = array("kProperties"), array("kBlockIndex")
    return [NAMES[properties[block * BLOCK + i] & 31] for block in index for i in range(BLOCK)]


# What the reference says, and which categories say so today.
KINDS = {
    "kPunctuation": (is_punctuation, {"Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps"}),
    "kNonspacing": (is_dropped_by(bert(strip_accents=True)), {"Mn"}),
    "kMark": (is_dropped_by(normalizers.StripAccents()), {"Mc", "Me", "Mn"}),
    "kOther": (is_dropped_by(bert(clean_text=True)), {"Cc", "Cf", "Co"}),
}


def runs(reference, wanted, known):
    found = []
    for value in range(128, 0x110000):
        if 0xD800 <= value <= 0xDFFF or value == 0xFFFD or reference(chr(value)) == (known[value] in wanted):
            continue
        if found and found[-1][1] == value - 1:
            found[-1][1] = value
        else:
            found.append([value, value])
    return found


def main():
    print("// Written by tools/make_reference_categories.py: change that, not this.")
    known = categories()
    for name, (reference, wanted) in KINDS.items():
        items = (f"{{{first:#x},{last:#x}}}" for first, last in runs(reference, wanted, known))
        write_array(sys.stdout, f"{name}Runs", "CodePointRun", items)


if __name__ == "__main__":
    main()
