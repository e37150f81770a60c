"""Writing of partitions: staged one by one, and committed together."""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from treadle.catalog.dataset import Append
from treadle.catalog.location import LocalLocation, Location
from treadle.catalog.partition_folder import PartitionFolder
from treadle.catalog.partition_type import PartitionType
from treadle.errors import CatalogError, DataError
from treadle.files import INTENT, create_folder, remove, sync_file


class PartitionWriter(msgspec.Struct, frozen=True, kw_only=True):
    """A writer of partitions to one folder."""

    partitions: PartitionType
    location: Location
    suffix: str
    """The suffix of the files' names; it is not part of the partition's name."""
    overwrite: bool
    """Whether the partitions that are not written are removed."""
    calls: bool
    """Whether a function is called for its value."""

    def check(self, data: Any) -> dict[str, Any]:
        """Validate partitions, and return them by name."""
        if not isinstance(data, Mapping):
            raise DataError(
                f"{self.location}: partitions are saved from a dict, "
                f"not from {type(data).__name__}."
            )
        values = {str(name): value for name, value in data.items()}
        for name in values:
            _check_name(name)
        return values

    @contextlib.contextmanager
    def stream(self) -> Iterator[Append]:
        """Accept dicts of partitions, and write each at once; they are moved in place together.

        In a remote folder each is in place as soon as it is written.
        """
        written: set[str] = set()

        def append_to(folder: Location, chunk: Any) -> None:
            for name, value in self.check(chunk).items():
                file = f"{name}{self.suffix}"
                written.add(file)
                self._write(folder.child(*file.split("/")), value)

        if not isinstance(self.location, LocalLocation):
            yield functools.partial(append_to, self.location)
            for file in self._find_removed(written):
                self.location.child(*file.split("/")).remove()
            return
        with self._staged(self.location.path, written) as stage:
            yield functools.partial(append_to, LocalLocation(stage))

    @contextlib.contextmanager
    def _staged(self, path: Path, written: set[str]) -> Iterator[Path]:
        """Yield a folder to write partitions to, which are moved in place when the block ends."""
        with self._explained():
            create_folder(path)
        folder = PartitionFolder(path)
        stage = folder.stage()
        try:
            with self._explained():
                create_folder(stage)
            yield stage
            with self._explained():
                folder.commit(stage, written, lambda: self._find_removed(written))
        except BaseException:
            if not (stage / INTENT).exists():  # else the next commit moves the rest in place
                remove(stage)
            raise

    def _write(self, file: Location, value: Any) -> None:
        if not isinstance(file, LocalLocation):
            self.partitions.at(file).save(self._value(value))
            return
        with self._explained():
            create_folder(file.path.parent)
        self.partitions.at(file).save(self._value(value))
        if not file.path.is_file():
            raise DataError(
                f"{file}: {self.partitions.name} has not written the file of a partition "
                f"({file.path.name}).",
                hint="The class of a partition writes exactly the one file that it is created for.",
            )
        with self._explained():
            sync_file(file.path)

    def _value(self, value: Any) -> Any:
        return value() if self.calls and callable(value) else value

    def _find_removed(self, written: set[str]) -> list[str]:
        """List the files that a save removes."""
        if not self.overwrite:
            return []
        return [file for file in self.location.files() if file not in written]

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Wrap errors of the operating system with the name of the folder."""
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{self.location} cannot be saved: {error.strerror or error}."
            ) from error


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or any(part in ("", ".", "..") or part.startswith(".") for part in parts)
        or "\\" in name
    ):
        raise CatalogError(
            f"{name!r} cannot be the name of a partition.", hint="Use names with / between."
        )
