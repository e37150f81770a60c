"""Reads the ``meta.yaml`` files of MLflow's file store."""

from pathlib import Path
from typing import Any

import yaml

from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions


def list_folders(parent: Path) -> list[Path]:
    """Return the subdirectories of a directory, by name; none if it does not exist."""
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir())


def has_document(folder: Path, omissions: Omissions, *keys: str) -> bool:
    """Whether a directory has a `meta.yaml` with an id; record one that has files but no id.

    Args:
        folder: The directory.
        omissions: Records the directory.
        keys: Possible keys of the id.
    """
    path = folder / "meta.yaml"
    try:
        if not path.exists():
            if next(folder.iterdir(), None) is not None:  # an empty directory has nothing to lose
                omissions.add(folder, "there is no meta.yaml in it")
            return False
        meta = read_document(path)
    except READ_ERRORS as error:
        omissions.add(path, error)
        return False
    if not any(meta.get(key) is not None for key in keys):
        omissions.add(path, f"it has no {keys[0]}" if meta else "it is empty")
        return False
    return True


def read_document(path: Path) -> dict[str, Any]:
    """Read a document of MLflow; an empty one has no keys.

    Raises:
        ValueError: It is not YAML.
        TypeError: It is not a mapping.
    """
    try:
        document = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark is not None else ""
        raise ValueError(f"it is not valid YAML{line}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise TypeError("it is not a mapping of keys to values")
    return document
