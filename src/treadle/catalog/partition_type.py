"""How each file of a partitioned dataset is read and written: by a format or a foreign class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from treadle.catalog.adapted import AdaptedDataset
from treadle.catalog.dataset import Dataset
from treadle.catalog.file import FileDataset
from treadle.catalog.foreign import create_foreign
from treadle.catalog.format import Format
from treadle.catalog.location import LocalLocation, Location, RemoteLocation
from treadle.catalog.open_args import Opening
from treadle.errors import CatalogError


class PartitionType(Protocol):
    """The type of all partitions of one dataset."""

    name: str
    """Its name in the catalog."""

    @property
    def runs_code(self) -> bool:
        """Whether loading can run code in the file."""
        ...

    @property
    def code(self) -> tuple[object, ...]:
        """The format or class that loads and saves a file."""
        ...

    def require(self) -> None:
        """Check that the libraries that it needs are installed.

        Raises:
            MissingExtraError: One is missing.
        """
        ...

    def at(self, location: Location) -> Dataset:
        """Create the dataset of one file."""
        ...


class FormatPartitions:
    """Files of one format.

    Args:
        file_format: The format.
        load_args: For the library that reads.
        save_args: For the library that writes.
        opening: How the files are opened.
        remote_options: For the file system, if they differ from those of the folder.
    """

    def __init__(
        self,
        file_format: Format,
        *,
        load_args: Mapping[str, Any],
        save_args: Mapping[str, Any],
        opening: Opening,
        remote_options: dict[str, Any] | None = None,
    ) -> None:
        self.format = file_format
        self.name = file_format.name
        self._load_args = load_args
        self._save_args = save_args
        self._opening = opening
        self._remote_options = remote_options

    @property
    def runs_code(self) -> bool:
        """Whether loading can run code in the file; unknown formats may."""
        return bool(getattr(self.format, "runs_code", True))

    @property
    def code(self) -> tuple[object, ...]:
        """The format."""
        return (self.format,)

    def require(self) -> None:
        """Check that the libraries of the format are installed."""
        self.format.require()

    def at(self, location: Location) -> Dataset:
        """Create the dataset of one file."""
        if self._remote_options is not None and isinstance(location, RemoteLocation):
            location = RemoteLocation(location.url, self._remote_options)
        return FileDataset(
            self.format,
            location,
            load_args=self._load_args,
            save_args=self._save_args,
            opening=self._opening,
        )


class ForeignPartitions:
    """Files that are read and written by a class of kedro-datasets or of the project.

    Args:
        name: The name of the class in the catalog.
        cls: The class.
        arguments: Its arguments, besides the file.
        filepath_arg: The name of the argument for the file.
    """

    runs_code = True

    def __init__(
        self, name: str, cls: type, arguments: Mapping[str, Any], filepath_arg: str
    ) -> None:
        self.name = name
        self._cls = cls
        self._arguments = arguments
        self._filepath_arg = filepath_arg

    @property
    def code(self) -> tuple[object, ...]:
        """The class."""
        return (self._cls,)

    def require(self) -> None:
        """Return at once: importing the class has imported its libraries."""

    def at(self, location: Location) -> Dataset:
        """Create the dataset of one file.

        Raises:
            CatalogError: The class does not accept the options of its entry.
        """
        address = str(location.path) if isinstance(location, LocalLocation) else _url_of(location)

        def create(path: Path | None) -> Any:
            filepath = address if path is None else str(path)
            return create_foreign(
                self.name, self._cls, {**self._arguments, self._filepath_arg: filepath}
            )

        return AdaptedDataset(create, self.name)


def _url_of(location: Location) -> str:
    if isinstance(location, RemoteLocation):
        return location.url
    raise CatalogError(f"partitions at {location} cannot be read by a class of another library.")
