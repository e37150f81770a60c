"""The state of the source at the last import, and the three-way merge with changes on both sides.

An import knows three states of an object: the source's at the last import (the baseline), the
source's now, and the store's now. A value that the store has unchanged from the baseline may be
replaced by the source's; a value changed in the store stays. An object that has a baseline but is
missing in the store was permanently deleted there, and is not imported again.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from treadle.records import ModelVersionRecord, RunRecord
from treadle.store.sql import SqlStore

T = TypeVar("T")


class ExperimentBaseline(msgspec.Struct, frozen=True):
    """An experiment of the source."""

    key: str
    """Its id in the store."""
    name: str
    is_deleted: bool
    tags: dict[str, str]


class RunBaseline(msgspec.Struct, frozen=True):
    """A run of the source, without params and metrics, which only grow."""

    name: str
    status: str
    ended: float | None
    is_deleted: bool
    tags: dict[str, str]

    @classmethod
    def of(cls, run: RunRecord) -> "RunBaseline":
        """Return the baseline of a run."""
        return cls(run.name, run.status, run.ended, run.deleted is not None, run.tags)


class LoggedModelBaseline(msgspec.Struct, frozen=True):
    """A logged model of the source."""

    tags: dict[str, str]


class ModelBaseline(msgspec.Struct, frozen=True):
    """A registered model of the source."""

    description: str | None
    tags: dict[str, str]
    aliases: dict[str, int]
    key: int = 0
    """Its key in the store, which a rename there does not change; 0 in old imports."""
    created: float = 0.0
    """When the store's was created: a key may be reused after a deletion."""


class VersionBaseline(msgspec.Struct, frozen=True):
    """A model version of the source."""

    description: str | None
    stage: str
    tags: dict[str, str]

    @classmethod
    def of(cls, version: ModelVersionRecord) -> "VersionBaseline":
        """Return the baseline of a model version."""
        return cls(version.description, version.stage, version.tags)


class FilesBaseline(msgspec.Struct, frozen=True):
    """The artifacts of a run or a logged model of the source: the digest of each path."""

    digests: dict[str, str]
    signatures: dict[str, str] = {}
    """The signature of each file's state; files that may still be changing are missing."""


def recall(store: SqlStore, kind: type[T], key: str) -> T | None:
    """Return the baseline of an object; None if it was never imported.

    Args:
        store: The target of the import.
        kind: The baseline's class.
        key: The object's key at its source.
    """
    content = store.imports.find(kind.__name__, key)
    return None if content is None else msgspec.json.decode(content, type=kind)


def note(store: SqlStore, key: str, baseline: msgspec.Struct) -> None:
    """Store the baseline of an object, unless it is unchanged."""
    kind = type(baseline)
    if recall(store, kind, key) != baseline:
        store.imports.put(kind.__name__, key, msgspec.json.encode(baseline))


def choose(before: T, theirs: T, ours: T) -> T:
    """Return the source's value, or the store's if it was changed there."""
    return theirs if ours == before else ours


class Changes(msgspec.Struct, frozen=True):
    """The changes to make to tags or aliases of the store."""

    changed: dict[str, str]
    removed: list[str]


def find_changes(
    before: Mapping[str, object],
    theirs: Mapping[str, object],
    ours: Mapping[str, object],
) -> Changes:
    """Return the changes to make to the store's tags: those that only the source changed."""
    changed: dict[str, str] = {}
    removed: list[str] = []
    for key in {**before, **theirs}:
        old, new, known = before.get(key), theirs.get(key), ours.get(key)
        if known != old or new == known:
            continue
        if new is None:
            removed.append(key)
        else:
            changed[key] = str(new)
    return Changes(changed, removed)
