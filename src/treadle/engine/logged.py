"""Keeps what nodes logged with what they made, so that a run that reuses them has it, too."""

import heapq
import math
import threading
from typing import Final, Protocol

import msgspec

from treadle.catalog.content_cache import ContentCache
from treadle.engine.ledger import Ledger, NodeEntry

__all__ = ["KeptLogs", "NodeLogs", "RememberedLogs"]

_SHORT: Final = 4096
"""Bytes of what a node logged that are in the ledger itself; what is longer is in the cache."""


class NodeLogs(Protocol):
    """Knows what nodes log; see `treadle.tracking.node_logs.NodeLogs`."""

    def begin(self, node: str, *, is_muted: bool = False) -> None:
        """Note what a node logs from now on, in this context; muted, it does not count."""
        ...

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, empty for nothing; None where that is not wholly known."""
        ...

    def has_all(self, logged: bytes) -> bool:
        """Return whether all that a node has logged could be logged again."""
        ...

    def repeat(self, node: str, logged: bytes, origin: str) -> None:
        """Log again what a node logged to an earlier run."""
        ...


class KeptLog(msgspec.Struct, frozen=True, array_like=True):
    """What a node logged, as the ledger has it."""

    content: bytes = b""
    digest: str = ""
    """Of what is in the cache."""


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(KeptLog).decode


class KeptLogs:
    """What the nodes of one run log, or logged in an earlier one.

    What is kept is empty for a node that logged nothing, and None where nobody knows what it was.

    Args:
        logs: Knows what nodes log.
        cache: Keeps what is too long for the ledger.
    """

    def __init__(self, logs: NodeLogs, cache: ContentCache) -> None:
        self._logs = logs
        self._cache = cache
        self._repeated: dict[str, bytes] = {}

    def begin(self, node: str) -> None:
        """Note what a node logs, from now on; of one that was reused, the run has it already."""
        self._logs.begin(node, is_muted=node in self._repeated)

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, to be kept."""
        logged = self._logs.end(node)
        if node in self._repeated:
            return self._repeated[node]
        if not logged:
            return logged
        if len(logged) <= _SHORT:
            return _encode(KeptLog(logged))
        digest = self._cache.put_bytes(logged)
        return _encode(KeptLog(digest=digest)) if digest else None

    def can_repeat(self, kept: bytes | None) -> bool:
        """Return whether what a node logged is known, and all of it is there."""
        if not kept:
            return kept is not None
        logged = self._read(kept)
        return logged is not None and self._logs.has_all(logged)

    def repeat(self, node: str, kept: bytes, origin: str) -> None:
        """Log again what a node logged.

        Args:
            node: The node.
            kept: What is kept of that.
            origin: The run that it was logged to.
        """
        if node in self._repeated or not kept:
            return
        logged = self._read(kept)
        if logged is not None and self._logs.has_all(logged):
            self._repeated[node] = kept
            self._logs.repeat(node, logged, origin)

    def _read(self, kept: bytes) -> bytes | None:
        found = _decode(kept)
        return self._cache.read(found.digest) if found.digest else found.content


class RememberedLogs:
    """What nodes logged when they made what the ledger remembers.

    Args:
        ledger: The ledger.
        kept: Keeps and repeats what nodes log; None where nobody wants to know.
    """

    def __init__(self, ledger: Ledger, kept: KeptLogs | None) -> None:
        self._ledger = ledger
        self._kept = kept
        self._loggers = ledger.names_of_loggers()
        self._waiting: list[tuple[int, str, str]] = []  # a heap
        self._lock = threading.Lock()

    def begin(self, node: str, position: int) -> None:
        """Note from now on, in this context, what a node logs.

        Those come first that were added with a lower position.
        """
        if self._kept is not None:
            self.repeat(position)
            self._kept.begin(node)

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, to be kept; None where that is not known."""
        logged = self._kept.end(node) if self._kept is not None else b""
        if logged != b"":
            self._loggers.add(node)
        return logged

    def has_any(self, node: str) -> bool:
        """Return whether a node is known to have logged something, or may have."""
        return self._kept is not None and node in self._loggers

    def can_repeat(self, entry: NodeEntry | None) -> bool:
        """Return whether what a node logged when it made something could be logged again."""
        if self._kept is None or (entry is not None and entry.has_log is False):
            return True
        if entry is None or entry.has_log is None:
            return False
        return self._kept.can_repeat(self._ledger.find_logged(entry.name, entry.key))

    def find(self, node: str, key: str) -> tuple[bytes, str]:
        """Return what is kept of what a node logged, and the run that it logged it to.

        Args:
            node: The node.
            key: Its key then; empty for the last time that it ran.
        """
        if not key and (before := self._ledger.latest(node)) is not None:
            key = before.key
        kept = self._ledger.find_logged(node, key)
        entry = self._ledger.find(node, key) if kept else None
        return (kept, entry.run) if kept and entry is not None else (b"", "")

    def add(self, position: int, node: str, key: str) -> None:
        """Add a node whose log is to be repeated in the order of the plan.

        Args:
            position: Its position in the plan.
            node: The node.
            key: Its key when it logged; see `find`.
        """
        if self._kept is not None:
            with self._lock:
                heapq.heappush(self._waiting, (position, node, key))

    def repeat(self, until: float = math.inf) -> None:
        """Log again what the added nodes logged, as far as a position.

        So the order in which nodes log is that of the plan, whether they run or are reused.
        """
        while self._kept is not None:
            with self._lock:
                if not self._waiting or self._waiting[0][0] > until:
                    return
                _, node, key = heapq.heappop(self._waiting)
                self._kept.repeat(node, *self.find(node, key))
