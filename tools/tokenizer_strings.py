"""Random strings that tokenizers find hard, of thirteen kinds; the same for the same seed."""

import random

SCRIPTS = [(0x20, 0x7F), (0xA0, 0x180), (0x300, 0x370), (0x370, 0x400), (0x400, 0x530), (0x590, 0x600), (0x600, 0x700),
           (0x900, 0xA00), (0xB80, 0xC00), (0xE00, 0xE80), (0x1100, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2070),
           (0x3040, 0x3100), (0x4E00, 0x9FFF), (0xAC00, 0xD7A4), (0xFE00, 0xFE70), (0xFF00, 0xFFF0),
           (0x1D400, 0x1D500), (0x1F300, 0x1F650), (0x20000, 0x20100), (0x1, 0x20)]
WORDS = ("the The of and it's I'm you've DON'T he'll we'D 'S hello World 123 4567890 3.14 x=1; foo_bar() <b> /usr/bin "
         "http://a.b/c?d=e#f a@b.co ... --- *** ``` ((( ))) caf\u00e9 na\u00efve r\u00e9sum\u00e9 \ud55c\uad6d\uc5b4 "
         "\u65e5\u672c\u8a9e \u4e2d\u6587 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 "
         "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22 \u05e2\u05d1\u05e8\u05d9\u05ea \U0001f600 "
         "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1fa\U0001f1f8 \u2460\u2461 \u2167 \u00bd \u00b2 e\u0301 "
         "A\u030a \u017f \u212a \u3007 \u2e80 \u2581 \ufffd \u200b \ufeff \u0000").split(" ")
SPACES = [" ", "  ", "   ", "\n", "\t", "\r\n", "\r", "\n\n", " \n", "\u00a0", "\u2003", "\u3000", "\x0b", "\x0c", "\x85",
          "\u2028", "\u200b"]


def code_point(r):
    while True:
        value = r.randrange(1, 0x110000)
        if not 0xD800 <= value <= 0xDFFF:
            return chr(value)


def join(r, choices, most):
    return "".join(r.choice(choices) for _ in range(r.randint(1, most)))


def ascii_text(r):
    return "".join(chr(r.randrange(32, 127)) for _ in range(r.randint(0, 60)))


def words(r):
    return "".join(r.choice(WORDS) + r.choice([" ", "", " ", "\n", "  "]) for _ in range(r.randint(1, 20)))


def any_code_points(r):
    return "".join(code_point(r) for _ in range(r.randint(1, 20)))


def scripts(r):
    def word():
        low, high = r.choice(SCRIPTS)
        return "".join(chr(r.randrange(low, high)) for _ in range(r.randint(1, 8)))
    return r.choice(["", " "]).join(word() for _ in range(r.randint(1, 8)))


def white_space(r):
    return "".join(r.choice(SPACES) if r.random() < 0.7 else r.choice(WORDS) for _ in range(r.randint(1, 20)))


def digits(r):
    return join(r, ["0", "1", "12", "123", "4567", "\u00b2", "\u00bd", "\u0663", "\u096f", "\u2167", ".", ",", "-", " ", "a",
                    "_", "\uff11", "\U0001d7d9"], 25)


def punctuation(r):
    marks = "'\"!?.,;:()[]{}<>/\\|@#$%^&*-_=+~`\u2026\u2014\u2013\u201c\u201d\u2018\u2019\u00ab\u00bb\u3002\u3001\uff01"
    tails = ["", "", "s", "t", "re", "VE", "m", "ll", "\n", "\r", " ", "/", "a"]
    return "".join(r.choice(marks) + r.choice(tails) for _ in range(r.randint(1, 20)))


def letter_case(r):
    return join(r, ["a", "A", "\u00e9", "\u00c9", "\u00df", "\u01c5", "\u02b0", "\u4e2d", "\u0627", "\u0301", "\u0bcd",
                    "\u03a3", "\u03c2", "\u0130", "\u0131", "'s", "'T", " ", "1"], 25)


def contractions(r):
    cores = ["'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'m", "'M", "'ll", "'LL", "'d", "'D", "'", "\u2019s",
             "'\u017f"]
    return "".join(r.choice(["", "I", " "]) + r.choice(cores) + r.choice(["", " ", "a", "1", "\n"])
                   for _ in range(r.randint(1, 12)))


def marks(r):
    bases = "aeoAEO\uac00\uac01\u1100\u1161\u0915\u0924\u0995\u05d0\u30ab"
    return "".join(r.choice(bases) + "".join(chr(r.randrange(0x300, 0x36F)) for _ in range(r.randint(0, 4)))
                   + r.choice(["", "", "\u3099", "\u0327\u0301", "\u11a8"]) for _ in range(r.randint(1, 12)))


def repeats(r):
    return r.choice([" ", "a", "\n", "=", "-", "\u4f60", "\U0001f600", "\t", "ab", "  \n", "\u00e9", "0"]) * r.randint(1, 200)


def mutations(r):
    text = list(words(r))
    for _ in range(r.randint(1, 5)):
        text[r.randrange(len(text))] = code_point(r)
    return "".join(text)


def special_look_alikes(specials):
    def kind(r):
        parts = []
        for _ in range(r.randint(1, 8)):
            choice = r.random()
            if specials and choice < 0.7:
                part = r.choice(specials)
                cut = r.randrange(len(part) + 1)
                parts.append(part if choice < 0.5 else part[:cut] if r.random() < 0.5 else part[cut:])
            else:
                parts.append(r.choice(WORDS))
            parts.append(r.choice(["", "", " ", "\n"]))
        return "".join(parts)
    return kind


def strings(count, seed, specials=()):
    """`count` strings without NUL."""
    r = random.Random(seed)
    kinds = [ascii_text, words, any_code_points, scripts, white_space, digits, punctuation, letter_case, contractions,
             marks, repeats, mutations, special_look_alikes(list(specials))]
    return [kinds[i % len(kinds)](r).replace("\0", "") for i in range(count)]
