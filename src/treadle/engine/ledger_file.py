"""The file of the ledger: its tables, versions, and what happens to a damaged one."""

import contextlib
import logging
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from treadle.files import create_folder
from treadle.masking import mask, seal
from treadle.private import close_to_others, create_private
from treadle.write_ahead import set_journal_mode

_log = logging.getLogger(__name__)

_VERSION: Final = 3
HAS_LOG: Final = "logged IS NULL OR logged <> x''"
"""Condition for a node that logged something, or of which that is unknown."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS node (
    name TEXT NOT NULL, key TEXT NOT NULL, time REAL NOT NULL, content BLOB NOT NULL,
    logged BLOB, -- what is kept of what it logged; NULL where that is not known
    PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS node_by_time ON node (name, time);
CREATE TABLE IF NOT EXISTS content (
    path TEXT PRIMARY KEY, signature TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reader (
    name TEXT NOT NULL, base TEXT NOT NULL, key TEXT NOT NULL, time REAL NOT NULL,
    PRIMARY KEY (name, base, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
"""


class _Parts(msgspec.Struct):
    params: dict[str, str]


class _Entry(msgspec.Struct):
    """As much of an entry as is needed to find secrets in it."""

    parts: _Parts


_decode: Final = msgspec.msgpack.Decoder(_Entry).decode


def open_ledger(path: Path) -> apsw.Connection:
    """Open a ledger, and move a damaged one aside; one in memory if there can be no file."""
    try:
        create_folder(path.parent)
        try:
            return _connect(str(path))
        except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError) as error:
            aside = path.with_name(f"{path.name}.damaged")
            _log.warning("%s cannot be read (%s): it is put aside as %s.", path, error, aside.name)
            path.replace(aside)
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            return _connect(str(path))
    except Exception as error:  # noqa: BLE001 - without a ledger, everything runs again
        _log.warning("Nothing is reused: the ledger %s cannot be used (%s).", path, error)
        return _connect(":memory:")


def _connect(path: str) -> apsw.Connection:
    if path != ":memory:":
        create_private(Path(path))
        for suffix in ("-wal", "-shm"):
            close_to_others(Path(path + suffix))
    connection = apsw.Connection(path)
    connection.set_busy_timeout(5000)
    if path != ":memory:":
        set_journal_mode(connection, "WAL", 5.0)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA trusted_schema = OFF")
    version = connection.pragma("user_version")
    if not 0 <= version <= _VERSION:
        raise apsw.SQLError(f"it has version {version}")
    connection.execute(_TABLES)
    if 0 < version < 3:  # noqa: PLR2004 - versions without nodes' logs
        with contextlib.suppress(apsw.SQLError):  # another process was faster
            connection.execute("ALTER TABLE node ADD COLUMN logged BLOB")
    connection.execute(f"CREATE INDEX IF NOT EXISTS node_with_log ON node (name) WHERE {HAS_LOG}")
    if version == 1:
        _forget_secrets(connection)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    return connection


def _forget_secrets(connection: apsw.Connection) -> None:
    """Delete the secret parameters that version 1 stored in plain text."""
    with connection:
        connection.execute("DELETE FROM kept")
        rows: list[Any] = list(connection.execute("SELECT name, key, content FROM node"))
        for name, key, content in rows:
            if any(_has_secret(one, text) for one, text in _decode(content).parts.params.items()):
                connection.execute("DELETE FROM node WHERE name = ? AND key = ?", (name, key))
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _has_secret(name: str, text: str) -> bool:
    try:
        value = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return mask(text) != text
    return bool(seal(value, name.removeprefix("params:")) != value)
