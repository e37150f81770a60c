"""What a store can do: small contracts that SQLite, PostgreSQL and a server over HTTP fulfil alike."""

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
from treadle.store.search import Search

__all__ = ["EntrySink", "RunReader", "Store"]


class EntrySink(Protocol):
    """Takes what writers journal, exactly once."""

    @property
    def is_read_only(self) -> bool:
        """Whether it takes nothing, and can only be read."""
        ...

    def apply(self, writer: str, first: int, entries: Sequence[Entry]) -> int:
        """Take consecutive entries of one writer, in one transaction.

        Entries that it already has are passed over, so that sending again is harmless.

        Args:
            writer: Who wrote them.
            first: The sequence number of the first of them.
            entries: In order.

        Returns:
            The writer's high-water mark: the last sequence number that the store has.

        Raises:
            StoreError: Nothing of it was taken.
        """
        ...

    def reap(self) -> list[str]:
        """Mark the runs as killed whose process has died; give their ids."""
        ...

    def beat(self, runs: Sequence[str], time: float) -> None:
        """Note that the processes of runs live; one that was given up for lost is running again.

        Args:
            runs: Their ids.
            time: Seconds since the epoch, by the clock of whoever judges later.
        """
        ...


class RunReader(Protocol):
    """Answers questions about runs."""

    def find_runs(self, search: Search) -> list[RunRecord]:
        """Find runs."""
        ...

    def find_page(self, search: Search) -> RecordPage:
        """Find some of the runs, perhaps fewer than are wanted, and say what asks for the next ones."""
        ...

    def get_run(self, run: str) -> RunDetails:
        """Give all that is kept about one run.

        Args:
            run: Its id, its name (the newest of that name), or the start or the end of its id.

        Raises:
            RunNotFoundError: There is none, or several.
        """
        ...

    def points(self, run: str, key: str, steps: tuple[int, int] | None = None) -> list[MetricPoint]:
        """Give a series, in the order in which it was logged, exactly.

        Args:
            run: Its run, as for `get_run`.
            key: The series.
            steps: The first and the last step that are wanted; all if not given.
        """
        ...

    def outline(self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None) -> list[MetricPoint]:
        """Give a series with at most four points for each of so many groups: first, least, greatest and last.

        Args:
            run: Its run, as for `get_run`.
            key: The series.
            buckets: How many groups.
            steps: The first and the last step to look at; all if not given.
        """
        ...

    def artifact(self, run: str, path: str) -> Iterator[bytes]:
        """Give the content of a file of a run, block by block.

        Args:
            run: Its run, as for `get_run`.
            path: Its path, as `RunDetails.artifacts` lists it.

        Raises:
            RunNotFoundError: There is no such run, or several.
            StoreError: The run has no such file, or its content is gone.
        """
        ...


@runtime_checkable
class Store(EntrySink, RunReader, Protocol):
    """Where runs, metrics and models are kept. Used by one thread at a time."""

    def change_run(self, run: str, change: RunChange, time: float) -> RunRecord:
        """Rename, tag, move, end, delete or restore a run.

        Args:
            run: Which, as for `RunReader.get_run`.
            change: What to change.
            time: Seconds since the epoch.

        Raises:
            RunNotFoundError: There is none, or several.
            ConflictError: The experiment that it would move to is in the bin, or it has ended already.
        """
        ...

    def list_experiments(self) -> list[ExperimentSummary]:
        """List the experiments, those in the bin too, by their ids."""
        ...

    def change_experiment(self, experiment: str, change: ExperimentChange, time: float) -> ExperimentRecord:
        """Rename, tag, delete or restore an experiment; deleting and restoring takes its runs along.

        Args:
            experiment: Its name, or its id where none is called that.
            change: What to change.
            time: Seconds since the epoch.

        Raises:
            ExperimentNotFoundError: There is none.
            ConflictError: Its new name is taken; it is in the bin, and would be renamed; it is the one of runs that name
                none, and would be deleted.
            SearchError: Nothing can be called that.
        """
        ...

    def check(self) -> list[str]:
        """Look for damage; none gives an empty list."""
        ...

    def close(self) -> None:
        """Free the connection."""
        ...
