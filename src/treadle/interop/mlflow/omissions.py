"""What an import omits because it cannot be read."""

from collections.abc import Iterator
from typing import Final

import msgspec

from treadle.addresses import split_location
from treadle.masking import mask

READ_ERRORS: Final = (ValueError, TypeError, KeyError, OSError, OverflowError, AttributeError)
"""Errors of reading a damaged record."""


class Omission(msgspec.Struct, frozen=True):
    """Something of the source that cannot be read."""

    where: str
    """Its path, or its name at the source."""
    reason: str
    count: int = 1
    """How many objects at that location are missing."""
    first: str = ""
    """The first of them, if they are counted."""


class Omissions:
    """Collects what cannot be read, each location once."""

    def __init__(self) -> None:
        self._found: dict[str, Omission] = {}

    def add(self, where: object, reason: str | BaseException, count: int = 1) -> None:
        """Record an omission.

        Args:
            where: Its path, or its name at the source.
            reason: What is wrong with it.
            count: How many objects are missing.
        """
        text = _describe(reason) if isinstance(reason, BaseException) else reason
        self._found.setdefault(str(where), Omission(str(where), text, count))

    def add_location(self, owner: str, location: str, *, is_certain: bool = True) -> None:
        """Record that the artifacts of a run or model are in storage that is not read.

        Those in one bucket are one line: there may be as many as there are runs.

        Args:
            owner: The owner of the artifacts.
            location: The directory's path or URL.
            is_certain: Whether there are artifacts; where that is unknown, the reason says so.
        """
        parts = split_location(location)
        where = mask(
            f"{parts.scheme}://{parts.netloc}".removesuffix("://") if parts.scheme else location
        )
        known = self._found.get(where)
        count = known.count + 1 if known is not None else 1
        more = f", and of {count - 1} more" if count > 1 else ""
        first = known.first if known is not None else owner
        are = "are" if is_certain else "would be"
        reason = f"the artifacts of {first}{more} {are} there, and are not on this machine"
        self._found[where] = Omission(where, reason, count, first)

    @property
    def total(self) -> int:
        """How many objects are omitted."""
        return sum(omission.count for omission in self._found.values())

    def __iter__(self) -> Iterator[Omission]:
        return iter(list(self._found.values()))


def _describe(error: BaseException) -> str:
    """Return the cause of an error as the end of a line."""
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = " ".join(str(error).split()).removesuffix(".")
    return text if len(text) <= 300 else f"{text[:300]}…"  # noqa: PLR2004
