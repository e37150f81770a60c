"""Detection that nothing has changed since a run, without the slow import of the project.

After a run that left nothing to do, its footprint is stored: digests of imported source files and
all others of the project, the packages, the configuration, and every file that was read or
written. If all are unchanged, another run would reuse every node. Else, it is planned as usual.
"""

import contextlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from blake3 import blake3

from treadle._version import __version__
from treadle.catalog import BuiltInFormats, DatasetDescription, FileDigests
from treadle.catalog.cache import ContentCache
from treadle.config import Parameters
from treadle.engine import Decision, Incremental, Ledger, Plan
from treadle.engine.fingerprint import IndigestibleError, digest_value
from treadle.engine.logged import KeptLogs
from treadle.engine.modules import origin_of_module, origin_of_path
from treadle.engine.observed import (
    ABSENT,
    Reading,
    ReadingNow,
    describe_readings,
    readings_of_import,
)
from treadle.hooks import Hooks
from treadle.masking import mask_tree
from treadle.pipelines import is_parameter
from treadle.provenance.code_files import walk_code
from treadle.provenance.environment import read_environment

_OWN_PLUGINS: Final = frozenset(
    {f"{BuiltInFormats.__module__}.BuiltInFormats", "treadle.cli.progress.Progress"},
)
"""Plugin classes that need not handle a run in which every node is reused."""


class ReusedNode(msgspec.Struct, frozen=True):
    """A node, and the run whose outputs of it are reused."""

    name: str
    key: str
    reason: str
    logged: bytes = b""
    """The stored form of what it logged."""
    origin: str = ""
    """The run that it logged to."""


class ReusedDataset(msgspec.Struct, frozen=True):
    """A dataset that a reused node had read or written."""

    node: str
    name: str
    role: Literal["read", "reused"]
    description: DatasetDescription


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """The state after a run that left nothing to do."""

    surroundings: str
    """Digest of Python, the packages, the configuration and the request."""
    sources: dict[str, str]
    """Digests of source files."""
    data: dict[str, str]
    """Digests of files and folders that were read or written."""
    readings: list[Reading]
    """Files and environment variables that nodes, and modules during their import, read."""
    nodes: list[ReusedNode]
    datasets: list[ReusedDataset]
    count: int
    """The number of nodes of the pipeline."""
    params: dict[str, Any]
    graph: bytes
    """JSON."""
    results: list[str]
    kept: list[str] = []
    """Digests of results that are not saved, in the cache."""
    warnings: list[str] = []
    """Warnings of the run, which an unchanged run repeats."""


def has_only_own_plugins(hooks: Hooks) -> bool:
    """Return whether no plugin needs to handle a run in which every node is reused."""
    kinds = map(type, hooks.get_plugins())
    return all(f"{kind.__module__}.{kind.__qualname__}" in _OWN_PLUGINS for kind in kinds)


def describe_surroundings(
    parameters: Parameters,
    configuration: Mapping[str, Any],
    credentials: Mapping[str, Any],
    request: Mapping[str, Any],
) -> str:
    """Digest what a run depends on besides files; empty if it has no digest."""
    environment = read_environment()
    try:
        return digest_value(
            [
                __version__,
                sys.version,
                platform.platform(),
                sys.prefix,
                environment.packages,
                list(sys.path),
                parameters.tree,
                dict(configuration),
                dict(credentials),
                dict(request),
            ]
        )
    except IndigestibleError:
        return ""


class Unchanged:
    """The footprint of one request.

    Args:
        request: The request for a run.
        surroundings: See `describe_surroundings`.
        source: The folder of the project's source.
        folder: The folder of the project.
    """

    def __init__(self, request: str, surroundings: str, source: Path, folder: Path) -> None:
        self._folder = folder
        self._request = request
        self._surroundings = surroundings
        self._source = source

    def find(
        self,
        path: Path,
        seed: int,
        logs: KeptLogs,
        cache: ContentCache,
    ) -> Footprint | None:
        """Return the footprint, if nothing has changed since.

        Args:
            path: The path of the ledger.
            seed: The seed of the run.
            logs: Checks whether what nodes logged still exists.
            cache: The cache of results that are not saved.
        """
        if not self._surroundings or not path.exists():
            return None
        ledger = Ledger(path)
        try:
            kept = ledger.kept(self._name(seed))
            footprint = msgspec.msgpack.decode(kept, type=Footprint) if kept else None
            if footprint is None or footprint.surroundings != self._surroundings:
                return None
            if not all(logs.can_repeat(node.logged) for node in footprint.nodes):
                return None
            if not all(map(cache.is_sound_value, footprint.kept)):
                return None
            return footprint if self._is_same(footprint, ledger) else None
        except (OSError, msgspec.MsgspecError):
            return None
        finally:
            ledger.close()

    def _is_same(self, footprint: Footprint, ledger: Ledger) -> bool:
        contents = FileDigests()
        contents.memory = ledger
        names = {*footprint.sources, *map(str, self._source_files())}
        return (
            _digests(names, contents) == footprint.sources
            and _digests(footprint.data, contents) == footprint.data
            and not ReadingNow(self._folder, contents).find_changed(footprint.readings)
        )

    def keep(self, incremental: Incremental, seed: int, warnings: list[str]) -> None:
        """Store the footprint of a run, if another one would have nothing to do."""
        plan = incremental.plan
        decisions = incremental.preview()
        for step, decision in zip(plan.steps, decisions, strict=True):
            incremental.results.note(step, decision.key)
        data = _data(plan)
        readings = self._readings(incremental)
        # A module that was not found may appear anywhere; other code is compared as source files.
        is_seen = not any(
            one.kind in ("code", "module") and one.digest == ABSENT for one in readings
        )
        is_done = all(decision.action == "reuse" for decision in decisions)
        if not (self._surroundings and data is not None and is_seen and is_done):
            return
        with contextlib.suppress(
            TypeError, OSError
        ):  # a parameter that is not a plain value, a file that was deleted
            footprint = Footprint(
                surroundings=self._surroundings,
                sources=_digests(
                    {*_imported_files(), *map(str, self._source_files())}, plan.catalog.contents
                ),
                data=data,
                readings=readings,
                nodes=[
                    _reused_node(incremental, step.node.name, decision)
                    for step, decision in zip(plan.steps, decisions, strict=True)
                ],
                datasets=list(_datasets(incremental)),
                count=len(plan.steps),
                params={name: mask_tree(value, name) for name, value in plan.parameters.items()},
                graph=msgspec.json.encode(plan.graph()),
                results=plan.results,
                kept=incremental.results.digests(),
                warnings=warnings,
            )
            incremental.ledger.keep(self._name(seed), msgspec.msgpack.encode(footprint))

    def _readings(self, incremental: Incremental) -> list[Reading]:
        """Return what was read besides datasets, and the folders where Python searches modules."""
        now = ReadingNow(self._folder, incremental.plan.catalog.contents)
        found = {*readings_of_import(now)}
        for step in incremental.plan.steps:
            found.update(incremental.readings(step))
        for folder in sys.path:
            path = os.path.abspath(folder)  # noqa: PTH100 - one that is empty is the working folder
            if origin_of_path(f"{path}{os.sep}x.py") == "project":
                wanted = Reading("folder", now.shorten(path) or ".", "")
                found.add(msgspec.structs.replace(wanted, digest=now.digest(wanted)))
        return sorted(found)

    def _name(self, seed: int) -> str:
        return f"footprint {blake3(f'{seed} {self._request}'.encode()).hexdigest()[:32]}"

    def _source_files(self) -> Iterator[Path]:
        return (path for path in walk_code(self._source) if path.suffix == ".py")


def _reused_node(incremental: Incremental, name: str, decision: Decision) -> ReusedNode:
    kept = incremental.logs.find(name, decision.key) if decision.has_log else (b"", "")
    return ReusedNode(name, decision.key, decision.reason, *kept)


def _datasets(incremental: Incremental) -> Iterator[ReusedDataset]:
    plan = incremental.plan
    for module, readings in incremental.readings_of_imports().items():
        for name, description in describe_readings(readings).items():
            yield ReusedDataset(module, name, "read", description)
    for step in plan.steps:
        for name, description in describe_readings(incremental.readings(step)).items():
            yield ReusedDataset(step.node.name, name, "read", description)
        for name in step.reads:
            dataset = plan.bound[name]
            if dataset is not None:
                yield ReusedDataset(step.node.name, name, "read", dataset.describe(content=True))
        for name in step.node.outputs:
            dataset = plan.bound[name]
            if dataset is not None:
                description = dataset.describe(content=True)
                yield ReusedDataset(step.node.name, name, "reused", description)


def _digests(names: Mapping[str, str] | set[str], contents: FileDigests) -> dict[str, str]:
    return {name: contents.of(Path(name))[0] for name in sorted(names)}


def _imported_files() -> Iterator[str]:
    """Yield the files of all imported modules that are not part of a library."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and origin_of_module(module) == "project":
            yield str(file)


def _data(plan: Plan) -> dict[str, str] | None:
    """Return the digests of all data; None if some of it is not in local files."""
    found = {}
    for name, dataset in plan.bound.items():
        if dataset is None or is_parameter(name):
            continue
        location = dataset.describe(content=True)
        if not location.is_local or not location.digest:
            return None
        if plan.catalog.contents.of(Path(location.location))[0] != location.digest:
            return None  # a version, or data that only a library can digest
        found[location.location] = location.digest
    return found
