"""The contract of a format: how one kind of file is read and written."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from treadle.catalog.dataset import Append
from treadle.catalog.libraries import require_library
from treadle.errors import CatalogError, nearest

__all__ = ["EngineFormat", "Format", "Options", "StreamingFormat"]

Options = Mapping[str, Any]
"""``load_args`` or ``save_args`` of the catalog, passed on to the library."""


class Format(Protocol):
    """Reads and writes one kind of file. It always gets a path of this machine, and never commits."""

    name: str
    """The short name of the type."""

    def require(self) -> None:
        """Refuse when a library is missing, without importing it.

        Raises:
            MissingExtraError: One is.
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
        engine: Which library to use; the first of `engines` if empty.

    Raises:
        CatalogError: The format does not have this engine.
    """

    name: ClassVar[str]
    is_text: ClassVar[bool] = False
    """Whether its files are texts in UTF-8, which can be converted to another encoding."""
    can_append: ClassVar[bool] = False
    """Whether one file after another is a file again, as with lines."""
    runs_code: ClassVar[bool] = False
    """Whether reading a file can run code that is in it, as a pickle does."""
    engines: ClassVar[Sequence[str]] = ("python",)
    extras: ClassVar[Mapping[str, Sequence[str]]] = {}
    """What each engine imports: the modules, and last the extra that installs them."""

    def __init__(self, engine: str = "") -> None:
        self.engine = engine or self.engines[0]
        if self.engine not in self.engines:
            raise CatalogError(
                f'The dataset type "{self.name}" has no engine "{self.engine}".',
                hint=nearest(self.engine, self.engines),
            )

    @classmethod
    def check_options(cls, load_args: Options, save_args: Options) -> None:
        """Check the arguments of an entry as far as they concern Treadle and not the library.

        Raises:
            CatalogError: One of them cannot be obeyed.
        """

    def defaults_of(self, ending: str) -> tuple[Options, Options]:
        """Return the arguments for loading and saving that an ending such as ``.tsv`` implies."""
        return {}, {}

    @property
    def expansion(self) -> int:
        """How many times as large a value may be as its file, which may be compressed."""
        return 1

    def keep(self, value: Any) -> Any:
        """Return a value that no longer needs the file that it was loaded from, which will be gone."""
        return value

    @property
    def libraries(self) -> Sequence[str]:
        """The modules of the library that reads and writes."""
        return self.extras.get(self.engine, ("",))[:-1]

    def require(self) -> None:
        """Refuse when a library is missing."""
        extra = self.extras.get(self.engine, ("",))[-1]
        for module in self.libraries:
            require_library(module, f'The dataset type "{self.name}" with engine "{self.engine}"', extra)
