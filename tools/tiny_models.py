"""The tiny checkpoints that make_tiny_models.py writes: settings, metadata keys and tensor names of each architecture."""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import torch
import transformers

VOCAB_SIZE = 264
MAMBA2_CONTEXT = 256  # its config has none

LAYER_TENSORS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.qkv_proj": "attn_qkv",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "mlp.gate": "ffn_gate_inp",
}
SANDWICH_TENSORS = LAYER_TENSORS | {
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}
SHARED_EXPERT_TENSORS = LAYER_TENSORS | {
    f"mlp.{expert}.{part}_proj": f"ffn_{part}_shexp"
    for expert in ("shared_expert", "shared_experts") for part in ("gate", "up", "down")
} | {"mlp.shared_expert_gate": "ffn_gate_inp_shexp"}  # fmt: skip
DEEPSEEK2_TENSORS = SHARED_EXPERT_TENSORS | {
    "self_attn.q_a_proj": "attn_q_a", "self_attn.q_a_layernorm": "attn_q_a_norm", "self_attn.q_b_proj": "attn_q_b",
    "self_attn.kv_a_proj_with_mqa": "attn_kv_a_mqa", "self_attn.kv_a_layernorm": "attn_kv_a_norm",
    "self_attn.kv_b_proj": "attn_kv_b",
}  # fmt: skip
GPT_OSS_TENSORS = LAYER_TENSORS | {"post_attention_layernorm": "post_attention_norm", "mlp.router": "ffn_gate_inp"}


def expert_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """The experts of most models: gate rows above up rows."""
    if name == "mlp.experts.gate_up_proj":
        half = values.shape[1] // 2
        return {"ffn_gate_exps.weight": values[:, :half], "ffn_up_exps.weight": values[:, half:]}
    return {"ffn_down_exps.weight": values} if name == "mlp.experts.down_proj" else {}


def gpt_oss_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """gpt-oss: experts stored transposed, with biases, gate and up taking turns."""
    stem, kind = (name.removesuffix("_bias"), "bias") if name.endswith("_bias") else (name, "weight")
    if kind == "weight" and values.ndim == 3:
        values = values.swapaxes(1, 2)
    if stem == "mlp.experts.gate_up_proj":
        return {f"ffn_gate_exps.{kind}": values[:, ::2], f"ffn_up_exps.{kind}": values[:, 1::2]}
    if stem == "mlp.experts.down_proj":
        return {f"ffn_down_exps.{kind}": values}
    return {"attn_sinks.weight": values} if name == "self_attn.sinks" else {}


GPTNEOX_TENSORS = LAYER_TENSORS | {
    "attention.dense": "attn_output", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
}  # fmt: skip
STARCODER2_TENSORS = LAYER_TENSORS | {"mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
PHI2_TENSORS = LAYER_TENSORS | {"self_attn.dense": "attn_output", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}


def gptneox_tensors(num_heads: int) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """gptneox: q, k and v of a head side by side."""

    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        stem, kind = name.rsplit(".", 1)
        if stem != "attention.query_key_value":
            return {}
        by_head = values.reshape(num_heads, 3, -1, *values.shape[1:])
        return {f"attn_qkv.{kind}": by_head.swapaxes(0, 1).reshape(values.shape)}

    return tensors


MAMBA2_TENSORS = {"norm": "attn_norm", "mixer.in_proj": "ssm_in", "mixer.conv1d": "ssm_conv1d", "mixer.out_proj": "ssm_out"}


def mamba2_tensors(num_groups: int) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """mamba2: what belongs to a head is a row of its own, what to a group of heads lies in one."""

    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        parts = {
            "mixer.conv1d.weight": ("ssm_conv1d.weight", lambda: values.squeeze(1)),
            "mixer.dt_bias": ("ssm_dt.bias", lambda: values),
            "mixer.A_log": ("ssm_a", lambda: -np.exp(values.astype(np.float64))[:, None]),
            "mixer.D": ("ssm_d", lambda: values[:, None]),
            "mixer.norm.weight": ("ssm_norm.weight", lambda: values.reshape(num_groups, -1)),
        }
        return {parts[name][0]: parts[name][1]()} if name in parts else {}

    return tensors


def attention_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(getattr(config, "num_key_value_heads", config.num_attention_heads))
    if hasattr(config, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    else:
        names = ("layer_norm_eps", "norm_epsilon", "norm_eps")
        writer.add_layer_norm_eps(next(getattr(config, name) for name in names if hasattr(config, name)))
    if getattr(config, "head_dim", None):
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    rope = config.rope_parameters
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        writer.add_rope_dimension_count(int(head_dim * rope.get("partial_rotary_factor", 1.0)))


def mamba2_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(MAMBA2_CONTEXT)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_layer_norm_rms_eps(config.layer_norm_epsilon)
    writer.add_ssm_conv_kernel(config.conv_kernel)
    writer.add_ssm_inner_size(config.num_heads * config.head_dim)
    writer.add_ssm_state_size(config.state_size)
    writer.add_ssm_time_step_rank(config.num_heads)
    writer.add_ssm_group_count(config.n_groups)


@dataclasses.dataclass
class Fixture:
    """One checkpoint. `prompts`: (length, context limit), the longest first. `peer_differs`: by prompt, why llama.cpp
    does not compute what transformers does."""

    name: str
    arch: str
    config: Callable[..., Any]
    model: Callable[..., torch.nn.Module]
    settings: dict
    prompts: list[tuple[int, int]]
    ablations: dict[str, dict] = dataclasses.field(default_factory=dict)
    peer_differs: dict[int, str] = dataclasses.field(default_factory=dict)
    layer_tensors: dict[str, str] = dataclasses.field(default_factory=lambda: LAYER_TENSORS)
    norm_offset: float = 1.0  # what the norm computes with a weight of zero: gemma stores w - 1
    other_tensors: Callable[[str, np.ndarray], dict[str, np.ndarray]] = expert_tensors  # what layer_tensors do not name
    gains: dict[str, float] = dataclasses.field(default_factory=dict)  # of products, by a part of their names
    expert_type: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32
    transposed_experts: bool = False  # in the model: [experts, inputs, outputs]
    max_shard_size: str | None = None  # written as a folder as well, in BF16, its files of at most this size
    pair_rows: bool = False  # rotary pairs side by side in the file, as the converter writes llama
    layer_keys: Callable[[gguf.GGUFWriter, Any], None] = attention_keys
    extra_keys: Callable[[gguf.GGUFWriter, Any], None] = lambda writer, config: None
    extra_tensors: Callable[[Any], dict[str, np.ndarray]] = lambda config: {}

    def write_config(self, writer: gguf.GGUFWriter, config: Any) -> None:
        writer.add_vocab_size(config.vocab_size)
        writer.add_block_count(config.num_hidden_layers)
        writer.add_embedding_length(config.hidden_size)
        self.layer_keys(writer, config)
        self.extra_keys(writer, config)

    def tensors(self, model: torch.nn.Module) -> dict[str, np.ndarray]:
        config = model.config
        tensors = {}
        for name, parameter in learned_tensors(model):
            values = parameter.detach().numpy()
            if "norm" in name and not name.endswith("bias"):
                values = values + (1.0 - self.norm_offset)
            for gguf_name, part in self.rename(name, values):
                if self.pair_rows and re.search(r"attn_[qk]\.", gguf_name):
                    heads = config.num_attention_heads if "attn_q" in gguf_name else config.num_key_value_heads
                    part = pair_rotary_rows(part, heads)
                tensors[gguf_name] = part
        return tensors | self.extra_tensors(config)

    def rename(self, name: str, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
        outer = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
                 "backbone.embeddings.weight": "token_embd.weight", "backbone.norm_f.weight": "output_norm.weight",
                 "gpt_neox.embed_in.weight": "token_embd.weight", "lm_head.weight": "output.weight",
                 "lm_head.bias": "output.bias"}  # fmt: skip
        for norm in ("gpt_neox.final_layer_norm", "model.final_layernorm", "model.norm"):
            outer |= {f"{norm}.{kind}": f"output_norm.{kind}" for kind in ("weight", "bias")}
        if name in outer:
            return [(outer[name], values)]
        layer, inner = re.fullmatch(r"(?:model|backbone|gpt_neox)\.layers\.(\d+)\.(.+)", name).groups()
        if others := self.other_tensors(inner, values):
            return [(f"blk.{layer}.{other}", part) for other, part in others.items()]
        stem, kind = inner.rsplit(".", 1)
        return [(f"blk.{layer}.{self.layer_tensors[stem]}.{kind}", values)]


def learned_tensors(model: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    """The parameters, and what is learned but is no parameter."""
    buffers = [item for item in model.named_buffers() if item[0].endswith("e_score_correction_bias")]
    return [*model.named_parameters(), *buffers]


def pair_rotary_rows(values: np.ndarray, num_heads: int) -> np.ndarray:
    """Rows (i, i + d/2) of each head become rows (2i, 2i + 1)."""
    halves = values.reshape(num_heads, 2, -1, *values.shape[1:])
    return halves.swapaxes(1, 2).reshape(values.shape)


def llama3_factors(config: Any) -> dict[str, np.ndarray]:
    """By what each frequency is divided (Llama 3.1's schedule), from transformers' own frequencies."""
    scaled, _ = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    dim = config.head_dim
    plain = 1.0 / config.rope_parameters["rope_theta"] ** (torch.arange(0, dim, 2).float() / dim)
    return {"rope_freqs.weight": (plain / scaled).numpy()}


def converted_llama3_factors(config: Any) -> dict[str, np.ndarray]:
    """The same, with the roundings of llama.cpp's converter."""
    rope, dim = config.rope_parameters, config.head_dim
    original, low, high = (
        rope[key] for key in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor")
    )
    factors = []
    for frequency in 1.0 / (rope["rope_theta"] ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim)):
        wavelength = 2 * math.pi / frequency
        if wavelength < original / high:
            factors.append(1.0)
        elif wavelength > original / low:
            factors.append(rope["factor"])
        else:
            smooth = (original / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return {"rope_freqs.weight": torch.tensor(factors, dtype=torch.float32).numpy()}


def linear_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(config.rope_parameters["factor"])


def yarn_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(config.rope_parameters["factor"])
    writer.add_rope_scaling_orig_ctx_len(config.rope_parameters["original_max_position_embeddings"])


def moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_expert_count(config.num_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def gpt_oss_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    yarn_keys(writer, config)
    writer.add_rope_scaling_yarn_beta_fast(config.rope_parameters["beta_fast"])
    writer.add_sliding_window(config.sliding_window)
    writer.add_expert_count(config.num_local_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_feed_forward_length(config.intermediate_size)


def gemma3_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    full = config.rope_parameters["full_attention"]
    writer.add_rope_freq_base(full["rope_theta"])
    writer.add_sliding_window(config.sliding_window)
    if full["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(full["factor"])


def phi3_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_rope_scaling_orig_ctx_len(config.original_max_position_embeddings)
    if config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
    if config.rope_parameters["rope_type"] == "longrope":
        original = config.original_max_position_embeddings
        factor = config.max_position_embeddings / original
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(factor) / math.log(original)))


def parallel_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_parallel_residual(config.use_parallel_residual)


def cohere_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_logit_scale(config.logit_scale)
    if hasattr(config, "sliding_window"):
        writer.add_sliding_window(config.sliding_window)


def starcoder2_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    if config.sliding_window:
        writer.add_sliding_window(config.sliding_window)


def qwen2_moe_tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """With the gate as a vector, as some converters write it."""
    if name == "mlp.shared_expert_gate.weight":
        return {"ffn_gate_inp_shexp.weight": values.squeeze(0)}
    return expert_tensors(name, values)


def qwen2_moe_keys(writer: gguf.GGUFWriter, config: Any) -> None:
    moe_keys(writer, config)
    writer.add_expert_shared_feed_forward_length(config.shared_expert_intermediate_size)


def deepseek2_keys(split: bool, v3: bool) -> Callable[[gguf.GGUFWriter, Any], None]:
    """`split`: keys and values of the latent as tensors of their own, as newer converters write them."""

    def keys(writer: gguf.GGUFWriter, config: Any) -> None:
        nope, rope, rank = config.qk_nope_head_dim, config.qk_rope_head_dim, config.kv_lora_rank
        writer.add_context_length(config.max_position_embeddings)
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        writer.add_head_count(config.num_attention_heads)
        writer.add_head_count_kv(1 if split else config.num_attention_heads)
        writer.add_key_length(rank + rope if split else nope + rope)
        writer.add_value_length(rank if split else config.v_head_dim)
        if split:
            writer.add_key_length_mla(nope + rope)
            writer.add_value_length_mla(config.v_head_dim)
        if config.q_lora_rank:
            writer.add_q_lora_rank(config.q_lora_rank)
        writer.add_kv_lora_rank(rank)
        writer.add_rope_dimension_count(rope)
        writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
        writer.add_leading_dense_block_count(config.first_k_dense_replace)
        writer.add_expert_count(config.n_routed_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_shared_count(config.n_shared_experts)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
        writer.add_expert_weights_scale(config.routed_scaling_factor)
        writer.add_expert_weights_norm(v3)
        if v3:
            writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
        if config.n_group:
            writer.add_expert_group_count(config.n_group)
            writer.add_expert_group_used_count(config.topk_group)
        if config.rope_parameters["rope_type"] == "yarn":
            yarn_keys(writer, config)
            writer.add_rope_scaling_yarn_log_mul(0.1 * config.rope_parameters["mscale_all_dim"])

    return keys


def deepseek2_tensors(settings: dict, split: bool) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    def tensors(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
        if name == "mlp.gate.e_score_correction_bias":
            return {"exp_probs_b.bias": values}
        if name != "self_attn.kv_b_proj.weight" or not split:
            return expert_tensors(name, values)
        by_head = values.reshape(settings["num_attention_heads"], -1, values.shape[1])
        nope = settings["qk_nope_head_dim"]
        return {"attn_k_b.weight": by_head[:, :nope].swapaxes(1, 2), "attn_v_b.weight": by_head[:, nope:]}

    return tensors


def longrope_factors(config: Any) -> dict[str, np.ndarray]:
    return {
        f"rope_factors_{kind}.weight": np.array(config.rope_parameters[f"{kind}_factor"], np.float32)
        for kind in ("long", "short")
    }


BASE = dict(
    vocab_size=VOCAB_SIZE, hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, max_position_embeddings=256, rms_norm_eps=1e-5, tie_word_embeddings=True,
    bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1, pad_token_id=None,
)  # fmt: skip

GEMMA3_ROPE = dict(
    sliding_attention=dict(rope_type="default", rope_theta=1e4),
    full_attention=dict(rope_type="linear", rope_theta=1e6, factor=8.0),
)
PHI3 = {key: value for key, value in BASE.items() if key != "head_dim"} | dict(
    num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=False, original_max_position_embeddings=256,
)
PHI3_LONGROPE = dict(
    rope_type="longrope", rope_theta=1e4, partial_rotary_factor=0.75, original_max_position_embeddings=256,
    short_factor=[1.0, 1.1, 1.2, 1.4, 1.7, 2.0], long_factor=[1.0, 1.5, 2.5, 4.0, 6.0, 9.0],
)

# Few rotations are kept, so that both ends of the range between kept and interpolated frequencies lie between pairs.
GPT_OSS_ROPE = dict(
    rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48, beta_fast=4.0, beta_slow=1.0,
    truncate=False,
)
GPT_OSS = BASE | dict(
    hidden_size=32, intermediate_size=32, num_hidden_layers=3, num_local_experts=3, num_experts_per_tok=2,
    sliding_window=20, tie_word_embeddings=False, rope_parameters=GPT_OSS_ROPE,
)

LAYER_NORM = {key: value for key, value in BASE.items() if key not in ("head_dim", "rms_norm_eps")} | dict(
    num_attention_heads=3, layer_norm_eps=1e-5, tie_word_embeddings=False,
    rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.25),
)  # fmt: skip
COHERE = LAYER_NORM | dict(
    num_key_value_heads=1, logit_scale=0.25, tie_word_embeddings=True,
    rope_parameters=dict(rope_type="default", rope_theta=1e4),
)  # fmt: skip
GPTNEOX = {key: value for key, value in LAYER_NORM.items() if key != "num_key_value_heads"}

DEEPSEEK2_ROPE = dict(
    rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48, beta_fast=4.0, beta_slow=1.0,
    mscale=0.707, mscale_all_dim=0.707,
)  # fmt: skip
# Sizes that differ wherever they may.
DEEPSEEK2 = dict(
    vocab_size=VOCAB_SIZE, hidden_size=32, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=4, max_position_embeddings=256, rms_norm_eps=1e-6, tie_word_embeddings=False,
    q_lora_rank=24, kv_lora_rank=20, qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=10, first_k_dense_replace=1,
    n_routed_experts=6, num_experts_per_tok=2, n_shared_experts=2, moe_intermediate_size=16, routed_scaling_factor=2.5,
    rope_parameters=DEEPSEEK2_ROPE, bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1, pad_token_id=None,
)  # fmt: skip
DEEPSEEK2_ABLATIONS = {
    "yarn": dict(rope_parameters=dict(rope_type="default", rope_theta=1000.0)),
    "magnitude of all dimensions": dict(rope_parameters=DEEPSEEK2_ROPE | dict(mscale=1e-9, mscale_all_dim=1e-9)),
    "second expert": dict(num_experts_per_tok=1),
    "scale of the experts": dict(routed_scaling_factor=1.0),
}
GROUPED = dict(n_group=3, topk_group=2)

# Heads that fill no whole vector.
MAMBA2 = dict(
    vocab_size=VOCAB_SIZE, hidden_size=40, num_hidden_layers=2, num_heads=4, head_dim=20, state_size=12, expand=2,
    conv_kernel=4, chunk_size=32, bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1, pad_token_id=None,
)  # fmt: skip

FIXTURES = [
    Fixture(
        name="llama_linear",
        arch="llama",
        config=transformers.LlamaConfig,
        model=transformers.LlamaForCausalLM,
        settings=BASE | dict(
            hidden_size=40, intermediate_size=56, head_dim=10, tie_word_embeddings=False, attention_bias=True,
            mlp_bias=True, rope_parameters=dict(rope_type="linear", rope_theta=5000.0, factor=4.0),
        ),
        ablations={"linear scaling": dict(rope_parameters=dict(rope_type="default", rope_theta=5000.0))},
        prompts=[(70, 256), (23, 256)],
        pair_rows=True,
        extra_keys=linear_keys,
    ),
    Fixture(
        name="llama3",
        arch="llama",
        config=transformers.LlamaConfig,
        model=transformers.LlamaForCausalLM,
        settings=BASE | dict(
            num_hidden_layers=3,
            rope_parameters=dict(
                rope_type="llama3", rope_theta=1000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                original_max_position_embeddings=32,
            ),
        ),
        ablations={"llama3 scaling": dict(rope_parameters=dict(rope_type="default", rope_theta=1000.0))},
        prompts=[(70, 256), (23, 256)],
        pair_rows=True,
        extra_tensors=llama3_factors,
    ),
    Fixture(
        name="qwen2",
        arch="qwen2",
        config=transformers.Qwen2Config,
        model=transformers.Qwen2ForCausalLM,
        settings={key: value for key, value in BASE.items() if key != "head_dim"} | dict(
            rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6),
        ),
        prompts=[(70, 256), (23, 256)],
    ),
    Fixture(
        name="qwen3_yarn",
        arch="qwen3",
        config=transformers.Qwen3Config,
        model=transformers.Qwen3ForCausalLM,
        settings=BASE | dict(
            tie_word_embeddings=False,
            rope_parameters=dict(
                rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=48,
            ),
        ),
        ablations={
            "yarn": dict(rope_parameters=dict(rope_type="default", rope_theta=1000.0)),
            "yarn's kept frequencies": dict(
                rope_parameters=dict(rope_type="linear", rope_theta=1000.0, factor=4.0),
            ),
        },
        prompts=[(90, 256), (23, 256)],
        extra_keys=yarn_keys,
    ),
    Fixture(
        name="qwen3_moe",
        arch="qwen3moe",
        config=transformers.Qwen3MoeConfig,
        model=transformers.Qwen3MoeForCausalLM,
        settings=BASE | dict(
            num_experts=6, num_experts_per_tok=2, moe_intermediate_size=20, norm_topk_prob=True, decoder_sparse_step=1,
            mlp_only_layers=[], rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        ablations={"normalized weights": dict(norm_topk_prob=False), "second expert": dict(num_experts_per_tok=1)},
        prompts=[(70, 256), (23, 256)],
        extra_keys=moe_keys,
    ),
    Fixture(
        name="gemma3",
        arch="gemma3",
        config=transformers.Gemma3TextConfig,
        model=transformers.Gemma3ForCausalLM,
        settings=BASE | dict(
            hidden_size=32, intermediate_size=40, num_hidden_layers=7, num_attention_heads=2, num_key_value_heads=1,
            rms_norm_eps=1e-6, query_pre_attn_scalar=16, sliding_window=20, rope_parameters=GEMMA3_ROPE,
        ),
        ablations={
            "sliding window": dict(sliding_window=200),
            "window of its exact length": dict(sliding_window=21),
            "local base": dict(rope_parameters=GEMMA3_ROPE | dict(
                sliding_attention=dict(rope_type="default", rope_theta=1e6),
            )),
            "scaling of the global base": dict(rope_parameters=GEMMA3_ROPE | dict(
                full_attention=dict(rope_type="default", rope_theta=1e6),
            )),
        },
        prompts=[(70, 256), (19, 256)],
        layer_tensors=SANDWICH_TENSORS,
        norm_offset=0.0,
        extra_keys=gemma3_keys,
    ),
    Fixture(
        name="phi3_longrope",
        arch="phi3",
        config=transformers.Phi3Config,
        model=transformers.Phi3ForCausalLM,
        settings=PHI3 | dict(max_position_embeddings=1024, rope_parameters=PHI3_LONGROPE),
        ablations={"longrope": dict(rope_parameters=PHI3_LONGROPE | dict(rope_type="default"))},
        prompts=[(300, 512), (40, 256)],
        extra_keys=phi3_keys,
        extra_tensors=longrope_factors,
    ),
    Fixture(
        name="phi3_window",
        arch="phi3",
        config=transformers.Phi3Config,
        model=transformers.Phi3ForCausalLM,
        settings=PHI3 | dict(sliding_window=24, rope_parameters=dict(rope_type="default", rope_theta=1e4)),
        ablations={"sliding window": dict(sliding_window=None)},
        prompts=[(70, 256), (23, 256)],
        peer_differs={0: "it leaves phi3's sliding window out"},
        extra_keys=phi3_keys,
    ),
    *(
        Fixture(
            name=name,
            arch="gpt-oss",
            config=transformers.GptOssConfig,
            model=transformers.GptOssForCausalLM,
            settings=GPT_OSS,
            ablations={
                "sliding window": dict(sliding_window=200),
                "window of its exact length": dict(sliding_window=21),
                "windows in every second layer": dict(layer_types=["sliding_attention"] * 3),
                "untruncated range of yarn": dict(rope_parameters=GPT_OSS_ROPE | dict(truncate=True)),
                "limit of the experts' gates": dict(swiglu_limit=1e6),
                "second expert": dict(num_experts_per_tok=1),
            },
            prompts=[(90, 256), (23, 256)],
            peer_differs=dict.fromkeys(range(2), "it truncates the range of yarn"),
            layer_tensors=GPT_OSS_TENSORS,
            other_tensors=gpt_oss_tensors,
            gains={"experts.gate_up": 3.0, "router": 2.0},
            expert_type=expert_type,
            transposed_experts=True,
            extra_keys=gpt_oss_keys,
        )
        for name, expert_type in [
            ("gpt_oss", gguf.GGMLQuantizationType.F32),
            ("gpt_oss_mxfp4", gguf.GGMLQuantizationType.MXFP4),
        ]
    ),
    *(
        Fixture(
            name=name,
            arch="mamba2",
            config=transformers.Mamba2Config,
            model=transformers.Mamba2ForCausalLM,
            settings=MAMBA2 | dict(n_groups=groups, tie_word_embeddings=groups == 1),
            prompts=[(90, 256), (23, 256)],
            layer_tensors=MAMBA2_TENSORS,
            other_tensors=mamba2_tensors(groups),
            layer_keys=mamba2_keys,
        )
        for name, groups in [("mamba2", 1), ("mamba2_groups", 2)]
    ),
    *(
        Fixture(
            name=name,
            arch="gptneox",
            config=transformers.GPTNeoXConfig,
            model=transformers.GPTNeoXForCausalLM,
            settings=GPTNEOX | dict(use_parallel_residual=parallel),
            ablations={
                "parallel residual": dict(use_parallel_residual=not parallel),
                "partial rotation": dict(rope_parameters=GPTNEOX["rope_parameters"] | dict(partial_rotary_factor=0.5)),
                "gelu": dict(hidden_act="silu"),
            },
            prompts=[(70, 256), (23, 256)],
            layer_tensors=GPTNEOX_TENSORS,
            other_tensors=gptneox_tensors(GPTNEOX["num_attention_heads"]),
            gains={"query_key_value": 2.0},
            extra_keys=parallel_keys,
        )
        for name, parallel in [("gptneox", True), ("gptneox_serial", False)]
    ),
    Fixture(
        name="phi2",
        arch="phi2",
        config=transformers.PhiConfig,
        model=transformers.PhiForCausalLM,
        settings=LAYER_NORM | dict(num_key_value_heads=1),
        ablations={"gelu": dict(hidden_act="silu")},
        prompts=[(70, 256), (23, 256)],
        layer_tensors=PHI2_TENSORS,
    ),
    Fixture(
        name="command_r",
        arch="command-r",
        config=transformers.CohereConfig,
        model=transformers.CohereForCausalLM,
        settings=COHERE,
        ablations={"scale of the logits": dict(logit_scale=0.5)},
        prompts=[(70, 256), (23, 256)],
        extra_keys=cohere_keys,
    ),
    Fixture(
        name="cohere2",
        arch="cohere2",
        config=transformers.Cohere2Config,
        model=transformers.Cohere2ForCausalLM,
        settings=COHERE | dict(num_hidden_layers=4, sliding_window=20, intermediate_size=48),
        ablations={
            "sliding window": dict(sliding_window=200),
            "layers without rotation": dict(layer_types=["sliding_attention"] * 4),
        },
        prompts=[(70, 256), (19, 256)],
        extra_keys=cohere_keys,
    ),
    *(
        Fixture(
            name=name,
            arch="stablelm",
            config=transformers.StableLmConfig,
            model=transformers.StableLmForCausalLM,
            settings=LAYER_NORM | dict(num_key_value_heads=1, use_qkv_bias=not parallel, use_parallel_residual=parallel),
            ablations={
                "partial rotation": dict(rope_parameters=LAYER_NORM["rope_parameters"] | dict(partial_rotary_factor=0.5))
            },
            prompts=[(70, 256), (23, 256)],
            extra_keys=parallel_keys,
        )
        for name, parallel in [("stablelm", False), ("stablelm_parallel", True)]
    ),
    Fixture(
        name="starcoder2",
        arch="starcoder2",
        config=transformers.Starcoder2Config,
        model=transformers.Starcoder2ForCausalLM,
        settings={key: value for key, value in COHERE.items() if key not in ("layer_norm_eps", "logit_scale")} | dict(
            norm_epsilon=1e-5, sliding_window=24
        ),
        ablations={"sliding window": dict(sliding_window=None), "gelu": dict(hidden_act="silu")},
        prompts=[(70, 256), (19, 256)],
        peer_differs={0: "it leaves starcoder2's sliding window out", 1: "it looks gelu up in a table of F16"},
        layer_tensors=STARCODER2_TENSORS,
        extra_keys=starcoder2_keys,
    ),
    Fixture(
        name="nemotron",
        arch="nemotron",
        config=transformers.NemotronConfig,
        model=transformers.NemotronForCausalLM,
        settings={key: value for key, value in LAYER_NORM.items() if key != "layer_norm_eps"} | dict(
            num_key_value_heads=1, head_dim=16, norm_eps=1e-5
        ),
        ablations={"squared relu": dict(hidden_act="gelu")},
        prompts=[(70, 256), (23, 256)],
        norm_offset=0.0,
    ),
    Fixture(
        name="arcee",
        arch="arcee",
        config=transformers.ArceeConfig,
        model=transformers.ArceeForCausalLM,
        settings=BASE | dict(rope_parameters=dict(rope_type="default", rope_theta=1e4)),
        ablations={"squared relu": dict(hidden_act="gelu")},
        prompts=[(70, 256), (23, 256)],
        pair_rows=True,
    ),
    Fixture(
        name="qwen2_moe",
        arch="qwen2moe",
        config=transformers.Qwen2MoeConfig,
        model=transformers.Qwen2MoeForCausalLM,
        settings={key: value for key, value in BASE.items() if key != "head_dim"} | dict(
            hidden_size=32, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=20,
            shared_expert_intermediate_size=28, norm_topk_prob=False, decoder_sparse_step=1, mlp_only_layers=[],
            tie_word_embeddings=False, rope_parameters=dict(rope_type="default", rope_theta=1e4),
        ),
        ablations={"plain weights": dict(norm_topk_prob=True), "second expert": dict(num_experts_per_tok=1)},
        prompts=[(70, 256), (23, 256)],
        layer_tensors=SHARED_EXPERT_TENSORS,
        other_tensors=qwen2_moe_tensors,
        gains={"shared_expert_gate": 2.0},
        extra_keys=qwen2_moe_keys,
    ),
    *(
        Fixture(
            name=name,
            arch="deepseek2",
            config=getattr(transformers, f"Deepseek{version}Config"),
            model=getattr(transformers, f"Deepseek{version}ForCausalLM"),
            settings=DEEPSEEK2 | settings,
            ablations=DEEPSEEK2_ABLATIONS | ablations,
            prompts=[(90, 256), (23, 256)],
            peer_differs=dict.fromkeys(range(2), differs) if differs else {},
            layer_tensors=DEEPSEEK2_TENSORS,
            other_tensors=deepseek2_tensors(DEEPSEEK2, split),
            gains={"q_b_proj": 2.0, "kv_b_proj": 2.0},
            layer_keys=deepseek2_keys(split, version == "V3"),
        )
        for name, version, split, settings, ablations, differs in [
            ("deepseek_v2", "V2", False, GROUPED | dict(topk_method="group_limited_greedy", topk_group=1),
             {"groups": dict(topk_method="greedy")}, "it takes groups by their two best experts"),
            ("deepseek_v2_lite", "V2", True, dict(q_lora_rank=None), {},
             "without a latent of queries, it reads models of 26 or 27 layers alone"),
            ("deepseek_v3", "V3", True, GROUPED, {"groups": dict(n_group=1, topk_group=1)}, None),
        ]
    ),
]  # fmt: skip


# The same as folders of Hugging Face's form, and as GGUF files of the same BF16 weights.
SHARD_SIZES = {
    "llama_linear": "30KB", "llama3": "1MB", "qwen2": "1MB", "qwen3_yarn": "40KB", "qwen3_moe": "60KB", "gemma3": "1MB",
    "phi3_longrope": "1MB", "gpt_oss": "80KB", "gpt_oss_mxfp4": "1MB", "mamba2": "1MB", "mamba2_groups": "1MB",
    "gptneox": "40KB", "phi2": "1MB",
    "command_r": "1MB", "cohere2": "1MB", "stablelm": "1MB", "starcoder2": "1MB", "nemotron": "1MB", "arcee": "1MB",
    "qwen2_moe": "1MB", "deepseek_v2_lite": "60KB", "deepseek_v3": "1MB",
}  # fmt: skip
FIXTURES += [
    dataclasses.replace(
        fixture, name=f"{fixture.name}_bf16", max_shard_size=SHARD_SIZES[fixture.name], ablations={},
        extra_tensors=converted_llama3_factors if fixture.name == "llama3" else fixture.extra_tensors,
        other_tensors=expert_tensors if fixture.name == "qwen2_moe" else fixture.other_tensors,
    )
    for fixture in FIXTURES
    if fixture.name in SHARD_SIZES
]


def rope_case(
    rope_type: str, head_dim: int, theta: float, context: int = 131072, **parameters: Any
) -> transformers.LlamaConfig:
    return transformers.LlamaConfig(
        hidden_size=8 * head_dim, num_attention_heads=8, head_dim=head_dim, max_position_embeddings=context,
        rope_parameters=dict(rope_type=rope_type, rope_theta=theta, **parameters),
    )  # fmt: skip


# The rotary settings of models in use, for positions far out.
ROPE_CASES = {
    "default": rope_case("default", 64, 1e5),
    "linear": rope_case("linear", 256, 1e6, factor=8.0),
    "llama3": rope_case(
        "llama3", 128, 5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192
    ),
    "yarn": rope_case("yarn", 128, 1e6, factor=4.0, original_max_position_embeddings=32768),
    "yarn, not truncated": rope_case(
        "yarn", 64, 150000.0, factor=32.0, original_max_position_embeddings=4096, truncate=False
    ),
    "dynamic": rope_case("dynamic", 128, 10000.0, context=4096, factor=2.0),
    "longrope": rope_case(
        "longrope", 96, 1e4, original_max_position_embeddings=4096, attention_factor=1.19,
        short_factor=[1.0 + i / 40 for i in range(48)], long_factor=[1.0 + i * i / 20 for i in range(48)],
    ),
}  # fmt: skip
ROPE_POSITIONS = [0, 1, 777, 8191, 32767]
