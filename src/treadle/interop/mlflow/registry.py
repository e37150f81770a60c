"""Import of registered models of an MLflow store: versions, stages, tags and aliases."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from treadle.interop.mlflow.baseline import (
    ModelBaseline,
    VersionBaseline,
    choose,
    find_changes,
    note,
    recall,
)
from treadle.interop.mlflow.source import MlflowSource
from treadle.records import ArtifactOwner, ModelVersionRecord, RegisteredModelRecord
from treadle.store.sql import SqlStore


class ImportedRegistry(msgspec.Struct):
    """The counts of what was imported of a registry."""

    models: int = 0
    versions: int = 0
    """New ones only."""
    removed: int = 0


def import_registry(
    source: MlflowSource,
    store: SqlStore,
    report: Callable[[str], None],
) -> ImportedRegistry:
    """Import registered models and their versions; what was changed here since stays.

    Args:
        source: The MLflow store.
        store: The target; runs and logged models have been imported.
        report: Called with the name of each object that is being imported.
    """
    return _RegistryImport(source, store, report).run()


class _RegistryImport:
    def __init__(
        self, source: MlflowSource, store: SqlStore, report: Callable[[str], None]
    ) -> None:
        self._source = source
        self._store = store
        self._registry = store.registry
        self._report = report
        self._imported = ImportedRegistry()
        self._names: dict[str, str] = {}  # from the source's to the store's

    def run(self) -> ImportedRegistry:
        """Import everything; aliases last, when their versions exist."""
        models: list[tuple[RegisteredModelRecord, ModelBaseline | None]] = []
        for model in self._source.models():
            with self._store.transaction():
                before = recall(self._store, ModelBaseline, model.name)
                name = self._find(model, before)
                if name is None:
                    self._imported.removed += 1
                    continue
                self._names[model.name] = name
                self._report(f"model {name}")
                self._model(model, before)
            models.append((model, before))
            self._imported.models += 1
        for version in self._source.versions():
            if version.name in self._names:
                with self._store.transaction():
                    self._version(version)
        for model, before in models:
            with self._store.transaction():
                self._aliases(model, before)
        return self._imported

    def _find(self, theirs: RegisteredModelRecord, before: ModelBaseline | None) -> str | None:
        """Return a model's name in the store; None if it was permanently deleted there."""
        if before is None:
            return theirs.name
        name = self._registry.name_of(before.key) if before.key else theirs.name
        ours = self._registry.model(name) if name is not None else None
        is_same = ours is not None and (not before.key or ours.created == before.created)
        return name if is_same else None

    def _note(self, theirs: RegisteredModelRecord, aliases: dict[str, int]) -> None:
        """Store the baseline of a model, and which one it is in the store."""
        name = self._names[theirs.name]
        ours = self._registry.model(name)
        key = self._registry.key_of(name) or 0
        created = ours.created if ours is not None else 0.0
        baseline = ModelBaseline(theirs.description, theirs.tags, aliases, key, created)
        note(self._store, theirs.name, baseline)

    def _model(self, theirs: RegisteredModelRecord, before: ModelBaseline | None) -> None:
        name = self._names[theirs.name]
        is_new = self._registry.model(name) is None
        if is_new:
            self._registry.create_model(
                name,
                description=theirs.description,
                tags=theirs.tags,
                time=theirs.created,
            )
        before = before or ModelBaseline(theirs.description, {}, {})
        ours = self._registry.model(name)
        if ours is not None and not is_new:
            description = _choose_text(before.description, theirs.description, ours.description)
            if description is not None:
                self._registry.describe_model(name, description, time.time())
            changes = find_changes(before.tags, theirs.tags, ours.tags)
            if changes.changed:
                self._registry.set_model_tags(name, changes.changed)
            for tag in changes.removed:
                self._registry.delete_model_tag(name, tag)
        self._note(theirs, before.aliases)  # current aliases: when imported

    def _version(self, theirs: ModelVersionRecord) -> None:
        name, number = self._names[theirs.name], theirs.version
        key = f"{number} {theirs.name}"
        before = recall(self._store, VersionBaseline, key)
        ours = self._registry.version(name, number)
        if ours is None:
            if self._registry.is_number_given(name, number) or before is not None:
                self._imported.removed += 1
                return
            location = self._relocate(theirs.source)
            moved = msgspec.structs.replace(theirs, name=name, location=location)
            self._registry.create_version(name, moved)
            self._imported.versions += 1
        elif before is None and (ours.created, ours.source) != (theirs.created, theirs.source):
            self._source.omissions.add(
                f"version {number} of model {theirs.name}",
                "the store has another version of this number, which did not come from there",
            )
            return
        elif before is not None:
            self._change_version(theirs, before, ours)
        note(self._store, key, VersionBaseline.of(theirs))

    def _change_version(
        self,
        theirs: ModelVersionRecord,
        before: VersionBaseline,
        ours: ModelVersionRecord,
    ) -> None:
        name, number = ours.name, theirs.version
        description = _choose_text(before.description, theirs.description, ours.description)
        stage = theirs.stage if ours.stage == before.stage else ours.stage
        if description is not None or stage != ours.stage:
            change = self._registry.change_version
            change(name, number, time.time(), description=description, stage=stage)
        changes = find_changes(before.tags, theirs.tags, ours.tags)
        self._registry.set_version_tags(name, number, changes.changed)
        for tag in changes.removed:
            self._registry.delete_version_tag(name, number, tag)

    def _aliases(self, theirs: RegisteredModelRecord, before: ModelBaseline | None) -> None:
        name = self._names[theirs.name]
        ours = self._registry.model(name)
        known = ours.aliases if ours else {}
        changes = find_changes(before.aliases if before else {}, theirs.aliases, known)
        for alias, number in changes.changed.items():
            if self._registry.version(name, int(number)) is not None:
                self._registry.set_alias(name, alias, int(number))
        for alias in changes.removed:
            self._registry.delete_alias(name, alias)
        self._note(theirs, theirs.aliases)

    def _relocate(self, source: str) -> str:
        """Return the location of a version's files, which have been imported, too."""
        for owner, path in _owners(source):
            if owner.kind == "model":
                model = self._store.logged_models.get(owner.id)
                if model is not None:
                    folder = f"{model.experiment_id}/models/{owner.id}/artifacts"
                    return f"mlflow-artifacts:/{folder}{path}"
            elif (state := self._store.runs.state(owner.id)) is not None:
                return f"mlflow-artifacts:/{state.experiment_id}/{owner.id}/artifacts{path}"
        return source


def _choose_text(before: str | None, theirs: str | None, ours: str | None) -> str | None:
    """Return the new text of a description; None if it stays. None and empty are the same."""
    text = choose(before or "", theirs or "", ours or "")
    return None if text == (ours or "") else text


def _owners(source: str) -> Iterator[tuple[ArtifactOwner, str]]:
    """Yield possible owners of a source: ``models:/m-…``, ``runs:/…``, or ids in a location."""
    parts = [part for part in source.partition(":")[2].split("/") if part] or Path(source).parts
    for index, part in enumerate(parts):
        rest = list(parts[index + 1 :])
        if rest[:1] == ["artifacts"]:
            rest = rest[1:]
        path = "".join(f"/{name}" for name in rest)
        if part.startswith("m-") and len(part) == 34:  # noqa: PLR2004
            yield ArtifactOwner("model", part), path
        elif len(part) == 32 and all(sign in "0123456789abcdef" for sign in part):  # noqa: PLR2004
            yield ArtifactOwner("run", part), path
