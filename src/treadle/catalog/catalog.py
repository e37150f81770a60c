"""The catalog: datasets by name."""

import contextlib
import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import Dataset, DatasetDescription
from treadle.catalog.dataset_table import DatasetTable
from treadle.catalog.digests import FileDigests
from treadle.catalog.entry_table import EntryTable
from treadle.catalog.formats import FORMATS
from treadle.catalog.naming import naming
from treadle.catalog.preview import Preview, preview_dataset
from treadle.catalog.revisions import History
from treadle.catalog.transaction import saving_together
from treadle.errors import CatalogError, TreadleError


class DataCatalog:
    """Datasets by name. Each is created on first use.

    Args:
        entries: Name or pattern to a dict as in ``catalog.yml``, a filepath, a dataset, or any
            other value, which is held in memory.
        credentials: Name to credentials, for entries that refer to them.
        root: The folder that relative paths refer to; by default, the working directory.
        load_versions: Name to the version or run whose content is loaded instead of the latest.
        formats: Dataset types besides the built-in ones: short name to ``module:Class``.
        packages: Packages whose own dataset classes may be named as ``type``.
        origins: Where each entry was written, for messages.
        history: The history of runs, so that ``name@run`` can be loaded.
        missing_credentials: Name to the error of credentials that cannot be used.
        parameters: Returns the value of ``params:a.b``, or of ``parameters``.
        broken: Name to the error of an entry, which is raised when its dataset is used.

    Raises:
        CatalogError: A pattern is invalid, or a version of an unknown dataset is pinned.

    Examples:
        >>> catalog = DataCatalog({"numbers": [1, 2, 3], "report": "report.txt"})
        >>> catalog.load("numbers")
        [1, 2, 3]
    """

    def __init__(
        self,
        entries: Mapping[str, Any] | None = None,
        *,
        credentials: Mapping[str, Any] | None = None,
        root: Path | str = ".",
        load_versions: Mapping[str, str] | None = None,
        formats: Mapping[str, str] | None = None,
        packages: Iterable[str] = (),
        origins: Mapping[tuple[str, ...], Any] | None = None,
        history: History | None = None,
        missing_credentials: Mapping[str, TreadleError] | None = None,
        broken: Mapping[str, TreadleError] | None = None,
        parameters: Callable[[str], Any] | None = None,
    ) -> None:
        _check_own(entries)
        context = EntryContext(
            formats={**FORMATS, **(formats or {})},
            root=Path(root).absolute(),
            credentials=credentials or {},
            packages=tuple(packages),
            missing_credentials=missing_credentials or {},
        )
        table = EntryTable(entries or {}, origins or {}, broken or {})
        self._datasets = DatasetTable(table, context, history, dict(load_versions or {}))
        self._parameters = parameters
        self._datasets.check_versions()

    def __getitem__(self, name: str) -> Dataset:
        return self._datasets[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._datasets.add(name, value)

    def __contains__(self, name: object) -> bool:
        return name in self._datasets

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def names(self) -> list[str]:
        """List the names of entries, without patterns."""
        return self._datasets.names()

    def pattern_of(self, name: str) -> str:
        """Return the pattern that a dataset is created from; empty for an entry of its own."""
        return self._datasets.pattern_of(name)

    def patterns(self) -> list[str]:
        """List the patterns, in the order in which they are matched."""
        return [pattern.text for pattern in self._datasets.entries.patterns]

    def get(self, name: str) -> Dataset | None:
        """Return a dataset, or None if there is none."""
        return self[name] if name in self else None  # noqa: SIM401 - this is get

    def keys(self) -> list[str]:
        """List the names of entries, without patterns."""
        return self.names()

    def values(self) -> list[Dataset]:
        """List the datasets of the entries; all of them are created."""
        return [self[name] for name in self.names()]

    def items(self) -> list[tuple[str, Dataset]]:
        """List names and datasets of the entries; all of them are created."""
        return [(name, self[name]) for name in self.names()]

    def load(self, name: str, version: str = "") -> Any:
        """Load a dataset by name.

        Args:
            name: The dataset; in a project's catalog also ``params:a.b`` and ``parameters``.
            version: The version or run whose content is loaded instead of the latest.

        Raises:
            CatalogError: There is no such dataset.
            DataNotFoundError: There is no content, or not that version.
        """
        if self._parameters is not None and (name == "parameters" or name.startswith("params:")):
            return self._parameters(name)
        with naming(name):
            dataset = self._datasets.revision(name, version) if version else self[name]
            return dataset.load()

    def save(self, name: str, data: Any) -> None:
        """Save a dataset by name."""
        with naming(name):
            self[name].save(data)

    def saving(self, data: Mapping[str, Any]) -> contextlib.AbstractContextManager[None]:
        """Save several datasets together when a block ends: if one save fails, none is changed."""
        return saving_together({name: self[name] for name in data}, data)

    def exists(self, name: str) -> bool:
        """Return whether a dataset is in the catalog and has content."""
        return name in self and self[name].exists()

    def describe(self, name: str, *, content: bool = False) -> DatasetDescription:
        """Describe a dataset, with its current content if requested."""
        return self[name].describe(content=content)

    def filter(self, expression: str) -> list[str]:
        """List the names that a regular expression matches anywhere."""
        pattern = re.compile(expression, re.IGNORECASE)
        return [name for name in self if pattern.search(name)]

    def require(self, name: str) -> None:
        """Check that the libraries of a dataset are installed, before anything is loaded.

        Raises:
            MissingExtraError: One is missing.
        """
        check = getattr(self[name], "require", None)
        if check is not None:
            with naming(name, self._datasets.origin_of(name)):
                check()

    def preview(self, name: str, *, rows: int) -> Preview | None:
        """Read the beginning of a dataset; None if it is large and can only be read as a whole."""
        self.require(name)
        with naming(name):
            return preview_dataset(self[name], rows)

    def versioned(self) -> list[str]:
        """List the names of versioned datasets; entries that cannot be created are omitted."""
        return [name for name in self if self._datasets.is_versioned(name)]

    def pinned(self) -> list[str]:
        """List the names of the datasets of which a version other than the latest is loaded."""
        return list(self._datasets.load_versions)

    @property
    def history(self) -> History | None:
        """The history of its datasets in runs, if there is one."""
        return self._datasets.history

    @property
    def contents(self) -> FileDigests:
        """The cache of its files' digests."""
        return self._datasets.context.digests

    def specification(self, name: str, *, complete: bool = False) -> Mapping[str, Any]:
        """Return the declaration of a dataset: its entry, with a pattern's placeholders filled in.

        For a dataset created in Python, it has only the type.

        Args:
            name: The dataset.
            complete: Whether to include the name of its credentials, and its metadata.
        """
        return self._datasets.declaration(name, complete=complete)

    def is_given(self, name: str) -> bool:
        """Return whether a dataset was created in Python, so that others may have it, too."""
        return self._datasets.is_from_python(name)

    def with_memory(self, data: Mapping[str, Any]) -> "DataCatalog":
        """Return a copy of the catalog with some values instead of entries."""
        other = copy.copy(self)
        other._datasets = self._datasets.with_values(data)  # noqa: SLF001 - its own
        return other

    def is_past(self, name: str) -> bool:
        """Return whether a name is ``name@version`` or ``name@run``, not a variant."""
        return self._datasets.is_revision(name)

    def __repr__(self) -> str:
        return f"DataCatalog({self.names()})"


def _check_own(entries: object) -> None:
    """Check that entries are not a whole catalog of Kedro."""
    kind = type(entries)
    if kind.__module__.partition(".")[0] == "kedro":
        raise CatalogError(
            f"This {kind.__name__} is from Kedro ({kind.__module__}).",
            hint='Give the entries: DataCatalog({"name": {"type": …, "filepath": …}}), or those '
            "of a project: "
            "treadle.load_catalog().",
        )
