"""Storage of the source states of imports in a database."""

from typing import Final

from treadle.store.sql.database import Database

_PUT: Final = """
    INSERT INTO imported VALUES (?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET content = excluded.content
"""


class SqlImports:
    """Source states of objects at their last import, by which the next one finds changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, kind: str, key: str) -> bytes | None:
        """Return the recorded state of an object at its last import; None if never imported."""
        query = "SELECT content FROM imported WHERE kind = ? AND id = ?"
        rows = self._database.execute(query, (kind, key))
        return bytes(rows[0][0]) if rows else None

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Record the state of an object at its source.

        Args:
            kind: The kind of object: run, experiment, ….
            key: Its id at the source.
            content: A JSON document.
        """
        self._database.execute(
            _PUT,
            (kind, key, content),
        )
