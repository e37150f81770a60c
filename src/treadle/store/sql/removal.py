"""Permanent removal of deleted runs, experiments and models."""

from typing import Final

from treadle.records import Collected
from treadle.store.sql.database import Database

_OF_RUN: Final = (
    "param",
    "tag",
    "series",
    "chunk",
    "level",
    "node_run",
    "dataset_use",
    "artifact",
    "snapshot",
    "log_line",
    "dataset_input",
    "model_use",
    "reused_value",
)
_OF_MODEL: Final = (
    "logged_model_param",
    "logged_model_tag",
    "logged_model_metric",
    "logged_model_artifact",
)


def collect(database: Database, before: float, *, dry: bool) -> Collected:
    """Permanently remove what was deleted before a time, in the caller's transaction.

    A deleted run or logged model that a registered version needs is not removed.
    """
    runs = database.execute(
        "SELECT key FROM run WHERE deleted < ? AND id NOT IN (SELECT run FROM model_version WHERE "
        "deleted IS NULL)",
        (before,),
    )
    models = database.execute(
        "SELECT key FROM logged_model WHERE deleted < ?"
        " AND id NOT IN (SELECT logged_model FROM model_version WHERE deleted IS NULL)",
        (before,),
    )
    experiments = database.execute("SELECT key FROM experiment WHERE deleted < ?", (before,))
    if not dry:
        for table in _OF_RUN:
            database.executemany(f"DELETE FROM {table} WHERE run_key = ?", runs)
        database.executemany("DELETE FROM run WHERE key = ?", runs)
        for table in _OF_MODEL:
            database.executemany(f"DELETE FROM {table} WHERE model_key = ?", models)
        database.executemany("DELETE FROM logged_model WHERE key = ?", models)
        # An experiment is kept as long as it contains anything.
        experiments = [
            row
            for row in experiments
            if not database.execute("SELECT 1 FROM run WHERE experiment_key = ? LIMIT 1", row)
            and not database.execute(
                "SELECT 1 FROM logged_model WHERE experiment_key = ? LIMIT 1", row
            )
        ]
        for table in ("experiment_tag", "dataset", "saved_view"):
            database.executemany(f"DELETE FROM {table} WHERE experiment_key = ?", experiments)
        database.executemany("DELETE FROM experiment WHERE key = ?", experiments)
    return Collected(runs=len(runs), experiments=len(experiments), models=len(models))
