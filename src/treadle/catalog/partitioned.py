"""A folder of files, one dataset each."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from treadle.catalog.dataset import Append, DatasetDescription
from treadle.catalog.location import LocalLocation, Location
from treadle.catalog.partition_folder import PartitionFolder, Snapshot
from treadle.catalog.partition_type import PartitionType
from treadle.catalog.partition_writer import PartitionWriter
from treadle.catalog.preview import Preview
from treadle.errors import DataError, DataNotFoundError
from treadle.files import Content

_ATTEMPTS: Final = 20


class Listing(msgspec.Struct, frozen=True):
    """Which files of a folder are partitions."""

    suffix: str = ""
    """The suffix of the files' names; it is not part of the partition's name."""
    depth: int | None = None
    """The number of folder levels that are searched; all of them if None."""
    folders: bool = False
    """Whether folders are partitions, too."""
    apart: frozenset[str] = frozenset()
    """Files that are not partitions, by their relative names."""

    def find(self, location: Location) -> list[str]:
        """Return the relative names of the files."""
        files = location.files(depth=self.depth, folders=self.folders)
        return [file for file in files if file.endswith(self.suffix) and file not in self.apart]


class PartitionedDataset:
    """Files of one type in a folder; loaded as a dict from partition to a function that loads it.

    All partitions of one save are committed together: they are staged, a note marks them as
    complete, then they are moved in place. After a crash during the moves, the next reader or
    writer completes them. Readers wait while a live writer moves files, and what they have loaded
    is from one save only.

    Args:
        partitions: How each file is read and written.
        location: The location of the folder.
        listing: Which of its files are partitions.
        overwrite: Whether a save removes the partitions that it does not contain.
        calls: Whether a function that is saved is called for its value.
    """

    type_name: ClassVar[str] = "partitioned"

    def __init__(
        self,
        partitions: PartitionType,
        location: Location,
        *,
        listing: Listing,
        overwrite: bool = False,
        calls: bool = True,
    ) -> None:
        self.partitions = partitions
        self.location = location
        self._listing = listing
        self._writer = PartitionWriter(
            partitions=partitions,
            location=location,
            suffix=listing.suffix,
            overwrite=overwrite,
            calls=calls,
        )

    def require(self) -> None:
        """Check that the libraries of the partitions are installed."""
        self.partitions.require()
        self.location.require()

    def _folder(self) -> Path | None:
        return self.location.path if isinstance(self.location, LocalLocation) else None

    def _list(self) -> list[str]:
        """List the files that are partitions."""
        return self._listing.find(self.location)

    def _names(self) -> list[str]:
        folder = self._folder()
        files = (
            PartitionFolder(folder).snapshot(self._list, hold=False).names
            if folder
            else self._list()
        )
        return self._partition_names(files)

    def _partition_names(self, files: Iterable[str]) -> list[str]:
        return sorted(name.removesuffix(self._listing.suffix) for name in files)

    def _file(self, name: str) -> str:
        """Return the relative name of a partition's file."""
        return f"{name}{self._listing.suffix}"

    def _location_of(self, name: str) -> Location:
        return self.location.child(*self._file(name).split("/"))

    def load(self) -> dict[str, Any]:
        """Return a function for each partition, sorted by name.

        They load from one save, even if the next one comes before they are called.
        """
        loads = self._loads()
        if not loads:
            suffix = self._listing.suffix
            raise DataNotFoundError(
                f"There are no partitions in {self.location} that end in {suffix!r}."
            )
        return loads

    def preview(self, rows: int) -> Preview | None:
        """Preview the names of the first partitions."""
        names = self._names()
        more = ["…"] if len(names) > rows else []
        return Preview(
            kind="dict", size=f"of {len(names)} partitions", text="\n".join(names[:rows] + more)
        )

    def _loads(self) -> dict[str, Callable[[], Any]]:
        folder = self._folder()
        if folder is None:
            return {
                name: _RemotePartition(self.partitions, self._location_of(name)).load
                for name in self._names()
            }
        snapshot = PartitionFolder(folder).snapshot(self._list, hold=True)
        names = self._partition_names(snapshot.names)
        return {
            name: _Partition(snapshot, self._file(name), self.partitions).load for name in names
        }

    def save(self, data: Any) -> None:
        """Write partitions: a dict from name to value, or to a function that returns it."""
        with self.saving(data):
            pass

    @contextlib.contextmanager
    def saving(self, data: Any) -> Iterator[None]:
        """Write partitions to a staging folder; they are moved in place when the block ends.

        In a remote folder they are written when the block ends.
        """
        values = self._writer.check(data)
        if self.location.is_local:
            with self.stream() as append:
                append(values)
                yield
            return
        yield
        with self.stream() as append:
            append(values)

    def stream(self) -> contextlib.AbstractContextManager[Append]:
        """Accept dicts of partitions, and write each at once; they are moved in place together.

        In a remote folder each is in place as soon as it is written.
        """
        return self._writer.stream()

    @property
    def code(self) -> tuple[object, ...]:
        """What loads and saves the partitions, for the fingerprints of nodes."""
        return self.partitions.code

    @property
    def runs_code(self) -> bool:
        """Whether loading can run code in the files."""
        return self.partitions.runs_code

    def exists(self) -> bool:
        """Return whether there is a partition."""
        return bool(self._names())

    def digest(self) -> str:
        """Digest the manifest: names, digests and sizes of all partitions."""
        return self.describe(content=True).digest

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the folder."""
        digest, size = self._content() if content else ("", 0)
        return DatasetDescription(
            type=self.type_name,
            location=str(self.location),
            is_local=self.location.is_local,
            digest=digest,
            size=size,
        )

    def _content(self) -> Content:
        """Digest and measure one save; retry if another one came meanwhile."""
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
                content = self._measure(before.names)
            after = folder.snapshot(self._list, hold=False)
            if content is not None and after.signatures == before.signatures:
                return content
            before = after
        raise DataError(
            f"{self.location} has no digest: it is saved again and again while it is read.",
            hint="Wait until the other process has finished.",
        )

    def _measure(self, files: list[str]) -> Content:
        """Digest and measure the current files."""
        return self.location.content()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.partitions.name!r}, {str(self.location)!r})"


class _Partition:
    """One partition of a set that is loaded lazily."""

    def __init__(self, snapshot: Snapshot, name: str, partitions: PartitionType) -> None:
        self._snapshot = snapshot
        self._name = name
        self._partitions = partitions

    def load(self) -> Any:
        """Load it as it was when the set was loaded."""
        return self._snapshot.read(self._name, self._load_from)

    def _load_from(self, path: Path) -> Any:
        return self._partitions.at(LocalLocation(path)).load()


class _RemotePartition:
    """One partition in a remote folder."""

    def __init__(self, partitions: PartitionType, location: Location) -> None:
        self._partitions = partitions
        self._location = location

    def load(self) -> Any:
        """Load its current content."""
        return self._partitions.at(self._location).load()
