#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizer_folders/: tiny folders without a tokenizer.json, and what transformers makes of strings by
each, once it has converted them. Needs protobuf, sentencepiece, tiktoken, tokenizers and transformers 5.

Usage: make_tokenizer_folder_fixtures.py
"""

import base64
import json
import pathlib
import tempfile

import tokenizers
import transformers
from tokenizers import models, normalizers, pre_tokenizers, trainers

from make_tokenizer_file_fixtures import spm
from make_tokenizer_json_fixtures import CORPUS
from tokenizer_strings import strings

FOLDER = pathlib.Path(__file__).parent.parent / "tests/fixtures/tokenizer_folders"
TEXTS = ["", " ", "a", "  two  spaces ", "\u00dcn\u00efcode \u00c5NGSTR\u00d6M e\u0301", "the theory\n\n of 12345 \u4f60\u597d", *CORPUS[:3]]


def merges_files(vocab_size, specials):
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=specials, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(CORPUS * 4, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = "".join(" ".join(merge) + "\n" for merge in model["merges"])
    return {"vocab.json": json.dumps(model["vocab"]), "merges.txt": "#version: 0.2\n" + merges}


def word_piece_files(vocab_size, lowercase):
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 4, trainer)
    vocab = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return {"vocab.txt": "".join(f"{token}\n" for token, _ in vocab)}


def fixture(name, files, config, specials=(), binary_files=None):
    files = files | ({"tokenizer_config.json": json.dumps(config)} if config else {})
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            (pathlib.Path(folder) / file).write_text(content, encoding="utf-8")
        for file, content in (binary_files or {}).items():
            (pathlib.Path(folder) / file).write_bytes(content)
        read = transformers.AutoTokenizer.from_pretrained(folder)
        assert read.is_fast
        texts = TEXTS + strings(66, name, list(specials))
        cases = [{"text": text, "ids": read.encode(text, add_special_tokens=False)} for text in texts]
        framed = [{"text": text, "ids": read.encode(text)} for text in TEXTS]
        pairs = [{"texts": pair, "ids": read.encode(*pair)} for pair in zip(TEXTS, TEXTS[1:])] if binary_files else []
    content = {"files": files, "cases": cases, "framed": framed}
    if binary_files:
        encoded = {file: base64.b64encode(content).decode() for file, content in binary_files.items()}
        content |= {"binary_files": encoded, "pairs": pairs}
    (FOLDER / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="ascii")
    print(name, type(read).__name__, (FOLDER / f"{name}.json").stat().st_size)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    gpt2 = merges_files(400, ["<|endoftext|>"])
    fixture("gpt2", gpt2, {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}, ["<|endoftext|>"])
    fixture("gpt2_by_model_type", gpt2 | {"config.json": json.dumps({"model_type": "gpt2"})}, None, ["<|endoftext|>"])
    added = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
             "added_tokens_decoder": {
                 "400": {"content": "<|endoftext|>", "special": True}, "401": {"content": "<|im_end|>", "special": True},
                 "402": {"content": "<think>", "special": False}}}  # fmt: skip
    fixture("qwen2", merges_files(400, []), added, ["<|im_end|>", "<think>"])
    roberta = merges_files(420, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    fixture("roberta", roberta, {"tokenizer_class": "RobertaTokenizer"}, ["<s>", "</s>", "<pad>"])
    fixture("bert", word_piece_files(300, True) | {"config.json": json.dumps({"model_type": "bert"})}, None, ["[SEP]", "[MASK]"])
    fixture("bert_cased", word_piece_files(300, False), {
        "tokenizer_class": "BertTokenizer", "do_lower_case": False, "tokenize_chinese_chars": False,
        "strip_accents": True}, ["[SEP]", "[CLS]"])  # fmt: skip
    pieces = dict(model_type="unigram", vocab_size=170, rules=True)
    fairseq = {"sentencepiece.bpe.model": spm(**pieces)}
    specials = ["<s>", "</s>", "<mask>"]
    fixture("xlm_roberta", {}, {"tokenizer_class": "XLMRobertaTokenizerFast", "mask_token": "<hidden>", "add_prefix_space": False},
            [*specials, "<hidden>"], fairseq)  # fmt: skip
    by_type = {"config.json": json.dumps({"model_type": "xlm-roberta"})}
    fixture("xlm_roberta_by_model_type", by_type, None, specials, fairseq)
    kept = {"sentencepiece.bpe.model": spm(**pieces, user_defined_symbols=["<tool>"])}
    fixture("camembert", {}, {"tokenizer_class": "CamembertTokenizer"}, [*specials, "<tool>", "<s>NOTUSED"], kept)
    of_t5 = {"spiece.model": spm(**pieces, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)}
    fixture("t5", {}, {"tokenizer_class": "T5Tokenizer", "extra_ids": 12}, ["</s>", "<extra_id_2>", "<extra_id_11>"], of_t5)


if __name__ == "__main__":
    main()
