"""The contract of a dataset."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

import msgspec

__all__ = [
    "Append",
    "ConfirmableDataset",
    "Dataset",
    "DatasetDescription",
    "StagingDataset",
    "StreamingDataset",
]

Append = Callable[[Any], None]
"""Takes the next chunk of a stream."""


class DatasetDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What a dataset is and where; what is recorded with every run that uses it."""

    type: str
    """The short name of the type, such as ``csv``."""
    location: str = ""
    """A path or URL without secrets; empty for a dataset in memory."""
    is_local: bool = False
    """Whether the location is a path of this machine."""
    version: str = ""
    """The version's name, where the dataset is versioned. This and what follows: only if asked for."""
    digest: str = ""
    """Digest of the content; empty where there is none, or nothing is there."""
    size: int = 0
    """Bytes."""


@runtime_checkable
class Dataset(Protocol):
    """A named thing that can be loaded and saved.

    What is saved is committed at once: when `save` raises, the content is what it was before.
    """

    def load(self) -> Any:
        """Give the content.

        Raises:
            DataNotFoundError: There is none.
            DataError: It cannot be read.
        """
        ...

    def save(self, data: Any) -> None:
        """Make this the content.

        Raises:
            DataError: It cannot be written; the content is what it was before.
        """
        ...

    def exists(self) -> bool:
        """Tell whether there is a committed content."""
        ...

    def digest(self) -> str:
        """Digest the content; empty where there is none, or the kind of data has none."""
        ...

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the dataset.

        Args:
            content: Also look at what is there now: version, digest, size.
        """
        ...


@runtime_checkable
class StagingDataset(Dataset, Protocol):
    """A dataset that can write a content and commit it later, together with others."""

    def saving(self, data: Any) -> AbstractContextManager[None]:
        """Write the content; that is committed when the block ends, and dropped when it raises."""
        ...


@runtime_checkable
class StreamingDataset(Dataset, Protocol):
    """A dataset that takes its content in chunks, as a generator node delivers it."""

    def stream(self) -> AbstractContextManager[Append]:
        """Open it for a new content; that is committed when the block ends, and dropped when it raises."""
        ...


@runtime_checkable
class ConfirmableDataset(Dataset, Protocol):
    """A dataset that is worked through bit by bit: what was confirmed is not loaded again."""

    def renew(self) -> None:
        """Find out anew what is new; called once before each run."""
        ...

    def has_new(self) -> bool:
        """Whether something was not confirmed yet."""
        ...

    def confirm(self) -> None:
        """Remember that what was new has been worked through."""
        ...

    def confirms_to(self) -> str:
        """Return the file of this machine that confirming writes; empty where there is none."""
        ...
