"""The interface of datasets."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

import msgspec

Append = Callable[[Any], None]
"""A function that receives the next chunk of a stream."""


class DatasetDescription(msgspec.Struct, frozen=True, kw_only=True):
    """The type, location and content of a dataset; recorded with every run that uses it."""

    type: str
    """The short name of the type, such as ``csv``."""
    location: str = ""
    """A path or URL without secrets; empty for a dataset in memory."""
    is_local: bool = False
    """Whether the location is a path of this machine."""
    version: str = ""
    """The name of the version, if it is versioned. This and the following: only if requested."""
    digest: str = ""
    """The digest of the content; empty if it has none, or there is no content."""
    size: int = 0
    """The size in bytes."""


@runtime_checkable
class Dataset(Protocol):
    """A named thing that can be loaded and saved.

    A save is committed atomically: when `save` raises, the content is unchanged.
    """

    def load(self) -> Any:
        """Return the content.

        Raises:
            DataNotFoundError: There is none.
            DataError: It cannot be read.
        """
        ...

    def save(self, data: Any) -> None:
        """Replace the content.

        Raises:
            DataError: It cannot be written; the old content is unchanged.
        """
        ...

    def exists(self) -> bool:
        """Return whether there is committed content."""
        ...

    def digest(self) -> str:
        """Return the digest of the content; empty if there is none, or the data cannot have one."""
        ...

    def describe(self, *, content: bool = False) -> DatasetDescription:
        """Describe the dataset.

        Args:
            content: Whether to include the current content: version, digest, size.
        """
        ...


@runtime_checkable
class StagingDataset(Dataset, Protocol):
    """A dataset that can write content and commit it later, together with others."""

    def saving(self, data: Any) -> AbstractContextManager[None]:
        """Write the content; it is committed when the block ends, and discarded when it raises."""
        ...


@runtime_checkable
class StreamingDataset(Dataset, Protocol):
    """A dataset that can be saved in chunks, as a generator node yields them."""

    def stream(self) -> AbstractContextManager[Append]:
        """Open it for new content; committed when the block ends, discarded when it raises."""
        ...


@runtime_checkable
class ConfirmableDataset(Dataset, Protocol):
    """A dataset that is processed incrementally: what was confirmed is not loaded again."""

    def renew(self) -> None:
        """Determine again what is new; called once before each run."""
        ...

    def has_new(self) -> bool:
        """Return whether something is not confirmed yet."""
        ...

    def confirm(self) -> None:
        """Record that what was new has been processed."""
        ...

    def confirms_to(self) -> str:
        """Return the local file that confirming writes; empty if there is none."""
        ...
