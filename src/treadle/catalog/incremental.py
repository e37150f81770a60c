"""A folder of files of which only new ones are loaded: those after a checkpoint."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from blake3 import blake3

from treadle.catalog.dataset import Append, Dataset
from treadle.catalog.location import LocalLocation, Location
from treadle.catalog.partition_type import PartitionType
from treadle.catalog.partitioned import Listing, PartitionedDataset
from treadle.errors import DataError, TreadleError
from treadle.files import Content


class Checkpoint:
    """The name of the last partition that was processed.

    Args:
        dataset: The dataset that stores it.
        is_after: Whether its first argument, a partition, comes after its second one.
        forced: A checkpoint that overrides the stored one.
    """

    def __init__(
        self, dataset: Dataset, is_after: Callable[[str, str], Any], forced: str | None = None
    ) -> None:
        self.dataset = dataset
        self._is_after = is_after
        self._forced = forced

    def after(self, names: list[str]) -> list[str]:
        """Return the partitions after the checkpoint; all of them if there is none yet.

        Raises:
            DataError: The checkpoint is not a string, or cannot be compared with a partition.
        """
        mark = self._read()
        return names if mark is None else [name for name in names if self._compare(name, mark)]

    def move(self, names: list[str]) -> None:
        """Store the last of some partitions."""
        last = functools.reduce(lambda a, b: b if self._compare(b, a) else a, names)
        self.dataset.save(last)

    def _read(self) -> str | None:
        if self._forced is not None:
            return self._forced
        if not self.dataset.exists():
            return None
        mark = self.dataset.load()
        if not isinstance(mark, str):
            raise DataError(
                f"The checkpoint is {type(mark).__name__}, where the name of a partition is "
                "expected."
            )
        return mark.rstrip("\r\n")

    def _compare(self, name: str, mark: str) -> bool:
        try:
            return bool(self._is_after(name, mark))
        except TreadleError:
            raise
        except Exception as error:
            raise DataError(
                f"The comparison_func of the checkpoint failed for {name!r} and {mark!r}: "
                f"{type(error).__name__}: {error}"
            ) from error


class IncrementalDataset(PartitionedDataset):
    """Files in a folder, of which the new ones are loaded as a dict from partition to value.

    What is new is determined once per run: the same partitions are loaded, compared with earlier
    runs and confirmed, even if others arrive meanwhile.

    Args:
        partitions: How each file is read and written.
        location: The location of the folder.
        listing: Which of its files are partitions.
        checkpoint: The last partition that was processed.
    """

    type_name: ClassVar[str] = "incremental"

    def __init__(
        self,
        partitions: PartitionType,
        location: Location,
        *,
        listing: Listing,
        checkpoint: Checkpoint,
    ) -> None:
        super().__init__(partitions, location, listing=listing)
        self._checkpoint = checkpoint
        self._new: list[str] | None = None

    def renew(self) -> None:
        """Determine again which partitions are new."""
        self._new = None

    def new(self) -> list[str]:
        """List the partitions after the checkpoint."""
        if self._new is None:
            self._new = self._checkpoint.after(self._names())
        return self._new

    def has_new(self) -> bool:
        """Return whether there are partitions after the checkpoint."""
        return bool(self.new())

    def load(self) -> dict[str, Any]:
        """Load the new partitions; an empty dict if there are none.

        Raises:
            DataError: One of them was removed since it was listed.
        """
        loads: Mapping[str, Callable[[], Any]] = self._loads()
        gone = [name for name in self.new() if name not in loads]
        if gone:
            raise DataError(
                f"{self.location}: the new partition {gone[0]!r} was removed while it was to be "
                "loaded.",
                hint="Run again.",
            )
        return {name: loads[name]() for name in self.new()}

    @contextlib.contextmanager
    def stream(self) -> Iterator[Append]:
        """Write partitions, as with any partitioned dataset, and determine again which are new."""
        with super().stream() as append:
            yield append
        self.renew()

    def confirm(self) -> None:
        """Move the checkpoint to the last of the new partitions; they are not loaded again."""
        if self.new():
            self._checkpoint.move(self.new())

    def confirms_to(self) -> str:
        """Return the local file of the checkpoint; empty if it is not a local file."""
        description = self._checkpoint.dataset.describe()
        return description.location if description.is_local else ""

    def exists(self) -> bool:
        """Return whether the folder exists; it need not have new partitions."""
        folder = self._folder()
        return folder.is_dir() if folder is not None else self.location.exists()

    def digest(self) -> str:
        """Digest the new partitions, which are what a node receives."""
        return self._digest_files([self._file(name) for name in self.new()])[0]

    def _measure(self, files: list[str]) -> Content:
        """Digest and measure all partitions, without the checkpoint."""
        return self._digest_files(files)

    def _digest_files(self, files: list[str]) -> Content:
        hasher = blake3(b"incremental\n")
        total = 0
        for name in sorted(files):
            digest, size = self.location.child(*name.split("/")).content()
            total += size
            hasher.update(f"{name}\0{digest}\0{size}\n".encode())
        return f"blake3:{hasher.hexdigest()}", total


def checkpoint_within(location: Location, dataset: Dataset) -> frozenset[str]:
    """Return the relative name of the checkpoint's file, if it is in the folder."""
    file = dataset.describe().location
    folder = (
        str(location.path) if isinstance(location, LocalLocation) else str(location).rstrip("/")
    )
    is_within = file.startswith(f"{folder}/")
    return frozenset({file.removeprefix(f"{folder}/")}) if is_within else frozenset()
