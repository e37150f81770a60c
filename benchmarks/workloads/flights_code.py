"""The functions of the flights example, as plain functions, and the places of its data."""

import importlib.util
import shutil
import sys
import types
from pathlib import Path

TEMPLATE = Path(__file__).parents[2] / "src/treadle/project/template/flights"


def load():
    """Load the example's modules with a decorator that does nothing; copy its data here."""
    stand_in = types.ModuleType("treadle")
    vars(stand_in)["node"] = lambda function=None, **_: function or (lambda real: real)
    vars(stand_in)["param"] = lambda path, **_: path
    sys.modules["treadle"] = stand_in
    shutil.copytree(TEMPLATE / "data", "data", dirs_exist_ok=True)
    for folder in ("prepared", "model", "report"):
        Path("data", folder).mkdir(exist_ok=True)
    return _module("prepare"), _module("model")


def _module(name):
    path = TEMPLATE / "src/flights/pipelines" / f"{name}.py"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module
