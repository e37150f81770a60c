"""A folder of files, one dataset each."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from treadle.catalog.dataset import DatasetDescription
from treadle.catalog.file import FileDataset
from treadle.catalog.format import Format
from treadle.catalog.place import LocalPlace, Place
from treadle.errors import CatalogError, DataError, DataNotFoundError
from treadle.files import INTENT, create_folder, remove, stage_path, sync_folder, write_atomically

__all__ = ["PartitionedDataset"]


class PartitionedDataset:
    """Files of one format in a folder; loaded, a dict from partition to a function that loads it.

    All partitions of one save are committed together: they are staged, a note says that they are
    whole, then they are moved in place. After a crash in the middle of the moving, the next reader
    or writer moves the rest.

    Args:
        file_format: How each file is read and written.
        place: The folder.
        suffix: What the files' names end in; it is no part of the partition's name.
        load_args: For the library that reads.
        save_args: For the library that writes.
        overwrite: Whether a save removes the partitions that it does not name.
    """

    def __init__(
        self,
        file_format: Format,
        place: Place,
        *,
        suffix: str = "",
        load_args: Mapping[str, Any] | None = None,
        save_args: Mapping[str, Any] | None = None,
        overwrite: bool = False,
    ) -> None:
        self.format = file_format
        self.place = place
        self._suffix = suffix
        self._options = {"load_args": load_args, "save_args": save_args}
        self._overwrite = overwrite

    def require(self) -> None:
        """Refuse when a library that the format needs is missing."""
        self.format.require()

    def _folder(self) -> Path | None:
        return self.place.path if isinstance(self.place, LocalPlace) else None

    def _names(self) -> list[str]:
        self._roll_forward()
        return sorted(name.removesuffix(self._suffix) for name in _walk(self.place) if name.endswith(self._suffix))

    def _dataset(self, name: str) -> FileDataset:
        return FileDataset(self.format, self.place.child(*f"{name}{self._suffix}".split("/")), **self._options)  # type: ignore[arg-type]

    def load(self) -> dict[str, Callable[[], Any]]:
        """Give a function for each partition, in the order of their names."""
        names = self._names()
        if not names:
            raise DataNotFoundError(f"There are no partitions in {self.place} that end in {self._suffix!r}.")
        return {name: self._dataset(name).load for name in names}

    def save(self, data: Any) -> None:
        """Write partitions: a dict from name to value, or to a function that gives it."""
        if not isinstance(data, Mapping):
            raise DataError(f"{self.place}: partitions are saved from a dict, not from {type(data).__name__}.")
        names = {str(name): value for name, value in data.items()}
        for name in names:
            _check_partition(name)
        folder = self._folder()
        if folder is None:
            for name, value in names.items():
                self._dataset(name).save(value() if callable(value) else value)
            return
        self._save_local(folder, names)

    def _save_local(self, folder: Path, names: Mapping[str, Any]) -> None:
        self._roll_forward()
        create_folder(folder)
        stage = stage_path(folder / "partitions")
        try:
            for name, value in names.items():
                target = LocalPlace(stage / f"{name}{self._suffix}")
                FileDataset(self.format, target, **self._options).save(value() if callable(value) else value)  # type: ignore[arg-type]
            kept = {f"{name}{self._suffix}" for name in names}
            gone = [name for name in _walk(self.place) if name not in kept] if self._overwrite else []
            write_atomically(stage / INTENT, json.dumps({"write": sorted(kept), "remove": gone}).encode())
        except OSError as error:
            remove(stage)
            raise DataError(f"{self.place} cannot be saved: {error.strerror or error}.") from error
        except BaseException:
            remove(stage)
            raise
        _finish(folder, stage)

    def _roll_forward(self) -> None:
        """Finish what a crash interrupted. A stage without the note may still be written to, and is left."""
        folder = self._folder()
        if folder is None or not folder.is_dir():
            return
        for stage in sorted(folder.glob(".partitions.stage-*")):
            if (stage / INTENT).is_file():
                _finish(folder, stage)

    def exists(self) -> bool:
        """Tell whether there is a partition."""
        return bool(self._names())

    def digest(self) -> str:
        """Digest the manifest: names, digests and sizes of all partitions."""
        return self.describe(content=True).digest

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the folder."""
        is_known = content and self._folder() is not None and self.exists()
        digest, size = self.place.content() if is_known else ("", 0)
        return DatasetDescription(
            type="partitioned", location=str(self.place), is_local=self.place.is_local, digest=digest, size=size
        )

    def __repr__(self) -> str:
        return f"PartitionedDataset({self.format.name!r}, {str(self.place)!r})"


def _walk(place: Place) -> list[str]:
    found = []
    stack: list[tuple[str, Place]] = [("", place)]
    while stack:
        prefix, here = stack.pop()
        children = here.children()
        if not children and prefix:
            found.append(prefix.rstrip("/"))
        stack += [(f"{prefix}{name}/", here.child(name)) for name in children]
    return sorted(found)


def _check_partition(name: str) -> None:
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or any(part in ("", ".", "..") or part.startswith(".") for part in parts)
        or "\\" in name
    ):
        raise CatalogError(f"{name!r} cannot be the name of a partition.", hint="Use names with / between.")


def _finish(folder: Path, stage: Path) -> None:
    """Move staged files in place; each move can be repeated."""
    try:
        intent = json.loads((stage / INTENT).read_bytes())
        for name in intent["write"]:
            if (stage / name).is_file():
                create_folder((folder / name).parent)
                (stage / name).replace(folder / name)
                sync_folder((folder / name).parent)
        for name in intent["remove"]:
            remove(folder / name)
    except OSError as error:
        raise DataError(
            f"{folder}: the new partitions cannot all be put in place: {error.strerror}.",
            hint="They are whole in a hidden folder beside; the next load or save puts the rest in place.",
        ) from error
    remove(stage)
