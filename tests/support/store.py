"""Looks into a model store, and at what is in it."""
import hashlib
import json
import pathlib


class Store:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    @property
    def environment(self):
        return {"HEARTH_MODELS": str(self.folder)}

    def manifests(self):
        """By the path below `manifests`."""
        root = self.folder / "manifests"
        return {str(path.relative_to(root)): json.loads(path.read_text()) for path in sorted(root.rglob("*"))
                if path.is_file()}

    def blob(self, digest):
        return self.folder / "blobs" / digest.replace(":", "-")

    def blob_names(self):
        folder = self.folder / "blobs"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def check(self):
        """Every blob is what its name says; what manifests name is there. Gives the names of files that are in parts."""
        partial = [name for name in self.blob_names() if "-partial" in name]
        for name in self.blob_names():
            if "-partial" not in name:
                content = (self.folder / "blobs" / name).read_bytes()
                assert name == "sha256-" + hashlib.sha256(content).hexdigest(), name
        for path, manifest in self.manifests().items():
            for layer in [*manifest["layers"], *([manifest["config"]] if manifest.get("config") else [])]:
                assert self.blob(layer["digest"]).stat().st_size == layer["size"], (path, layer)
        return partial

    def files(self, path):
        """The layers of a manifest by their titles."""
        layers = self.manifests()[path]["layers"]
        return {layer["annotations"]["org.opencontainers.image.title"]: self.blob(layer["digest"]).read_bytes()
                for layer in layers if "annotations" in layer}
