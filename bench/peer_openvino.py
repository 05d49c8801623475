"""OpenVINO GenAI: the package openvino-genai, and nncf, which writes weights in the format that it is fastest with."""
import pathlib

from peer_programs import Environment, ScriptSetting, run

NAME, MODULE = "openvino", "openvino_genai, nncf"
ISAS = ("",)
PACKAGES = ("openvino-genai==2026.4.1.0", "nncf==3.4.0")
SCRIPT = pathlib.Path(__file__).with_name("openvino_bench.py")


def install(folder, _):
    environment = Environment(folder / "openvino")
    if not environment.has(MODULE):
        environment.install(*PACKAGES)
    return {"": environment}


class OpenvinoSetting(ScriptSetting):
    def __init__(self, label, environment, folder, precision):
        super().__init__(NAME, f"{label} {precision or 'default'}".strip(), 1, [
            environment.python, SCRIPT, "--folder", folder.absolute() / "openvino-models", "--precision", precision])

    def prepare(self, model):
        run(self.bench(model, "--convert-only"))


def settings(label, environment, folder):
    """Activations as OpenVINO chooses, bfloat16 where the processor has it, and of f32, which generates faster on some."""
    return [OpenvinoSetting(label, environment, folder, precision) for precision in ("", "f32")]


def version(environment):
    return f"openvino-genai {environment.version('openvino-genai')}"
