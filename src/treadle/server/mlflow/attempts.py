"""Recognizes a request that comes again though it may have been stored before.

Where the database goes away during a commit, a call is answered with 503, and a client that waits
for too long hears of no answer at all. MLflow's clients before 3.18 then send the request again as
it was, also one that creates something. Such an attempt is remembered, so that the next request
that is equal to it finds what it created instead of creating that twice. Only one request takes
each attempt: equal requests of several threads never share what they create.
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
    began: float
    """Seconds since the epoch, of the first request."""
    is_repeated: bool = False

    def may_have_made(self, created: float) -> bool:
        """Whether an earlier request of this attempt may have made what was created at a time."""
        return self.is_repeated and created >= self.began


class Attempts:
    """The attempts of this process whose outcome is not known."""

    def __init__(self) -> None:
        self._open: OrderedDict[bytes, tuple[float, list[Attempt]]] = OrderedDict()

    def take(self, key: bytes, now: float) -> Attempt:
        """Return the attempt that a request repeats, or a new one."""
        self._forget()
        _, known = self._open.get(key, (0.0, []))
        if not known:
            return Attempt(new_id(), now)
        attempt = known.pop(0)
        if not known:
            del self._open[key]
        return Attempt(attempt.id, attempt.began, is_repeated=True)

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
