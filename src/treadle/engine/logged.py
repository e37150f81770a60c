"""Stores what nodes logged with their outputs, so that a run that reuses them has it, too."""

import heapq
import math
import threading
from typing import Final, Protocol

import msgspec

from treadle.catalog.cache import ContentCache
from treadle.engine.ledger import Ledger, NodeEntry

_SHORT: Final = 4096
"""Bytes of a node's log stored in the ledger itself; longer ones are in the cache."""


class NodeLogs(Protocol):
    """Records what nodes log; see `treadle.tracking.node_logs.NodeLogs`."""

    def begin(self, node: str, *, is_muted: bool = False) -> None:
        """Record what a node logs from now on, in this context; if muted, it does not count."""
        ...

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, empty for nothing; None if not completely known."""
        ...

    def has_all(self, logged: bytes) -> bool:
        """Return whether all that a node has logged could be logged again."""
        ...

    def repeat(self, node: str, logged: bytes, origin: str) -> None:
        """Log again what a node logged to an earlier run."""
        ...


class KeptLog(msgspec.Struct, frozen=True, array_like=True):
    """What a node logged, as stored in the ledger."""

    content: bytes = b""
    digest: str = ""
    """Digest of the log in the cache."""


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(KeptLog).decode


class KeptLogs:
    """The logs of the nodes of one run, and those of earlier runs that it repeats.

    A stored log is empty for a node that logged nothing, and None if it is unknown.

    Args:
        logs: Records what nodes log.
        cache: Stores logs that are too long for the ledger.
    """

    def __init__(self, logs: NodeLogs, cache: ContentCache) -> None:
        self._logs = logs
        self._cache = cache
        self._repeated: dict[str, bytes] = {}

    def begin(self, node: str) -> None:
        """Record what a node logs from now on; a reused node's log is in the run already."""
        self._logs.begin(node, is_muted=node in self._repeated)

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, to be stored."""
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
        """Return whether a node's log is known and complete."""
        if not kept:
            return kept is not None
        logged = self._read(kept)
        return logged is not None and self._logs.has_all(logged)

    def repeat(self, node: str, kept: bytes, origin: str) -> None:
        """Log again what a node logged.

        Args:
            node: The node.
            kept: Its log, as stored.
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
    """What nodes logged when they made the outputs in the ledger.

    Args:
        ledger: The ledger.
        kept: Stores and repeats what nodes log; None if logs are not needed.
    """

    def __init__(self, ledger: Ledger, kept: KeptLogs | None) -> None:
        self._ledger = ledger
        self._kept = kept
        self._loggers = ledger.names_of_loggers()
        self._waiting: list[tuple[int, str, str]] = []  # a heap
        self._lock = threading.Lock()

    def begin(self, node: str, position: int) -> None:
        """Record from now on, in this context, what a node logs.

        Logs of nodes added with a lower position come first.
        """
        if self._kept is not None:
            self.repeat(position)
            self._kept.begin(node)

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, to be stored; None if unknown."""
        logged = self._kept.end(node) if self._kept is not None else b""
        if logged != b"":
            self._loggers.add(node)
        return logged

    def has_any(self, node: str) -> bool:
        """Return whether a node is known to have logged something, or may have."""
        return self._kept is not None and node in self._loggers

    def can_repeat(self, entry: NodeEntry | None) -> bool:
        """Return whether what a node logged with an entry can be logged again."""
        if self._kept is None or (entry is not None and entry.has_log is False):
            return True
        if entry is None or entry.has_log is None:
            return False
        return self._kept.can_repeat(self._ledger.find_logged(entry.name, entry.key))

    def find(self, node: str, key: str) -> tuple[bytes, str]:
        """Return what a node logged, as stored, and the run that it logged it to.

        Args:
            node: The node.
            key: Its key then; empty for its last run.
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
        """Log again what the added nodes logged, up to a position.

        So nodes log in the order of the plan, whether they run or are reused.
        """
        while self._kept is not None:
            with self._lock:
                if not self._waiting or self._waiting[0][0] > until:
                    return
                _, node, key = heapq.heappop(self._waiting)
                self._kept.repeat(node, *self.find(node, key))
