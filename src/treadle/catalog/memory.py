"""A dataset that lives as long as the process needs it."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any, Final, Literal

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
        copy_mode: How the value is protected on saving and loading. ``auto`` copies containers and
            arrays, pandas shares lazily (copy on write), and assigns what cannot be changed.
    """

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


_FIXED: Final = (str, bytes, int, float, bool, complex, frozenset, type(None))


def protect(data: Any, mode: CopyMode = "auto") -> Any:
    """Give a value such that changing it in place changes the given one no more."""
    if mode == "auto":
        mode = _mode_for(data)
    if mode == "assign":
        return data
    if mode == "copy":
        return _shallow(data)
    return copy.deepcopy(data)


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
    if isinstance(data, list | dict | set | tuple | bytearray):
        return "deepcopy"
    library = type(data).__module__.partition(".")[0]
    if library == "pandas":
        return "copy"
    if library == "numpy":
        return "deepcopy"
    # polars, arrow, models, connections, Spark: immutable, or not ours to copy
    return "assign"
