#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizer_json/: tiny tokenizer.json files that use every part, and what the package tokenizers
makes of strings by each; and of the same files, with few tokens, fuzz/corpus/tokenizer_json/. Needs tokenizers.

Usage: make_tokenizer_json_fixtures.py
"""

import json
import pathlib
import struct

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

from tokenizer_strings import strings

ROOT = pathlib.Path(__file__).parent.parent
FOLDER = ROOT / "tests/fixtures/tokenizer_json"
SEEDS = ROOT / "fuzz/corpus/tokenizer_json"
CORPUS = ["the quick brown fox jumps over the lazy dog, and it's 12345 o'clock in the caf\u00e9 of na\u00efve people.",
          "Hello world! I'm here; you've gone. Don't go (there) 3.14 times; x=1; foo_bar() http://a.b/c",
          "\u65e5\u672c\u8a9e \u4e2d\u6587 \ud55c\uad6d\uc5b4 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u30ab\u30bf\u30ab\u30ca \u0939\u093f\u0928\u094d\u0926\u0940"] * 4
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
          r"\s+(?!\S)|\s+")
ADDED = [AddedToken("<tool>", special=False, normalized=False), AddedToken("<Left>", lstrip=True, special=True),
         AddedToken("<Right>", rstrip=True, special=True), AddedToken("word", single_word=True, normalized=True)]
LONG = "\n".join(CORPUS) * 8 + "word words <tool> a <Left>  b<Right> \n c sword word"


def darts(rules):
    """A double-array trie in the form of Darts-clone, as SentencePiece compiles rules, built the plain way."""
    keys = {key.encode(): value for key, value in rules.items()}
    pool, places = b"", {}
    for value in keys.values():
        if value not in places:
            places[value] = len(pool)
            pool += value.encode() + b"\0"
    units, used = [0] * 65536, {0}

    def place(node, prefix):
        labels = sorted({key[len(prefix)] for key in keys if key.startswith(prefix) and len(key) > len(prefix)})
        ends = prefix in keys
        children = ([0] if ends else []) + labels
        base = 1
        while any((base ^ label) in used for label in children) or base ^ node >= 1 << 21:
            base += 1
        for label in children:
            used.add(base ^ label)
        units[node] |= (base ^ node) << 10 | (256 if ends else 0)
        if ends:
            units[base] = places[keys[prefix]] | 0x80000000
        for label in labels:
            units[base ^ label] = label
            place(base ^ label, prefix + bytes([label]))

    place(0, b"")
    size = (max(used) // 256 + 1) * 256
    trie = b"".join(struct.pack("<I", unit) for unit in units[:size])
    return struct.pack("<I", len(trie)) + trie + pool


def trained(model, trainer, **parts):
    tokenizer = Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def byte_level(pre_tokenizer=None, added=(), vocab_size=420, ignore_merges=False, **parts):
    tokenizer = trained(models.BPE(ignore_merges=ignore_merges),
                        trainers.BpeTrainer(vocab_size=vocab_size, show_progress=False,
                                            special_tokens=["<s>", "</s>", "<|end|>"],
                                            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()),
                        pre_tokenizer=pre_tokenizer or pre_tokenizers.ByteLevel(add_prefix_space=False),
                        decoder=decoders.ByteLevel(), **parts)
    tokenizer.add_tokens([token for token in added if not token.special])
    tokenizer.add_special_tokens([token for token in added if token.special])
    return tokenizer


def code_points(fuse_unk=False, bytes_too=True, normalizer=None, decoder=None, unk="<unk>", suffix=None, prefix=None,
                pre_tokenizer=None):
    specials = ([unk] if unk else []) + ["<s>", "</s>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if bytes_too else [])
    parts = {"end_of_word_suffix": suffix, "continuing_subword_prefix": prefix}
    parts = {name: part for name, part in parts.items() if part}
    model = models.BPE(fuse_unk=fuse_unk, byte_fallback=bytes_too, **({"unk_token": unk} if unk else {}), **parts)
    trainer = trainers.BpeTrainer(vocab_size=len(specials) + 180, show_progress=False, special_tokens=specials, **parts)
    given = {"normalizer": normalizer, "decoder": decoder, "pre_tokenizer": pre_tokenizer}
    tokenizer = trained(model, trainer, **{name: part for name, part in given.items() if part})
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(data))


def unigram(byte_fallback=False, **parts):
    specials = ["<pad>", "</s>", "<unk>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else [])
    tokenizer = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=len(specials) + 120, show_progress=False,
                                                                  unk_token="<unk>", special_tokens=specials), **parts)
    data = json.loads(tokenizer.to_str())
    data["model"]["byte_fallback"] = byte_fallback
    data["added_tokens"] = [token for token in data["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(data))


def word_piece(**parts):
    return trained(models.WordPiece(unk_token="[UNK]"),
                   trainers.WordPieceTrainer(vocab_size=260, show_progress=False,
                                             special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]), **parts)


def word_level(pre_tokenizer, normalizer=None, decoder=None):
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    if decoder:
        tokenizer.decoder = decoder
    texts = CORPUS + strings(60, "words", [])
    words = sorted({word for text in texts for word, _ in pre_tokenizer.pre_tokenize_str(
        normalizer.normalize_str(text) if normalizer else text)})
    tokenizer.model = models.WordLevel({"[UNK]": 0, **{word: i + 1 for i, word in enumerate(words[:700])}}, "[UNK]")
    return tokenizer


def metaspace(scheme, split=True):
    return pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme=scheme, split=split)


def split(pattern, behavior, invert=False):
    return pre_tokenizers.Split(pattern, behavior, invert)


def spm_decoder(*more):
    return decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), *more])


def frame(prefix, suffix):
    special = [token for token in (prefix, suffix) if token]
    return processors.TemplateProcessing(single=" ".join([prefix or "", "$A", suffix or ""]).strip(),
                                         special_tokens=[(token, 1 + special.index(token)) for token in special])


def tokenizers():
    charsmap = darts({"\uff21": "A", "\u00e9": "e", "e\u0301": "\u00e9", "\u3000": " ", "\ufb01": "fi", "\t": " ", "\u2460": "1",
                      "\u01c6": "d\u017e", "\u0301": ""})
    bert_parts = {"pre_tokenizer": pre_tokenizers.BertPreTokenizer(),
                  "decoder": decoders.WordPiece(), "post_processor": processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))}
    spm_normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    yield "bpe_gpt2", byte_level(added=ADDED)
    yield "bpe_prefix_space", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True),
                                         post_processor=processors.RobertaProcessing(("</s>", 1), ("<s>", 0)))
    yield "bpe_cl100k", byte_level(pre_tokenizers.Sequence([split(Regex(CL100K), "removed", True), pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=False)]), normalizer=normalizers.NFC(), ignore_merges=True,
        post_processor=processors.Sequence([processors.ByteLevel(), frame("<s>", "</s>")]))
    yield "bpe_digits", byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                            pre_tokenizers.ByteLevel(add_prefix_space=False)]))
    yield "bpe_byte_normalizer", byte_level(split("\u0120", "merged_with_next"), normalizer=normalizers.ByteLevel())
    yield "bpe_spm", code_points(True, True, spm_normalizer, spm_decoder(decoders.Strip(" ", 1, 0)))
    yield "bpe_spm_split", code_points(False, True, normalizers.Replace(" ", "\u2581"), spm_decoder(),
                                       pre_tokenizer=split(" ", "merged_with_previous"))
    yield "bpe_unk", code_points(False, False, None, decoders.BPEDecoder("</w>"), suffix="</w>",
                                 pre_tokenizer=pre_tokenizers.Whitespace())
    yield "bpe_fused_unk", code_points(True, False, normalizers.Lowercase(), None, prefix="##",
                                       pre_tokenizer=pre_tokenizers.WhitespaceSplit())
    yield "bpe_no_unk", code_points(False, False, normalizers.NFD(), None, unk=None)
    yield "unigram_t5", unigram(normalizer=normalizers.Sequence([normalizers.Precompiled(charsmap), normalizers.Strip(
        True, True), normalizers.Replace(Regex(" {2,}"), " ")]), pre_tokenizer=metaspace("always"), decoder=decoders.Metaspace(
            "\u2581", "always"), post_processor=frame(None, "</s>"))
    yield "unigram_bytes", unigram(True, normalizer=normalizers.Nmt(), pre_tokenizer=pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), metaspace("first")]), decoder=decoders.Sequence(
            [decoders.ByteFallback(), decoders.Metaspace("\u2581", "first")]))
    yield "unigram_whole", unigram(pre_tokenizer=metaspace("never", False), normalizer=normalizers.NFKC())
    yield "word_piece", word_piece(normalizer=normalizers.BertNormalizer(), **bert_parts)
    yield "word_piece_cased", word_piece(normalizer=normalizers.BertNormalizer(lowercase=False, strip_accents=False),
                                         **bert_parts)
    for name, behavior in (("isolated", "isolated"), ("removed", "removed"), ("previous", "merged_with_previous"),
                           ("next", "merged_with_next"), ("contiguous", "contiguous")):
        yield f"split_{name}", word_level(split(Regex(r"[aeiou]|\s"), behavior), decoder=decoders.Fuse())
        yield f"split_{name}_inverted", word_level(split(Regex(r"[a-z]+"), behavior, True), decoder=decoders.Fuse())
    for name, pre_tokenizer in (
            ("whitespace", pre_tokenizers.Whitespace()), ("digits", pre_tokenizers.Digits(False)),
            ("punctuation", pre_tokenizers.Punctuation()),
            ("punctuation_next", pre_tokenizers.Punctuation("merged_with_next")),
            ("delimiter", pre_tokenizers.CharDelimiterSplit("o")), ("scripts", pre_tokenizers.UnicodeScripts()),
            ("fixed", pre_tokenizers.FixedLength(3))):
        yield f"words_{name}", word_level(pre_tokenizer, decoder=decoders.Fuse())
    whole = split(Regex(r"\s"), "merged_with_next")
    for name, normalizer in (
            ("nfd", normalizers.NFD()), ("nfkd", normalizers.NFKD()), ("lowercase", normalizers.Lowercase()),
            ("strip", normalizers.Strip(True, False)), ("strip_right", normalizers.Strip(False, True)),
            ("accents", normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()])),
            ("replace", normalizers.Replace(Regex(r"[0-9]+"), "#"))):
        yield f"normal_{name}", word_level(whole, normalizer, decoders.Fuse())
    yield "decode_ctc", word_level(split(Regex("."), "isolated"), decoder=decoders.CTC("[UNK]", "a", True))
    yield "decode_strip", word_level(split(Regex(r"\s"), "merged_with_next"), decoder=decoders.Sequence(
        [decoders.Strip(" ", 1, 0), decoders.Fuse()]))


def cut_short(data):
    """The same file with few tokens and merges."""
    model = data["model"]
    if isinstance(model["vocab"], list):
        model["vocab"] = model["vocab"][:12]
    else:
        model["vocab"] = {text: number for text, number in model["vocab"].items() if number < 12}
    for left, right in model.get("merges", [])[:4]:
        for text in (left, right, left + right):
            model["vocab"].setdefault(text, len(model["vocab"]) + 12)
    if "merges" in model:
        model["merges"] = model["merges"][:4]
    data["added_tokens"] = data["added_tokens"][:4]
    return data


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    SEEDS.mkdir(parents=True, exist_ok=True)
    for old in [*FOLDER.glob("*.json"), *SEEDS.glob("*.json")]:
        old.unlink()
    for name, tokenizer in tokenizers():
        tokenizer = Tokenizer.from_str(tokenizer.to_str())
        if getattr(tokenizer.model, "unk_token", None):
            tokenizer.add_special_tokens([tokenizer.model.unk_token])  # stands for no text
        specials = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        texts = ["", " ", "a"] + CORPUS[:3] + strings(52, name, specials[:6]) + [LONG]
        cases = []
        for text in texts:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
        framed = tokenizer.encode("the fox", add_special_tokens=True).ids
        fixture = {"tokenizer": json.loads(tokenizer.to_str()), "framed": framed, "cases": cases}
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(fixture, separators=(",", ":"), ensure_ascii=True) + "\n", encoding="ascii")
        seed = json.dumps(cut_short(fixture["tokenizer"]), separators=(",", ":")) + "\0" + texts[4][:60]
        (SEEDS / f"{name}.json").write_text(seed, encoding="ascii")
        print(name, path.stat().st_size)


if __name__ == "__main__":
    main()
