"""Storage of registered models, their versions, tags, aliases and stages in a database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from treadle.records import ModelVersionRecord, RegisteredModelRecord, Stage
from treadle.store.search.listing import Listing
from treadle.store.sql.database import Database, Row
from treadle.store.sql.search.listing import Subject, find_rows
from treadle.store.sql.statements import SQL

_OF_MODEL: Final = "key, name, description, created, updated"
_MODEL: Final = f"SELECT {_OF_MODEL} FROM registered_model"
_OF_VERSION: Final = (
    "model_key, registered_model.name, version, model_version.description, model_version.created,"
    " model_version.updated, stage, source, location, run, run_link, logged_model, user_name"
)
_VERSIONS: Final = "model_version JOIN registered_model ON registered_model.key = model_key"
_VERSION: Final = f"SELECT {_OF_VERSION} FROM {_VERSIONS} WHERE deleted IS NULL"
_MODELS_SUBJECT: Final = Subject(
    source="registered_model",
    columns=_OF_MODEL,
    attributes={name: f"registered_model.{name}" for name in ("name", "created", "updated")},
    families={
        "tags": "(SELECT value FROM registered_model_tag AS t WHERE t.model_key = "
        "registered_model.key AND t.name = ?)"
    },
    scope="registered_model.name",
    deleted="NULL",
    tie=(("registered_model.name", False),),
)
_VERSIONS_SUBJECT: Final = Subject(
    source=_VERSIONS,
    columns=_OF_VERSION,
    attributes={
        "name": "registered_model.name",
        "version": "model_version.version",
        "run": "model_version.run",
        "source": "model_version.source",
        "created": "model_version.created",
        "updated": "model_version.updated",
    },
    families={
        "tags": "(SELECT value FROM model_version_tag AS t WHERE t.model_key = "
        "model_version.model_key"
        " AND t.version = model_version.version AND t.name = ?)"
    },
    scope="registered_model.name",
    deleted="model_version.deleted",
    tie=(("registered_model.name", False), ("model_version.version", True)),
)


class SqlRegistry:
    """Registered models and their versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- models

    def find_models(self, listing: Listing) -> tuple[list[RegisteredModelRecord], str]:
        """Return a page of registered models, and the next page's token (empty on the last)."""
        rows, following = find_rows(self._database, _MODELS_SUBJECT, listing)
        return self._models(rows), following

    def model(self, name: str) -> RegisteredModelRecord | None:
        """Return the registered model with a name, if there is one."""
        records = self._models(self._database.execute(f"{_MODEL} WHERE name = ?", (name,)))
        return records[0] if records else None

    def key_of(self, name: str) -> int | None:
        """Return the key of a registered model, which does not change when it is renamed."""
        rows = self._database.execute("SELECT key FROM registered_model WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def name_of(self, key: int) -> str | None:
        """Return the current name of the registered model with a key."""
        rows = self._database.execute("SELECT name FROM registered_model WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def _models(self, rows: Sequence[Row]) -> list[RegisteredModelRecord]:
        keys = [row[0] for row in rows]
        tags = self._by_model("SELECT model_key, name, value FROM registered_model_tag", keys)
        aliases = self._by_model("SELECT model_key, alias, version FROM model_alias", keys)
        newest = self._by_model(
            "SELECT model_key, max(version) FROM model_version",
            keys,
            "AND deleted IS NULL GROUP BY model_key, stage",
        )
        wanted = [(key, version) for key, found in newest.items() for (version,) in found]
        latest: dict[int, list[ModelVersionRecord]] = defaultdict(list)
        for key, version in zip((key for key, _ in wanted), self._versions_of(wanted), strict=True):
            latest[key].append(version)
        return [
            RegisteredModelRecord(
                name=name,
                description=description,
                created=created,
                updated=updated,
                tags=dict(tags[key]),
                aliases=dict(aliases[key]),
                latest=sorted(latest[key], key=lambda version: version.version),
            )
            for key, name, description, created, updated in rows
        ]

    def _by_model(self, query: str, keys: Sequence[int], rest: str = "") -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for begin in range(0, len(keys), 10_000):
            some = keys[begin : begin + 10_000]
            marks = ", ".join("?" * len(some))
            for row in self._database.execute(f"{query} WHERE model_key IN ({marks}) {rest}", some):
                found[row[0]].append(row[1:])
        return found

    def create_model(
        self, name: str, *, description: str | None, tags: Mapping[str, str], time: float
    ) -> bool:
        """Create a registered model; return whether the name was free."""
        rows = self._database.execute(
            "INSERT INTO registered_model (name, description, created, updated) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO NOTHING RETURNING key",
            (name, description, time, time),
        )
        if rows:
            self.set_model_tags(name, tags)
        return bool(rows)

    def rename_model(self, name: str, new: str, time: float) -> None:
        """Rename a registered model, with its permissions; the new name must be free."""
        key = self._key(name)
        renamed = "UPDATE registered_model SET name = ?, updated = ? WHERE key = ?"
        self._database.execute(renamed, (new, time, key))
        moved = "UPDATE model_version SET updated = ? WHERE model_key = ?"
        self._database.execute(moved, (time, key))
        self._database.execute(SQL["copy_permissions"], (new, name))
        self._forget_grants(name)

    def _forget_grants(self, name: str) -> None:
        self._database.execute(
            "DELETE FROM permission WHERE kind = 'model' AND target = ?", (name,)
        )

    def describe_model(self, name: str, description: str, time: float) -> None:
        """Set the description of a registered model."""
        self._database.execute(
            "UPDATE registered_model SET description = ?, updated = ? WHERE name = ?",
            (description, time, name),
        )

    def delete_model(self, name: str) -> None:
        """Delete a registered model and its versions; the artifacts of the runs are not deleted."""
        key = self._key(name)
        for table in ("registered_model_tag", "model_version", "model_version_tag", "model_alias"):
            self._database.execute(f"DELETE FROM {table} WHERE model_key = ?", (key,))
        self._database.execute("DELETE FROM registered_model WHERE key = ?", (key,))
        self._forget_grants(name)  # a later model with this name is a different one

    def set_model_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        key = self._key(name)
        self._database.executemany(
            "INSERT INTO registered_model_tag VALUES (?, ?, ?) ON CONFLICT (model_key, name)"
            " DO UPDATE SET value = excluded.value",
            [(key, tag, value) for tag, value in tags.items()],
        )

    def delete_model_tag(self, name: str, tag: str) -> None:
        """Delete a tag, if it exists."""
        self._database.execute(
            "DELETE FROM registered_model_tag WHERE model_key = ? AND name = ?",
            (self._key(name), tag),
        )

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Assign an alias to a version, removing it from any other."""
        key = self._key(name)
        self._database.execute(
            "INSERT INTO model_alias VALUES (?, ?, ?) ON CONFLICT (model_key, alias)"
            " DO UPDATE SET version = excluded.version",
            (key, alias, version),
        )

    def delete_alias(self, name: str, alias: str) -> None:
        """Delete an alias, if it exists."""
        key = self._key(name)
        self._database.execute(
            "DELETE FROM model_alias WHERE model_key = ? AND alias = ?", (key, alias)
        )

    def _touch(self, key: int, time: float) -> None:
        """Set the update time of a model: as in MLflow, changes of versions and stages count."""
        self._database.execute("UPDATE registered_model SET updated = ? WHERE key = ?", (time, key))

    def _key(self, name: str) -> int:
        """Return the key of a model, and lock its row until the transaction ends."""
        query = f"SELECT key FROM registered_model WHERE name = ?{self._database.row_lock}"
        return int(self._database.execute(query, (name,))[0][0])

    # --- versions

    def find_versions(self, listing: Listing) -> tuple[list[ModelVersionRecord], str]:
        """Return a page of model versions, and the token of the next page (empty on the last)."""
        rows, following = find_rows(self._database, _VERSIONS_SUBJECT, listing)
        return self._versions(rows), following

    def versions_of(self, name: str) -> list[ModelVersionRecord]:
        """List the versions of one model."""
        return self._versions(
            self._database.execute(
                f"{_VERSION} AND registered_model.name = ? ORDER BY version", (name,)
            )
        )

    def version(self, name: str, version: int) -> ModelVersionRecord | None:
        """Return a version of a model, if it exists."""
        query = f"{_VERSION} AND registered_model.name = ? AND version = ?"
        records = self._versions(self._database.execute(query, (name, version)))
        return records[0] if records else None

    def _versions_of(self, wanted: Sequence[tuple[int, int]]) -> list[ModelVersionRecord]:
        """Return versions by model key and number, in the same order."""
        rows: dict[tuple[int, int], Row] = {}
        for begin in range(0, len(wanted), 5_000):
            some = wanted[begin : begin + 5_000]
            marks = ", ".join(["(?, ?)"] * len(some))
            query = f"{_VERSION} AND (model_key, version) IN (VALUES {marks})"
            for row in self._database.execute(query, [value for pair in some for value in pair]):
                rows[row[0], row[2]] = row
        return self._versions([rows[pair] for pair in wanted])

    def _versions(self, rows: Sequence[Row]) -> list[ModelVersionRecord]:
        keys = list(dict.fromkeys(row[0] for row in rows))
        tags: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
        for key, found in self._by_model(
            "SELECT model_key, version, name, value FROM model_version_tag", keys
        ).items():
            for version, name, value in found:
                tags[key, version][name] = value
        aliases: dict[tuple[int, int], list[str]] = defaultdict(list)
        for key, found in self._by_model(
            "SELECT model_key, alias, version FROM model_alias", keys
        ).items():
            for alias, version in found:
                aliases[key, version].append(alias)
        return [
            ModelVersionRecord(
                name=row[1],
                version=row[2],
                description=row[3],
                created=row[4],
                updated=row[5],
                stage=row[6],
                source=row[7],
                location=row[8],
                run=row[9],
                run_link=row[10],
                logged_model=row[11],
                user=row[12],
                tags=tags[row[0], row[2]],
                aliases=sorted(aliases[row[0], row[2]]),
            )
            for row in rows
        ]

    def is_number_given(self, name: str, version: int) -> bool:
        """Return whether a model has or had a version with this number."""
        query = (
            "SELECT 1 FROM model_version JOIN registered_model ON registered_model.key = model_key"
            " WHERE registered_model.name = ? AND version = ?"
        )
        return bool(self._database.execute(query, (name, version)))

    def create_version(self, name: str, record: ModelVersionRecord) -> int:
        """Create a version; its number is the record's, or the highest ever used plus one."""
        key = self._key(name)
        query = "SELECT COALESCE(max(version), 0) + 1 FROM model_version WHERE model_key = ?"
        number = record.version or self._database.execute(query, (key,))[0][0]
        self._database.execute(
            "INSERT INTO model_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                key,
                number,
                record.description,
                record.created,
                record.updated,
                record.stage,
                record.source,
                record.location,
                record.run,
                record.run_link,
                record.logged_model,
                record.user,
            ),
        )
        self.set_version_tags(name, number, record.tags)
        self._touch(key, record.created)
        return int(number)

    def change_version(
        self,
        name: str,
        version: int,
        time: float,
        *,
        description: str | None = None,
        stage: Stage | None = None,
    ) -> None:
        """Change the given fields."""
        changes = {"description": description, "stage": stage, "updated": time}
        given = {column: value for column, value in changes.items() if value is not None}
        key = self._key(name)
        self._database.execute(
            f"UPDATE model_version SET {', '.join(f'{column} = ?' for column in given)}"
            " WHERE model_key = ? AND version = ?",
            (*given.values(), key, version),
        )
        if stage is not None:
            self._touch(key, time)

    def delete_version(self, name: str, version: int, time: float) -> None:
        """Delete a version, its aliases and tags; its number is not reused."""
        key = self._key(name)
        which = (key, version)
        self._database.execute(
            "UPDATE model_version SET deleted = ? WHERE model_key = ? AND version = ?",
            (time, *which),
        )
        self._database.execute("DELETE FROM model_alias WHERE model_key = ? AND version = ?", which)
        self._database.execute(
            "DELETE FROM model_version_tag WHERE model_key = ? AND version = ?", which
        )
        self._touch(key, time)

    def set_version_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        key = self._key(name)
        self._database.executemany(
            "INSERT INTO model_version_tag VALUES (?, ?, ?, ?) ON CONFLICT (model_key, version, "
            "name)"
            " DO UPDATE SET value = excluded.value",
            [(key, version, tag, value) for tag, value in tags.items()],
        )

    def delete_version_tag(self, name: str, version: int, tag: str) -> None:
        """Delete a tag, if it exists."""
        self._database.execute(
            "DELETE FROM model_version_tag WHERE model_key = ? AND version = ? AND name = ?",
            (self._key(name), version, tag),
        )
