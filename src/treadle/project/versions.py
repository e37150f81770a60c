"""The versions of a dataset: the runs that wrote them, their removal and restoration."""

from pathlib import Path

import msgspec

from treadle.catalog import DataCatalog, FileDataset, VersionedDataset, find_revision
from treadle.errors import CatalogError, DataError
from treadle.files import copy_file, replace_atomically
from treadle.store import RunReader, Search, parse

_RUNS = 5


class DataVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A committed version of a dataset."""

    version: str
    digest: str
    size: int
    runs: list[str]
    """A few of the newest runs that wrote or read this content; empty only if none did."""


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
        # By content, and among all runs: used under another name, by a deleted run, or long ago.
        where = parse(f'datasets.digest = "{description.digest}"')
        runs = store.find_runs(Search(where=where, limit=_RUNS, lifecycle="all", columns=()))
        found.append(
            DataVersion(
                version=version,
                digest=description.digest,
                size=description.size,
                runs=[run.id for run in runs],
            )
        )
    return found


def surplus_versions(versions: list[DataVersion], *, keep: int, unused: bool) -> list[DataVersion]:
    """Select the versions that may be removed; never the latest.

    Args:
        versions: All of them, the newest first.
        keep: The number of newest versions to retain in any case.
        unused: Whether to select only those that no run has used.
    """
    return [one for one in versions[max(1, keep) :] if not (unused and one.runs)]


def checkout(
    catalog: DataCatalog, name: str, wanted: str, target: Path | None = None, *, force: bool = False
) -> str:
    """Restore a past content of a dataset.

    Args:
        catalog: The catalog.
        name: The dataset.
        wanted: A version, or a run.
        target: The path of a copy; if not given, it becomes the dataset's content.
        force: Whether existing content may be lost.

    Returns:
        The new version, or the path that was written; empty if it is the current content.

    Raises:
        CatalogError: There is no such dataset, or it is not a file.
        DataNotFoundError: There is no such version or run, or its content is not stored any more.
        DataError: The target exists, or current content would be lost.
    """
    found = catalog[name]
    # Of other classes only the versions are known, and not how they store their data.
    dataset = found if isinstance(found, FileDataset) else require_versioned(catalog, name)
    revision = find_revision(name, dataset, wanted, catalog.history)
    if target is not None:
        if isinstance(revision, str):
            source = Path(dataset.describe_version(revision).location)
        else:
            source = revision or Path(dataset.describe(content=True).location)
        if target.exists():
            raise DataError(f"{target} is there already.", hint="Choose another path.")
        with replace_atomically(target) as stage:
            copy_file(source, stage)
        return str(target)
    if isinstance(revision, str):
        return dataset.restore_version(revision) if revision != dataset.versions()[-1] else ""
    if revision is None:
        return ""
    if not isinstance(dataset, FileDataset):
        raise CatalogError(f'"{name}" has no version with that content.')
    is_kept = (
        catalog.history is not None
        and catalog.history.locate(dataset.describe(content=True).digest) is not None
    )
    if dataset.exists() and not force and not is_kept:
        raise DataError(
            f'What "{name}" holds now is kept nowhere else, and would be lost.',
            hint="Write a copy beside it with --to PATH, or say --force.",
        )
    with dataset.location.writing() as stage:
        copy_file(revision, stage)
    return str(dataset.location)
