"""What is shown of a content: what it is, how large, and its beginning."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import msgspec

__all__ = ["LARGE", "Preview", "PreviewFormat", "preview_text", "preview_value"]

LARGE: Final = 100_000_000
"""Bytes of a file that is not loaded as a whole only to be shown."""
_CHARACTERS: Final = 4_000
_LINES: Final = 20


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a content."""

    kind: str
    """The type that it has when it is loaded."""
    size: str = ""
    """How large it is, in words; empty where only all of it would tell."""
    text: str = ""
    """Its beginning."""


@runtime_checkable
class PreviewFormat(Protocol):
    """A format that can read the beginning of a file alone."""

    def preview(self, path: Path, options: Mapping[str, Any], rows: int) -> Preview | None:
        """Read the beginning; None where only all of the file can be read."""
        ...


def preview_text(path: Path, kind: str = "str", encoding: str = "utf-8") -> Preview:
    """Preview a file by the beginning of its text."""
    with path.open(encoding=encoding, errors="replace") as file:
        text = file.read(_CHARACTERS)
        is_whole = not file.read(1)
    return Preview(kind=kind, text=_shorten(text, is_whole=is_whole))


def preview_value(data: Any, rows: int, size: str = "") -> Preview:
    """Preview a value that is loaded: of a table the first rows, of others how Python writes them.

    Args:
        data: The value.
        rows: How many rows of a table are shown.
        size: How large it is, where the value is only a part.
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
