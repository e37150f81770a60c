"""Reads the registered models of MLflow's file store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.interop.mlflow.documents import has_document, list_folders, read_document
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.source import to_seconds
from treadle.interop.mlflow.value_files import read_texts
from treadle.records import ModelVersionRecord, RegisteredModelRecord, Stage


def read_models(folder: Path, omissions: Omissions) -> Iterator[RegisteredModelRecord]:
    """Yield all registered models."""
    for path in list_folders(folder):
        if not has_document(path, omissions, "name"):
            continue
        try:
            meta = read_document(path / "meta.yaml")
            aliases = read_texts(path / "aliases", omissions)
            yield RegisteredModelRecord(
                name=str(meta["name"]),
                description=meta.get("description"),
                created=to_seconds(meta.get("creation_timestamp")),
                updated=to_seconds(meta.get("last_updated_timestamp")),
                tags=read_texts(path / "tags", omissions),
                aliases={alias: int(version) for alias, version in aliases.items()},
                latest=[],
            )
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
                yield _version(path, meta, omissions)
        except READ_ERRORS as error:
            omissions.add(path / "meta.yaml", error)


def _version(folder: Path, meta: dict[str, Any], omissions: Omissions) -> ModelVersionRecord:
    stage: Stage = meta.get("current_stage") or "None"
    source = str(meta.get("source") or "")
    return ModelVersionRecord(
        name=str(meta["name"]),
        version=int(meta["version"]),
        description=meta.get("description"),
        created=to_seconds(meta.get("creation_timestamp")),
        updated=to_seconds(meta.get("last_updated_timestamp")),
        stage=stage,
        source=source,
        location=str(meta.get("storage_location") or source),
        run=str(meta.get("run_id") or ""),
        run_link=str(meta.get("run_link") or ""),
        logged_model=str(meta.get("model_id") or ""),
        user=str(meta.get("user_id") or ""),
        tags=read_texts(folder / "tags", omissions),
        aliases=[],
    )
