"""Remembers in a database what was imported from another system, as it was there."""

from typing import Final

from treadle.store.sql.database import Database

_PUT: Final = """
    INSERT INTO imported VALUES (?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET content = excluded.content
"""


class SqlImports:
    """What was imported into a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, kind: str, key: str) -> bytes | None:
        """Return what was noted of a thing when it was last imported; None if it never was."""
        query = "SELECT content FROM imported WHERE kind = ? AND id = ?"
        rows = self._database.execute(query, (kind, key))
        return bytes(rows[0][0]) if rows else None

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Note what a thing is at its source."""
        self._database.execute(
            _PUT,
            (kind, key, content),
        )
