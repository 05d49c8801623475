"""What the comparison measures unless it is told otherwise."""
import dataclasses


@dataclasses.dataclass
class Case:
    """A file and what is measured on it, for a share of the time."""
    name: str
    weight: float
    model: str = ""  # a path
    shape: str = ""  # or a shape and a type of make_model.py
    file_type: str = ""
    work: str = "single"  # or "batches", "depth", "load", "serving"
    batches: tuple = ()
    sampled: bool = False  # also end to end
    targets: dict = dataclasses.field(default_factory=dict)
    isa: str = ""  # the instruction set, the processor's best unless said


def one(ratio, share, decode=1.0):
    return {"prefill": {"ratio": ratio, "share": share}, "decode": {"ratio": decode, "share": 0.95}}


def common_types(isa):
    """1B files of the three types that most files have."""
    targets = {"q4_0": one(2.2, None, 1.15), "q8_0": one(1.6, None, 1.12), "q4_k_m": one(1.65, None, 1.15)}
    return [Case(f"{isa} 1B {file_type.upper()}", 65, shape="llama-1b", file_type=file_type, isa=isa,
                 targets=targets[file_type] if isa == "avx2" else {}) for file_type in targets]


def families(isa):
    """Models of other forms than llama's, cut to memory."""
    shapes = {"DeepSeek V2 Lite Q4_K_M, 16 experts": ("deepseek-v2-lite", "q4_k_m"),
              "gpt-oss 20B MXFP4, 6 layers": ("gpt-oss-20b-6-layers", "mxfp4"),
              "Gemma 3 4B Q4_K_M, 14 layers": ("gemma3-4b-14-layers", "q4_k_m")}
    return [Case(f"{isa} {name}".strip(), 60, shape=shape, file_type=file_type, isa=isa, targets=one(1.3, None, 1.3))
            for name, (shape, file_type) in shapes.items()]


def plan_avx2(smollm):
    """What is asked of the kernels that most people's processors run. Shares of generation are of reading."""
    cases = common_types("avx2")
    for case in cases:
        case.targets["decode"]["share"] = 0.92
    cases += [Case("avx2 MoE 3B-A0.6B Q4_K_M", 65, shape="moe-3b-a0.6b", file_type="q4_k_m",
                   targets={"prefill": {"ratio": 1.75}, "decode": {"ratio": 1.35}}),
              *families("avx2"),
              Case("avx2 1B Q4_0 batches", 110, shape="llama-1b", file_type="q4_0", work="batches", batches=(1, 4, 8, 16))]
    if smollm:
        cases += [Case("avx2 SmolLM2-135M Q4_0", 40, model=smollm, targets={"prefill": {"ratio": 2.1}, "decode": {"ratio": 1.35}}),
                  Case("avx2 SmolLM2-135M Q4_0 batches", 50, model=smollm, work="batches", batches=(1, 8, 16),
                       targets={"decode of 8 at 128": {"ratio": 3.4}, "decode of 16 at 128": {"ratio": 2.8}}),
                  Case("avx2 SmolLM2-135M Q4_0 serving", 80, model=smollm, work="serving",
                       targets={"8 clients, nothing shared": {"ratio": 1.9, "ttft_ratio": 1.5},
                                "4 conversations of 4 turns": {"ratio": 2.1, "ttft_ratio": 1.5}})]
    return [dataclasses.replace(case, isa="avx2") for case in cases]


def plan(smollm):
    """What the default run measures. Weights are seconds of a run of 50 minutes."""
    cases = []
    if smollm:
        cases += [Case("SmolLM2-135M Q4_0", 55, model=smollm, sampled=True,
                       targets={"prefill": {"peers": {"llama.cpp": 2.5, "openvino": 1.2}}, "decode": {"peers": {"llama.cpp": 1.3}}}),
                  Case("SmolLM2-135M Q4_0 batches", 60, model=smollm, work="batches", batches=(1, 8, 16),
                       targets={f"decode of {batch} at 128": {"peers": {"llama.cpp": 2.5}} for batch in (8, 16)})]
    for file_type, ratio in (("q4_0", 1.25), ("q8_0", 1.4), ("q4_k_m", 1.25)):
        cases.append(Case(f"1B {file_type.upper()}", 125, shape="llama-1b", file_type=file_type, sampled=True, targets=one(ratio, 0.65)))
    batch_targets = {"decode of 4 at 128": {"peers": {"llama.cpp": 2.5, "openvino": 1.6}},
                     "decode of 8 at 128": {"peers": {"llama.cpp": 4.0, "openvino": 1.7}}}
    cases += [Case("1B Q4_K_M batches", 140, shape="llama-1b", file_type="q4_k_m", work="batches", batches=(1, 4, 8), targets=batch_targets),
              Case("1B Q4_K_M load", 20, shape="llama-1b", file_type="q4_k_m", work="load"),
              Case("MoE 3B-A0.6B Q4_K_M", 90, shape="moe-3b-a0.6b", file_type="q4_k_m",
                   targets={"prefill": {"ratio": 1.4}, "decode": {"ratio": 1.2}})]
    cases += families("")
    for file_type in "q4_1 q5_0 q5_k_m q6_k q3_k_m q2_k iq4_xs iq4_nl mxfp4".split():
        cases.append(Case(f"1B {file_type.upper()}", 75, shape="llama-1b", file_type=file_type, targets=one(1.25, 0.5)))
    cases += [Case("1B BF16", 80, shape="llama-1b", file_type="bf16", targets=one(None, 0.7)),
              Case("1B F16", 80, shape="llama-1b", file_type="f16", targets=one(None, 0.4)),
              Case("1B Q4_0 deep", 400, shape="llama-1b", file_type="q4_0", work="depth",
                   targets={"prefill at 8192": {"ratio": 2.5}, "decode at 8192": {"ratio": 2.0}}),
              Case("8B Q4_K_M", 200, shape="llama-8b", file_type="q4_k_m", targets=one(1.25, 0.65))]
    return cases + plan_avx2(smollm) + common_types("avx2-vnni")
