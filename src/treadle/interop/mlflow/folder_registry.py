"""Reads the registered models of MLflow's file store."""

from collections.abc import Iterator
from pathlib import Path

from treadle.interop.mlflow.conversion import to_model, to_version
from treadle.interop.mlflow.documents import has_document, list_folders, read_document
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.value_files import read_texts
from treadle.records import ModelVersionRecord, RegisteredModelRecord


def read_models(folder: Path, omissions: Omissions) -> Iterator[RegisteredModelRecord]:
    """Yield all registered models."""
    for path in list_folders(folder):
        if not has_document(path, omissions, "name"):
            continue
        try:
            meta = read_document(path / "meta.yaml")
            aliases = read_texts(path / "aliases", omissions)
            yield to_model(meta, read_texts(path / "tags", omissions), aliases)
        except READ_ERRORS as error:
            omissions.add(path / "meta.yaml", error)


def read_versions(folder: Path, omissions: Omissions) -> Iterator[ModelVersionRecord]:
    """Yield all versions of registered models."""
    for path in sorted(folder.glob("*/version-*")):
        if not path.is_dir() or not has_document(path, omissions, "version"):
            continue
        try:
            meta = read_document(path / "meta.yaml")
            if meta.get("current_stage") != "Deleted_Internal":
                yield to_version(meta, read_texts(path / "tags", omissions))
        except READ_ERRORS as error:
            omissions.add(path / "meta.yaml", error)
