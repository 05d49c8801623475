#!/usr/bin/env python3
"""Compares what grammars of rules take with other engines: GBNF and structural tags with xgrammar, Lark with llguidance.

For each grammar, its texts and thousands made from them by small changes. Prints each difference and counts; exits with 1
where there are any. Needs the packages xgrammar and llguidance, and the program grammar_verdicts (bench/).
Usage: check_grammar_peers.py --verdicts build/release/grammar_verdicts [--changes 2000]
"""

import argparse
import importlib.machinery
import json
import random
import subprocess
import sys
import types

GBNF = {
    "sums": ('root ::= num ("+" num)*\nnum ::= [0-9]+', ["1+22+333"]),
    "calls": (
        'root ::= expr\nexpr ::= term ws (("+" | "-") ws term)*\nterm ::= atom ws (("*" | "/") ws atom)*\n'
        'atom ::= num | name | "(" expr ")" | call\nnum ::= [0-9]+\nname ::= [a-zA-Z_] [a-zA-Z0-9_]*\n'
        'call ::= name ws "(" (expr ("," ws expr)*)? ")"\nws ::= [ \\t\\n\\r]?\n',
        ["a*(b+c)-d/e", "f(g(x), h(y, z))"]),
    "repeats": ('root ::= "a"{2,3} ("b" "c"?){1,2} [x-z]{2,} "d"?', ["aabcbxyzd", "aaabxx"]),
    "nullable": ('root ::= ("a"* "b"?)* "c" x\nx ::= "" | "d" x', ["aabbacdd"]),
    "left recursion": ('root ::= root "+" t | t\nt ::= t "*" f | f\nf ::= "(" root ")" | "x"', ["x+x*(x+x)"]),
    "ambiguous": ('root ::= "a" root "b" | "a" root "c" | root root | "x"', ["aaxbcx", "xx"]),
    "code points": ('root ::= [^a-z\\u00e9]+ "\\u20ac" [\\U0001F600-\\U0001F64F]*', ["AB\u00e8\u20ac\U0001F600", "\u4e2d\u20ac"]),
    "chess": (
        'root ::= "1. " move " " move "\\n" ([1-9] [0-9]? ". " move " " move "\\n")+\n'
        'move ::= (pawn | nonpawn | castle) [+#]?\nnonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]\n'
        'pawn ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?\ncastle ::= "O-O" "-O"?', ["1. e4 d5\n2. exd5 Qxd5+\n"]),
}
TAGS = [{"type": "tag", "begin": "<f=a>", "content": {"type": "regex", "pattern": "[0-9]+"}, "end": "</f>"},
        {"type": "tag", "begin": "<f=b>", "content": {"type": "any_text"}, "end": "</f>"}]
TAG_TEXTS = ["x<f=a>12</f>y<f=b>z</f>", "<f=a>1</f>,<f=b>x</f>", "<f=b></f>"]


def tags(**options):
    return {"type": "triggered_tags", "triggers": ["<f="], "tags": TAGS, **options}


FORMATS = {
    "triggered": (tags(), TAG_TEXTS),
    "at least one": (tags(at_least_one=True), TAG_TEXTS),
    "stop after first": (tags(stop_after_first=True), TAG_TEXTS),
    "exactly one": (tags(at_least_one=True, stop_after_first=True), TAG_TEXTS),
    "excludes": (tags(excludes=["yy"]), TAG_TEXTS),
    "separated": ({"type": "tags_with_separator", "tags": TAGS, "separator": ","}, TAG_TEXTS),
    "in a tag": ({"type": "tag", "begin": "<t>", "content": tags(), "end": "</t>"}, ["<t>x<f=a>1</f>y</t>"]),
    "parameters": ({"type": "qwen_xml_parameter", "json_schema": {
        "type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}},
        ["<parameter=name>Bob</parameter>\n<parameter=age>\n10\n</parameter>\n"]),
    "sequence": ({"type": "sequence", "elements": [
        {"type": "const_string", "value": "a"}, {"type": "or", "elements": [
            {"type": "regex", "pattern": "b+"}, {"type": "grammar", "grammar": 'root ::= "c" | "d" root'}]},
        {"type": "any_text", "excludes": ["ee"]}]}, ["abbxeye", "addcz"]),
}
LARK = {
    "sums": ('%import common.INT\n%import common.WS_INLINE\n%ignore WS_INLINE\nstart: p ("+" p)*\np: INT | "(" start ")"',
             ["1 + (2+ 33) ", " 1"]),
    "terminals": ('start: NAME "=" NAME\nNAME: LETTER+ DIGIT{1,2}\nLETTER: /[a-z]/\nDIGIT: "0".."9"', ["ab1=c22"]),
    "repeats": ('start: "a"? ("b" | "c")~2 "e"~0..2 "f"+ "g"{2} "h"*', ["bcfgg", "abbeeffgghh"]),
    "strings": ('%import common.ESCAPED_STRING\nstart: "[" [ESCAPED_STRING ("," ESCAPED_STRING)*] "]"', ['["a","b\\"c"]', "[]"]),
    "left recursion": ('start: list\nlist: list "," x | x\nx: "x" | "y" x', ["x,yx,yyx"]),
    "expressions": ("start: /a(b|c)*d?/ /[^a-dx]{2,3}/ \"x\"", ["abcbdyyyx", "azyx"]),
}


def import_xgrammar():
    """xgrammar without torch and transformers, which it imports and does not need for this."""
    import tvm_ffi  # noqa: F401  before torch seems to be there
    for name in ("torch", "transformers"):
        if not importlib.machinery.PathFinder.find_spec(name):
            sys.modules[name] = StandIn(name)
    import xgrammar
    import xgrammar.testing
    return xgrammar


class StandIn(types.ModuleType):
    __path__ = []
    Tensor = PreTrainedTokenizerBase = PreTrainedTokenizerFast = type("Nothing", (), {})

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return sys.modules.setdefault(f"{self.__name__}.{name}", StandIn(f"{self.__name__}.{name}"))

    def __call__(self, *arguments, **options):
        return self

    def __mro_entries__(self, bases):
        return (object,)


def changed(texts, count):
    """The texts, and others made from them by up to three changes."""
    rng = random.Random(1)
    letters = sorted(set("".join(texts))) + ["q"]
    found = dict.fromkeys(texts + [""])
    for _ in range(count):
        text = list(rng.choice(texts))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text) + 1)
            what = rng.randrange(4)
            if what == 0:
                text.insert(at, rng.choice(letters))
            elif what == 1 and at < len(text):
                del text[at]
            elif what == 2 and at < len(text):
                text[at] = rng.choice(letters)
            else:
                end = rng.randrange(at, len(text) + 1)
                text[at:at] = text[at:end]
        found["".join(text)] = None
    return list(found)


def ask_hearth(program, questions):
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    answers = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in answers.splitlines()]


def xgrammar_judge(xgrammar, kind, grammar):
    if kind == "gbnf":
        made = xgrammar.Grammar.from_ebnf(grammar)
    else:
        made = xgrammar.Grammar.from_structural_tag(json.loads(grammar))
    return lambda text: xgrammar.testing._is_grammar_accept_string(made, text)


def llguidance_judge(grammar):
    import llguidance
    tokenizer = llguidance.LLTokenizer("byte")

    def judge(text):
        matcher = llguidance.LLMatcher(tokenizer, llguidance.LLMatcher.grammar_from_lark(grammar))
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        tokens = list(text.encode())
        return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()

    return judge


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verdicts", required=True)
    parser.add_argument("--changes", type=int, default=2000)
    options = parser.parse_args()
    xgrammar = import_xgrammar()
    cases = [("gbnf", name, *case) for name, case in GBNF.items()]
    cases += [("structural_tag", name, json.dumps({"type": "structural_tag", "format": case}), texts)
              for name, (case, texts) in FORMATS.items()]
    cases += [("lark", name, *case) for name, case in LARK.items()]
    questions = [{"kind": kind, "grammar": grammar, "texts": changed(texts, options.changes)}
                 for kind, _, grammar, texts in cases]
    differences = 0
    for (kind, name, grammar, _), question, answer in zip(cases, questions, ask_hearth(options.verdicts, questions)):
        if "error" in answer:
            print(f"{kind} {name}: refused: {answer['error']}")
            differences += 1
            continue
        judge = llguidance_judge(grammar) if kind == "lark" else xgrammar_judge(xgrammar, kind, grammar)
        wrong = [text for text, taken in zip(question["texts"], answer["taken"]) if judge(text) != taken]
        print(f"{kind} {name}: {len(question['texts'])} texts, {sum(answer['taken'])} taken, {len(wrong)} differ {wrong[:5]}")
        differences += len(wrong)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
