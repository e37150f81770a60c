"""Reasons why a node's result may differ between two runs, whatever ran between them."""

from collections.abc import Mapping
from typing import Any, Final

from treadle.pipelines import base_name
from treadle.provenance.run_record import read_graph
from treadle.records import NodeRunRecord, RunDetails

_PARAMETERS: Final = "parameters"
_PREFIX: Final = "params:"
_SHOWN: Final = 3
_LONG: Final = 30
_DIGEST: Final = 8


def find_causes(old: RunDetails, new: RunDetails) -> dict[str, str]:
    """Return for each node of both runs what differs in its inputs, parameters or code, or nothing.

    Parameters and inputs are compared between the two runs. If both are the same and the keys
    differ, the reason is the code of the node or a library.

    Args:
        old: One run.
        new: The other run.
    """
    return _Causes(old, new).find()


class _Causes:
    def __init__(self, old: RunDetails, new: RunDetails) -> None:
        self._params = old.run.params, new.run.params
        self._digests = _digests(old), _digests(new)
        self._keys = tuple({node.node: node for node in run.nodes} for run in (old, new))
        self._nodes = {node.name: node for node in read_graph(new).nodes}
        self._before = {node.name for node in read_graph(old).nodes}
        outputs = ((name, node.name) for node in self._nodes.values() for name in node.outputs)
        self._makers = {base_name(name): node for name, node in outputs}
        self._found: dict[str, str] = {}

    def find(self) -> dict[str, str]:
        for name in self._nodes:
            if name in self._before:
                self._explain(name)
        return self._found

    def _explain(self, name: str) -> str:
        if name in self._found:
            return self._found[name]
        self._found[name] = ""
        causes: list[str] = []
        for source in self._nodes[name].inputs:
            causes += self._parameter(source) if _is_parameter(source) else self._input(source)
        old, new = (keys.get(name) for keys in self._keys)
        if not causes and _is_other(old, new):
            causes = ["its code or libraries"]
        more = [f"{len(causes) - _SHOWN} more"] if len(causes) > _SHOWN else []
        self._found[name] = ", ".join(causes[:_SHOWN] + more)
        return self._found[name]

    def _parameter(self, source: str) -> list[str]:
        path = source.removeprefix(_PREFIX)
        old, new = (_select(params, path) for params in self._params)
        return [
            f'parameter "{name}": {_text(old.get(name))} → {_text(new.get(name))}'
            for name in dict.fromkeys([*old, *new])
            if old.get(name) != new.get(name)
        ]

    def _input(self, source: str) -> list[str]:
        name = base_name(source)
        old, new = (digests.get(name, "") for digests in self._digests)
        if old and new:
            return [f'input "{name}": {_short(old)} → {_short(new)}'] if old != new else []
        maker = self._makers.get(name, "")
        if maker in self._before and self._explain(maker):  # it is in memory: compare what made it
            return [f'input "{name}", made by {maker}']
        return []


def _is_parameter(name: str) -> bool:
    return name == _PARAMETERS or name.startswith(_PREFIX)


def _select(params: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the parameters that a node reads by a path: one, or all below it."""
    if path == _PARAMETERS:
        return dict(params)
    below = f"{path}."
    return {key: value for key, value in params.items() if key == path or key.startswith(below)}


def _digests(details: RunDetails) -> dict[str, str]:
    """Return the digest of each dataset's content in a run: the last one, if the run wrote it."""
    uses = sorted(details.datasets, key=lambda use: use.role != "read")
    return {base_name(use.dataset): use.digest or use.version for use in uses}


def _is_other(old: NodeRunRecord | None, new: NodeRunRecord | None) -> bool:
    return bool(old and new and old.key and new.key and old.key != new.key)


def _text(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _short(digest: str) -> str:
    return digest.removeprefix("blake3:")[:_DIGEST]
