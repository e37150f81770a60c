"""How a file is opened: ``open_args_load`` and ``open_args_save`` of an entry's ``fs_args``.

A format always reads and writes a whole file, texts in UTF-8. Another encoding or line ending is
converted beside it, and what is appended is written apart and put after a copy of the old content:
either way the file is replaced in one step.
"""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.catalog.format import Format
from treadle.errors import CatalogError, nearest

__all__ = ["Opening"]

_TEXT: Final = ("encoding", "errors", "newline")
_BEGINNING: Final = 1_000  # lines


class Opening(msgspec.Struct, frozen=True):
    """How the files of one dataset are opened."""

    load: Mapping[str, Any] = {}
    """Of ``encoding``, ``errors`` and ``newline``, what is given for reading."""
    save: Mapping[str, Any] = {}
    """The same for writing."""
    appends: bool = False
    """Whether a save adds to the file."""

    @classmethod
    def of(cls, options: Mapping[str, Any], file_format: Format) -> "Opening":
        """Read the arguments of an entry.

        Args:
            options: Its ``fs_args``.
            file_format: The format of the files.

        Raises:
            CatalogError: A key has no effect on that format.
        """
        load = dict(options.get("open_args_load") or {})
        save = dict(options.get("open_args_save") or {})
        _mode(load, "open_args_load", "r")
        mode = _mode(save, "open_args_save", "wa")
        for name, given in (("open_args_load", load), ("open_args_save", save)):
            for key in given:
                if key not in _TEXT:
                    raise CatalogError(f'its {name} has an unknown key "{key}".', hint=nearest(key, (*_TEXT, "mode")))
                if not getattr(file_format, "is_text", False):
                    raise CatalogError(
                        f'its {name} has the key "{key}", but files of type {file_format.name} are not texts.'
                    )
        if mode == "a" and not getattr(file_format, "can_append", False):
            raise CatalogError(
                f"its open_args_save append, but nothing can be appended to a file of type {file_format.name}.",
                hint="Append to a file of type csv, json or text.",
            )
        return cls(load, save, mode == "a")

    @contextlib.contextmanager
    def reading(self, path: Path) -> Iterator[Path]:
        """Yield a file in UTF-8 with the content of one that is opened this way."""
        if not self.load:
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            converted = Path(folder) / path.name
            with path.open(**self.load) as source, _write(converted) as target:
                shutil.copyfileobj(source, target)
            yield converted

    @contextlib.contextmanager
    def beginning(self, path: Path) -> Iterator[Path]:
        """Yield a file in UTF-8 with the beginning of one that is opened this way, or the file itself."""
        if not self.load:
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            converted = Path(folder) / path.name
            with path.open(**self.load) as source, _write(converted) as target:
                target.writelines(itertools.islice(source, _BEGINNING))
            yield converted

    @contextlib.contextmanager
    def writing(self, stage: Path, current: Path | None) -> Iterator[Path]:
        """Yield a file to write in UTF-8, from which the staged one is made when the block ends.

        Args:
            stage: What becomes the content of the dataset.
            current: The content that it has now, if any.
        """
        if not self.save and not self.appends:
            yield stage
            return
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            written = Path(folder) / stage.name
            yield written
            if self.appends and current is not None:
                shutil.copyfile(current, stage)
            self._append(written, stage)

    def _append(self, written: Path, stage: Path) -> None:
        if not self.save:
            with written.open("rb") as new, stage.open("ab") as file:
                shutil.copyfileobj(new, file)
            return
        with written.open(encoding="utf-8", newline="") as text, stage.open("a", **self.save) as out:
            shutil.copyfileobj(text, out)


def _write(path: Path) -> Any:
    return path.open("w", encoding="utf-8", newline="")


def _mode(given: dict[str, Any], name: str, allowed: str) -> str:
    """Take the mode out of arguments; whether it is one of bytes is the format's to say."""
    mode = str(given.pop("mode", allowed[0]))
    plain = mode.replace("b", "").replace("t", "")
    if plain not in allowed or len(plain) != 1:
        raise CatalogError(
            f'its {name} has the mode "{mode}".', hint=f"Modes are: {', '.join(allowed)}, with b or without."
        )
    return plain
