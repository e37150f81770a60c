"""Storage of registered models, their versions, tags, aliases and stages in a database."""

from collections.abc import Mapping
from typing import Final

from treadle.records import ModelVersionRecord, RegisteredModelRecord, Stage
from treadle.store.search.listing import Listing
from treadle.store.sql.database import Database
from treadle.store.sql.registry_records import (
    ACTIVE,
    MODEL,
    VERSION,
    VERSIONS,
    model_aliases,
    model_tags,
    read_models,
    read_versions,
    version_tags,
)
from treadle.store.sql.search.listing import Subject, find_rows
from treadle.store.sql.statements import SQL

_MODELS_SUBJECT: Final = Subject(
    source="registered_model",
    columns=MODEL,
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
    source=VERSIONS,
    columns=VERSION,
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
        self._tags = model_tags(database)
        self._version_tags = version_tags(database)
        self._aliases = model_aliases(database)

    # --- models

    def find_models(self, listing: Listing) -> tuple[list[RegisteredModelRecord], str]:
        """Return a page of registered models, and the next page's token (empty on the last)."""
        rows, following = find_rows(self._database, _MODELS_SUBJECT, listing)
        return read_models(self._database, rows), following

    def model(self, name: str) -> RegisteredModelRecord | None:
        """Return the registered model with a name, if there is one."""
        query = f"SELECT {MODEL} FROM registered_model WHERE name = ?"
        records = read_models(self._database, self._database.execute(query, (name,)))
        return records[0] if records else None

    def key_of(self, name: str) -> int | None:
        """Return the key of a registered model, which does not change when it is renamed."""
        rows = self._database.execute("SELECT key FROM registered_model WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def name_of(self, key: int) -> str | None:
        """Return the current name of the registered model with a key."""
        rows = self._database.execute("SELECT name FROM registered_model WHERE key = ?", (key,))
        return rows[0][0] if rows else None

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
        self._tags.set((self._key(name),), tags)

    def delete_model_tag(self, name: str, tag: str) -> None:
        """Delete a tag, if it exists."""
        self._tags.delete((self._key(name),), tag)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Assign an alias to a version, removing it from any other."""
        self._aliases.set((self._key(name),), {alias: version})

    def delete_alias(self, name: str, alias: str) -> None:
        """Delete an alias, if it exists."""
        self._aliases.delete((self._key(name),), alias)

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
        return read_versions(self._database, rows), following

    def versions_of(self, name: str) -> list[ModelVersionRecord]:
        """List the versions of one model."""
        query = f"{ACTIVE} AND registered_model.name = ? ORDER BY version"
        return read_versions(self._database, self._database.execute(query, (name,)))

    def version(self, name: str, version: int) -> ModelVersionRecord | None:
        """Return a version of a model, if it exists."""
        query = f"{ACTIVE} AND registered_model.name = ? AND version = ?"
        records = read_versions(self._database, self._database.execute(query, (name, version)))
        return records[0] if records else None

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
        self._version_tags.set((self._key(name), version), tags)

    def delete_version_tag(self, name: str, version: int, tag: str) -> None:
        """Delete a tag, if it exists."""
        self._version_tags.delete((self._key(name), version), tag)
