"""A dataset in memory, for the lifetime of the process."""

import contextlib
import copy
import types
from collections.abc import Iterator
from typing import Any, ClassVar, Final, Literal

from treadle.catalog.combine import combine
from treadle.catalog.dataset import Append, DatasetDescription
from treadle.errors import DataNotFoundError

CopyMode = Literal["auto", "deepcopy", "copy", "assign"]

_EMPTY: Final = object()


class MemoryDataset:
    """A value in memory. Each node gets its own copy: changing it in place does not affect others.

    Args:
        data: The content; none if not given.
        copy_mode: How the value is protected on saving and loading. ``auto`` copies deeply; frames
            of pandas are shared until one of them is changed (copy on write). Immutable values, and
            those that are not to be copied (connections, iterators, Spark), are passed on directly.
    """

    runs_code: ClassVar[bool] = False

    def __init__(self, data: Any = _EMPTY, copy_mode: CopyMode = "auto") -> None:
        self._copy_mode = copy_mode
        self._data = data if data is _EMPTY else protect(data, copy_mode)

    def load(self) -> Any:
        """Return the value."""
        if self._data is _EMPTY:
            raise DataNotFoundError("Nothing was saved to this dataset in memory yet.")
        return protect(self._data, self._copy_mode)

    def save(self, data: Any) -> None:
        """Replace the value."""
        self._data = protect(data, self._copy_mode)

    @contextlib.contextmanager
    def stream(self) -> Iterator[Append]:
        """Accept chunks, and concatenate them into one value."""
        chunks: list[Any] = []
        yield chunks.append
        self.save(combine(chunks))

    def exists(self) -> bool:
        """Return whether there is a value."""
        return self._data is not _EMPTY

    def digest(self) -> str:
        """Return an empty string: values in memory are not recorded."""
        return ""

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the dataset."""
        return DatasetDescription(type="memory")

    def __repr__(self) -> str:
        return f"MemoryDataset({'' if self._data is _EMPTY else type(self._data).__name__})"


_FIXED: Final = (
    str,
    bytes,
    int,
    float,
    bool,
    complex,
    type(None),
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    Iterator,
)
_SHARED: Final = frozenset(
    {
        # Immutable tables.
        "polars",
        "pyarrow",
        "duckdb",
        "ibis",
        # Values that are computed elsewhere, and connections.
        "pyspark",
        "snowflake",
        "dask",
        "ray",
        "sqlalchemy",
        "psycopg",
        "sqlite3",
        # pyplot would keep a copied figure open, too.
        "matplotlib",
    }
)


def protect(data: Any, mode: CopyMode = "auto") -> Any:
    """Copy a value such that changing the copy in place does not change the value."""
    chosen = _mode_for(data) if mode == "auto" else mode
    if chosen == "assign":
        return data
    if chosen == "copy":
        return _shallow(data)
    try:
        return copy.deepcopy(data)
    except Exception:  # a lock, a socket, an R or Java model: each raises its own error
        if mode != "auto":
            raise
        return _protect_items(data)


def _protect_items(data: Any) -> Any:
    """Copy a container of which some items cannot be copied; return other values as they are."""
    if type(data) is dict:
        return {key: protect(value) for key, value in data.items()}
    if type(data) in (list, tuple):
        return type(data)(map(protect, data))
    return data


def _shallow(data: Any) -> Any:
    """Copy shallowly; frames share memory until one is modified, if pandas supports that."""
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "copy"):
        import pandas as pd

        return data.copy(deep=int(pd.__version__.partition(".")[0]) < 3 and not _copies_on_write())  # noqa: PLR2004
    return copy.copy(data)


def _copies_on_write() -> bool:
    import pandas as pd

    return pd.get_option("mode.copy_on_write") is True


def _mode_for(data: Any) -> CopyMode:
    """Choose the copy mode by the type, without importing the type's library."""
    if isinstance(data, _FIXED):
        return "assign"
    library = type(data).__module__.partition(".")[0]
    if library == "pandas":
        return "copy"
    return "assign" if library in _SHARED else "deepcopy"
