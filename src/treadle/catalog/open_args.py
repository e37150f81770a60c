"""Options of opening a file: ``open_args_load`` and ``open_args_save`` of an entry's ``fs_args``.

A format always reads and writes a whole file, texts in UTF-8. Another encoding or line ending is
converted in a file next to it. Appended content is written separately and added to a copy of the
old content: either way the file is replaced atomically.
"""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from treadle.catalog.extensions import COMPRESSIONS
from treadle.catalog.format import Format
from treadle.errors import CatalogError, nearest

_TEXT: Final = ("encoding", "errors", "newline")
_BEGINNING: Final = 1_000  # lines
_MARKS: Final = {"gzip": b"\x1f\x8b", "bz2": b"BZh", "lzma": b"\xfd7zXZ"}


class Opening(msgspec.Struct, frozen=True):
    """The options of opening one dataset's files."""

    load: Mapping[str, Any] = {}
    """The ``encoding``, ``errors`` and ``newline`` for reading, if given."""
    save: Mapping[str, Any] = {}
    """The same for writing."""
    appends: bool = False
    """Whether a save appends to the file."""
    is_text: bool = False
    """Whether the files are texts."""
    unpacks: str = ""
    """The module that decompresses the file, if it may be compressed."""
    packs: str = ""
    """The module that compresses what is written; empty if nothing does, or the library."""

    @classmethod
    def of(cls, options: Mapping[str, Any], file_format: Format) -> "Opening":
        """Parse the arguments of an entry.

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
        for name, arguments in (("open_args_load", load), ("open_args_save", save)):
            for key in arguments:
                if key not in _TEXT:
                    raise CatalogError(
                        f'its {name} has an unknown key "{key}".',
                        hint=nearest(key, (*_TEXT, "mode")),
                    )
                if not getattr(file_format, "is_text", False):
                    raise CatalogError(
                        f'its {name} has the key "{key}", but files of type {file_format.name} '
                        "are not text files."
                    )
        if mode == "a" and not getattr(file_format, "can_append", False):
            raise CatalogError(
                "its open_args_save append, but nothing can be appended to a file of type "
                f"{file_format.name}.",
                hint="Append to a file of type csv, json or text.",
            )
        is_text = bool(getattr(file_format, "is_text", False))
        return cls(load, save, mode == "a", is_text=is_text)

    def compressed(
        self, filepath: str, load_args: Mapping[str, Any], save_args: Mapping[str, Any]
    ) -> "Opening":
        """Return the options of a text whose name ends in ``.gz``, ``.bz2`` or ``.xz``.

        If the arguments set ``compression``, the library handles it itself.

        Args:
            filepath: The name.
            load_args: For the library that reads.
            save_args: For the library that writes.
        """
        module = COMPRESSIONS.get(PurePosixPath(filepath.lower()).suffix, "")
        if not module or not self.is_text:
            return self
        return msgspec.structs.replace(
            self,
            unpacks="" if "compression" in load_args else module,
            packs="" if "compression" in save_args else module,
        )

    @contextlib.contextmanager
    def _unpacked(self, path: Path) -> Iterator[Path]:
        """Yield the path of the decompressed file."""
        if not self.unpacks or not path.is_file():
            yield path
            return
        with path.open("rb") as file:
            is_packed = file.read(6).startswith(_MARKS[self.unpacks])
        if not is_packed:
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            plain = Path(folder) / path.with_suffix("").name
            with import_module(self.unpacks).open(path) as source, plain.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield plain

    @contextlib.contextmanager
    def reading(self, path: Path) -> Iterator[Path]:
        """Yield a file in UTF-8 with the content of a file opened with these options."""
        with self._unpacked(path) as plain:
            if not self.load:
                yield plain
                return
            with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
                converted = Path(folder) / plain.name
                with plain.open(**self.load) as source, _write(converted) as target:
                    shutil.copyfileobj(source, target)
                yield converted

    @contextlib.contextmanager
    def beginning(self, path: Path) -> Iterator[Path]:
        """Yield a file in UTF-8 with the beginning of one opened this way, or the file itself."""
        if not self.load and not self.unpacks:
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            converted = Path(folder) / (path.with_suffix("").name if self.unpacks else path.name)
            with self._open(path) as source, _write(converted) as target:
                target.writelines(itertools.islice(source, _BEGINNING))
            yield converted

    def _open(self, path: Path) -> Any:
        options = self.load or {"encoding": "utf-8", "newline": ""}
        with path.open("rb") as file:
            is_packed = bool(self.unpacks) and file.read(6).startswith(_MARKS[self.unpacks])
        return (
            import_module(self.unpacks).open(path, "rt", **options)
            if is_packed
            else path.open(**options)
        )

    @contextlib.contextmanager
    def writing(self, stage: Path, current: Path | None) -> Iterator[Path]:
        """Yield a file to write in UTF-8, from which the staged one is created when the block ends.

        Args:
            stage: The staged file, which becomes the content of the dataset.
            current: Its current content, if any.
        """
        if not self.save and not self.appends and not self.packs:
            yield stage
            return
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            target = Path(stage.name.partition(".stage-")[0])
            written = Path(folder) / (target.with_suffix("").name if self.packs else stage.name)
            yield written
            if self.appends and current is not None:
                shutil.copyfile(current, stage)
            self._append(written, stage)

    def _append(self, written: Path, stage: Path) -> None:
        if not self.save:
            with written.open("rb") as new, self._add_to(stage, "ab") as file:
                shutil.copyfileobj(new, file)
            return
        with (
            written.open(encoding="utf-8", newline="") as text,
            self._add_to(stage, "a", **self.save) as out,
        ):
            shutil.copyfileobj(text, out)

    def _add_to(self, stage: Path, mode: str, **options: Any) -> Any:
        """Open a file for appending; what is appended to a compressed one is a new member of it."""
        if self.packs:
            return import_module(self.packs).open(stage, mode if mode == "ab" else "at", **options)
        return stage.open(mode, **options)


def _write(path: Path) -> Any:
    return path.open("w", encoding="utf-8", newline="")


def _mode(options: dict[str, Any], name: str, allowed: str) -> str:
    """Remove the mode from arguments and return it; whether it is binary depends on the format."""
    mode = str(options.pop("mode", allowed[0]))
    plain = mode.replace("b", "").replace("t", "")
    if plain not in allowed or len(plain) != 1:
        raise CatalogError(
            f'its {name} has the mode "{mode}".',
            hint=f"Modes are: {', '.join(allowed)}, with b or without.",
        )
    return plain
