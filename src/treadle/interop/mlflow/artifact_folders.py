"""Finds the artifacts of runs and logged models that are in local directories."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from treadle.addresses import split_location
from treadle.interop.mlflow.omissions import Omissions
from treadle.interop.mlflow.source import SourceArtifacts


def find_files(
    artifacts: SourceArtifacts, omissions: Omissions, *folders: Path
) -> Iterator[tuple[str, Path]]:
    """Yield the relative path and the local path of each file of a run or a logged model.

    Args:
        artifacts: The artifacts.
        omissions: Records those that are in storage that is not read.
        folders: Where the directory may have been moved to.
    """
    folder = _find_local(artifacts.location, *folders)
    if folder is not None:
        yield from _walk(folder)
    elif _is_elsewhere(artifacts.location):
        omissions.add_location(f"{artifacts.owner.kind} {artifacts.owner.id}", artifacts.location)
    elif root := _find_missing_root(artifacts.location):
        owner = f"{artifacts.owner.kind} {artifacts.owner.id}"
        omissions.add_location(owner, root, is_certain=False)


def _find_missing_root(location: str) -> str:
    """Return the directory of all artifacts of a store that came from another machine, or nothing.

    MLflow creates a run's directory with its first artifact, so a missing one says nothing. Only
    where not even the directory exists in which the store worked are there artifacts to miss.
    """
    original = _parse_local(location)
    if original is None or not original.is_absolute():
        return ""
    root = original.parents[min(2, len(original.parents) - 1)]  # ROOT/experiment/run/artifacts
    return "" if root.parent.exists() else str(root)


def _parse_local(location: str) -> Path | None:
    parts = split_location(location)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(location) if location and len(parts.scheme) < 2 else None  # noqa: PLR2004 - a drive


def _find_local(location: str, *others: Path) -> Path | None:
    """Return the local directory of an artifact location, or where it was moved to.

    MLflow ends each location with the id of its owner and ``artifacts``. One that does not could
    name any directory of this machine, and so could a link: neither is followed.

    Args:
        location: The location at the source.
        others: Where the directory may have been moved to.
    """
    folders = list(others)
    original = _parse_local(location)
    if original is not None and original.parts[-2:] == others[0].parts[-2:]:
        folders.insert(0, original)
    return next((path for path in folders if path.is_dir() and not path.is_symlink()), None)


def _is_elsewhere(location: str) -> bool:
    """Whether an artifact location is an object store or another service, not a local directory.

    ``mlflow-artifacts:`` is not: its server stores the files in a directory, which is looked for.

    Examples:
        >>> [_is_elsewhere(at) for at in ("s3://models/1/a/artifacts", "file:///1/a/artifacts")]
        [True, False]
        >>> [_is_elsewhere(at) for at in ("C:/mlruns/1", "mlflow-artifacts:/1/a/artifacts")]
        [False, False]
    """
    scheme = split_location(location).scheme
    return len(scheme) > 1 and scheme not in ("file", "mlflow-artifacts")


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file of a directory with its relative path; links out of it are skipped."""
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(root):
            yield path.relative_to(folder).as_posix(), path
