"""The interface of formats: how one kind of file is read and written."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from treadle.catalog.dataset import Append
from treadle.catalog.libraries import require_library
from treadle.errors import CatalogError, nearest

Options = Mapping[str, Any]
"""``load_args`` or ``save_args`` of the catalog, passed on to the library."""


class Format(Protocol):
    """A reader and writer of one kind of file. It always gets a local path, and never commits."""

    name: str
    """The short name of the type."""

    def require(self) -> None:
        """Check that the libraries are installed, without importing them.

        Raises:
            MissingExtraError: One is missing.
        """
        ...

    def load(self, path: Path, options: Options) -> Any:
        """Read a file."""
        ...

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a file that does not exist yet."""
        ...


@runtime_checkable
class StreamingFormat(Format, Protocol):
    """A format whose files can be written chunk by chunk."""

    def stream(self, path: Path, options: Options) -> AbstractContextManager[Append]:
        """Open a file that does not exist yet for appending."""
        ...


class EngineFormat:
    """Base of the formats: a name, and the engines that can read and write it.

    Args:
        engine: The library to use; the first of `engines` if empty.

    Raises:
        CatalogError: The format does not support this engine.
    """

    name: ClassVar[str]
    is_text: ClassVar[bool] = False
    """Whether its files are texts in UTF-8, which can be converted to another encoding."""
    can_append: ClassVar[bool] = False
    """Whether concatenated files are a valid file, as with lines."""
    runs_code: ClassVar[bool] = False
    """Whether reading a file can run code in it, as a pickle does."""
    engines: ClassVar[Sequence[str]] = ("python",)
    extras: ClassVar[Mapping[str, Sequence[str]]] = {}
    """The modules that each engine imports, and last the extra that installs them."""

    def __init__(self, engine: str = "") -> None:
        self.engine = engine or self.engines[0]
        if self.engine not in self.engines:
            raise CatalogError(
                f'The dataset type "{self.name}" has no engine "{self.engine}".',
                hint=nearest(self.engine, self.engines),
            )

    @classmethod
    def check_options(cls, load_args: Options, save_args: Options) -> None:
        """Check the arguments of an entry that concern Treadle and not the library.

        Raises:
            CatalogError: One of them is not supported.
        """

    def defaults_of(self, ending: str) -> tuple[Options, Options]:
        """Return the arguments for loading and saving that an extension like ``.tsv`` implies."""
        return {}, {}

    @property
    def expansion(self) -> int:
        """The maximum ratio of a value's size to its file's, which may be compressed."""
        return 1

    def keep(self, value: Any) -> Any:
        """Return a value that no longer needs the file that it is from, which will be deleted."""
        return value

    @property
    def libraries(self) -> Sequence[str]:
        """The modules of the library that reads and writes."""
        return self.extras.get(self.engine, ("",))[:-1]

    def require(self) -> None:
        """Check that the libraries are installed."""
        extra = self.extras.get(self.engine, ("",))[-1]
        for module in self.libraries:
            require_library(
                module, f'The dataset type "{self.name}" with engine "{self.engine}"', extra
            )
