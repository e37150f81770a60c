"""Previews of contents: the type, the size, and the beginning."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import msgspec

from treadle.catalog.dataset import Dataset

PREVIEW_LIMIT: Final = 100_000_000
"""The size in bytes above which a file is not loaded as a whole only to be shown."""
_CHARACTERS: Final = 4_000
_LINES: Final = 20


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a dataset's content."""

    kind: str
    """The type of the loaded value."""
    size: str = ""
    """The size, in words; empty if it is not known without reading everything."""
    text: str = ""
    """The beginning as text."""


@runtime_checkable
class PreviewFormat(Protocol):
    """A format that can read just the beginning of a file."""

    def preview(self, path: Path, options: Mapping[str, Any], rows: int) -> Preview | None:
        """Read the beginning; None if the file can only be read as a whole."""
        ...


def preview_text(path: Path, kind: str = "str", encoding: str = "utf-8") -> Preview:
    """Preview a file by the beginning of its text."""
    with path.open(encoding=encoding, errors="replace") as file:
        text = file.read(_CHARACTERS)
        is_whole = not file.read(1)
    return Preview(kind=kind, text=_shorten(text, is_whole=is_whole))


def preview_dataset(dataset: Dataset, rows: int) -> Preview | None:
    """Preview the content of a dataset; None if it is large and can only be read as a whole."""
    preview = getattr(dataset, "preview", None)
    if preview is None:
        return preview_value(dataset.load(), rows)
    beginning: Preview | None = preview(rows)
    return beginning


def preview_value(data: Any, rows: int, size: str = "") -> Preview:
    """Preview a loaded value: of a table the first rows, of others their repr.

    Args:
        data: The value.
        rows: How many rows of a table are shown.
        size: The size of the whole, if the value is only a part.
    """
    kind = type(data).__name__
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple):
        return Preview(kind=kind, size=size or str(tuple(shape)), text=_head(data, rows))
    if isinstance(data, str):
        return Preview(kind=kind, size=f"of {len(data)} characters", text=_shorten(data))
    if isinstance(data, Mapping | list | tuple | set):
        from pprint import pformat

        text = pformat(data, width=100, compact=True, sort_dicts=False)
        return Preview(kind=kind, size=f"of {len(data)}", text=_shorten(text))
    return Preview(kind=kind, size=size, text=_shorten(repr(data)))


def _head(data: Any, rows: int) -> str:
    return str(data.head(rows)) if hasattr(data, "head") else _shorten(str(data))


def _shorten(text: str, *, is_whole: bool = True) -> str:
    lines = text[:_CHARACTERS].splitlines()
    is_whole = is_whole and len(text) <= _CHARACTERS and len(lines) <= _LINES
    return "\n".join(lines[:_LINES]) + ("" if is_whole else "\n…")
