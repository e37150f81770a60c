"""The differences between two runs, ordered from causes to effects."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.errors import TreadleError
from treadle.pipelines import base_name
from treadle.provenance.causes import find_causes
from treadle.provenance.request import Request
from treadle.provenance.run_record import Recorded, read_recorded
from treadle.provenance.trees import TreeDifference, compare_trees
from treadle.records import NodeRunRecord, RunDetails
from treadle.store import RunReader

SECTIONS: Final = ("params", "configuration", "code", "environment", "data", "nodes", "metrics")
_MISSING: Final = object()


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value by its name; None if a run does not have it."""

    name: str
    old: Any
    new: Any
    old_origins: tuple[str, ...] = ()
    """Ids of the earlier runs that it comes from, if nodes were reused."""
    new_origins: tuple[str, ...] = ()


class DataChange(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset whose content differs."""

    name: str
    role: str
    """``input`` if no node of the run wrote it, else ``output``."""
    old: str
    """Digest of the content, or the version if there is none; empty if the run did not use it."""
    new: str


class NodeChange(msgspec.Struct, frozen=True, kw_only=True):
    """The duration of a node in each run."""

    name: str
    old_status: str
    """Empty if the run does not have the node."""
    new_status: str
    old_seconds: float | None
    """None if it did not run."""
    new_seconds: float | None
    differs: str
    """What differs in its parameters, inputs and code; empty if nothing does."""
    new_reason: str
    """Why it ran or was reused in the newer run, compared with the run before that."""


class RunDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The differences between two runs; a section is empty if nothing in it differs."""

    old: str
    """The id of the first run."""
    new: str
    params: list[Change]
    configuration: list[Change]
    code: TreeDifference | None
    """None if it cannot be compared."""
    code_unknown: str
    """Why it cannot be compared."""
    environment: list[Change]
    data: list[DataChange]
    nodes: list[NodeChange]
    """All nodes, sorted by the difference of their durations, greatest first."""
    metrics: list[Change]
    """The last values, sorted by relative difference, greatest first."""


def compare_runs(old: RunDetails, new: RunDetails, store: RunReader, near: Path) -> RunDifference:
    """Compare two runs.

    Args:
        old: One run.
        new: The other run.
        store: The store of their code artifacts.
        near: A folder in the repository of the code.

    Raises:
        ConflictError: The record of one cannot be read.
    """
    before, after = read_recorded(old), read_recorded(new)
    code, unknown = _code(before, after, store, near)
    return RunDifference(
        old=old.run.id,
        new=new.run.id,
        params=[
            _with_origins(change, "param", old, new)
            for change in _changes(old.run.params, new.run.params)
        ],
        configuration=[*_configuration(before, after)],
        code=code,
        code_unknown=unknown,
        environment=[*_changes(_surroundings(before), _surroundings(after))],
        data=[*_data(old, new)],
        nodes=sorted(_nodes(old, new), key=_weight_of_node),
        metrics=sorted(_metrics(old, new), key=_weight_of_metric),
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        if before != after or type(before) is not type(after):
            yield Change(
                name=name,
                old=None if before is _MISSING else before,
                new=None if after is _MISSING else after,
            )


def _configuration(old: Recorded, new: Recorded) -> Iterator[Change]:
    """Yield the differences in request, parameters (even those not read by nodes) and catalog."""

    def flat(recorded: Recorded) -> dict[str, Any]:
        configuration = recorded.configuration
        request = {
            name: value for name, value in _plain(configuration.request).items() if name != "params"
        }
        found = {"request": request, "catalog": configuration.catalog, "seed": configuration.seed}
        unread = {
            name: value
            for name, value in _flatten(configuration.parameters)
            if name not in recorded.details.run.params
        }
        return {
            **dict(_flatten(found)),
            **{f"parameters.{name}": value for name, value in unread.items()},
        }

    before, after = flat(old), flat(new)
    for side in (before, after):
        for name in [*old.details.run.params, *new.details.run.params]:
            side.pop(f"parameters.{name}", None)  # is among the params
    yield from _changes(before, after)


def _plain(request: Request | None) -> dict[str, Any]:
    """Return what a request has, with lists as in its record."""
    if request is None:
        return {}
    recorded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(request))
    return {name: value for name, value in recorded.items() if value}


def _flatten(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _flatten(value, f"{path}.{name}" if path else str(name))
    elif tree not in ("", [], None):
        yield path, tree


def _code(
    old: Recorded, new: Recorded, store: RunReader, near: Path
) -> tuple[TreeDifference | None, str]:
    try:
        return compare_trees(old, new, store, near), ""
    except TreadleError as error:
        return None, str(error)


def _surroundings(recorded: Recorded) -> dict[str, str]:
    environment = recorded.environment
    if environment is None:
        return {}
    return {
        "python": f"{environment.implementation} {environment.python}",
        "platform": environment.platform,
        "machine": environment.machine,
        "processors": str(environment.processors),
        "hash seed": environment.hash_seed,
        **environment.packages,
        **{f"{name} from": source for name, source in environment.sources.items()},
    }


def _data(old: RunDetails, new: RunDetails) -> Iterator[DataChange]:
    before, after = _contents(old), _contents(new)
    names = sorted(dict.fromkeys([*before, *after]), key=lambda pair: (pair[1] != "input", pair[0]))
    for name, role in names:
        was, now = before.get((name, role), ""), after.get((name, role), "")
        if was != now:
            yield DataChange(name=name, role=role, old=was, new=now)


def _contents(details: RunDetails) -> dict[tuple[str, str], str]:
    """Return the content of each dataset of a run: what it wrote, and what it only read."""
    made = {
        (use.dataset, "output"): use.digest or use.version
        for use in details.datasets
        if use.role != "read"
    }
    bases = {base_name(name) for name, _ in made}
    read = {
        (use.dataset, "input"): use.digest or use.version
        for use in details.datasets
        if use.role == "read" and base_name(use.dataset) not in bases
    }
    return {**read, **made}


def _nodes(old: RunDetails, new: RunDetails) -> Iterator[NodeChange]:
    before, after = ({node.node: node for node in details.nodes} for details in (old, new))
    causes = find_causes(old, new)
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        yield NodeChange(
            name=name,
            old_status=was.status if was else "",
            new_status=now.status if now else "",
            old_seconds=_seconds(was),
            new_seconds=_seconds(now),
            differs=causes.get(name, ""),
            new_reason=now.reason if now else "",
        )


def _seconds(node: NodeRunRecord | None) -> float | None:
    if node is None or node.ended is None or node.status == "reused":
        return None
    return node.ended - node.started


def _weight_of_node(change: NodeChange) -> float:
    return -abs((change.new_seconds or 0.0) - (change.old_seconds or 0.0))


def _metrics(old: RunDetails, new: RunDetails) -> Iterator[Change]:
    before, after = (
        {
            summary.key: summary.last
            for summary in details.metrics
            if not summary.key.startswith("system/")
        }
        for details in (old, new)
    )
    for change in _changes(before, after):
        if not (_is_nan(change.old) and _is_nan(change.new)):
            yield _with_origins(change, "metric", old, new)


def _with_origins(change: Change, kind: str, old: RunDetails, new: RunDetails) -> Change:
    """Return a change of a value with the runs in which reused nodes had logged it."""
    before, after = (
        tuple(
            value.origin for value in run.reused if (value.kind, value.name) == (kind, change.name)
        )
        for run in (old, new)
    )
    return msgspec.structs.replace(change, old_origins=before, new_origins=after)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _weight_of_metric(change: Change) -> float:
    if change.old is None or change.new is None:
        return -math.inf
    old, new = float(change.old), float(change.new)
    if not (math.isfinite(old) and math.isfinite(new)):
        return -math.inf
    return -abs(new - old) / max(abs(old), abs(new))
