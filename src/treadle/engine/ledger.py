"""The ledger: what nodes made, by key, so that it can be reused; and the digests of files.

It is only a cache: anything lost from it is computed again. An output's entry is valid only while
the output has that digest.
"""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from treadle.catalog import Signature
from treadle.engine.key import NodeParts
from treadle.engine.ledger_file import HAS_LOG, open_ledger
from treadle.engine.observed import Reading
from treadle.files import Content

_log = logging.getLogger(__name__)

_KEPT: Final = 20  # entries of a node
_MOMENT: Final = 0.05  # seconds


def ledger_path(folder: Path) -> Path:
    """Return the ledger file of a store: ``TREADLE_LEDGER`` if that is set."""
    given = os.environ.get("TREADLE_LEDGER")
    return Path(given) if given else folder / "ledger.db"


class MadeOutput(msgspec.Struct, frozen=True):
    """The record of one output of a node."""

    digest: str
    """Digest of the content; of a cached value in memory, of its pickle, else empty."""
    location: str = ""
    why_not: str = ""
    """Why a value that is not saved is not cached either."""
    identity: str = ""
    """Of a cached value in memory and of small saved objects: digests of the value and of its code.
    Of larger objects: of their code."""


class NodeEntry(msgspec.Struct, frozen=True):
    """One execution of a node: its inputs and its outputs."""

    name: str
    key: str
    run: str
    time: float
    parts: NodeParts
    outputs: dict[str, MadeOutput]
    base: str = ""
    """The part of the key that is known before the node runs, if that is not all of it."""
    readings: tuple[Reading, ...] = ()
    """What the node read by path or from the environment."""
    has_log: bool | None = None
    """Whether it logged something, which `Ledger.find_logged` returns; None if unknown."""


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(NodeEntry).decode


class Ledger:
    """The ledger of one project.

    Args:
        path: Its file. An unusable one is moved aside and a new one created; if that fails too,
            nothing is recorded, and the run continues.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_ledger(path)
        self._flushed = 0.0
        self._nodes: dict[tuple[str, str], NodeEntry] = {}
        self._logged: dict[tuple[str, str], bytes | None] = {}
        self._contents: dict[str, tuple[Signature, Content]] = {}
        self._last: NodeEntry | None = None  # found; a plan asks for each a few times in a row

    def recall(self, path: str, signature: Signature) -> Content | None:
        """Return the recorded content of a file, if its signature is unchanged."""
        for sign, digest, size in self._ask(
            "SELECT signature, digest, size FROM content WHERE path = ?", (path,)
        ):
            if sign == _text(signature):
                return digest, size
        return None

    def remember(self, path: str, signature: Signature, content: Content) -> None:
        """Record the digest of a file."""
        self._contents[path] = (signature, content)

    def find(self, name: str, key: str) -> NodeEntry | None:
        """Find a node's entry by its key."""
        if (name, key) in self._nodes:
            return self._nodes[name, key]
        if self._last is None or self._last.name != name or self._last.key != key:
            rows = self._ask("SELECT content FROM node WHERE name = ? AND key = ?", (name, key))
            if not rows:
                return None
            self._last = _decode(rows[0][0])
        return self._last

    def names_of_readers(self) -> set[str]:
        """Return the nodes that read by path or from the environment."""
        return {name for (name,) in self._ask("SELECT DISTINCT name FROM reader", ())}

    def find_by_base(self, name: str, base: str) -> list[NodeEntry]:
        """Find a node's entries by the first part of the key, whatever it read; newest first."""
        added = [one for one in self._nodes.values() if one.name == name and one.base == base]
        rows = self._ask(
            "SELECT key FROM reader WHERE name = ? AND base = ? ORDER BY time DESC", (name, base)
        )
        known = {one.key for one in added}
        kept = (self.find(name, key) for (key,) in rows if key not in known)
        return [*reversed(added), *(one for one in kept if one is not None)]

    def names_of_loggers(self) -> set[str]:
        """Return the nodes that logged something, or of which it is unknown."""
        return {
            name for (name,) in self._ask(f"SELECT DISTINCT name FROM node WHERE {HAS_LOG}", ())
        }

    def find_logged(self, name: str, key: str) -> bytes | None:
        """Return what a node logged in the run with this key, as stored; None if unknown."""
        if (name, key) in self._nodes:
            return self._logged[name, key]
        query = "SELECT logged FROM node WHERE name = ? AND key = ?"
        rows = self._ask(query, (name, key))
        return rows[0][0] if rows else None

    def latest(self, name: str) -> NodeEntry | None:
        """Return a node's newest entry."""
        rows = self._ask(
            "SELECT content FROM node WHERE name = ? ORDER BY time DESC LIMIT 1", (name,)
        )
        return _decode(rows[0][0]) if rows else None

    def find_maker(self, name: str, output: str, digest: str) -> NodeEntry | None:
        """Find the newest entry in which a node made one of its outputs with this content."""
        rows = self._ask("SELECT content FROM node WHERE name = ? ORDER BY time DESC", (name,))
        entries = (_decode(content) for (content,) in rows)
        return next(
            (
                one
                for one in entries
                if output in one.outputs and one.outputs[output].digest == digest
            ),
            None,
        )

    def add(self, entry: NodeEntry, logged: bytes | None = b"") -> None:
        """Add an entry with what the node logged; `flush` writes it.

        Args:
            entry: The entry.
            logged: What it logged, as stored; None if unknown.
        """
        self._last = None
        self._nodes[entry.name, entry.key] = entry
        self._logged[entry.name, entry.key] = logged

    def keep(self, name: str, content: bytes) -> None:
        """Store a document; it replaces the one of that name."""
        with self._guarded():
            self._connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, content))

    def kept(self, name: str) -> bytes | None:
        """Return a document."""
        rows = self._ask("SELECT content FROM kept WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else None

    def flush_soon(self) -> None:
        """Write what was added, unless that happened a moment ago."""
        if time.monotonic() - self._flushed > _MOMENT:
            self.flush()

    def flush(self) -> None:
        """Write what was added."""
        self._flushed = time.monotonic()
        nodes, contents = list(self._nodes.values()), list(self._contents.items())
        logged = self._logged
        if not nodes and not contents:
            return
        with self._guarded(), self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO node (name, key, time, content, logged) VALUES (?, ?, ?, "
                "?, ?)",
                [
                    (one.name, one.key, one.time, _encode(one), logged[one.name, one.key])
                    for one in nodes
                ],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO reader VALUES (?, ?, ?, ?)",
                [(one.name, one.base, one.key, one.time) for one in nodes if one.base],
            )
            self._connection.executemany(
                "DELETE FROM node WHERE name = ?1 AND time < (SELECT time FROM node WHERE name = ?1"
                f" ORDER BY time DESC LIMIT 1 OFFSET {_KEPT - 1})",
                [(one.name,) for one in nodes],
            )
            self._connection.executemany(
                "DELETE FROM reader WHERE name = ?1 AND NOT EXISTS"
                " (SELECT 1 FROM node WHERE node.name = reader.name AND node.key = reader.key)",
                [(one.name,) for one in nodes if one.base],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?)",
                [(path, _text(sign), *content) for path, (sign, content) in contents],
            )
        self._nodes.clear()
        self._logged.clear()
        self._contents.clear()

    def close(self) -> None:
        """Write what was added, and close the file."""
        self.flush()
        self._connection.close()

    def _ask(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        found: list[Any] = []
        with self._guarded():
            found += self._connection.execute(query, values)
        return found

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Continue without the ledger if it fails."""
        try:
            yield
        except (apsw.Error, msgspec.MsgspecError) as error:
            _log.warning("The ledger %s failed: %s.", self._path, error)


def _text(signature: Signature) -> str:
    return " ".join(map(str, signature))
