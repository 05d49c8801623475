#!/usr/bin/env python3
"""Writes fuzz/corpus/config/: config.json files, well-formed and not, that the fuzzer starts from. Needs nothing but Python."""
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "fuzz" / "corpus" / "config"
LLAMA = {
    "architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
    "head_dim": 16, "hidden_act": "silu", "rope_theta": 5e5, "sliding_window": None, "eos_token_id": 3,
}  # fmt: skip
MAMBA2 = {
    "architectures": ["Mamba2ForCausalLM"], "hidden_size": 8, "num_hidden_layers": 1, "num_heads": 4, "head_dim": 4,
    "state_size": 8, "n_groups": 2, "expand": 2, "conv_kernel": 4, "layer_norm_epsilon": 1e-5,
}  # fmt: skip


def text(settings):
    return json.dumps(settings, separators=(",", ":")).encode()


def rope(rope_type, **parameters):
    return text(LLAMA | {"rope_parameters": {"rope_type": rope_type, "rope_theta": 1e4, "factor": 4.0, **parameters}})


def seeds():
    for path in sorted((ROOT / "tests" / "fixtures" / "models").glob("*/config.json")):
        yield path.parent.name, text(json.loads(path.read_text()))
    yield "llama", text(LLAMA)
    yield "mamba2", text(MAMBA2)
    yield "mamba2_infinite_steps", text(MAMBA2 | {"time_step_limit": [0.0, float("inf")]})
    yield "mamba2_bounded_steps", text(MAMBA2 | {"time_step_limit": [0.0, 0.1]})
    yield "dynamic", rope("dynamic")
    yield "dynamic_alpha", rope("dynamic", alpha=1000.0)
    yield "linear", rope("linear")
    yield "llama3", rope("llama3", low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
    yield "yarn", rope("yarn", truncate=False, beta_fast=32.0, mscale=1.0, mscale_all_dim=0.7)
    yield "longrope", rope("longrope", short_factor=[1.0] * 8, long_factor=[4.0] * 8, original_max_position_embeddings=64)
    yield "rope_of_old_files", text(LLAMA | {"rope_scaling": {"type": "su", "factor": 2.0}})
    yield "experts", text(LLAMA | {"num_local_experts": 4, "num_experts_per_tok": 2, "norm_topk_prob": True})
    yield "windows", text(LLAMA | {"sliding_window": 64, "layer_types": ["sliding_attention", "full_attention"]})
    yield "windows_used", text(LLAMA | {"sliding_window": 64, "use_sliding_window": True, "max_window_layers": 1})
    yield "window_pattern", text(LLAMA | {"sliding_window": 64, "_sliding_window_pattern": 6})
    yield "part_of_another", text({"architectures": ["XForConditionalGeneration"], "vision_config": {},
                                   "text_config": LLAMA | {"architectures": None, "model_type": "qwen3_moe_text"}})
    yield "quantised", text(LLAMA | {"quantization_config": {"quant_method": "gptq", "bits": 4}})
    yield "mxfp4", text(LLAMA | {"quantization_config": {"quant_method": "mxfp4"}})
    yield "arrays", text(LLAMA | {"intermediate_size": [16, 8], "num_attention_heads": [2, 2]})
    yield "wrong_types", text({key: [value] for key, value in LLAMA.items()})
    yield "nothing", text({key: None for key in LLAMA})
    yield "large_numbers", text(LLAMA | {"hidden_size": 1 << 64, "num_hidden_layers": -(1 << 63), "rms_norm_eps": 1e308})
    yield "deep", b'{"a":' * 70 + b"1" + b"}" * 70
    yield "twice", b'{"hidden_size":8,"hidden_size":16}'
    yield "named_numbers", b'{"a":NaN,"b":[-Infinity,"Infinity\\""],"c":Infinit}'
    yield "no_object", b"[]"
    yield "empty", b""
    yield "torn", text(LLAMA)[:-7]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in seeds():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
