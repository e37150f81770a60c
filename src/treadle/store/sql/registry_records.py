"""Records of registered models and their versions, from rows, tags, aliases and stages."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from treadle.records import ModelVersionRecord, RegisteredModelRecord
from treadle.store.sql.database import Database, Row
from treadle.store.sql.in_lists import in_parts, read_by_key
from treadle.store.sql.named_values import NamedValues

MODEL: Final = "key, name, description, created, updated"
"""The columns of `read_models`."""
VERSION: Final = (
    "model_key, registered_model.name, version, model_version.description, model_version.created,"
    " model_version.updated, stage, source, location, run, run_link, logged_model, user_name"
)
"""The columns of `read_versions`."""
VERSIONS: Final = "model_version JOIN registered_model ON registered_model.key = model_key"
"""The source of `VERSION`, as the text after FROM."""
ACTIVE: Final = f"SELECT {VERSION} FROM {VERSIONS} WHERE deleted IS NULL"
"""The query for the versions that are not deleted, to which conditions are added."""


def model_tags(database: Database) -> NamedValues:
    """Return the tags of registered models."""
    return NamedValues(database, "registered_model_tag", "model_key")


def version_tags(database: Database) -> NamedValues:
    """Return the tags of model versions."""
    return NamedValues(database, "model_version_tag", "model_key", "version")


def model_aliases(database: Database) -> NamedValues:
    """Return the aliases of registered models, whose values are numbers of versions."""
    return NamedValues(database, "model_alias", "model_key", name="alias", value="version")


def read_models(database: Database, rows: Sequence[Row]) -> list[RegisteredModelRecord]:
    """Return the records of rows with the columns `MODEL`."""
    keys = [row[0] for row in rows]
    tags = model_tags(database).read(keys)
    aliases = model_aliases(database).read(keys)
    latest = _read_latest(database, keys)
    return [
        RegisteredModelRecord(
            name=name,
            description=description,
            created=created,
            updated=updated,
            tags=tags.get((key,), {}),
            aliases=aliases.get((key,), {}),
            latest=sorted(latest[key], key=lambda version: version.version),
        )
        for key, name, description, created, updated in rows
    ]


def _read_latest(database: Database, keys: Sequence[int]) -> dict[int, list[ModelVersionRecord]]:
    """Return the newest version of each stage, by the key of the model."""
    query = "SELECT model_key, max(version) FROM model_version WHERE model_key"
    newest = read_by_key(database, query, keys, "AND deleted IS NULL GROUP BY model_key, stage")
    wanted = [(key, version) for key, found in newest.items() for (version,) in found]
    rows: list[Row] = []
    for marks, some in in_parts(wanted, "(?, ?)"):
        query = f"{ACTIVE} AND (model_key, version) IN (VALUES {marks})"
        rows += database.execute(query, [value for pair in some for value in pair])
    latest: dict[int, list[ModelVersionRecord]] = defaultdict(list)
    for row, record in zip(rows, read_versions(database, rows), strict=True):
        latest[row[0]].append(record)
    return latest


def read_versions(database: Database, rows: Sequence[Row]) -> list[ModelVersionRecord]:
    """Return the records of rows with the columns `VERSION`."""
    keys = list(dict.fromkeys(row[0] for row in rows))
    tags = version_tags(database).read(keys)
    aliases: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (key,), found in model_aliases(database).read(keys).items():
        for alias, version in found.items():
            aliases[key, version].append(alias)
    return [
        ModelVersionRecord(
            name=name,
            version=version,
            description=description,
            created=created,
            updated=updated,
            stage=stage,
            source=source,
            location=location,
            run=run,
            run_link=run_link,
            logged_model=logged_model,
            user=user,
            tags=tags.get((key, version), {}),
            aliases=aliases[key, version],
        )
        for (
            key,
            name,
            version,
            description,
            created,
            updated,
            stage,
            source,
            location,
            run,
            run_link,
            logged_model,
            user,
        ) in rows
    ]
