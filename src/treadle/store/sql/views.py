"""Storage of the saved views of pages."""

from collections.abc import Sequence
from typing import Final

from treadle.errors import ConflictError
from treadle.records import SavedView
from treadle.store.identifiers import read_key
from treadle.store.sql.database import Database, Row

_COLUMNS: Final = "id, page, name, experiment_key, state, is_default, owner, created, updated"
_QUERY: Final = f"SELECT {_COLUMNS} FROM saved_view"
_ALL: Final = -1  # the key that stands for all experiments


class SqlViews:
    """Saved views of pages, which everyone who may see their experiment can use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[SavedView]:
        """List all views, sorted by page, experiment and name; those of all experiments first."""
        return _records(self._database.execute(f"{_QUERY} ORDER BY page, experiment_key, name, id"))

    def get(self, view: str) -> SavedView | None:
        """Return the view with an id, if there is one."""
        records = _records(self._database.execute(f"{_QUERY} WHERE id = ?", (view,)))
        return records[0] if records else None

    def put(self, view: SavedView) -> None:
        """Store a view, in the caller's transaction; the same id replaces it.

        If it is the default, no other view of its page and experiment is.

        Raises:
            ConflictError: Another view of its page and experiment has its name.
        """
        key = _key(view.experiment)
        same = "page = ? AND experiment_key = ? AND id <> ?"
        which = (view.page, key, view.id)
        query = f"SELECT 1 FROM saved_view WHERE {same} AND name = ?"
        if self._database.execute(query, (*which, view.name)):
            raise ConflictError(
                f'There is already a view "{view.name}" of this page.',
                hint="Use another name, or save it by its id to replace it.",
            )
        if view.is_default:
            self._database.execute(f"UPDATE saved_view SET is_default = 0 WHERE {same}", which)
        self._database.execute(
            f"INSERT INTO saved_view ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET page = excluded.page, name = excluded.name,"
            " experiment_key = excluded.experiment_key, state = excluded.state,"
            " is_default = excluded.is_default, updated = excluded.updated",
            (
                view.id,
                view.page,
                view.name,
                key,
                view.state,
                int(view.is_default),
                view.owner,
                view.created,
                view.updated,
            ),
        )

    def delete(self, view: str) -> bool:
        """Delete a view; return whether it existed."""
        query = "DELETE FROM saved_view WHERE id = ? RETURNING id"
        return bool(self._database.execute(query, (view,)))


def _key(experiment: str) -> int:
    key = read_key(experiment) if experiment else None
    return _ALL if key is None else key


def _records(rows: Sequence[Row]) -> list[SavedView]:
    return [
        SavedView(
            id=identifier,
            page=page,
            name=name,
            experiment="" if key == _ALL else str(key),
            state=state,
            is_default=bool(is_default),
            owner=owner,
            created=created,
            updated=updated,
        )
        for identifier, page, name, key, state, is_default, owner, created, updated in rows
    ]
