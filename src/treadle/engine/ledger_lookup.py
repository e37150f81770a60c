"""Finds the ledger entry of a node, including what it read while running.

What a node opens by path or looks up in the environment is known only after it has run. So its key
has two parts: what is known before it runs, and what it read then. Several of the second may exist
for the first; one matches if everything that was read is unchanged.
"""

from collections.abc import Sequence

import msgspec
from blake3 import blake3

from treadle.engine.ledger import Ledger, NodeEntry
from treadle.engine.observed import Reading, ReadingNow


def join_key(base: str, readings: Sequence[Reading]) -> str:
    """Return a node's key from the part known before it ran, and from what it read."""
    if not base or not readings:
        return base
    return blake3(base.encode() + msgspec.msgpack.encode(readings)).hexdigest()[:32]


class MadeBefore:
    """The ledger entries of nodes whose readings are unchanged.

    Args:
        ledger: The ledger.
        now: Digests the current content.
    """

    def __init__(self, ledger: Ledger, now: ReadingNow) -> None:
        self._ledger = ledger
        self._now = now
        self._readers = ledger.names_of_readers()

    def reads(self, name: str) -> bool:
        """Return whether a node is known to read by path or from the environment."""
        return name in self._readers

    def find(self, name: str, base: str) -> NodeEntry | None:
        """Find a node's entry by the first part of its key, if what it read then is unchanged.

        Args:
            name: The node.
            base: The first part of its key.
        """
        return next((one for one in self._entries(name, base) if not self._changed(one)), None)

    def find_changed(self, name: str, base: str) -> str:
        """Describe which readings of a node have changed; empty if unknown."""
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
        """Return what a node read for an entry; what it read last, if there is none."""
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
