"""A dataset that lives as long as the process needs it."""

import contextlib
import copy
import types
from collections.abc import Iterator
from typing import Any, ClassVar, Final, Literal

from treadle.catalog.combine import combine
from treadle.catalog.dataset import Append, DatasetDescription
from treadle.errors import DataNotFoundError

__all__ = ["CopyMode", "MemoryDataset", "protect"]

CopyMode = Literal["auto", "deepcopy", "copy", "assign"]

_EMPTY: Final = object()


class MemoryDataset:
    """Holds a value. What nodes get is theirs: changing it in place changes nothing for others.

    Args:
        data: The content; none if not given.
        copy_mode: How the value is protected on saving and loading. ``auto`` copies deeply; frames
            of pandas are shared until one of them is changed (copy on write). What cannot be
            changed, or is not for copying (connections, iterators, Spark), is handed on as it is.
    """

    runs_code: ClassVar[bool] = False

    def __init__(self, data: Any = _EMPTY, copy_mode: CopyMode = "auto") -> None:
        self._copy_mode = copy_mode
        self._data = data if data is _EMPTY else protect(data, copy_mode)

    def load(self) -> Any:
        """Give the value."""
        if self._data is _EMPTY:
            raise DataNotFoundError("Nothing was saved to this dataset in memory yet.")
        return protect(self._data, self._copy_mode)

    def save(self, data: Any) -> None:
        """Make this the value."""
        self._data = protect(data, self._copy_mode)

    @contextlib.contextmanager
    def stream(self) -> Iterator[Append]:
        """Take chunks, which become one value."""
        chunks: list[Any] = []
        yield chunks.append
        self.save(combine(chunks))

    def exists(self) -> bool:
        """Tell whether there is a value."""
        return self._data is not _EMPTY

    def digest(self) -> str:
        """Give nothing: values in memory are not recorded."""
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
        # Tables that never change in place.
        "polars",
        "pyarrow",
        "duckdb",
        "ibis",
        # What is computed elsewhere, and connections.
        "pyspark",
        "snowflake",
        "dask",
        "ray",
        "sqlalchemy",
        "psycopg",
        "sqlite3",
        # A copied figure is one more that pyplot keeps open.
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
    except Exception:  # a lock, a socket, a model of another language: each raises its own
        if mode != "auto":
            raise
        return _protect_items(data)


def _protect_items(data: Any) -> Any:
    """Copy a container of which something cannot be copied; anything else is returned as it is."""
    if type(data) is dict:
        return {key: protect(value) for key, value in data.items()}
    if type(data) in (list, tuple):
        return type(data)(map(protect, data))
    return data


def _shallow(data: Any) -> Any:
    """Copy; a frame of pandas shares its memory until one of the two is written to, where pandas can."""
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "copy"):
        import pandas as pd

        return data.copy(deep=int(pd.__version__.partition(".")[0]) < 3 and not _copies_on_write())  # noqa: PLR2004
    return copy.copy(data)


def _copies_on_write() -> bool:
    import pandas as pd

    return pd.get_option("mode.copy_on_write") is True


def _mode_for(data: Any) -> CopyMode:
    """Choose by the type, without importing the library that it is of."""
    if isinstance(data, _FIXED):
        return "assign"
    library = type(data).__module__.partition(".")[0]
    if library == "pandas":
        return "copy"
    return "assign" if library in _SHARED else "deepcopy"
