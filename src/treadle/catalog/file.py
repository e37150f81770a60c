"""Datasets of a file: a format, a location, and optionally versions."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from treadle.catalog.combine import combine
from treadle.catalog.dataset import Append, DatasetDescription
from treadle.catalog.format import EngineFormat, Format, StreamingFormat
from treadle.catalog.location import Location
from treadle.catalog.open_args import Opening
from treadle.catalog.preview import PREVIEW_LIMIT, Preview, PreviewFormat, preview_value
from treadle.catalog.versioned import VersionedDataset
from treadle.catalog.versions import Versions
from treadle.errors import DataError, TreadleError

_PLAIN: Final = Opening()


@contextlib.contextmanager
def _closing() -> Iterator[contextlib.ExitStack]:
    """Yield a stack that is closed at the end; after an error, errors of closing are suppressed.

    On a full disk, closing a file fails as writing to it did: the first error is the one to raise.
    """
    stack = contextlib.ExitStack()
    try:
        yield stack
    except BaseException as error:
        with contextlib.suppress(Exception):
            stack.__exit__(type(error), error, error.__traceback__)
        raise
    stack.close()


def _size_of(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


class FileDataset(VersionedDataset):
    """A file of one format.

    Args:
        file_format: How it is read and written.
        location: Its location; with versions, the folder that contains them.
        load_args: For the library that reads.
        save_args: For the library that writes.
        versioned: Whether every save creates a new version.
        load_version: The version to load instead of the latest.
        opening: How its files are opened.
    """

    def __init__(
        self,
        file_format: Format,
        location: Location,
        *,
        load_args: Mapping[str, Any] | None = None,
        save_args: Mapping[str, Any] | None = None,
        versioned: bool = False,
        load_version: str = "",
        opening: Opening = _PLAIN,
    ) -> None:
        self.format = file_format
        self.location = location
        self._load_args = dict(load_args or {})
        self._save_args = dict(save_args or {})
        self._opening = opening
        is_versioned = versioned or load_version
        super().__init__(
            file_format.name, Versions(location, load_version) if is_versioned else None
        )

    def require(self) -> None:
        """Check that the libraries of the format and of the storage are installed."""
        self.format.require()
        self.location.require()

    def load(self) -> Any:
        """Read the file, or its latest version."""
        location = self._current()
        with (
            location.reading() as path,
            self._explained("loaded", location),
            self._opening.reading(path) as file,
        ):
            value = self.format.load(file, self._load_args)
            is_passing = file != path or not location.is_local
            return (
                self.format.keep(value)
                if is_passing and isinstance(self.format, EngineFormat)
                else value
            )

    def preview(self, rows: int) -> Preview | None:
        """Read the beginning of the file; None if it is large and can only be read as a whole."""
        location = self._current()
        expansion = self.format.expansion if isinstance(self.format, EngineFormat) else 1
        if not location.is_local and location.content()[1] > PREVIEW_LIMIT:
            return None
        with location.reading() as path, self._explained("loaded", location):
            beginning = None
            if isinstance(self.format, PreviewFormat):
                with self._opening.beginning(path) as file:
                    beginning = self.format.preview(file, self._load_args, rows)
            if beginning is not None or _size_of(path) > PREVIEW_LIMIT // expansion:
                return beginning
        return preview_value(self.load(), rows)

    def save(self, data: Any) -> None:
        """Write the file, or a new version; the old content is replaced when it is complete."""
        with self.saving(data):
            pass

    @contextlib.contextmanager
    def saving(self, data: Any) -> Iterator[None]:
        """Write the file next to its target; commit it when the block ends, discard it on error."""
        if data is None:
            raise DataError(f"{self.location}: there is nothing to save: the value is None.")
        with _closing() as stack:
            with self._explained("saved", self.location):
                path = stack.enter_context(self._writing())
                with self._opened(path) as file:
                    self.format.save(data, file, self._save_args)
            yield
            with self._explained("saved", self.location):
                stack.close()

    @contextlib.contextmanager
    def stream(self) -> Iterator[Append]:
        """Append chunks to the file if its format supports that, else concatenate them first."""
        with _closing() as stack:
            # Errors of the block are the caller's; opening, appending and committing are explained.
            with self._explained("saved", self.location):
                path = stack.enter_context(self._writing())
                file = stack.enter_context(self._opened(path))
                append = stack.enter_context(self._appending(file))

            def explained_append(chunk: Any) -> None:
                with self._explained("saved", self.location):
                    append(chunk)

            yield explained_append
            with self._explained("saved", self.location):
                stack.close()

    @contextlib.contextmanager
    def _appending(self, path: Path) -> Iterator[Append]:
        if isinstance(self.format, StreamingFormat):
            with self.format.stream(path, self._save_args) as append:
                yield append
            return
        chunks: list[Any] = []
        yield chunks.append
        self.format.save(combine(chunks), path, self._save_args)

    @contextlib.contextmanager
    def _opened(self, stage: Path) -> Iterator[Path]:
        """Yield the file that the format writes, from which the staged one is created."""
        with contextlib.ExitStack() as stack:
            current = None
            if self._opening.appends and self._versions is None and self.location.exists():
                current = stack.enter_context(self.location.reading())
            yield stack.enter_context(self._opening.writing(stage, current))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Path]:
        if self._versions is None:
            with self.location.writing() as path:
                yield path
        else:
            with self._versions.writing() as path:
                yield path

    @contextlib.contextmanager
    def _explained(self, what: str, location: Location) -> Iterator[None]:
        """Wrap the errors of a library with the name of the file."""
        try:
            yield
        except TreadleError:
            raise
        except OSError as error:
            result = " What was there before is unchanged." if what == "saved" else ""
            raise DataError(
                f"{location} ({self.format.name}) cannot be {what}: "
                f"{error.strerror or error}.{result}"
            ) from error
        except Exception as error:
            raise DataError(
                f"{location} ({self.format.name}) cannot be {what}: {type(error).__name__}: {error}"
            ) from error

    def _current(self) -> Location:
        versions = self._versions
        return self.location if versions is None else versions.location(versions.latest())

    def at(self, location: Location) -> "FileDataset":
        """Return the same dataset at another location, without versions."""
        return FileDataset(
            self.format,
            location,
            load_args=self._load_args,
            save_args=self._save_args,
            opening=self._opening,
        )

    @property
    def code(self) -> tuple[object, ...]:
        """The format that loads and saves it, for the fingerprints of nodes."""
        return (self.format,)

    @property
    def runs_code(self) -> bool:
        """Whether loading can run code in the file; unknown formats may."""
        return bool(getattr(self.format, "runs_code", True))

    def exists(self) -> bool:
        """Return whether there is committed content."""
        return bool(self._versions.names()) if self._versions else self.location.exists()

    def digest(self) -> str:
        """Digest the file."""
        return self._current().content()[0] if self.exists() else ""

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the file."""
        if not content or not self.exists():
            return DatasetDescription(
                type=self.format.name, location=str(self.location), is_local=self.location.is_local
            )
        if self._versions is None:
            return self._describe_content(self.location)
        version = self._versions.latest()
        return self._describe_content(self._versions.location(version), version)

    def __repr__(self) -> str:
        return f"FileDataset({self.format.name!r}, {str(self.location)!r})"
