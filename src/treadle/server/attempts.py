"""Recognizes a repeated request whose first outcome is unknown.

If the database disconnects during a commit, a call gets 503; a client that waits too long gets no
response at all. MLflow's clients before 3.18 then repeat the request as it was, also one that
creates something. Such an attempt is remembered, so that the next equal request finds what it
created instead of creating that twice. Each attempt is used by one request only, and identifies
what it created by an id that only it has or by what it noted: equal requests of several threads do
not share what they create. Each process of a server has its own attempts: a repeated request is new
to another process.
"""

import time
from collections import OrderedDict
from typing import Final

import msgspec

from treadle.store import new_id

_LASTS: Final = 900.0  # seconds; an MLflow client retries for less time than that
_MOST: Final = 10_000


class Attempt(msgspec.Struct, frozen=True):
    """One attempt to create something."""

    id: str
    """The id of what is created, if that has an id of this kind."""
    is_repeated: bool = False
    noted: list[tuple[str, float]] = msgspec.field(default_factory=list)
    """What its requests created, if their transactions were committed: names or numbers, and
    times."""

    def note(self, name: str, created: float) -> None:
        """Note what is created, before the transaction is committed."""
        self.noted.append((name, created))

    def has_made(self, name: str, created: float) -> bool:
        """Whether a request of this attempt created the existing thing.

        The time is compared, too: if the transaction was lost, another request may have used the
        name or number since.
        """
        return (name, created) in self.noted


class Attempts:
    """The attempts of this process whose outcome is unknown."""

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
        """Remember an attempt whose outcome is unknown."""
        _, known = self._open.pop(key, (0.0, []))
        self._open[key] = (time.monotonic(), [*known, attempt])

    def _forget(self) -> None:
        """Drop attempts that no client will repeat, and the oldest if there are too many."""
        limit = time.monotonic() - _LASTS
        while self._open:
            key, (noted, _) = next(iter(self._open.items()))
            if noted > limit and len(self._open) <= _MOST:
                return
            del self._open[key]
