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
    description = json.loads(run([*hearth, "inspect", model, "--json"]))
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


def peak(facts, machine):
    """(1e9 operations a second, what they are) of the products that most weights take part in: where pairs are summed in words, 8-bit
    weights have to be taken apart into signs and magnitudes."""
    if facts.main_type in ("BF16", "F16", "F32"):
        names = ("bf16", "f32") if facts.main_type != "F32" else ("f32",)
    else:
        names = ("signed" if facts.main_type in ("Q8_0", "IQ4_NL", "IQ4_XS") else "words", "int8")
    known = [(machine.get(f"{name}_gflops") or machine.get(f"{name}_gops"), name) for name in names]
    return next(((figure, name) for figure, name in known if figure), (None, ""))


def ceiling(facts, machine, work):
    """(tokens a second that arithmetic (of a prompt) or memory (of generation) allow, which of them); None: not known."""
    figure, name = peak(facts, machine)
    read = machine.get("read_gb_s")
    if work["kind"] == "prefill":
        return (figure * 1e9 / (2 * facts.products), name) if figure and not work["depth"] else None
    batch, limits = work["batch"], []
    if read:
        limits.append((batch * read * 1e9 / (facts.read + batch * facts.kv_read * work["depth"]), "read"))
    if figure:
        limits.append((figure * 1e9 / (2 * (facts.products + facts.head_products)), name))
    return min(limits, default=None)
