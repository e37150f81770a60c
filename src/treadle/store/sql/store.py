"""Store in a database, common to SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from treadle.errors import StoreError
from treadle.records import (
    Collected,
    Entry,
    ExperimentChange,
    ExperimentRecord,
    ExperimentSummary,
    MetricPoint,
    ProcessIdentity,
    RecordPage,
    RunChange,
    RunDetails,
    RunRecord,
)
from treadle.store.artifacts.base import no_artifact
from treadle.store.artifacts.opening import open_artifacts
from treadle.store.location import StoreLocation
from treadle.store.process import is_dead
from treadle.store.search.tree import Search
from treadle.store.sql import read
from treadle.store.sql.accounts import SqlAccounts
from treadle.store.sql.activity import read_activity
from treadle.store.sql.apply import EntryApplier
from treadle.store.sql.artifact_index import SqlArtifactIndex
from treadle.store.sql.database import Database
from treadle.store.sql.experiments import SqlExperiments
from treadle.store.sql.imports import SqlImports
from treadle.store.sql.log_lines import SqlLogLines
from treadle.store.sql.logged_models import SqlLoggedModels
from treadle.store.sql.registry import SqlRegistry
from treadle.store.sql.removal import collect
from treadle.store.sql.run_changes import change_run, change_runs
from treadle.store.sql.run_states import beat, end_run, list_running, lose_runs
from treadle.store.sql.runs import SqlRuns
from treadle.store.sql.series.read import read_points
from treadle.store.sql.tables.reader import SqlRunTables
from treadle.store.sql.uploads import SqlUploads
from treadle.store.sql.views import SqlViews
from treadle.store.sql.webhooks import SqlWebhooks


class SqlStore:
    """Store in a database, which a server reads and writes itself. Used by one thread at a time.

    Args:
        database: An open connection, which the store closes.
        location: The location of the store.
    """

    def __init__(self, database: Database, location: StoreLocation) -> None:
        self.location = location
        self._database = database
        self.runs = SqlRuns(database)
        """Runs that are changed by single calls."""
        self.tables = SqlRunTables(database)
        """Tables of runs, as pages show them."""
        self.experiments = SqlExperiments(database)
        self.logged_models = SqlLoggedModels(database)
        self.registry = SqlRegistry(database)
        self.artifacts = SqlArtifactIndex(database)
        """Index of the artifacts of runs and models."""
        self.uploads = SqlUploads(database)
        self.accounts = SqlAccounts(database)
        """Accounts, tokens and permissions."""
        self.webhooks = SqlWebhooks(database)
        self.log_lines = SqlLogLines(database)
        self.views = SqlViews(database)
        """Saved views of pages."""
        self.imports = SqlImports(database)
        """Source states of imports."""

    @property
    def is_read_only(self) -> bool:
        """Whether the store is read-only; writing raises an error."""
        return self._database.is_read_only

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block in a transaction, or inside another transaction in a savepoint."""
        return self._database.transaction()

    def apply(self, writer: str, first: int, entries: Sequence[Entry]) -> int:
        """Apply consecutive entries of one writer, in one transaction."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO writer VALUES (?, 0) ON CONFLICT (id) DO NOTHING", (writer,)
            )
            query = f"SELECT high_water FROM writer WHERE id = ?{self._database.row_lock}"
            known = int(self._database.execute(query, (writer,))[0][0])
            last = first + len(entries) - 1
            if last <= known:
                return known
            if first > known + 1:
                raise StoreError(
                    f"Entries {known + 1} to {first - 1} of writer {writer} are missing."
                )
            EntryApplier(self._database).apply(entries[known + 1 - first :])
            self._database.execute("UPDATE writer SET high_water = ? WHERE id = ?", (last, writer))
            return last

    def write(self, entries: Sequence[Entry]) -> None:
        """Apply entries without sequence numbers, in the caller's transaction or in a new one."""
        if self._database.is_in_transaction:
            EntryApplier(self._database).apply(entries)
            return
        with self._database.transaction():
            EntryApplier(self._database).apply(entries)

    def beat(self, runs: Sequence[str], time: float) -> None:
        """Record a heartbeat of runs; one that was marked as lost is running again."""
        beat(self._database, runs, time)

    def lose(self, before: float) -> list[str]:
        """Mark running runs without a heartbeat since a time as lost; return their ids."""
        return lose_runs(self._database, before)

    def running(self) -> list[tuple[str, ProcessIdentity]]:
        """List the runs that count as running, with the processes that own them."""
        return list_running(self._database)

    def bury(self, runs: Sequence[str]) -> None:
        """Mark runs and their running nodes as killed, unless they have already ended."""
        for run in runs:
            end_run(self._database, run, "killed")

    def reap(self) -> list[str]:
        """Mark runs whose process has died as killed; return their ids."""
        dead = [run for run, owner in self.running() if is_dead(owner)]
        if dead:
            with self._database.transaction():
                self.bury(dead)
        return dead

    def change_run(self, run: str, change: RunChange, time: float) -> RunRecord:
        """Rename, tag, move, end, delete or restore a run."""
        with self._database.transaction():
            key = change_run(self._database, run, change, time)
            return read.read_records(self._database, [key])[0]

    def change_runs(self, runs: Sequence[str], change: RunChange, time: float) -> int:
        """Change many runs by their ids, all of them or none; return their number."""
        with self._database.transaction():
            return change_runs(self._database, runs, change, time)

    def list_experiments(self) -> list[ExperimentSummary]:
        """List all experiments, deleted ones too, sorted by id."""
        return self.experiments.summaries()

    def change_experiment(
        self, experiment: str, change: ExperimentChange, time: float
    ) -> ExperimentRecord:
        """Rename, tag, delete or restore an experiment; its runs are deleted and restored, too."""
        with self._database.transaction():
            return self.experiments.change(experiment, change, time)

    def collect(self, before: float, *, dry: bool = False) -> Collected:
        """Permanently remove what was deleted before a time; return the numbers of objects.

        Args:
            before: Seconds since the epoch.
            dry: Whether to only count them.
        """
        with self._database.transaction():
            return collect(self._database, before, dry=dry)

    def contents(self) -> Iterator[str]:
        """Yield the digests of all contents that an artifact refers to."""
        for table in ("artifact", "logged_model_artifact", "free_artifact"):
            for row in self._database.execute(f"SELECT DISTINCT digest FROM {table}"):
                yield row[0]

    def find_runs(self, search: Search) -> list[RunRecord]:
        """Return the runs that match a search."""
        return read.find_records(self._database, search).runs

    def find_page(self, search: Search) -> RecordPage:
        """Return a page of runs, and the token of the next page."""
        return read.find_records(self._database, search)

    def get_run(self, run: str, *, logs: bool = True) -> RunDetails:
        """Return all stored details of one run; without its lines of output if not wanted."""
        return read.read_run(self._database, run, logs=logs)

    def points(self, run: str, key: str, steps: tuple[int, int] | None = None) -> list[MetricPoint]:
        """Return the exact points of a metric series, in logging order: all, or some steps."""
        return read_points(self._database, read.find_run_key(self._database, run), key, steps)

    def outline(
        self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None
    ) -> list[MetricPoint]:
        """Return a downsampled series: the first, least, greatest and last point per bucket."""
        series = self.runs.outline(self.runs.resolve(run), key, buckets, steps)
        return list(map(MetricPoint, series.steps, series.times, series.values))

    def artifact(self, run: str, path: str) -> Iterator[bytes]:
        """Yield the content of an artifact, block by block."""
        key = read.find_run_key(self._database, run)
        found = self._database.execute(
            "SELECT digest FROM artifact WHERE run_key = ? AND path = ?", (key, path)
        )
        if not found:
            raise no_artifact(run, path)
        contents = open_artifacts(self.location.artifacts)
        try:
            yield from contents.read_whole(found[0][0])
        except FileNotFoundError as error:
            raise StoreError(
                f'The content of {path} of run "{run}" is not in {self.location.artifacts}.'
            ) from error

    def activity(self, experiments: Sequence[str] | None) -> tuple[int, int]:
        """Return the key of the newest run, 0 without runs, and how many runs are running.

        Args:
            experiments: Ids of experiments; None for all.
        """
        return read_activity(self._database, experiments)

    def data_version(self) -> str:
        """Return a text that differs if another connection has changed the store since."""
        return self._database.data_version()

    def check(self) -> list[str]:
        """Return descriptions of the damage; empty if there is none."""
        return self._database.check()

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def __enter__(self) -> "SqlStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.location)!r})"
