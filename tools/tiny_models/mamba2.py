"""Mamba 2."""

from collections.abc import Callable
from typing import Any

import gguf
import numpy as np
import transformers

from .common import VOCAB_SIZE
from .fixture import Fixture


MAMBA2_CONTEXT = 256  # its config has none

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

# Heads that fill no whole vector.
MAMBA2 = dict(
    vocab_size=VOCAB_SIZE, hidden_size=40, num_hidden_layers=2, num_heads=4, head_dim=20, state_size=12, expand=2,
    conv_kernel=4, chunk_size=32, bos_token_id=VOCAB_SIZE - 3, eos_token_id=VOCAB_SIZE - 1, pad_token_id=None,
)  # fmt: skip

FIXTURES = [
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
            max_shard_size="1MB",
            layer_keys=mamba2_keys,
        )
        for name, groups in [("mamba2", 1), ("mamba2_groups", 2)]
    ),
]  # fmt: skip
