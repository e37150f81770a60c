"""Datasets and models that runs read or create, as clients log them."""

from collections.abc import Sequence

import msgspec

from treadle.records import DatasetInputRecord, ModelUseRecord
from treadle.store.sql.database import Database
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.statements import SQL

_CONTEXT_TAGS = ("context", "mlflow.data.context")


def add_inputs(
    database: Database,
    run: str,
    datasets: Sequence[DatasetInputRecord],
    models: Sequence[ModelUseRecord],
) -> None:
    """Add inputs and outputs of a run; existing ones are not changed."""
    ((key, experiment),) = database.execute(
        "SELECT key, experiment_key FROM run WHERE id = ?", (run,)
    )
    for one in datasets:
        context = next((one.tags[tag] for tag in _CONTEXT_TAGS if tag in one.tags), "")
        tags = msgspec.json.encode(one.tags).decode()
        database.execute(
            "INSERT INTO dataset_input VALUES (?, ?, ?, ?)"
            " ON CONFLICT (run_key, dataset_key) DO NOTHING",
            (key, _add_dataset(database, experiment, one), context, tags),
        )
    database.executemany(
        "INSERT INTO model_use VALUES (?, ?, ?, ?) ON CONFLICT (run_key, role, model) DO NOTHING",
        [(key, one.role, one.model, one.step) for one in models],
    )


def _add_dataset(database: Database, experiment: int, one: DatasetInputRecord) -> int:
    """Return the key of a dataset of an experiment, which is created unless it exists."""
    values = (one.source_type, one.source, one.columns, one.profile)
    database.execute(SQL["add_dataset"], (experiment, one.name, one.digest, *values))
    query = "SELECT key FROM dataset WHERE experiment_key = ? AND name = ? AND digest = ?"
    return int(database.execute(query, (experiment, one.name, one.digest))[0][0])


def list_datasets(
    database: Database, experiments: Sequence[str], limit: int
) -> list[tuple[str, str, str, str]]:
    """List the distinct input datasets of experiments: (experiment, name, digest, context)."""
    found: list[tuple[str, str, str, str]] = []
    for marks, some in in_parts([int(one) for one in experiments]):
        rows = database.execute(
            "SELECT DISTINCT experiment_key, dataset.name, digest, context FROM dataset"
            " JOIN dataset_input ON dataset_key = dataset.key"
            f" WHERE experiment_key IN ({marks}) ORDER BY dataset.name, digest, context LIMIT ?",
            (*some, limit - len(found)),
        )
        found += [(str(row[0]), *row[1:]) for row in rows]
    return found
