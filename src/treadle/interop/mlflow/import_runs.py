"""Import of runs with their params, tags and points."""

import time
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from treadle.interop.mlflow.baseline import RunBaseline, choose, find_changes, note, recall
from treadle.interop.mlflow.new_points import find_new_points
from treadle.records import (
    Entry,
    ExperimentRecord,
    ParamsLogged,
    RunContents,
    RunRecord,
    Series,
    SeriesLogged,
    TagsSet,
)
from treadle.store.sql import SqlStore
from treadle.tracking.logged import series_entries

MOST_POINTS: Final = 100_000
"""Maximum points of one entry, and approximately of one commit."""


class RunImport:
    """Imports the runs of one experiment.

    Args:
        store: The target.
        experiment: The experiment in the store.
        is_restored: Whether the experiment was just restored, with all of its runs.
    """

    def __init__(
        self,
        store: SqlStore,
        experiment: ExperimentRecord,
        *,
        is_restored: bool,
    ) -> None:
        self._store = store
        self._experiment = experiment
        self._is_restored = is_restored
        self.points = 0
        """The number of new points."""

    def add(self, contents: RunContents, points: Mapping[str, Series]) -> bool:
        """Import a run with its points, in the caller's transaction.

        Args:
            contents: The run at the source.
            points: All of its points there.

        Returns:
            Whether it is in the store; False if it was permanently deleted there.
        """
        run, runs = contents.run, self._store.runs
        before = recall(self._store, RunBaseline, run.id)
        # Locked, so that two concurrent imports do not both treat a point as new.
        log = runs.open_log(run.id, {}, digest="", time=time.time())
        if log.state is None and before is not None:
            return False
        entries: list[Entry] = [ParamsLogged(run.id, run.params)]
        if log.state is None:
            runs.create(
                run.id,
                self._experiment.id,
                name=run.name,
                started=run.started,
                user=run.user,
                command=run.command,
                parent=run.parent,
            )
            runs.update(run.id, status=run.status, ended=run.ended)
            runs.bin(run.id, run.deleted or self._experiment.deleted)
            entries.append(TagsSet(run.id, run.tags))
        else:
            entries.append(TagsSet(run.id, self._update(run, before)))
        for key, series in points.items():
            entries += self._points(run.id, key, series)
        self._store.write(entries)
        runs.add_inputs(run.id, contents.inputs, contents.models)
        note(self._store, run.id, RunBaseline.of(run))
        return True

    def _update(self, run: RunRecord, before: RunBaseline | None) -> dict[str, str]:
        """Update a known run with the changes of its source; return the tags to set."""
        known = self._store.runs.get(run.id)
        if known is None:
            return {}
        ours = RunBaseline.of(known.run)
        if before is None:  # it was imported another way: add only what is missing
            before = msgspec.structs.replace(RunBaseline.of(run), tags={})
            if ours.status in ("running", "scheduled"):
                before = msgspec.structs.replace(before, status=ours.status)
        if run.status != before.status or run.ended != before.ended:
            # The source knows the later status of the run.
            self._store.runs.update(run.id, status=run.status, ended=run.ended)
        name = choose(before.name, run.name or ours.name, ours.name)
        if name != ours.name:
            self._store.runs.update(run.id, name=name)
        is_deleted = run.deleted is not None
        known_deleted = before.is_deleted if self._is_restored else ours.is_deleted
        if choose(before.is_deleted, is_deleted, known_deleted) != ours.is_deleted:
            self._store.runs.bin(run.id, run.deleted)
        changes = find_changes(before.tags, run.tags, ours.tags)
        for tag in changes.removed:
            self._store.runs.delete_tag(run.id, tag)
        return changes.changed

    def _points(self, run: str, key: str, source: Series) -> Iterator[SeriesLogged]:
        """Yield the new points of a series."""
        new = find_new_points(self._store.runs.series(run, key), source)
        self.points += len(new.steps)
        yield from series_entries(run, key, new, max(new.times, default=0.0))
