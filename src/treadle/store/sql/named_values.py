"""Tables of named values: the tags, params and aliases of experiments and models."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from treadle.store.sql.database import Database
from treadle.store.sql.in_lists import in_parts

Owner = tuple[int, ...]


class NamedValues:
    """Values by name of the objects of one kind.

    Args:
        database: The database.
        table: The table. It has the columns of the key of the owner, the name and the value.
        owner: The columns of the key of the owner.
        name: The column of the name.
        value: The column of the value.
    """

    def __init__(
        self, database: Database, table: str, *owner: str, name: str = "name", value: str = "value"
    ) -> None:
        self._database = database
        self._table = table
        self._owner = owner
        self._name = name
        self._value = value

    def read(self, keys: Sequence[int]) -> dict[Owner, dict[str, Any]]:
        """Return the values of each owner, sorted by name.

        Args:
            keys: The owners' keys, or the first parts of them.
        """
        found: dict[Owner, dict[str, Any]] = defaultdict(dict)
        columns = ", ".join((*self._owner, self._name, self._value))
        for marks, some in in_parts(keys):
            query = (
                f"SELECT {columns} FROM {self._table} WHERE {self._owner[0]} IN ({marks})"
                f" ORDER BY {self._name}"
            )
            for *owner, name, value in self._database.execute(query, some):
                found[tuple(owner)][name] = value
        return found

    def set(self, owner: Owner, values: Mapping[str, Any]) -> None:
        """Set values; an existing value is replaced."""
        self._insert(owner, values, f"UPDATE SET {self._value} = excluded.{self._value}")

    def add(self, owner: Owner, values: Mapping[str, Any]) -> None:
        """Add values; an existing value is not replaced."""
        self._insert(owner, values, "NOTHING")

    def _insert(self, owner: Owner, values: Mapping[str, Any], conflict: str) -> None:
        key = (*self._owner, self._name)
        self._database.executemany(
            f"INSERT INTO {self._table} VALUES ({', '.join('?' * (len(key) + 1))})"
            f" ON CONFLICT ({', '.join(key)}) DO {conflict}",
            [(*owner, name, value) for name, value in values.items()],
        )

    def delete(self, owner: Owner, name: str) -> bool:
        """Delete a value; return whether it existed."""
        where = " AND ".join(f"{column} = ?" for column in (*self._owner, self._name))
        query = f"DELETE FROM {self._table} WHERE {where} RETURNING {self._name}"
        return bool(self._database.execute(query, (*owner, name)))
