"""Recognizes a request that comes again though it may have been stored before.

Where the database goes away during a commit, a call is answered with 503, and a client that waits
for too long hears of no answer at all. MLflow's clients before 3.18 then send the request again as
it was, also one that creates something. Such an attempt is remembered, so that the next request
that is equal to it finds what it created instead of creating that twice. Only one request takes
each attempt, and an attempt knows what it created itself, by an id that only it has or by what it
noted: equal requests of several threads do not share what they create. Each process of a server
has its own attempts: a request that comes again to another process is a new one there.
"""

import time
from collections import OrderedDict
from typing import Final

import msgspec

from treadle.store import new_id

__all__ = ["Attempt", "Attempts"]

_LASTS: Final = 900.0  # seconds; a client of MLflow tries for less than that
_MOST: Final = 10_000


class Attempt(msgspec.Struct, frozen=True):
    """One try to create something."""

    id: str
    """That what is created gets, if it has an id of this kind."""
    is_repeated: bool = False
    noted: list[tuple[str, float]] = msgspec.field(default_factory=list)
    """What its requests created, if their transactions were kept: each name or number, and when."""

    def note(self, name: str, created: float) -> None:
        """Note what is created, before anybody knows whether the transaction is kept."""
        self.noted.append((name, created))

    def has_made(self, name: str, created: float) -> bool:
        """Whether a request of this attempt created what there is.

        The time is compared, too: where the transaction was lost, another request may have taken
        the name or number since.
        """
        return (name, created) in self.noted


class Attempts:
    """The attempts of this process whose outcome is not known."""

    def __init__(self) -> None:
        self._open: OrderedDict[bytes, tuple[float, list[Attempt]]] = OrderedDict()

    def take(self, key: bytes) -> Attempt:
        """Return the attempt that a request repeats, or a new one."""
        self._forget()
        _, known = self._open.get(key, (0.0, []))
        if not known:
            return Attempt(new_id())
        attempt = known.pop(0)
        if not known:
            del self._open[key]
        return msgspec.structs.replace(attempt, is_repeated=True)

    def keep_open(self, key: bytes, attempt: Attempt) -> None:
        """Remember an attempt whose outcome is not known."""
        _, known = self._open.pop(key, (0.0, []))
        self._open[key] = (time.monotonic(), [*known, attempt])

    def _forget(self) -> None:
        """Drop what no client will ask for again, and the oldest of too many."""
        limit = time.monotonic() - _LASTS
        while self._open:
            key, (noted, _) = next(iter(self._open.items()))
            if noted > limit and len(self._open) <= _MOST:
                return
            del self._open[key]
