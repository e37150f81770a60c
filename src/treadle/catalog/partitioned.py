"""A folder of files, one dataset each."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from treadle.catalog.dataset import DatasetDescription
from treadle.catalog.file import FileDataset
from treadle.catalog.format import Format
from treadle.catalog.partition_folder import PartitionFolder, Snapshot
from treadle.catalog.place import LocalPlace, Place
from treadle.errors import CatalogError, DataError, DataNotFoundError
from treadle.files import INTENT, Content, create_folder, remove

__all__ = ["PartitionedDataset"]

_ATTEMPTS: Final = 20


class PartitionedDataset:
    """Files of one format in a folder; loaded, a dict from partition to a function that loads it.

    All partitions of one save are committed together: they are staged, a note says that they are
    whole, then they are moved in place. After a crash in the middle of the moving, the next reader
    or writer moves the rest. Readers wait while a writer that lives moves them, and what they
    have loaded is of one save only.

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

    def _list(self) -> list[str]:
        """List the files that are partitions."""
        return [name for name in _walk(self.place) if name.endswith(self._suffix)]

    def _names(self) -> list[str]:
        folder = self._folder()
        files = PartitionFolder(folder).snapshot(self._list, hold=False).names if folder else self._list()
        return sorted(name.removesuffix(self._suffix) for name in files)

    def _dataset(self, name: str) -> FileDataset:
        place = self.place.child(*f"{name}{self._suffix}".split("/"))
        return FileDataset(self.format, place, **self._options)  # type: ignore[arg-type]

    def load(self) -> dict[str, Callable[[], Any]]:
        """Return a function for each partition, in the order of their names.

        What they load is one save, also when the next one comes before they are called.
        """
        folder = self._folder()
        if folder is None:
            loads = {name: self._dataset(name).load for name in self._names()}
        else:
            snapshot = PartitionFolder(folder).snapshot(self._list, hold=True)
            names = sorted(name.removesuffix(self._suffix) for name in snapshot.names)
            loads = {name: _Partition(snapshot, f"{name}{self._suffix}", self._dataset(name)).load for name in names}
        if not loads:
            raise DataNotFoundError(f"There are no partitions in {self.place} that end in {self._suffix!r}.")
        return loads

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

    def _save_local(self, path: Path, names: Mapping[str, Any]) -> None:
        create_folder(path)
        folder = PartitionFolder(path)
        stage = folder.stage()
        try:
            for name, value in names.items():
                target = LocalPlace(stage / f"{name}{self._suffix}")
                FileDataset(self.format, target, **self._options).save(  # type: ignore[arg-type]
                    value() if callable(value) else value
                )
            written = {f"{name}{self._suffix}" for name in names}
            folder.commit(stage, written, lambda: self._surplus(written))
        except OSError as error:
            if not (stage / INTENT).exists():
                remove(stage)
            raise DataError(f"{self.place} cannot be saved: {error.strerror or error}.") from error
        except BaseException:
            if not (stage / INTENT).exists():  # else the next one puts the rest in place
                remove(stage)
            raise

    def _surplus(self, written: set[str]) -> list[str]:
        """List the files that a save removes."""
        return [name for name in _walk(self.place) if name not in written] if self._overwrite else []

    @property
    def runs_code(self) -> bool:
        """Whether loading can run code that is in the file; unknown formats may."""
        return bool(getattr(self.format, "runs_code", True))

    def exists(self) -> bool:
        """Tell whether there is a partition."""
        return bool(self._names())

    def digest(self) -> str:
        """Digest the manifest: names, digests and sizes of all partitions."""
        return self.describe(content=True).digest

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the folder."""
        digest, size = self._content() if content else ("", 0)
        return DatasetDescription(
            type="partitioned", location=str(self.place), is_local=self.place.is_local, digest=digest, size=size
        )

    def _content(self) -> Content:
        """Digest and measure one save: again where another one came meanwhile."""
        path = self._folder()
        if path is None:
            return "", 0
        folder = PartitionFolder(path)
        before = folder.snapshot(self._list, hold=False)
        for _ in range(_ATTEMPTS):
            if not before.names:
                return "", 0
            content: Content | None = None
            with contextlib.suppress(FileNotFoundError):  # another save removed it
                content = self.place.content()
            after = folder.snapshot(self._list, hold=False)
            if content is not None and after.signatures == before.signatures:
                return content
            before = after
        raise DataError(
            f"{self.place} has no digest: it is saved again and again while it is read.",
            hint="Wait until the other process has finished.",
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


class _Partition:
    """One partition of a set that is loaded lazily."""

    def __init__(self, snapshot: Snapshot, name: str, dataset: FileDataset) -> None:
        self._snapshot = snapshot
        self._name = name
        self._dataset = dataset

    def load(self) -> Any:
        """Load it as it was when the set was loaded."""
        return self._snapshot.read(self._name, self._load_from)

    def _load_from(self, path: Path) -> Any:
        return self._dataset.at(LocalPlace(path)).load()
