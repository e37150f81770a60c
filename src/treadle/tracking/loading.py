"""Loads and downloads the artifacts of recorded runs."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from treadle.errors import DataError, StoreError, nearest
from treadle.files import replace_atomically
from treadle.private import HOME
from treadle.store import StoreLocation, check_artifact_path
from treadle.tracking.reading import opened_reader

if TYPE_CHECKING:
    from treadle.store import RunReader


_DOCUMENTS: Final = frozenset({".json", ".yml", ".yaml"})
_TEXTS: Final = frozenset(
    {
        ".txt",
        ".md",
        ".log",
        ".csv",
        ".tsv",
        ".html",
        ".svg",
        ".xml",
        ".py",
        ".sql",
        ".patch",
        ".toml",
    }
)


def load_artifact(
    run: str, path: str, *, store: str | os.PathLike[str] | StoreLocation | None = None
) -> Any:
    """Load one artifact of a run.

    Args:
        run: Its run, as for `get_run`.
        path: The artifact.
        store: The store to read; by default, the one that runs are logged to.

    Returns:
        The value of a ``.json``, ``.yml`` or ``.yaml`` file, the text of a text file, and the bytes
        of any other. Nothing is unpickled.

    Raises:
        RunNotFoundError: No run matches, or several do.
        StoreError: The run has no such artifact.
        DataError: Its content does not match its suffix.

    Examples:
        >>> import treadle
        >>> treadle.load_artifact("latest", "report.json")["r2"]  # doctest: +SKIP
    """
    with opened_reader(store) as reader:
        name = _find(reader, run, path)[0]
        content = b"".join(reader.artifact(run, name))
    return _parse(content, name)


def download_artifacts(
    run: str,
    path: str = "",
    *,
    folder: str | os.PathLike[str] = ".",
    store: str | os.PathLike[str] | None = None,
) -> list[Path]:
    """Download an artifact of a run, a folder of them, or all.

    Each file appears only when complete, and replaces one of the same name.

    Args:
        run: Its run, as for `get_run`.
        path: An artifact or a folder; all if empty.
        folder: The folder to write to; it is created.
        store: The store to read; by default, the one that runs are logged to.

    Returns:
        The files that were written, sorted by name.

    Raises:
        RunNotFoundError: No run matches, or several do.
        StoreError: The run has no such artifact.
        DataError: A file cannot be written.
    """
    with opened_reader(store) as reader:
        return list(download_from(reader, run, path, Path(folder)))


def download_from(reader: "RunReader", run: str, path: str, folder: Path) -> Iterator[Path]:
    """Download artifacts from an open store, and yield each file."""
    for name in _find(reader, run, path):
        target = _target(folder, name)
        try:
            with replace_atomically(target) as stage, stage.open("wb") as file:
                for block in reader.artifact(run, name):
                    file.write(block)
        except OSError as error:
            raise DataError(
                f"The artifact {name} cannot be written to {target}: {error.strerror or error}."
            ) from error
        yield target


def _target(folder: Path, name: str) -> Path:
    """Return the path to write an artifact to; its name may be from an untrusted machine.

    Raises:
        StoreError: The path would be unsafe.
    """
    parts = check_artifact_path(name).split("/")
    own = {".git", HOME}.intersection(part.casefold().rstrip(". ") for part in parts)
    if own:
        raise StoreError(
            f"The artifact {name} is not downloaded: it would be written into {own.pop()}, where"
            " files mean something to git or to Treadle.",
            hint="treadle.load_artifact(run, path) returns its content.",
        )
    target = folder.joinpath(*parts)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise StoreError(
            f"The artifact {name} is not downloaded: a link leads out of {folder}.",
            hint="Download to a folder that has no such link.",
        )
    return target


def _find(reader: "RunReader", run: str, path: str) -> Sequence[str]:
    """Return the artifact with that path, or all in the folder with that path."""
    paths = [artifact.path for artifact in reader.get_run(run).artifacts]
    wanted = path.strip("/")
    if wanted in paths:
        return [wanted]
    inside = [name for name in paths if not wanted or name.startswith(f"{wanted}/")]
    if not inside:
        raise StoreError(
            f'Run "{run}" has no artifact {path}.' if path else f'Run "{run}" has no artifacts.',
            hint=nearest(path, paths, limit=20) if paths else "",
        )
    return inside


def _parse(content: bytes, path: str) -> Any:
    suffix = PurePosixPath(path).suffix.lower()
    try:
        if suffix == ".json":
            return json.loads(content)
        if suffix in _DOCUMENTS:
            import yaml

            return yaml.load(content, yaml.CSafeLoader)
        return content.decode() if suffix in _TEXTS else content
    except Exception as error:
        raise DataError(
            f"The artifact {path} cannot be loaded: {error}.",
            hint="treadle.download_artifacts(run, path) gets it as it is.",
        ) from error
