"""The catalog: datasets by name."""

import contextlib
import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from treadle.catalog.adapted import AdaptedConfirmable, AdaptedDataset
from treadle.catalog.dataset import Dataset, DatasetDescription
from treadle.catalog.digests import Contents
from treadle.catalog.entries import EntryMaker
from treadle.catalog.formats import FORMATS
from treadle.catalog.memory import MemoryDataset
from treadle.catalog.patterns import fill, is_pattern, sort_patterns
from treadle.catalog.preview import Preview, preview_value
from treadle.catalog.revisions import History, at_path, find_past
from treadle.catalog.transaction import saving_together
from treadle.catalog.versions import is_version
from treadle.errors import CatalogError, MissingExtraError, TreadleError, nearest


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
        self._maker = EntryMaker(
            formats={**FORMATS, **(formats or {})},
            root=Path(root).absolute(),
            credentials=credentials or {},
            packages=tuple(packages),
            missing_credentials=missing_credentials or {},
        )
        self._broken = dict(broken or {})
        self._parameters = parameters
        self._order = tuple(entries or {})
        self._entries: dict[str, Any] = {}
        self._made: dict[str, Dataset] = {}
        self._given: set[str] = set()  # those of them that were created in Python
        self._origins = origins or {}
        for name, entry in (entries or {}).items():
            if isinstance(entry, str | Mapping):
                self._entries[name] = entry
            else:
                self[name] = entry
        self._patterns = sort_patterns([name for name in self._entries if is_pattern(name)])
        self.history = history
        """The history of its datasets in runs, if there is one."""
        self._load_versions = dict(load_versions or {})
        for name in self._load_versions:
            if name not in self:
                raise CatalogError(
                    f'A version of "{name}" was asked for, which is not in the catalog.',
                    hint=nearest(name, self),
                )

    def __getitem__(self, name: str) -> Dataset:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._given.add(name)
        self._made[name] = (
            value if isinstance(value, Dataset) else _as_dataset(value, self.contents)
        )

    def __contains__(self, name: object) -> bool:
        is_known = name in self._made or name in self._broken
        return isinstance(name, str) and (is_known or self._find(name) is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def names(self) -> list[str]:
        """List the names of entries, without patterns."""
        named = [name for name in (*self._order, *self._broken) if not is_pattern(name)]
        return list(dict.fromkeys([*named, *self._made]))

    def pattern_of(self, name: str) -> str:
        """Return the pattern that a dataset is created from; empty for an entry of its own."""
        found = self._find(name) if name not in self._made or name not in self._given else None
        return found[0] if found is not None and is_pattern(found[0]) else ""

    def patterns(self) -> list[str]:
        """List the patterns, in the order in which they are matched."""
        return [pattern.text for pattern in self._patterns]

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
        with self._naming(name):
            return (self._make_past(name, version) if version else self[name]).load()

    def save(self, name: str, data: Any) -> None:
        """Save a dataset by name."""
        with self._naming(name):
            self[name].save(data)

    def saving(self, data: Mapping[str, Any]) -> contextlib.AbstractContextManager[None]:
        """Save several datasets together when a block ends: if one save fails, none is changed."""
        return saving_together({name: self[name] for name in data}, data, self._naming)

    @contextlib.contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        try:
            yield
        except TreadleError as error:
            raise self._named(name, error) from error

    def exists(self, name: str) -> bool:
        """Return whether a dataset is in the catalog and has content."""
        return name in self and self[name].exists()

    def describe(self, name: str, *, content: bool = False) -> DatasetDescription:
        """Describe a dataset, with its current content if requested."""
        return self[name].describe(content=content)

    def filter(self, expression: str) -> list[str]:
        """List the names that a regular expression matches anywhere."""
        wanted = re.compile(expression, re.IGNORECASE)
        return [name for name in self if wanted.search(name)]

    def require(self, name: str) -> None:
        """Check that the libraries of a dataset are installed, before anything is loaded.

        Raises:
            MissingExtraError: One is missing.
        """
        check = getattr(self[name], "require", None)
        if check is None:
            return
        try:
            check()
        except MissingExtraError as error:
            named = self._named(name, error)
            found = self._find(name)
            origin = self._origins.get((found[0],)) if found is not None else None
            raise (named if origin is None else named.within(str(origin))) from error

    def preview(self, name: str, *, rows: int) -> Preview | None:
        """Read the beginning of a dataset; None if it is large and can only be read as a whole."""
        self.require(name)
        with self._naming(name):
            preview = getattr(self[name], "preview", None)
            if preview is None:
                return preview_value(self[name].load(), rows)
            found: Preview | None = preview(rows)
            return found

    def versioned(self) -> list[str]:
        """List the names of versioned datasets; entries that cannot be created are omitted."""
        found = []
        for name in self.names():
            with contextlib.suppress(CatalogError):
                if getattr(self[name], "is_versioned", False):
                    found.append(name)
        return found

    def pinned(self) -> list[str]:
        """List the names of the datasets of which a version other than the latest is loaded."""
        return list(self._load_versions)

    @property
    def contents(self) -> Contents:
        """The cache of its files' digests."""
        return self._maker.contents

    def specification(self, name: str, *, complete: bool = False) -> Mapping[str, Any]:
        """Return the declaration of a dataset: its entry, with a pattern's placeholders filled in.

        For a dataset created in Python, it has only the type.

        Args:
            name: The dataset.
            complete: Whether to include the name of its credentials, and its metadata.
        """
        found = self._find(name) if name not in self._given or name in self._entries else None
        if found is None:
            return {"type": type(self[name]).__qualname__}
        entry = found[1]
        options = {"filepath": entry} if isinstance(entry, str) else entry
        return {
            key: value
            for key, value in options.items()
            if complete or key not in ("credentials", "metadata")
        }

    def is_given(self, name: str) -> bool:
        """Return whether a dataset was created in Python, so that others may have it, too."""
        return name in self._given

    def with_memory(self, data: Mapping[str, Any]) -> "DataCatalog":
        """Return a copy of the catalog with some values instead of entries."""
        other = copy.copy(self)
        other._made = dict(self._made)  # noqa: SLF001 - its own
        other._given = set(self._given)  # noqa: SLF001 - its own
        for name, value in data.items():
            other[name] = value
        return other

    def _find(self, name: str) -> tuple[str, Any] | None:
        """Find the entry of a name: its own, the one of its variant's base, or a pattern."""
        if name in self._entries and not is_pattern(name):
            return name, self._entries[name]
        base, _, variant = name.partition("@")
        if variant and base in self._entries:
            entry = self._entries[base]
            return base, {
                **({"filepath": entry} if isinstance(entry, str) else entry),
                "engine": variant,
            }
        for pattern in self._patterns:
            values = pattern.match(name)
            if values is not None:
                return pattern.text, fill(self._entries[pattern.text], values, pattern.text)
        return None

    def _make(self, name: str) -> Dataset:
        if name in self._broken:
            raise self._broken[name]
        found = self._find(name)
        if found is None:
            raise CatalogError(
                f'There is no dataset "{name}" in the catalog.', hint=nearest(name, self)
            )
        source, entry = found
        base, _, suffix = name.partition("@")
        pinned = self._load_versions.get(name, "")
        try:
            if suffix and source != name and not self._is_variant(source, entry, suffix):
                return self._make_past(base, suffix)
            if pinned and self.history is not None and not is_version(pinned):
                return self._make_past(name, pinned)
            return self._maker.make(name, entry, load_version=pinned)
        except CatalogError as error:
            origin = self._origins.get((source,))
            if origin is None:
                raise
            raise error.within(str(origin)) from error

    def _make_past(self, name: str, wanted: str) -> Dataset:
        """Create a dataset of another one's past content."""
        found = self._find(name)
        if found is None:
            raise CatalogError(
                f'There is no dataset "{name}" in the catalog.', hint=nearest(name, self)
            )
        now = self._maker.make(name, found[1])
        past = find_past(name, now, wanted, self.history, self._maker.engines(found[1]) or ())
        if isinstance(past, Path):
            return at_path(now, past)
        return now if past is None else self._maker.make(name, found[1], load_version=past)

    def is_past(self, name: str) -> bool:
        """Return whether a name is ``name@version`` or ``name@run``, not a variant."""
        found = self._find(name) if "@" in name and name not in self._entries else None
        return found is not None and not self._is_variant(*found, name.partition("@")[2])

    def _is_variant(self, source: str, entry: Any, suffix: str) -> bool:
        """Return whether the part after the @ is a way to load, not a version.

        It is if a pattern contains it (``{name}@pandas``), or the entry's type supports it.
        """
        if "@" in source:
            return True
        engines = self._maker.engines(entry)
        return engines is None or suffix in engines

    def _named(self, name: str, error: TreadleError) -> TreadleError:
        if f'"{name}"' in error.message:
            return error
        return error.within(f'Dataset "{name}"')

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


def _as_dataset(value: Any, contents: Contents) -> Dataset:
    """Return a dataset of a value: Kedro's are used directly, other values are held in memory."""
    kind = type(value)
    if any(base.__name__ == "AbstractDataset" for base in kind.__mro__) and hasattr(value, "load"):
        adapted = AdaptedConfirmable if hasattr(value, "confirm") else AdaptedDataset
        type_name = f"{kind.__module__}.{kind.__qualname__}"
        return adapted(lambda _path: value, type_name, contents=contents)
    return MemoryDataset(value)
