"""Finds what a node made before of exactly this, with all that it read on the way.

What a node opens by path or looks up in the environment is known only when it has run. So its key has two parts: what
is known before it runs, and what it read then. For the first there may be several of the second, and one of them fits
if everything that was read is there now, unchanged.
"""

from collections.abc import Sequence

import msgspec
from blake3 import blake3

from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.observed import Reading, ReadingNow

__all__ = ["MadeBefore", "join_key"]


def join_key(base: str, readings: Sequence[Reading]) -> str:
    """Return the key of a node of what was known before it ran, and of what it read."""
    if not base or not readings:
        return base
    return blake3(base.encode() + msgspec.msgpack.encode(readings)).hexdigest()[:32]


class MadeBefore:
    """What the ledger knows of nodes, as far as what they read is there now.

    Args:
        ledger: The ledger.
        now: Digests what is there now.
    """

    def __init__(self, ledger: Ledger, now: ReadingNow) -> None:
        self._ledger = ledger
        self._now = now
        self._readers = ledger.names_of_readers()

    def reads(self, name: str) -> bool:
        """Whether a node is known to read by path or from the environment."""
        return name in self._readers

    def find(self, name: str, base: str) -> NodeEntry | None:
        """Find what a node made of this, if what it read then is there now.

        Args:
            name: The node.
            base: The first part of its key.
        """
        return next((one for one in self._entries(name, base) if not self._changed(one)), None)

    def find_changed(self, name: str, base: str) -> str:
        """Return what a node read that is another now, in words; empty if nothing is known."""
        for entry in self._entries(name, base):
            changed = self._changed(entry)
            if changed:
                what = changed[0]
                how = "is there now" if what.digest == "absent" else "changed"
                gone = what.kind != "variable" and self._now.digest(what) == "absent"
                more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
                return f"{what.title}, which it read, {'is gone' if gone else how}{more}"
        return ""

    def readings(self, name: str, entry: NodeEntry | None) -> tuple[Reading, ...]:
        """Return what a node read when it made something; the last time, if that is not known now."""
        if entry is None and name in self._readers:
            entry = self._ledger.latest(name)
        return entry.readings if entry is not None else ()

    def add_reader(self, name: str) -> None:
        """Note that a node reads by path or from the environment."""
        self._readers.add(name)

    def _entries(self, name: str, base: str) -> list[NodeEntry]:
        if not base:
            return []
        without = self._ledger.find(name, base)
        found = [without] if without is not None else []
        if name in self._readers:
            found += self._ledger.find_by_base(name, base)
        return found

    def _changed(self, entry: NodeEntry) -> list[Reading]:
        return self._now.find_changed(entry.readings)
