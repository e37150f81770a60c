"""Interfaces that all stores implement: SQLite, PostgreSQL and a server over HTTP."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from treadle.records import (
    Entry,
    ExperimentChange,
    ExperimentRecord,
    ExperimentSummary,
    MetricPoint,
    RecordPage,
    RunChange,
    RunDetails,
    RunRecord,
)
from treadle.store.search.tree import Search


class EntrySink(Protocol):
    """Destination of journal entries, which applies each entry exactly once."""

    @property
    def is_read_only(self) -> bool:
        """Whether the store is read-only."""
        ...

    def apply(self, writer: str, first: int, entries: Sequence[Entry]) -> int:
        """Apply consecutive entries of one writer, in one transaction.

        Entries that were applied before are skipped, so that sending them again is harmless.

        Args:
            writer: The id of the writer.
            first: The sequence number of the first entry.
            entries: The entries, in order.

        Returns:
            The writer's high-water mark: the last sequence number that the store has.

        Raises:
            StoreError: None of them was applied.
        """
        ...

    def reap(self) -> list[str]:
        """Mark runs whose process has died as killed; return their ids."""
        ...

    def beat(self, runs: Sequence[str], time: float) -> None:
        """Record a heartbeat of runs; one that was marked as lost is running again.

        Args:
            runs: Their ids.
            time: Seconds since the epoch, by the clock that lost runs are later judged by.
        """
        ...


class RunReader(Protocol):
    """Read access to runs."""

    def find_runs(self, search: Search) -> list[RunRecord]:
        """Return the runs that match a search."""
        ...

    def find_page(self, search: Search) -> RecordPage:
        """Return a page of runs, perhaps fewer than the limit, and the token of the next page."""
        ...

    def get_run(self, run: str, *, logs: bool = True) -> RunDetails:
        """Return all stored details of one run.

        Args:
            run: Its id, its name (the newest with that name), or the start or end of its id.
            logs: Whether to read the lines that it logged and printed, too.

        Raises:
            RunNotFoundError: No run matches, or several.
        """
        ...

    def points(self, run: str, key: str, steps: tuple[int, int] | None = None) -> list[MetricPoint]:
        """Return the exact points of a metric series, in the order in which they were logged.

        Args:
            run: The run, as for `get_run`.
            key: The name of the metric.
            steps: The first and last step; all steps if None.
        """
        ...

    def outline(
        self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None
    ) -> list[MetricPoint]:
        """Return a downsampled series: the first, least, greatest and last point per bucket.

        Args:
            run: The run, as for `get_run`.
            key: The name of the metric.
            buckets: The number of buckets.
            steps: The first and last step; all steps if None.
        """
        ...

    def artifact(self, run: str, path: str) -> Iterator[bytes]:
        """Yield the content of an artifact, block by block.

        Args:
            run: The run, as for `get_run`.
            path: Its path, as listed in `RunDetails.artifacts`.

        Raises:
            RunNotFoundError: No run matches, or several.
            StoreError: The run has no such artifact, or its content is missing.
        """
        ...


@runtime_checkable
class Store(EntrySink, RunReader, Protocol):
    """Storage of runs, metrics and models. Used by one thread at a time."""

    def change_run(self, run: str, change: RunChange, time: float) -> RunRecord:
        """Rename, tag, move, end, delete or restore a run.

        Args:
            run: The run, as for `RunReader.get_run`.
            change: The changes.
            time: Seconds since the epoch.

        Raises:
            RunNotFoundError: No run matches, or several.
            ConflictError: The experiment to move to is deleted, or the run has already ended.
        """
        ...

    def list_experiments(self) -> list[ExperimentSummary]:
        """List all experiments, deleted ones too, sorted by id."""
        ...

    def change_experiment(
        self, experiment: str, change: ExperimentChange, time: float
    ) -> ExperimentRecord:
        """Rename, tag, delete or restore an experiment; its runs are deleted and restored, too.

        Args:
            experiment: Its name, or its id if no experiment has that name.
            change: The changes.
            time: Seconds since the epoch.

        Raises:
            ExperimentNotFoundError: It does not exist.
            ConflictError: Its new name is taken; it is deleted and would be renamed; or it is the
                default experiment and would be deleted.
            SearchError: The name is not valid.
        """
        ...

    def check(self) -> list[str]:
        """Return descriptions of the damage in the store; empty if there is none."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
