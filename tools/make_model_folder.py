#!/usr/bin/env python3
"""Writes a GGUF model as a Hugging Face folder and as a GGUF file, both of the same BF16 weights.

transformers reads the model and writes OUT/folder (safetensors, config.json, tokenizer.json, chat template); gguf writes
OUT/bf16.gguf, with the metadata of the model. Both round the same F32 values. Needs accelerate, gguf, torch, transformers.
Usage: make_model_folder.py MODEL.gguf OUT
"""

import argparse
import pathlib

import gguf
import numpy
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def copy_metadata(reader, writer):
    skipped = {"GGUF.version", "GGUF.tensor_count", "GGUF.kv_count", "general.architecture", "general.file_type"}
    for field in reader.fields.values():
        if field.name in skipped:
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=element)


def write_gguf(source, out):
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(out, architecture)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    copy_metadata(reader, writer)
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        values = values.reshape(tuple(int(size) for size in reversed(tensor.shape)))
        if values.ndim == 1:
            rounded = torch.from_numpy(values).to(torch.bfloat16).to(torch.float32).numpy()
            writer.add_tensor(tensor.name, rounded)
        else:
            bits = torch.from_numpy(values).to(torch.bfloat16).view(torch.uint8).numpy()
            writer.add_tensor(tensor.name, bits, raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def save_model(model, folder):
    """In BF16. transformers saves no model that it knows came from GGUF, so a new one takes its weights."""
    config = model.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    plain.load_state_dict(model.state_dict())
    plain.save_pretrained(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    source = {"pretrained_model_name_or_path": arguments.model.parent, "gguf_file": arguments.model.name}
    save_model(AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32), arguments.out / "folder")
    AutoTokenizer.from_pretrained(**source).save_pretrained(arguments.out / "folder")
    write_gguf(arguments.model, arguments.out / "bf16.gguf")


if __name__ == "__main__":
    main()
