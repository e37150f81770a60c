"""Brings what an MLflow store has to a Treadle store. Repeating it adds what is new, and nothing twice."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from treadle.errors import StoreError
from treadle.interop.mlflow.source import MlflowSource
from treadle.records import (
    ArtifactOwner,
    ArtifactRecord,
    Entry,
    LoggedModelRecord,
    ParamsLogged,
    RunContents,
    Series,
    SeriesLogged,
    TagsSet,
)
from treadle.store import ContentStore, TeamStore, check_artifact_path

__all__ = ["Brought", "bring"]

_log = logging.getLogger(__name__)

_PART: Final = 100_000  # points in one entry
_GROUP: Final = 64  # runs: a commit takes longer than what it keeps of one

_Run = tuple[RunContents, Mapping[str, Series]]


class Brought(msgspec.Struct):
    """What was brought."""

    experiments: int = 0
    runs: int = 0
    points: int = 0
    artifacts: int = 0
    models: int = 0
    versions: int = 0


def bring(
    source: MlflowSource, store: TeamStore, contents: ContentStore, told: Callable[[str], None] = lambda _: None
) -> Brought:
    """Bring everything: experiments, runs, full metric histories, tags, inputs, artifacts and the registry.

    Args:
        source: Where it is.
        store: Where it goes.
        contents: Where the contents of artifacts go.
        told: Called with what is being brought.

    Raises:
        StoreError: It cannot be kept; what was brought before stays, and is not brought again.
    """
    return _Bringer(source, store, contents, told).bring()


class _Bringer:
    def __init__(
        self, source: MlflowSource, store: TeamStore, contents: ContentStore, told: Callable[[str], None]
    ) -> None:
        self._source = source
        self._store = store
        self._contents = contents
        self._told = told
        self._brought = Brought()

    def bring(self) -> Brought:
        for experiment in self._source.experiments():
            key = self._experiment(experiment.id, experiment.name)
            self._store.experiments.set_tags(key, experiment.tags)
            self._told(f"experiment {experiment.name}")
            for group in self._groups(experiment.id):
                with self._store.transaction():
                    for contents, points in group:
                        self._run(key, contents, points)
                for contents, _ in group:
                    self._files(ArtifactOwner("run", contents.run.id))
            for model in self._source.logged_models(experiment.id):
                self._logged_model(key, model)
            if experiment.deleted is not None and key != "0":
                self._store.experiments.delete(key, experiment.deleted)
            self._brought.experiments += 1
        self._registry()
        return self._brought

    def _experiment(self, theirs: str, name: str) -> str:
        if theirs == "0" or name == "Default":
            return "0"
        found = self._store.experiments.find(name)
        if found is not None:
            return found.id
        made = self._store.experiments.create(name, created=time.time(), artifact_location="", tags={})
        if made is None:
            raise StoreError(f'The experiment "{name}" cannot be made.')
        return made

    def _groups(self, experiment: str) -> Iterator[list[_Run]]:
        """Give the runs of an experiment with their points: as many at a time as are kept by one commit."""
        group: list[_Run] = []
        count = 0
        for contents in self._source.runs(experiment):
            points = self._source.points(contents.run.id)
            group.append((contents, points))
            count += sum(len(series.steps) for series in points.values())
            if len(group) >= _GROUP or count >= _PART:
                yield group
                group, count = [], 0
        if group:
            yield group

    def _run(self, experiment: str, contents: RunContents, points: Mapping[str, Series]) -> None:
        run = contents.run
        self._store.runs.create(
            run.id, experiment, name=run.name, started=run.started, user=run.user, command=run.command,
            parent=run.parent,
        )  # fmt: skip
        self._store.runs.update(run.id, status=run.status, ended=run.ended, name=run.name or None)
        entries: list[Entry] = [ParamsLogged(run.id, run.params), TagsSet(run.id, run.tags)]
        self._store.write(entries)
        self._store.runs.add_inputs(run.id, contents.inputs, contents.models)
        self._store.runs.bin(run.id, run.deleted)
        for key, series in points.items():
            self._points(run.id, key, series)
        self._brought.runs += 1

    def _points(self, run: str, key: str, series: Series) -> None:
        """Bring what is new: each point counts as one entry, so that the store knows how far it has them."""
        writer = f"mlflow/{run}/{key}"
        known = len(self._store.runs.series(run, key).steps)
        for begin in range(known, len(series.steps), _PART):
            part = slice(begin, begin + _PART)
            entry = SeriesLogged(
                run, key, 0.0, series.steps[part].tobytes(), series.values[part].tobytes(), series.times[part].tobytes()
            )
            self._store.apply(f"{writer}/{begin}", 1, [entry])
            self._brought.points += len(series.steps[part])

    def _files(self, owner: ArtifactOwner) -> None:
        for path, place in self._source.artifacts(owner):
            try:
                check_artifact_path(path)
                digest, size = self._contents.put_file(place)
            except (StoreError, OSError) as error:
                _log.warning("The artifact %s of %s is left out: %s", path, owner.id, error)
                continue
            known = self._store.artifacts.find(owner, path)
            if known is None or known.digest != digest:
                record = ArtifactRecord(path=path, digest=digest, size=size, time=place.stat().st_mtime)
                self._store.artifacts.put(owner, record)
                self._brought.artifacts += 1

    def _logged_model(self, experiment: str, model: LoggedModelRecord) -> None:
        if self._store.logged_models.get(model.id) is None:
            with self._store.transaction():
                self._store.logged_models.create(
                    model.id, experiment, name=model.name, kind=model.type, source_run=model.source_run,
                    created=model.created,
                )  # fmt: skip
                self._store.logged_models.log_metrics(model.id, model.metrics)
        self._store.logged_models.log_params(model.id, model.params)
        self._store.logged_models.set_tags(model.id, model.tags)
        self._store.logged_models.finish(model.id, model.status, model.updated)
        self._files(ArtifactOwner("model", model.id))

    def _registry(self) -> None:
        aliases: list[tuple[str, str, int]] = []
        for model in self._source.models():
            self._told(f"model {model.name}")
            self._store.registry.create_model(
                model.name, description=model.description, tags=model.tags, time=model.created
            )
            aliases += [(model.name, alias, version) for alias, version in model.aliases.items()]
            self._brought.models += 1
        for version in self._source.versions():
            if self._store.registry.version(version.name, version.version) is None:
                moved = msgspec.structs.replace(version, location=self._relocate(version.source))
                self._store.registry.create_version(version.name, moved)
                self._brought.versions += 1
        for name, alias, number in aliases:
            if self._store.registry.version(name, number) is not None:
                self._store.registry.set_alias(name, alias, number)

    def _relocate(self, source: str) -> str:
        """Say where a version is loaded from now: its files have been brought, too."""
        for owner, path in _owners(source):
            if owner.kind == "model" and (model := self._store.logged_models.get(owner.id)) is not None:
                return f"mlflow-artifacts:/{model.experiment_id}/models/{owner.id}/artifacts{path}"
            if owner.kind == "run" and (state := self._store.runs.state(owner.id)) is not None:
                return f"mlflow-artifacts:/{state.experiment_id}/{owner.id}/artifacts{path}"
        return source


def _owners(source: str) -> Iterator[tuple[ArtifactOwner, str]]:
    """Find whose files a source names: ``models:/m-…``, ``runs:/…``, or a location that has the id in it."""
    parts = [part for part in source.partition(":")[2].split("/") if part] or Path(source).parts
    for place, part in enumerate(parts):
        rest = list(parts[place + 1 :])
        if rest[:1] == ["artifacts"]:
            rest = rest[1:]
        path = "".join(f"/{one}" for one in rest)
        if part.startswith("m-") and len(part) == 34:  # noqa: PLR2004
            yield ArtifactOwner("model", part), path
        elif len(part) == 32 and all(sign in "0123456789abcdef" for sign in part):  # noqa: PLR2004
            yield ArtifactOwner("run", part), path
