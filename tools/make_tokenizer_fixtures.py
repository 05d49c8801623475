#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizer/: what the reference libraries make of hard strings.

  pre_tokenizers.json   for each way of splitting: the sizes in bytes of the words of each string (tokenizers)
  normalization.json    strings in NFC and NFKC (tokenizers)
  bpe_NAME.json         a small byte-level vocabulary trained here, and the ids of strings (tokenizers)
  sentence_piece_NAME.json  the same in SentencePiece's way (sentencepiece)
  smollm2.json          ids of strings by the vocabulary of the model file given (tokenizers)

Needs gguf, tokenizers and sentencepiece. Usage: make_tokenizer_fixtures.py SMOLLM2.gguf
"""

import io
import json
import pathlib
import random
import sys

import gguf
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from make_vocab_gguf import CL100K, DEEPSEEK3, O200K, TAIL
from tokenizer_strings import strings, words

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "tokenizer"
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
DEEPSEEK_LETTERS = (
    "\\s?[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377"
    "\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5"
    "\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d"
    "\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4"
    "\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d"
    "\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4"
    "\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06"
    "\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb"
    "\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943]+")
DEEPSEEK_CJK = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"
BLOOM = " ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+"
HAN_KANA = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
KIMI = (r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL)


def cl100k(numbers):
    return CL100K.replace("NUMBERS", numbers)


def o200k(suffix, numbers):
    return O200K.replace("SUFFIX", suffix).replace("NUMBERS", numbers)


CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
GPT4O = o200k(CONTRACTION + "?", r"\p{N}{1,3}")
# One name of each way of splitting, and the patterns as the model's authors wrote them.
PRE_TOKENIZERS = {
    "gpt-2": [GPT2],
    "smollm": [r"\p{N}", GPT2],
    "llama-bpe": [cl100k(r"\p{N}{1,3}")],
    "qwen2": [cl100k(r"\p{N}")],
    "qwen35": [cl100k(r"\p{N}").replace(r"\p{L}+|", r"[\p{L}\p{M}]+|").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")],
    "ufakzeka": [cl100k(r"\p{N}").removeprefix(CONTRACTION + "|")],
    "minicpm5": [r"\p{N}{1,3}", cl100k(r"\p{N}+")],
    "jais-2": [cl100k(r"\p{N}{1,3}").replace(
        r"\s+(?!\S)|\s+", r"\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|"
        r"\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}")],
    "bailingmoe": [r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"],
    "seed-coder": [CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "exaone-moe": [CONTRACTION + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|"
                   r"\s*[\r\n]|\s+(?!\S)|\s+"],
    "gpt-4o": [GPT4O],
    "tekken": [o200k("", r"\p{N}")],
    "tiny_aya": [r"\d{1,3}(?=(?:\d{3})*\b)", GPT4O],
    "kimi-k2": [KIMI],
    "youtu": ["[\uac00-\ud7a3\u3131-\u318e]+|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f\ufe30-\ufe4f]+|"
              "[\u3105-\u312f]+|[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", o200k(CONTRACTION + "?", r"\p{N}")],
    "deepseek-v3": [r"\p{N}{1,3}", HAN_KANA, DEEPSEEK3],
    "spark2_5": [r"\p{N}{1,3}", HAN_KANA, DEEPSEEK3.replace("[\r\n]*|\\s*[\r\n]+|", "|[\r\n]|"), r"\p{N}"],
    "laguna": [r"[^\n]+|[\n]+", cl100k(r"\p{N}")],
    "k2-horizon": [cl100k(r"\p{N}{1,3}").replace(r"\p{L}+|", r"(?:\p{L}|\p{M}|\u200C|\u200D)+|")],
    "afmoe": [r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))",
              "[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf\u0e40-\u0e7f\u0e80-\u0eff"
              "\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+", DEEPSEEK3],
    "deepseek-llm": ["[\r\n]", DEEPSEEK_LETTERS, "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+", r"\s+$",
                     DEEPSEEK_CJK, r"\p{N}+"],
    "deepseek-coder": ["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", DEEPSEEK_CJK, r"\p{N}"],
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"],
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
    "bloom": [BLOOM],
    "viking": [BLOOM, r"\p{N}"],
    "chameleon": ["<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", r"([\t\n]|    |  )", r"\p{N}",
                  r"[\p{P}!-/:-@\[-`{-~]", GPT2],
    "superbpe": [r"\p{N}+", r"(?=(\d{3})+(?!\d))"],
    "gemma4": [r"[^\n]+|[\n]+"],
}
EXTRA = ["", " ", "IMGIMGABZ <sentinel:12>IMGIMGABCDEFZ", "1234567 1234567a a1234567 \u0661\u0662\u0663\u0664 12\u00b2345", " " * 700 + "x",
         "a   \n \n  b", "'ll'LL'\u017f x's'S", "\u8fd9\u662f ABC\u4e2d\u6587abc def\u3042", "if(x==1){\r\n\t\treturn x/2;\r\n}\n//!\n", "\ufffd\u00a0\u3000"]


def save(name, data):
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    (FOLDER / name).write_text(text.replace('},{"text"', '},\n{"text"') + "\n", encoding="ascii")


def split_sizes(pre_tokenizer, text):
    pieces = pre_tokenizer.pre_tokenize_str(text)
    return [len(text[begin:end].encode()) for _, (begin, end) in pieces]


def make_pre_tokenizers():
    texts = EXTRA + strings(130, "pre_tokenizers")
    groups = {}
    for name, patterns in PRE_TOKENIZERS.items():
        sequence = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns])
        groups[name] = [split_sizes(sequence, text) for text in texts]
    save("pre_tokenizers.json", {"texts": texts, "sizes": groups})


def make_normalization():
    texts = EXTRA + strings(260, "normalization") + ["\u0385\u03d3\u1fee\ufb2c\u2126\u212b\uac01\u1100\u1161\u11a8", "\u0344\u0f73\u0958"]
    texts = [text for text in texts if not text.isascii()]
    nfc, nfkc = normalizers.NFC(), normalizers.NFKC()
    save("normalization.json", [{"text": text, "nfc": nfc.normalize_str(text), "nfkc": nfkc.normalize_str(text)}
                                for text in texts])


def case_texts(specials, seed, count):
    """The last is long and repeats itself, as texts do for which words are worth remembering."""
    return EXTRA + strings(count, seed, specials) + ["\n".join(strings(26, f"{seed} long", specials) * 2)]


def bpe_cases(tokenizer, specials, seed, count):
    texts = case_texts(specials, seed, count)
    return [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in texts]


def split_by(name):
    steps = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in PRE_TOKENIZERS[name]]
    return pre_tokenizers.Sequence(steps + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def make_bpe(name, ignore_merges, normalizer):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = split_by(name)
    if normalizer:
        tokenizer.normalizer = normalizer
    specials = ["<|im_start|>", "<|im_end|>", "<|im_end|>\n"]
    trainer = trainers.BpeTrainer(vocab_size=520, special_tokens=specials, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(strings(1500, f"train {name}"), trainer)
    user_defined = ["<tool_call>", "   ", "<b>"]
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in user_defined])
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(model["vocab"])
    tokens = sorted(vocabulary, key=vocabulary.get) + user_defined
    types = [CONTROL if text in specials else NORMAL for text in tokens[:len(vocabulary)]] + [USER_DEFINED] * len(user_defined)
    save(f"bpe_{name.replace('-', '_')}.json", {
        "model": "gpt2", "pre": name, "tokens": tokens, "types": types, "scores": [],
        "merges": [" ".join(pair) if not isinstance(pair, str) else pair for pair in model["merges"]],
        "parse_special": True, "cases": bpe_cases(tokenizer, specials + user_defined, f"cases {name}", 117)})


def make_sentence_piece(name, space_prefix, byte_fallback):
    r = random.Random("train sentence_piece")
    corpus = [words(r).replace("\n", " ").replace("\0", "") for _ in range(3000)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=model, vocab_size=800, model_type="bpe", byte_fallback=byte_fallback,
        add_dummy_prefix=space_prefix, remove_extra_whitespaces=False, normalization_rule_name="identity",
        character_coverage=0.98, user_defined_symbols=["\u2581\u2581", "\u2581\u2581\u2581", "<tag>"], minloglevel=2,
        num_threads=1, split_by_whitespace=True)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    tokens, types, scores = [], [], []
    user_defined = {"\u2581\u2581", "\u2581\u2581\u2581", "<tag>"}
    for number in range(processor.get_piece_size()):
        text = processor.id_to_piece(number)
        tokens.append(text)
        scores.append(processor.get_score(number))
        types.append(UNKNOWN if processor.is_unknown(number) else CONTROL if processor.is_control(number)
                     else BYTE if processor.is_byte(number) else USER_DEFINED if text in user_defined else NORMAL)
    texts = case_texts(["<s>", "</s>", "<unk>", "<tag>", "<0x0A>", "\u2581\u2581"], f"cases {name}", 117)
    save(f"sentence_piece_{name}.json", {
        "model": "llama", "pre": "default", "tokens": tokens, "types": types, "scores": scores, "merges": [],
        "unk": 0, "bos": 1, "eos": 2, "space_prefix": space_prefix, "parse_special": False,
        "cases": [{"text": text, "ids": processor.encode(text)} for text in texts]})


def make_smollm2(path):
    fields = gguf.GGUFReader(path).fields
    tokens, types, merges = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "token_type", "merges"))
    tokenizer = Tokenizer(models.BPE(vocab={text: number for number, text in enumerate(tokens)},
                                     merges=[tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = split_by("smollm")
    specials = [text for text, kind in zip(tokens, types) if kind == CONTROL]
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in specials])
    save("smollm2.json", {"parse_special": True, "cases": bpe_cases(tokenizer, specials, "smollm2", 390)})


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_pre_tokenizers()
    make_normalization()
    make_bpe("smollm", False, None)
    make_bpe("llama-bpe", True, None)
    make_bpe("qwen2", False, normalizers.NFC())
    make_bpe("gpt-4o", False, None)
    make_sentence_piece("bytes", True, True)
    make_sentence_piece("plain", False, False)
    make_smollm2(sys.argv[1])


if __name__ == "__main__":
    main()
