"""Chooses the store: argument, ``TREADLE_STORE``, project settings, or working directory.

Artifacts are stored at ``TREADLE_ARTIFACTS``, a folder or a URL; by default beside the database.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

from treadle.errors import StoreError
from treadle.private import is_planted
from treadle.store import StoreLocation, locate_store

_Table = dict[str, Any]

_DEFAULT = ".treadle/treadle.db"


def choose_location(
    store: str | os.PathLike[str] | StoreLocation | None = None, start: Path | None = None
) -> StoreLocation:
    """Choose where runs are stored.

    Args:
        store: The store named in the call; a location is returned unchanged.
        start: Where to start looking for a project; by default, the working directory.

    Raises:
        StoreError: The given name is not a store.
    """
    if isinstance(store, StoreLocation):
        return store
    here = (start or _working_folder()).absolute()
    project = _find_setting(here)
    value = store or os.environ.get("TREADLE_STORE")
    artifacts = os.environ.get("TREADLE_ARTIFACTS", "")
    if value:
        is_remote = "://" in os.fspath(value) and not os.fspath(value).startswith("sqlite:")
        # What waits for a server is stored with the project; relative paths start where typed.
        located = locate_store(
            value, project[0] if project and is_remote else None, artifacts=artifacts
        )
        return msgspec.structs.replace(located, is_named=True)
    if project is not None:
        return locate_store(project[1], project[0], artifacts=artifacts)
    return locate_store(_working_folder() / _DEFAULT, artifacts=artifacts)


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise StoreError(
            "The working folder does not exist any more, so there is nowhere to keep runs.",
            hint="Change to one that does.",
        ) from error


def choose_experiment(start: Path | None = None) -> str:
    """Return the experiment of runs that name none.

    It is ``TREADLE_EXPERIMENT``, else the project's, else ``default``.

    Args:
        start: Where to start looking for a project; by default, the working directory.
    """
    if value := os.environ.get("TREADLE_EXPERIMENT"):
        return value
    project = _find_project((start or Path.cwd()).absolute())
    if project is None:
        return "default"
    folder, document, table = project
    name = document.get("project", {}).get("name", folder.name)
    return str(table.get("experiment") or name)


def _find_setting(start: Path) -> tuple[Path, str] | None:
    """Find the project around a folder, and its setting."""
    project = _find_project(start)
    return (project[0], str(project[2].get("store", _DEFAULT))) if project else None


def _find_project(start: Path) -> tuple[Path, _Table, _Table] | None:
    """Find the project around a folder: its folder, its ``pyproject.toml`` and its settings."""
    for folder in (start, *start.parents):
        settings = folder / "pyproject.toml"
        if settings.is_file() and not is_planted(settings):
            import tomllib

            try:
                document = tomllib.loads(settings.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
                continue
            table = document.get("tool", {}).get("treadle")
            if isinstance(table, dict):
                return folder, document, table
    return None
