"""Datasets of one figure, or of a folder of several."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from treadle.catalog.dataset import Append
from treadle.catalog.file import FileDataset
from treadle.catalog.format import Format
from treadle.catalog.location import LocalLocation, Location
from treadle.catalog.open_args import Opening
from treadle.catalog.partition_type import FormatPartitions
from treadle.catalog.partitioned import Listing, PartitionedDataset
from treadle.errors import CatalogError, DataError


class FiguresDataset(FileDataset):
    """A file of one figure; saved from a dict or a list of figures, it is a folder of files.

    Args:
        file_format: The format of a figure.
        location: The location of the file or folder.
        load_args: For the library that reads.
        save_args: For the library that draws.
        versioned: Whether every save creates a new version.
        load_version: The version to load instead of the latest.
        overwrite: Whether several figures replace all other files in the folder.

    Raises:
        CatalogError: A version would be overwritten.
    """

    def __init__(
        self,
        file_format: Format,
        location: Location,
        *,
        load_args: Mapping[str, Any],
        save_args: Mapping[str, Any],
        versioned: bool = False,
        load_version: str = "",
        overwrite: bool = False,
    ) -> None:
        super().__init__(
            file_format,
            location,
            load_args=load_args,
            save_args=save_args,
            versioned=versioned,
            load_version=load_version,
        )
        if overwrite and versioned:
            raise CatalogError(
                "it is versioned, and says overwrite.", hint="A version is never overwritten."
            )
        self._overwrite = overwrite

    def _folder(self, location: Location) -> PartitionedDataset:
        figures = FormatPartitions(
            self.format, load_args=self._load_args, save_args=self._save_args, opening=Opening()
        )
        return PartitionedDataset(figures, location, listing=Listing(), overwrite=self._overwrite)

    def load(self) -> Any:
        """Read the image; of several figures, return a dict from name to a function that does."""
        location = self._current()
        is_folder = (
            location.path.is_dir()
            if isinstance(location, LocalLocation)
            else bool(location.files())
        )
        return self._folder(location).load() if is_folder else super().load()

    @contextlib.contextmanager
    def saving(self, data: Any) -> Iterator[None]:
        """Draw a figure, or each of several by its name; committed when the block ends."""
        if not isinstance(data, Mapping | list | tuple):
            with super().saving(data):
                yield
            return
        figures = self._named(data)
        if self._versions is not None:
            with self._versions.writing() as path:
                self._folder(LocalLocation(path)).save(figures)
                yield
            return
        if isinstance(self.location, LocalLocation) and self.location.path.is_file():
            raise DataError(
                f"{self.location} is a file, where a folder of {len(figures)} figures is to be "
                "written.",
                hint="Move it away, or change the filepath: a folder has no ending.",
            )
        with self._folder(self.location).saving(figures):
            yield

    def _named(self, data: Any) -> dict[str, Any]:
        """Return figures by file name; those of a list are numbered, as in Kedro."""
        if isinstance(data, Mapping):
            return {str(name): figure for name, figure in data.items()}
        ending = self._save_args.get("format", "png")
        return {f"{number}.{ending}": figure for number, figure in enumerate(data)}

    @contextlib.contextmanager
    def stream(self) -> Iterator[Append]:
        """Accept figures one by one, and save them as a folder."""
        figures: list[Any] = []
        yield figures.append
        self.save(figures)

    def at(self, location: Location) -> "FiguresDataset":
        """Return the same dataset at another location, without versions."""
        return FiguresDataset(
            self.format,
            location,
            load_args=self._load_args,
            save_args=self._save_args,
            overwrite=self._overwrite,
        )
