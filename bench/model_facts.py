"""What a token costs a model, and the speeds that a machine's ceilings allow."""
import dataclasses
import json
import math

from peer_programs import run


@dataclasses.dataclass
class Facts:
    products: int  # multiply-adds of a token in the layers, attention over the context left out
    head_products: int
    read: int  # bytes of weights that one token reads
    kv_read: int  # bytes of keys and values of one position, as f16
    file_bytes: int
    main_type: str


def weight_facts(hearth, model):
    """Every matrix once, of experts those in use, the input embedding only where it is the output matrix too."""
    description = json.loads(run([hearth, "inspect", model, "--json"]))
    values = {key.partition(".")[2]: entry.get("value") for key, entry in description.get("metadata", {}).items()}
    tensors = description["tensors"]
    tied = not any(tensor["name"] == "output.weight" for tensor in tensors)
    experts = values.get("expert_used_count", 1) / (values.get("expert_count") or 1)

    def used(tensor):
        return experts if "_exps" in tensor["name"] else 1

    heads = ("token_embd.weight" if tied else "output.weight",)
    outer = ("token_embd.weight", "output.weight")
    matrices = [t for t in tensors if t["name"] not in outer and len(t["shape"]) > 1]
    by_type = {}
    for tensor in matrices:
        by_type[tensor.get("type", "")] = by_type.get(tensor.get("type", ""), 0) + tensor["bytes"]
    kv = values.get("block_count", 0) * values.get("attention.head_count_kv", 0) * 2 * (
        values.get("attention.key_length", 0) + values.get("attention.value_length", 0))
    return Facts(products=sum(int(math.prod(t["shape"]) * used(t)) for t in matrices),
                 head_products=sum(math.prod(t["shape"]) for t in tensors if t["name"] in heads),
                 read=sum(int(t["bytes"] * used(t)) for t in tensors if t["name"] in heads or t["name"] not in outer),
                 kv_read=kv, file_bytes=description.get("file_bytes", 0), main_type=max(by_type, key=by_type.get, default=""))


def ceiling(facts, machine, work):
    """Tokens a second that arithmetic (of a prompt) or memory (of generation) allow; None: not known."""
    peak = machine.get("bf16_gflops" if facts.main_type in ("BF16", "F16") else "int8_gops")
    read = machine.get("read_gb_s")
    if work["kind"] == "prefill":
        return peak and not work["depth"] and peak * 1e9 / (2 * facts.products) or None
    batch = work["batch"]
    by_memory = read and batch * read * 1e9 / (facts.read + batch * facts.kv_read * work["depth"])
    by_products = peak and peak * 1e9 / (2 * (facts.products + facts.head_products))
    return min((limit for limit in (by_memory, by_products) if limit), default=None)
