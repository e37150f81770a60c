"""Saves trained models in the layout of MLflow's ``MLmodel``, so that both systems load them.

Source of the layout: MLflow's documentation of its model format.
"""

import platform
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from treadle.tracking.autolog.training import Training


def log_model(
    training: Training,
    write: Callable[[Path], None],
    *,
    flavors: Mapping[str, Mapping[str, Any]],
    packages: tuple[str, ...],
) -> None:
    """Write a model's files and store them with the run.

    Args:
        training: The call that trained it.
        write: Writes the files into a folder.
        flavors: How to load it, for ``MLmodel``; the file is left out if there are none.
        packages: The distributions that loading it needs.
    """
    if not training.options.models:
        return
    requirements = [f"{name}=={number}" for name in packages if (number := _version(name))]
    with tempfile.TemporaryDirectory(prefix="treadle-model-") as folder:
        root = Path(folder)
        write(root)
        (root / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements))
        if flavors:
            (root / "MLmodel").write_text(_mlmodel(training, flavors))
            (root / "python_env.yaml").write_text(
                yaml.safe_dump(
                    {"python": platform.python_version(), "dependencies": ["-r requirements.txt"]}
                )
            )
        training.run.log_artifacts(root, training.folder)


def _mlmodel(training: Training, flavors: Mapping[str, Mapping[str, Any]]) -> str:
    own = {"python_version": platform.python_version(), "env": {"virtualenv": "python_env.yaml"}}
    described = {
        "artifact_path": training.folder,
        "flavors": {
            name: {**own, **keys} if name == "python_function" else {**keys}
            for name, keys in flavors.items()
        },
        "run_id": training.run.id,
        "utc_time_created": str(datetime.now(UTC).replace(tzinfo=None)),
    }
    text: str = yaml.safe_dump(described, sort_keys=True)
    return text


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def pickled(model: Any) -> tuple[bytes, str]:
    """Pickle a model; return the bytes, and the name of the library that pickled it.

    What the standard library cannot pickle, such as a lambda, cloudpickle does if installed.
    """
    import pickle

    try:
        return pickle.dumps(model, protocol=5), "pickle"
    except (pickle.PicklingError, AttributeError, TypeError):
        try:
            import cloudpickle
        except ImportError:
            pass
        else:
            return cloudpickle.dumps(model), "cloudpickle"
        raise
