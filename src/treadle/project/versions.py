"""The versions of a dataset: which runs made them, which go, which comes back."""

from pathlib import Path

import msgspec

from treadle.catalog import DataCatalog
from treadle.catalog.file import FileDataset
from treadle.catalog.past import find_past
from treadle.catalog.versioned import VersionedDataset
from treadle.errors import CatalogError, DataError
from treadle.files import copy_file, replace_atomically
from treadle.store import RunReader, Search, parse

__all__ = ["DataVersion", "checkout", "list_versions", "require_versioned", "surplus_versions"]

_RUNS = 5


class DataVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One committed content of a dataset."""

    version: str
    digest: str
    size: int
    runs: list[str]
    """The newest that made or read this content, a few of them; empty only if none did."""


def require_versioned(catalog: DataCatalog, name: str) -> VersionedDataset:
    """Return a dataset that has versions.

    Raises:
        CatalogError: There is none of that name, or it has no versions.
    """
    dataset = catalog[name]
    if not isinstance(dataset, VersionedDataset) or not dataset.is_versioned:
        raise CatalogError(f'"{name}" is not versioned.', hint="Add versioned: true to its entry.")
    return dataset


def list_versions(catalog: DataCatalog, name: str, store: RunReader) -> list[DataVersion]:
    """List the versions of a dataset, the newest first, with runs that used their contents."""
    dataset = require_versioned(catalog, name)
    found = []
    for version in reversed(dataset.versions()):
        description = dataset.describe_version(version)
        # By content, and among all runs that there are: under another name, in the bin, or long ago, it was used.
        where = parse(f'datasets.digest = "{description.digest}"')
        runs = store.find_runs(Search(where=where, limit=_RUNS, lifecycle="all", columns=()))
        found.append(
            DataVersion(
                version=version, digest=description.digest, size=description.size, runs=[run.id for run in runs]
            )
        )  # fmt: skip
    return found


def surplus_versions(versions: list[DataVersion], *, keep: int, unused: bool) -> list[DataVersion]:
    """Choose the versions that may go; never the latest.

    Args:
        versions: All of them, the newest first.
        keep: How many of the newest stay in any case.
        unused: Whether only those go that no run has used.
    """
    return [one for one in versions[max(1, keep) :] if not (unused and one.runs)]


def checkout(catalog: DataCatalog, name: str, wanted: str, target: Path | None = None, *, force: bool = False) -> str:
    """Bring back what a dataset held in the past.

    Args:
        catalog: The catalog.
        name: The dataset.
        wanted: A version, or a run.
        target: Where a copy goes; if not given, it becomes what the dataset holds.
        force: Whether what is there may be lost.

    Returns:
        The new version, or the path that was written; empty where that is what is there already.

    Raises:
        CatalogError: There is no such dataset, or it is no file.
        DataNotFoundError: There is no such version or run, or its content is no longer stored.
        DataError: The target is taken, or what is there now would be lost.
    """
    found = catalog[name]
    # Of other classes the versions are known, and nothing else of how they store their data.
    dataset = found if isinstance(found, FileDataset) else require_versioned(catalog, name)
    past = find_past(name, dataset, wanted, catalog.history)
    if target is not None:
        source = Path(dataset.describe_version(past).location) if isinstance(past, str) else past
        source = source or Path(dataset.describe(content=True).location)
        if target.exists():
            raise DataError(f"{target} is there already.", hint="Choose another path.")
        with replace_atomically(target) as stage:
            copy_file(source, stage)
        return str(target)
    if isinstance(past, str):
        return dataset.restore_version(past) if past != dataset.versions()[-1] else ""
    if past is None:
        return ""
    if not isinstance(dataset, FileDataset):
        raise CatalogError(f'"{name}" has no version with that content.')
    is_kept = catalog.history is not None and catalog.history.locate(dataset.describe(content=True).digest) is not None
    if dataset.exists() and not force and not is_kept:
        raise DataError(
            f'What "{name}" holds now is kept nowhere else, and would be lost.',
            hint="Write a copy beside it with --to PATH, or say --force.",
        )
    with dataset.place.writing() as stage:
        copy_file(past, stage)
    return str(dataset.place)
