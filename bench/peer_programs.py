"""What the peers have in common: programs that are run, virtual environments, and settings that are tried."""
import os
import pathlib
import platform
import subprocess
import sys

from peer_script import LEFT_OUT


class Failure(SystemExit):
    """A command failed; where nobody expects that, the script ends and says how."""

    def __init__(self, command, result):
        self.errors = result.stderr.strip()
        last = self.errors.splitlines()[-1] if self.errors else ""
        self.reason = "crashed" if result.returncode < 0 else last if result.returncode == LEFT_OUT else f"failed: {last[-200:]}"
        super().__init__(f"error: {' '.join(map(str, command))}: exit status {result.returncode}\n{self.errors[-2000:]}")


def run(command, **kwargs):
    """Standard output of a command."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **kwargs)
    if result.returncode != 0:
        raise Failure(command, result)
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


def narrower_isas():
    """Instruction sets below this processor's best that most people's have, as HEARTH_ISA spells them."""
    flags = cpu_fields().get("flags", "").split()
    known = {"avx2": {"avx2", "fma", "f16c", "bmi2"}, "avx2-vnni": {"avx2", "fma", "f16c", "bmi2", "avx_vnni"}}
    return [isa for isa, needed in known.items() if needed <= set(flags)]


def is_best(isa):
    """Whether a program built for this processor is one for this instruction set."""
    return "avx512f" not in cpu_fields().get("flags", "").split() and isa == (narrower_isas() or [""])[-1]


def vector_sets(system_info):
    """Those that a library of ggml's says it was built for."""
    known = (part.rpartition(":")[2].partition("=") for part in system_info.split("|"))
    return [name.strip() for name, _, value in known
            if value.strip() == "1" and name.strip().startswith(("AVX", "AMX", "FMA", "NEON", "SVE", "DOTPROD", "MATMUL"))]


def build_jobs():
    return os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL") or str(os.cpu_count())


class Setting:
    """A way to run a peer. Its name begins with the peer's; settings of a variant differ in flash attention alone. `isa` is the
    instruction set that it was built for, "" for the processor's best."""

    def __init__(self, peer, variant, attention, flags="", isa=""):
        self.peer, self.variant, self.attention, self.isa = peer, variant, attention, isa
        self.name = " ".join(part for part in (peer, variant, flags) if part)

    def prepare(self, model):
        """What is to be done once for a file, before anything is timed."""

    def bench(self, model, *arguments):
        """A command with the arguments of llama-bench (-t, -p, -n, -d, -r) that prints its rows as JSON."""
        raise NotImplementedError

    def batched_bench(self, model, threads, prompt, generate, batches):
        """A command that prints the rows of llama-batched-bench for each of the numbers of sequences."""
        raise NotImplementedError

    def server(self, model, threads):
        """A command that serves, for 8 clients at once; it gets `--port` and a number behind."""
        raise NotImplementedError


class ScriptSetting(Setting):
    """A peer that a script beside this one measures, with llama-bench's options and rows."""

    def __init__(self, peer, variant, attention, command, flags=""):
        super().__init__(peer, variant, attention, flags)
        self.command = command

    def bench(self, model, *arguments):
        return [*self.command, "-m", model, *arguments]

    def batched_bench(self, model, threads, prompt, generate, batches):
        return self.bench(model, "-t", threads, "-p", prompt, "-n", generate, "--parallel", ",".join(map(str, batches)))


class Environment:
    """A virtual environment of Python."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).absolute()
        self.python = self.folder / "bin/python"

    def has(self, module):
        return self.python.exists() and subprocess.run([self.python, "-c", f"import {module}"], capture_output=True).returncode == 0

    def install(self, *packages, env=None):
        """Packages, in an environment that is made first where it is missing."""
        if not self.python.exists():
            run([sys.executable, "-m", "venv", self.folder])
        run([self.python, "-m", "pip", "install", "--quiet", "--no-cache-dir", *packages], env=os.environ | (env or {}))

    def version(self, package):
        return run([self.python, "-c", f"import importlib.metadata as m; print(m.version('{package}'))"]).strip()
