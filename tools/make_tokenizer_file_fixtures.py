#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizer_files/: tiny files of SentencePiece and tiktoken, and what their packages make of strings
by each. Needs sentencepiece and tiktoken.

Usage: make_tokenizer_file_fixtures.py
"""

import base64
import io
import json
import pathlib
import tempfile

import sentencepiece
import tiktoken
from tiktoken._educational import bpe_train

from make_tokenizer_json_fixtures import CL100K, CORPUS
from tokenizer_strings import strings

FOLDER = pathlib.Path(__file__).parent.parent / "tests/fixtures/tokenizer_files"
# What is replaced, and by what, as code points: fullwidth A, the ligature fi, the ideographic space, tabs, e and acute.
RULES = "FF21\t41\nFB01\t66 69\n3000\t20\n9\t20\n65 301\tE9\n2460\t31\n301\t\n"


def spm(**options):
    model = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write(RULES)
        rules.flush()
        if options.pop("rules", False):
            options["normalization_rule_tsv"] = rules.name
        else:
            options["normalization_rule_name"] = "identity"
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS * 4), model_writer=model,
                                                 hard_vocab_limit=False, minloglevel=2, **options)
    return model.getvalue()


def spm_fixture(model, seed):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    texts = ["", " ", "a", "  two  spaces ", "\uff21\ufb01\u3000x e\u0301", *CORPUS[:3], *strings(78, seed), "\n".join(CORPUS) * 6]
    cases = [{"text": text, "ids": processor.encode(text)} for text in texts]
    return {"file": base64.b64encode(model).decode(), "cases": cases}


def tiktoken_fixture():
    ranks = bpe_train("\n".join(CORPUS) * 2, 420, CL100K, visualise=None)
    encoding = tiktoken.Encoding("tiny", pat_str=CL100K, mergeable_ranks=ranks, special_tokens={})
    lines = "".join(f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items())
    texts = ["", " ", "a", *CORPUS[:3], *strings(78, "tiktoken"), "\n".join(CORPUS) * 6]
    cases = [{"text": text, "ids": encoding.encode_ordinary(text)} for text in texts]
    return {"file": base64.b64encode(lines.encode()).decode(), "cases": cases}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    fixtures = {
        "spm_bpe": spm_fixture(spm(model_type="bpe", vocab_size=430, byte_fallback=True, remove_extra_whitespaces=False,
                                   split_digits=True, user_defined_symbols=["<tool>", "\u2581\u2581"]), "spm_bpe"),
        "spm_bpe_rules": spm_fixture(spm(model_type="bpe", vocab_size=180, rules=True), "spm_bpe_rules"),
        "spm_unigram": spm_fixture(spm(model_type="unigram", vocab_size=170, rules=True, pad_id=3), "spm_unigram"),
        "spm_unigram_bytes": spm_fixture(spm(model_type="unigram", vocab_size=420, byte_fallback=True,
                                             remove_extra_whitespaces=False, add_dummy_prefix=False), "spm_bytes"),
        "tiktoken": tiktoken_fixture(),
    }
    for name, fixture in fixtures.items():
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n", encoding="ascii")
        print(name, path.stat().st_size)


if __name__ == "__main__":
    main()
