"""Storage of logged models in a database."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from treadle.records import LoggedModelMetric, LoggedModelRecord, LoggedModelStatus
from treadle.store.search.listing import Listing
from treadle.store.sql.database import Database, Row
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
        params = self._values("SELECT model_key, name, value FROM logged_model_param", keys)
        tags = self._values("SELECT model_key, name, value FROM logged_model_tag", keys)
        metrics = self._values(
            "SELECT model_key, name, step, time, value, run, dataset_name, dataset_digest FROM "
            "logged_model_metric",
            keys,
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
                params=dict(params[row[0]]),
                tags=dict(tags[row[0]]),
                metrics=_metrics(metrics[row[0]]),
            )
            for row in rows
        ]

    def _values(self, query: str, keys: Sequence[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for begin in range(0, len(keys), 10_000):
            some = keys[begin : begin + 10_000]
            marks = ", ".join("?" * len(some))
            for row in self._database.execute(
                f"{query} WHERE model_key IN ({marks}) ORDER BY name", some
            ):
                found[row[0]].append(row[1:])
        return found

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
        key = self._key(model)
        self._database.executemany(
            "INSERT INTO logged_model_param VALUES (?, ?, ?) ON CONFLICT (model_key, name) DO "
            "NOTHING",
            [(key, name, value) for name, value in params.items()],
        )

    def set_tags(self, model: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        key = self._key(model)
        self._database.executemany(
            "INSERT INTO logged_model_tag VALUES (?, ?, ?) ON CONFLICT (model_key, name)"
            " DO UPDATE SET value = excluded.value",
            [(key, name, value) for name, value in tags.items()],
        )

    def delete_tag(self, model: str, tag: str) -> bool:
        """Delete a tag; return whether it existed."""
        query = "DELETE FROM logged_model_tag WHERE model_key = ? AND name = ? RETURNING name"
        return bool(self._database.execute(query, (self._key(model), tag)))

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
