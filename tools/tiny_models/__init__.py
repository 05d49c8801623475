"""The tiny checkpoints that make_tiny_models.py writes: a file a family, each with a list FIXTURES."""

import importlib
import pathlib

from .fixture import Fixture

FILES = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*.py") if path.stem != "__init__")
MODULES = [importlib.import_module(f"{__name__}.{name}") for name in FILES]
FIXTURES: list[Fixture] = [fixture for module in MODULES for fixture in getattr(module, "FIXTURES", [])]
