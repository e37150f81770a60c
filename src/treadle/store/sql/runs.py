"""Keeps runs that clients make and change one call at a time, without a journal."""

from collections.abc import Mapping, Sequence

import msgspec

from treadle.records import (
    DatasetInputRecord,
    ModelUseRecord,
    RecordPage,
    RunContents,
    RunPage,
    RunState,
    Series,
    Status,
)
from treadle.store.search import Search
from treadle.store.sql import read
from treadle.store.sql.apply import MAX_NAME
from treadle.store.sql.database import Database
from treadle.store.sql.run_log import SqlRunLog, open_log
from treadle.store.sql.series import read_outline, read_part, read_series

__all__ = ["SqlRuns"]

_CONTEXT_TAGS = ("context", "mlflow.data.context")


class SqlRuns:
    """The runs of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, search: Search) -> RunPage:
        """Find runs, with all that was logged to them except points, files and lines."""
        return read.find_page(self._database, search)

    def records(self, search: Search) -> RecordPage:
        """Find runs, with what is wanted of their params, last metrics and tags."""
        return read.find_records(self._database, search)

    def get(self, run: str) -> RunContents | None:
        """Give the run of an id."""
        key = self._key(run)
        return read.read_contents(self._database, [key])[0] if key is not None else None

    def _key(self, run: str) -> int | None:
        rows = self._database.execute("SELECT key FROM run WHERE id = ?", (run,))
        return int(rows[0][0]) if rows else None

    def resolve(self, run: str) -> str:
        """Give the id of the run that is meant by an id, by a name (the newest of it), or by a part of an id."""
        key = read.find_run_key(self._database, run)
        return str(self._database.execute("SELECT id FROM run WHERE key = ?", (key,))[0][0])

    def state(self, run: str) -> RunState | None:
        """Say where a run belongs and whether it is deleted."""
        rows = self._database.execute("SELECT experiment_key, deleted FROM run WHERE id = ?", (run,))
        return RunState(str(rows[0][0]), rows[0][1] is not None) if rows else None

    def create(
        self, run: str, experiment: str, *, name: str, started: float, user: str, command: str, parent: str
    ) -> None:
        """Make a run that no process of ours owns; an id that exists is left as it is."""
        self._database.execute(
            "INSERT INTO run (id, experiment_key, name, status, started, kind, command, user_name, parent, touched)"
            " VALUES (?, ?, ?, 'running', ?, 'code', ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (run, int(experiment), name[:MAX_NAME], started, command, user[:MAX_NAME], parent[:MAX_NAME], started),
        )

    def update(
        self, run: str, *, status: Status | None = None, ended: float | None = None, name: str | None = None
    ) -> None:
        """Change what is given; a run that goes on has not ended."""
        changes = {"status": status, "ended": ended, "name": name}
        given: dict[str, str | float | None]
        given = {column: value for column, value in changes.items() if value is not None}
        if status == "running" and ended is None:
            given["ended"] = None
        if given:
            self._database.execute(
                f"UPDATE run SET {', '.join(f'{column} = ?' for column in given)} WHERE id = ?", (*given.values(), run)
            )

    def set_parent(self, run: str, parent: str) -> None:
        """Make a run part of another one; of none if that is empty."""
        self._database.execute("UPDATE run SET parent = ? WHERE id = ?", (parent[:MAX_NAME], run))

    def bin(self, run: str, time: float | None) -> None:
        """Put a run in the bin, or take it out again where no time is given."""
        self._database.execute("UPDATE run SET deleted = ? WHERE id = ?", (time, run))

    def move(self, runs: Sequence[str], experiment: str) -> None:
        """Put runs into another experiment."""
        places = [(int(experiment), run) for run in runs]
        with self._database.transaction():
            # The runs first: whoever writes points of one has locked its row.
            self._database.executemany("UPDATE run SET experiment_key = ? WHERE id = ?", places)
            self._database.executemany(
                "UPDATE series SET experiment_key = ? WHERE run_key = (SELECT key FROM run WHERE id = ?)", places
            )

    def series(self, run: str, key: str, steps: tuple[int, int] | None = None) -> Series:
        """Give a series as columns, in the order in which it was logged: all of it, or some steps."""
        found = self._key(run)
        return read_series(self._database, -1 if found is None else found, key, steps)

    def part(self, run: str, key: str, begin: int, end: int) -> tuple[Series, int]:
        """Give the points from one place of a series up to another, and how many it has; 0 where it has none there."""
        found = self._key(run)
        return read_part(self._database, -1 if found is None else found, key, begin, end)

    def outline(self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None) -> Series:
        """Give a series with at most four points for each of so many groups: first, least, greatest and last.

        Args:
            run: Its id.
            key: The series.
            buckets: How many groups.
            steps: The first and the last step to look at; all if not given.
        """
        return read_outline(self._database, run, key, buckets, steps)

    def params(self, run: str) -> dict[str, str]:
        """Give the parameters as texts."""
        query = "SELECT param.name, text FROM param JOIN run ON run.key = run_key WHERE run.id = ?"
        return dict(self._database.execute(query, (run,)))

    def delete_tag(self, run: str, key: str) -> bool:
        """Take a tag away; tell whether there was one."""
        query = "DELETE FROM tag WHERE run_key = (SELECT key FROM run WHERE id = ?) AND name = ? RETURNING name"
        return bool(self._database.execute(query, (run, key)))

    def add_inputs(self, run: str, datasets: Sequence[DatasetInputRecord], models: Sequence[ModelUseRecord]) -> None:
        """Say what a run reads and makes; what is known already stays."""
        ((key, experiment),) = self._database.execute("SELECT key, experiment_key FROM run WHERE id = ?", (run,))
        for one in datasets:
            dataset = self._dataset(experiment, one)
            context = next((one.tags[tag] for tag in _CONTEXT_TAGS if tag in one.tags), "")
            self._database.execute(
                "INSERT INTO dataset_input VALUES (?, ?, ?, ?) ON CONFLICT (run_key, dataset_key) DO NOTHING",
                (key, dataset, context, msgspec.json.encode(one.tags).decode()),
            )
        self._database.executemany(
            "INSERT INTO model_use VALUES (?, ?, ?, ?) ON CONFLICT (run_key, role, model) DO NOTHING",
            [(key, one.role, one.model, one.step) for one in models],
        )

    def _dataset(self, experiment: int, one: DatasetInputRecord) -> int:
        self._database.execute(
            "INSERT INTO dataset (experiment_key, name, digest, source_type, source, columns, profile)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_key, name, digest) DO NOTHING",
            (experiment, one.name, one.digest, one.source_type, one.source, one.columns, one.profile),
        )
        query = "SELECT key FROM dataset WHERE experiment_key = ? AND name = ? AND digest = ?"
        return int(self._database.execute(query, (experiment, one.name, one.digest))[0][0])

    def datasets(self, experiments: Sequence[str], limit: int) -> list[tuple[str, str, str, str]]:
        """List what runs of some experiments read: (experiment, name, digest, context), each once."""
        marks = ", ".join("?" * len(experiments))
        rows = self._database.execute(
            "SELECT DISTINCT experiment_key, dataset.name, digest, context FROM dataset"
            " JOIN dataset_input ON dataset_key = dataset.key"
            f" WHERE experiment_key IN ({marks}) ORDER BY dataset.name, digest, context LIMIT ?",
            (*map(int, experiments), limit),
        )
        return [(str(row[0]), *row[1:]) for row in rows]

    def open_log(self, run: str, series: Mapping[str, Series], *, digest: str, time: float) -> SqlRunLog:
        """Lock a run inside the caller's transaction, take points of it, and say what is known of it."""
        return open_log(self._database, run, series, digest=digest, time=time)
