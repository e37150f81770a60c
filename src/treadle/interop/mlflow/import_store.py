"""Import of an MLflow store into a Treadle store. Repeating it adds only what is new."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from treadle.errors import StoreError
from treadle.interop.mlflow.baseline import ExperimentBaseline, choose, find_changes, note, recall
from treadle.interop.mlflow.import_files import import_files
from treadle.interop.mlflow.import_logged_models import import_logged_model
from treadle.interop.mlflow.import_runs import MOST_POINTS, RunImport
from treadle.interop.mlflow.registry import import_registry
from treadle.interop.mlflow.source import MlflowSource, SourceArtifacts, SourceRun
from treadle.records import ExperimentRecord, Series
from treadle.store import ContentStore
from treadle.store.sql import SqlStore

_GROUP: Final = 64  # runs: a commit takes longer than storing one of them
_DEFAULT: Final = "0"

_Run = tuple[SourceRun, Mapping[str, Series]]


class ImportCounts(msgspec.Struct):
    """The counts of what was imported."""

    experiments: int = 0
    runs: int = 0
    points: int = 0
    artifacts: int = 0
    models: int = 0
    versions: int = 0
    removed: int = 0
    """Objects of the source that are not imported again, because they were permanently deleted
    here."""


def import_store(
    source: MlflowSource,
    store: SqlStore,
    contents: ContentStore,
    report: Callable[[str], None] = lambda _: None,
) -> ImportCounts:
    """Import experiments, runs, metric histories, tags, inputs, artifacts and the registry.

    What cannot be read is recorded in the source's omissions, and the rest is imported.

    Args:
        source: The MLflow store.
        store: The target.
        contents: The target of the contents of artifacts.
        report: Called with the name of each object that is being imported.

    Raises:
        StoreError: It cannot be stored; what was imported before stays, and is not imported again.
    """
    return _Import(source, store, contents, report).run()


class _Import:
    def __init__(
        self,
        source: MlflowSource,
        store: SqlStore,
        contents: ContentStore,
        report: Callable[[str], None],
    ) -> None:
        self._source = source
        self._store = store
        self._contents = contents
        self._report = report
        self._counts = ImportCounts()

    def run(self) -> ImportCounts:
        """Import everything."""
        for theirs in self._source.experiments():
            with self._store.transaction():
                experiment, is_restored = self._experiment(theirs)
            if experiment is None:
                self._counts.removed += 1
                continue
            self._report(f"experiment {theirs.name}")
            for group in self._groups(theirs.id):
                self._group(RunImport(self._store, experiment, is_restored=is_restored), group)
            for model in self._source.logged_models(theirs.id):
                if import_logged_model(self._store, experiment.id, model.record):
                    self._files(model.artifacts)
                else:
                    self._counts.removed += 1
            self._delete(theirs, experiment)
            self._counts.experiments += 1
        registry = import_registry(self._source, self._store, self._report)
        self._counts.models, self._counts.versions = registry.models, registry.versions
        self._counts.removed += registry.removed
        return self._counts

    def _group(self, runs: RunImport, group: Sequence[_Run]) -> None:
        """Import some runs in one commit, and then their files."""
        with self._store.transaction():
            present = [run for run, points in group if runs.add(run.contents, points)]
        self._counts.runs += len(present)
        self._counts.removed += len(group) - len(present)
        self._counts.points += runs.points
        for run in present:
            self._files(run.artifacts)

    def _files(self, artifacts: SourceArtifacts) -> None:
        new = import_files(self._source, self._store, self._contents, artifacts)
        self._counts.artifacts += new

    def _experiment(self, theirs: ExperimentRecord) -> tuple[ExperimentRecord | None, bool]:
        """Import an experiment.

        Returns:
            The experiment in the store, or None if it was permanently deleted there; and whether it
            was restored with all of its runs.
        """
        before = recall(self._store, ExperimentBaseline, _identify(theirs))
        if theirs.id == _DEFAULT or theirs.name == "Default":
            ours = self._store.experiments.get(_DEFAULT)
        elif before is not None:
            ours = self._store.experiments.get(before.key)
        else:
            ours = self._store.experiments.find(theirs.name) or self._create(theirs)
        if ours is None:
            return None, False
        if before is not None and ours.id != _DEFAULT:
            name = choose(before.name, theirs.name, ours.name)
            if name != ours.name and not self._store.experiments.rename(ours.id, name, time.time()):
                self._source.omissions.add(
                    f"experiment {before.name}",
                    f'its new name "{name}" is taken here; it keeps its old one',
                )
        changes = find_changes(before.tags if before else {}, theirs.tags, ours.tags)
        self._store.experiments.set_tags(ours.id, changes.changed)
        for tag in changes.removed:
            self._store.experiments.delete_tag(ours.id, tag)
        was_deleted = before is not None and before.is_deleted
        is_restored = bool(was_deleted and ours.deleted and theirs.deleted is None)
        if is_restored:
            self._store.experiments.restore(ours.id, time.time())
            was_deleted = False
        # A deletion is recorded after the runs are imported: it also deletes them.
        baseline = ExperimentBaseline(ours.id, theirs.name, was_deleted, theirs.tags)
        note(self._store, _identify(theirs), baseline)
        return self._store.experiments.get(ours.id), is_restored

    def _create(self, theirs: ExperimentRecord) -> ExperimentRecord:
        identifier = self._store.experiments.create(
            theirs.name,
            created=theirs.created or time.time(),
            artifact_location="",
            tags={},
        )
        created = self._store.experiments.get(identifier) if identifier is not None else None
        if created is None:
            raise StoreError(f'The experiment "{theirs.name}" could not be created.')
        return created

    def _delete(self, theirs: ExperimentRecord, ours: ExperimentRecord) -> None:
        """Delete an experiment that was deleted at the source since the last import."""
        key = _identify(theirs)
        before = recall(self._store, ExperimentBaseline, key)
        if before is None or ours.id == _DEFAULT:
            return
        with self._store.transaction():
            if theirs.deleted is not None and ours.deleted is None and not before.is_deleted:
                self._store.experiments.delete(ours.id, theirs.deleted or time.time())
            is_deleted = theirs.deleted is not None
            note(self._store, key, msgspec.structs.replace(before, is_deleted=is_deleted))

    def _groups(self, experiment: str) -> Iterator[list[_Run]]:
        """Yield runs with their points: as many at a time as one commit stores."""
        group: list[_Run] = []
        count = 0
        for run in self._source.runs(experiment):
            points = self._source.points(run)
            group.append((run, points))
            count += sum(len(series.steps) for series in points.values())
            if len(group) >= _GROUP or count >= MOST_POINTS:
                yield group
                group, count = [], 0
        if group:
            yield group


def _identify(theirs: ExperimentRecord) -> str:
    """Return the key of an experiment, unique among sources; a rename does not change it."""
    return f"{theirs.id} {theirs.created or theirs.name}"
