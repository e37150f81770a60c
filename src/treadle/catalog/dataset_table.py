"""The datasets of a catalog by name: of entries, patterns, variants and past contents."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from treadle.catalog.adapted import AdaptedConfirmable, AdaptedDataset
from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import Dataset
from treadle.catalog.digests import FileDigests
from treadle.catalog.entries import create_dataset, engines_of
from treadle.catalog.entry_table import Entry, EntryTable
from treadle.catalog.memory import MemoryDataset
from treadle.catalog.patterns import is_pattern
from treadle.catalog.revisions import History, at_path, find_revision
from treadle.catalog.versions import is_version
from treadle.errors import CatalogError, nearest


class DatasetTable:
    """Datasets by name; those of entries are created on first use.

    Args:
        entries: The entries.
        context: What they refer to.
        history: The history of runs, if there is one.
        load_versions: Name to the version or run whose content is loaded instead of the latest.
    """

    def __init__(
        self,
        entries: EntryTable,
        context: EntryContext,
        history: History | None,
        load_versions: Mapping[str, str],
    ) -> None:
        self.entries = entries
        self.context = context
        self.history = history
        self.load_versions = load_versions
        self._created: dict[str, Dataset] = {}
        self._from_python: set[str] = set()
        for name, value in entries.others.items():
            self.add(name, value)

    def with_values(self, values: Mapping[str, Any]) -> "DatasetTable":
        """Return a copy of the table with other values or datasets added."""
        other = copy.copy(self)
        other._created = dict(self._created)  # noqa: SLF001 - its own
        other._from_python = set(self._from_python)  # noqa: SLF001 - its own
        for name, value in values.items():
            other.add(name, value)
        return other

    def __getitem__(self, name: str) -> Dataset:
        if name not in self._created:
            self._created[name] = self._create(name)
        return self._created[name]

    def __contains__(self, name: object) -> bool:
        is_known = name in self._created or name in self.entries.broken
        return isinstance(name, str) and (is_known or self.entries.find(name) is not None)

    def names(self) -> list[str]:
        """List the names of entries and of datasets, without patterns."""
        return list(dict.fromkeys([*self.entries.names, *self._created]))

    def add(self, name: str, value: Any) -> None:
        """Add a value or dataset that was created in Python, instead of the entry of its name."""
        self._from_python.add(name)
        self._created[name] = _as_dataset(value, self.context.digests)

    def is_from_python(self, name: str) -> bool:
        """Return whether a dataset was created in Python."""
        return name in self._from_python

    def is_versioned(self, name: str) -> bool:
        """Return whether a dataset has versions; one that cannot be created has none."""
        try:
            return bool(getattr(self[name], "is_versioned", False))
        except CatalogError:
            return False

    def check_versions(self) -> None:
        """Check that the datasets whose versions were chosen exist."""
        for name in self.load_versions:
            if name not in self:
                raise CatalogError(
                    f'A version of "{name}" was asked for, which is not in the catalog.',
                    hint=nearest(name, self.names()),
                )

    def pattern_of(self, name: str) -> str:
        """Return the pattern that a dataset is created from; empty for an entry of its own."""
        entry = self.entries.find(name) if name not in self._from_python else None
        return entry.name if entry is not None and is_pattern(entry.name) else ""

    def origin_of(self, name: str) -> str:
        """Return where the entry of a dataset was written; empty if that is not known."""
        entry = self.entries.find(name)
        return entry.origin if entry is not None else ""

    def declaration(self, name: str, *, complete: bool) -> Mapping[str, Any]:
        """Return the entry of a dataset; of one created in Python, only its type."""
        is_declared = name not in self._from_python or name in self.entries
        entry = self.entries.find(name) if is_declared else None
        if entry is None:
            return {"type": type(self[name]).__qualname__}
        return entry.declaration(complete=complete)

    def revision(self, name: str, wanted: str) -> Dataset:
        """Create a dataset of the content that another one had at a version or in a run."""
        entry = self._find(name)
        current = create_dataset(self.context, name, entry.options)
        engines = engines_of(self.context, entry.options) or ()
        revision = find_revision(name, current, wanted, self.history, engines)
        if revision is None:
            return current
        if isinstance(revision, Path):
            return at_path(current, revision)
        return create_dataset(self.context, name, entry.options, load_version=revision)

    def is_revision(self, name: str) -> bool:
        """Return whether a name is ``name@version`` or ``name@run``, not a variant."""
        entry = self.entries.find(name)
        return entry is not None and self._is_revision(name, entry)

    def _create(self, name: str) -> Dataset:
        if name in self.entries.broken:
            raise self.entries.broken[name]
        entry = self._find(name)
        version = self.load_versions.get(name, "")
        try:
            if self._is_revision(name, entry):
                base, _, suffix = name.partition("@")
                return self.revision(base, suffix)
            if version and self.history is not None and not is_version(version):
                return self.revision(name, version)
            return create_dataset(self.context, name, entry.options, load_version=version)
        except CatalogError as error:
            if not entry.origin:
                raise
            raise error.within(entry.origin) from error

    def _find(self, name: str) -> Entry:
        entry = self.entries.find(name)
        if entry is None:
            raise CatalogError(
                f'There is no dataset "{name}" in the catalog.', hint=nearest(name, self.names())
            )
        return entry

    def _is_revision(self, name: str, entry: Entry) -> bool:
        """Return whether the part after the @ is a version or run, not a way to load.

        It is a way to load if a pattern contains it (``{name}@pandas``), or the type supports it.
        """
        suffix = name.partition("@")[2]
        if not suffix or entry.name == name or "@" in entry.name:
            return False
        engines = engines_of(self.context, entry.options)
        return engines is not None and suffix not in engines


def _as_dataset(value: Any, digests: FileDigests) -> Dataset:
    """Return a dataset of a value: datasets are used directly, other values are held in memory."""
    if isinstance(value, Dataset):
        return value
    kind = type(value)
    if any(base.__name__ == "AbstractDataset" for base in kind.__mro__) and hasattr(value, "load"):
        adapted = AdaptedConfirmable if hasattr(value, "confirm") else AdaptedDataset
        type_name = f"{kind.__module__}.{kind.__qualname__}"
        return adapted(lambda _path: value, type_name, digests=digests)
    return MemoryDataset(value)
