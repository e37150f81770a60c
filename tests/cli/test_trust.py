"""What ``treadle catalog show`` does not run without being told."""

import pickle
import pickletools

import joblib
import numpy as np
import pytest

CATALOG = """
flat: {type: pickle, filepath: flat.pkl}
kedro: {type: pickle.PickleDataset, filepath: flat.pkl}
lib: {type: pickle, engine: joblib, filepath: lib.joblib}
cloud: {type: pickle, engine: cloudpickle, filepath: flat.pkl}
versioned: {type: pickle, filepath: v.pkl, versioned: true}
parts: {type: partitioned, path: parts, dataset: pickle, filename_suffix: .pkl}
own: {type: canary_project.OwnDataset, filepath: flat.pkl}
array: {type: numpy, filepath: array.npy, load_args: {allow_pickle: true}}
"""
OWN = """
import pickle

class OwnDataset:
    def __init__(self, filepath): self.filepath = filepath
    def load(self): return pickle.load(open(self.filepath, "rb"))
    def save(self, data): ...
    def exists(self): return True
"""


class Canary:
    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return (open, (self.target, "w"))


@pytest.fixture
def canary(tmp_path, treadle):
    (tmp_path / "pyproject.toml").write_text(
        "[project]\n"
        'name = "x"\n'
        "[tool.treadle]\n"
        'package = "canary_project"\n'
        'dataset_packages = ["canary_project"]\n'
    )
    (tmp_path / "conf" / "base").mkdir(parents=True)
    (tmp_path / "src" / "canary_project").mkdir(parents=True)
    (tmp_path / "src" / "canary_project" / "__init__.py").write_text(OWN)
    (tmp_path / "conf" / "base" / "catalog.yml").write_text(CATALOG)
    sign = tmp_path / "ran"
    content = pickle.dumps(Canary(sign))
    assert "open" in "".join(str(one[1]) for one in pickletools.genops(content))
    for name in ("flat.pkl", "parts/a.pkl", "v.pkl/2026-01-31T12.00.00.000Z/v.pkl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    joblib.dump(Canary(sign), tmp_path / "lib.joblib")
    np.save(tmp_path / "array.npy", np.array([Canary(sign)], dtype=object), allow_pickle=True)
    return sign


@pytest.mark.parametrize("name", ["flat", "kedro", "lib", "cloud", "versioned", "parts", "own"])
def test_a_pickle_is_not_loaded_without_trust(canary, treadle, name):
    for arguments in (["--json"], []):
        shown = treadle(
            "catalog",
            "show",
            name,
            *arguments,
            environment={"PYTHONPATH": str(canary.parent / "src")},
        )
        assert shown.code == 0, shown
        assert not canary.exists()
    assert "can run code when it is loaded. If you trust the file, add --trust." in shown.out


@pytest.mark.parametrize("name", ["flat", "lib", "versioned"])
def test_it_is_loaded_with_trust(canary, treadle, name):
    assert treadle("catalog", "show", name, "--trust").code == 0
    assert canary.exists()


def test_an_array_never_holds_a_pickle(canary, treadle):
    assert treadle("catalog", "show", "array", "--trust").code == 6
    assert not canary.exists()
