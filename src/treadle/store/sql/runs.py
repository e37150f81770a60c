"""Storage of runs that clients create and change by single calls, without a journal."""

from collections.abc import Mapping, Sequence

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
from treadle.store.search.tree import Search
from treadle.store.sql import read
from treadle.store.sql.database import MAX_NAME, Database
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.run_inputs import add_inputs, list_datasets
from treadle.store.sql.run_log import SqlRunLog, open_log
from treadle.store.sql.series.read import read_outlines, read_part, read_series
from treadle.store.sql.statements import SQL


class SqlRuns:
    """Runs that clients create and change by single calls, without a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, search: Search) -> RunPage:
        """Return a page of runs with all that was logged, except points, files and log lines."""
        return read.find_page(self._database, search)

    def records(self, search: Search) -> RecordPage:
        """Return a page of runs with the requested params, last metrics and tags."""
        return read.find_records(self._database, search)

    def get(self, run: str) -> RunContents | None:
        """Return the run with an id, if there is one."""
        key = self._key(run)
        return read.read_contents(self._database, [key])[0] if key is not None else None

    def _key(self, run: str) -> int | None:
        rows = self._database.execute("SELECT key FROM run WHERE id = ?", (run,))
        return int(rows[0][0]) if rows else None

    def resolve(self, run: str) -> str:
        """Return the id of a run by its id, its name (the newest one), or a part of its id.

        Raises:
            RunNotFoundError: No run matches, or several.
        """
        return self.id_of(read.find_run_key(self._database, run))

    def id_of(self, key: int) -> str:
        """Return the id of the run with a key."""
        return str(self._database.execute("SELECT id FROM run WHERE key = ?", (key,))[0][0])

    def state(self, run: str) -> RunState | None:
        """Return the experiment of a run and whether it is deleted."""
        rows = self._database.execute(
            "SELECT experiment_key, deleted FROM run WHERE id = ?", (run,)
        )
        return RunState(str(rows[0][0]), rows[0][1] is not None) if rows else None

    def states(self, runs: Sequence[str]) -> dict[str, RunState]:
        """Return the states of those of the runs that exist, by id."""
        found: dict[str, RunState] = {}
        for marks, some in in_parts(runs):
            query = f"SELECT id, experiment_key, deleted FROM run WHERE id IN ({marks})"
            for run, experiment, deleted in self._database.execute(query, some):
                found[run] = RunState(str(experiment), deleted is not None)
        return found

    def create(
        self,
        run: str,
        experiment: str,
        *,
        name: str,
        started: float,
        user: str,
        command: str,
        parent: str,
    ) -> None:
        """Create a run that no Treadle process owns, unless its id exists."""
        self._database.execute(
            SQL["add_run"],
            (
                run,
                int(experiment),
                name[:MAX_NAME],
                started,
                command,
                user[:MAX_NAME],
                parent[:MAX_NAME],
                started,
            ),
        )

    def update(
        self,
        run: str,
        *,
        status: Status | None = None,
        ended: float | None = None,
        name: str | None = None,
    ) -> None:
        """Change the given fields; a run that is running again has no end."""
        changes = {"status": status, "ended": ended, "name": name}
        given: dict[str, str | float | None]
        given = {column: value for column, value in changes.items() if value is not None}
        if status == "running" and ended is None:
            given["ended"] = None
        if given:
            self._database.execute(
                f"UPDATE run SET {', '.join(f'{column} = ?' for column in given)} WHERE id = ?",
                (*given.values(), run),
            )

    def set_parent(self, run: str, parent: str) -> None:
        """Set the parent of a run; none if empty."""
        self._database.execute("UPDATE run SET parent = ? WHERE id = ?", (parent[:MAX_NAME], run))

    def bin(self, run: str, time: float | None) -> None:
        """Delete a run, or restore it if no time is given."""
        self._database.execute("UPDATE run SET deleted = ? WHERE id = ?", (time, run))

    def move(self, runs: Sequence[str], experiment: str) -> None:
        """Move runs to another experiment."""
        places = [(int(experiment), run) for run in runs]
        with self._database.transaction():
            # The runs first: writers of points lock the row of the run.
            self._database.executemany("UPDATE run SET experiment_key = ? WHERE id = ?", places)
            self._database.executemany(
                "UPDATE series SET experiment_key = ? WHERE run_key = (SELECT key FROM run WHERE "
                "id = ?)",
                places,
            )

    def series(self, run: str, key: str, steps: tuple[int, int] | None = None) -> Series:
        """Return a metric series as columns, in logging order: all of it, or a range of steps."""
        found = self._key(run)
        return read_series(self._database, -1 if found is None else found, key, steps)

    def part(self, run: str, key: str, begin: int, end: int) -> tuple[Series, int]:
        """Return a slice of a series, and its total number of points; 0 if the slice is empty.

        Args:
            run: Its id.
            key: The name of the metric.
            begin: The index of the first point, in logging order.
            end: The index after the last point.
        """
        found = self._key(run)
        return read_part(self._database, -1 if found is None else found, key, begin, end)

    def outline(
        self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None
    ) -> Series:
        """Return a downsampled series: the first, least, greatest and last point per bucket.

        Args:
            run: Its id.
            key: The name of the metric.
            buckets: The number of buckets.
            steps: The first and last step; all steps if None.
        """
        return read_outlines(self._database, [(run, key)], buckets, steps)[0]

    def outlines(
        self,
        series: Sequence[tuple[str, str]],
        buckets: int,
        steps: tuple[int, int] | None = None,
    ) -> list[Series]:
        """Return many downsampled series, as `outline` does each; a missing one is empty.

        Args:
            series: The id of the run and the name of the metric of each.
            buckets: The number of buckets.
            steps: The first and last step; all steps if None.
        """
        return read_outlines(self._database, series, buckets, steps)

    def params(self, run: str) -> dict[str, str]:
        """Return the parameters as texts."""
        query = "SELECT param.name, text FROM param JOIN run ON run.key = run_key WHERE run.id = ?"
        return dict(self._database.execute(query, (run,)))

    def delete_tag(self, run: str, key: str) -> bool:
        """Delete a tag; return whether it existed."""
        query = (
            "DELETE FROM tag WHERE run_key = (SELECT key FROM run WHERE id = ?) AND name = ? "
            "RETURNING name"
        )
        return bool(self._database.execute(query, (run, key)))

    def add_inputs(
        self, run: str, datasets: Sequence[DatasetInputRecord], models: Sequence[ModelUseRecord]
    ) -> None:
        """Add inputs and outputs of a run; existing ones are not changed."""
        add_inputs(self._database, run, datasets, models)

    def datasets(self, experiments: Sequence[str], limit: int) -> list[tuple[str, str, str, str]]:
        """List the distinct input datasets of experiments: (experiment, name, digest, context)."""
        return list_datasets(self._database, experiments, limit)

    def open_log(
        self, run: str, series: Mapping[str, Series], *, digest: str, time: float
    ) -> SqlRunLog:
        """Lock a run in the caller's transaction, store points of it, and return its log.

        Args:
            run: Its id.
            series: Points, stored unless the request is a repeated one or the run is deleted. A
                caller that then lacks the permission must roll the transaction back.
            digest: The digest that identifies the request if it is repeated; required with points.
            time: The current time, in seconds since the epoch.
        """
        return open_log(self._database, run, series, digest=digest, time=time)
