"""Storage of logged models in a database."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from treadle.records import LoggedModelMetric, LoggedModelRecord, LoggedModelStatus
from treadle.store.search.listing import Listing
from treadle.store.sql.database import Database, Row
from treadle.store.sql.in_lists import read_by_key
from treadle.store.sql.named_values import NamedValues
from treadle.store.sql.search.listing import Subject, find_rows
from treadle.store.sql.statements import SQL

_NAMES: Final = "key, id, experiment_key, name, type, status, source_run, created, updated, deleted"
_COLUMNS: Final = f"SELECT {_NAMES} FROM logged_model"
_SUBJECT: Final = Subject(
    source="logged_model",
    columns=_NAMES,
    attributes={
        name: f"logged_model.{name}"
        for name in ("id", "name", "type", "status", "source_run", "created", "updated")
    },
    families={
        "params": "(SELECT value FROM logged_model_param WHERE model_key = logged_model.key AND "
        "name = ?)",
        "tags": "(SELECT value FROM logged_model_tag WHERE model_key = logged_model.key AND name "
        "= ?)",
    },
    metrics="logged_model_metric WHERE model_key = logged_model.key",
    scope="logged_model.experiment_key",
    deleted="logged_model.deleted",
    tie=(("logged_model.created", True), ("logged_model.id", False)),
)


class SqlLoggedModels:
    """Logged models with their params, metrics and tags."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._params = NamedValues(database, "logged_model_param", "model_key")
        self._tags = NamedValues(database, "logged_model_tag", "model_key")

    def get(self, model: str) -> LoggedModelRecord | None:
        """Return the logged model with an id, unless it is deleted."""
        records = self._records(
            self._database.execute(f"{_COLUMNS} WHERE id = ? AND deleted IS NULL", (model,))
        )
        return records[0] if records else None

    def find_page(self, listing: Listing) -> tuple[list[LoggedModelRecord], str]:
        """Return a page of logged models, and the token of the next page (empty on the last)."""
        rows, following = find_rows(self._database, _SUBJECT, listing)
        return self._records(rows), following

    def _records(self, rows: Sequence[Row]) -> list[LoggedModelRecord]:
        keys = [row[0] for row in rows]
        params = self._params.read(keys)
        tags = self._tags.read(keys)
        metrics = read_by_key(
            self._database,
            "SELECT model_key, name, step, time, value, run, dataset_name, dataset_digest"
            " FROM logged_model_metric WHERE model_key",
            keys,
            "ORDER BY name",
        )
        return [
            LoggedModelRecord(
                id=row[1],
                experiment_id=str(row[2]),
                name=row[3],
                type=row[4],
                status=row[5],
                source_run=row[6],
                created=row[7],
                updated=row[8],
                deleted=row[9],
                params=params.get((row[0],), {}),
                tags=tags.get((row[0],), {}),
                metrics=_metrics(metrics[row[0]]),
            )
            for row in rows
        ]

    def create(
        self, model: str, experiment: str, *, name: str, kind: str, source_run: str, created: float
    ) -> None:
        """Create a logged model whose files are not yet uploaded."""
        self._database.execute(
            "INSERT INTO logged_model (id, experiment_key, name, type, status, source_run, "
            "created, updated)"
            " VALUES (?, ?, ?, ?, 'pending', ?, ?, ?)",
            (model, int(experiment), name, kind, source_run, created, created),
        )

    def finish(self, model: str, status: LoggedModelStatus, time: float) -> None:
        """Set the status after the upload of the files."""
        self._database.execute(
            "UPDATE logged_model SET status = ?, updated = ? WHERE id = ?", (status, time, model)
        )

    def delete(self, model: str, time: float) -> None:
        """Delete a logged model (restorable)."""
        self._database.execute(
            "UPDATE logged_model SET deleted = ?, updated = ? WHERE id = ?", (time, time, model)
        )

    def log_params(self, model: str, params: Mapping[str, str]) -> None:
        """Log parameters; an existing value is not replaced."""
        self._params.add((self._key(model),), params)

    def set_tags(self, model: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        self._tags.set((self._key(model),), tags)

    def delete_tag(self, model: str, tag: str) -> bool:
        """Delete a tag; return whether it existed."""
        return self._tags.delete((self._key(model),), tag)

    def log_metrics(self, model: str, metrics: Sequence[LoggedModelMetric]) -> None:
        """Log metric points; ignore them if the model does not exist."""
        rows = self._database.execute("SELECT key FROM logged_model WHERE id = ?", (model,))
        if rows:
            self._database.executemany(
                SQL["log_model_metric"],
                [
                    (
                        rows[0][0],
                        one.key,
                        one.step,
                        one.time,
                        None if math.isnan(one.value) else one.value,
                        one.run,
                        one.dataset_name,
                        one.dataset_digest,
                    )
                    for one in metrics
                ],
            )

    def _key(self, model: str) -> int:
        return int(
            self._database.execute("SELECT key FROM logged_model WHERE id = ?", (model,))[0][0]
        )


def _metrics(rows: Sequence[Row]) -> list[LoggedModelMetric]:
    """Return the metric points of rows, without those that a client sent twice."""
    return [
        LoggedModelMetric(
            key=key,
            step=step,
            time=time,
            value=math.nan if value is None else value,
            run=run,
            dataset_name=name,
            dataset_digest=digest,
        )
        for key, step, time, value, run, name, digest in dict.fromkeys(rows)
    ]
