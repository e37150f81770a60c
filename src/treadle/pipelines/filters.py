"""Selection of nodes of a graph by name, tag, namespace, ancestors or descendants."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

from treadle.errors import PipelineError, nearest
from treadle.pipelines.dataset_names import base_name
from treadle.pipelines.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions for nodes; a node must meet all that are not empty."""

    nodes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    from_nodes: tuple[str, ...] = ()
    to_nodes: tuple[str, ...] = ()
    from_inputs: tuple[str, ...] = ()
    to_outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def select(graph: Graph, selection: Selection) -> set[int]:
    """Return the indices of the nodes that meet every condition.

    Raises:
        PipelineError: A name in a condition is unknown, or no nodes remain.
    """
    selected = set(range(len(graph.nodes)))
    for condition, find in _FINDERS.items():
        names = getattr(selection, condition)
        if names:
            selected &= find(graph, names)
    if not selected and selection:
        conditions = ", ".join(
            f"{f.name}={list(getattr(selection, f.name))}"
            for f in fields(selection)
            if getattr(selection, f.name)
        )
        raise PipelineError(
            f"No node meets all of: {conditions}.", hint="Drop one of the conditions."
        )
    return selected


def _named(graph: Graph, names: Iterable[str]) -> set[int]:
    """Find nodes by name; a name without its namespace is accepted if only one node has it."""
    full = {node.name: position for position, node in enumerate(graph.nodes)}
    positions = set()
    for name in names:
        if name in full:
            positions.add(full[name])
            continue
        short = [position for position, node in enumerate(graph.nodes) if node.local_name == name]
        if len(short) > 1:
            which = ", ".join(graph.nodes[position].name for position in short)
            raise PipelineError(
                f'"{name}" is the name of several nodes: {which}.', hint="Add the namespace."
            )
        if not short:
            raise PipelineError(f'There is no node "{name}".', hint=nearest(name, full))
        positions.add(short[0])
    return positions


def _tagged(graph: Graph, tags: Iterable[str]) -> set[int]:
    used = {tag for node in graph.nodes for tag in node.tags}
    for tag in tags:
        if tag not in used:
            raise PipelineError(f'No node has the tag "{tag}".', hint=nearest(tag, used))
    return {position for position, node in enumerate(graph.nodes) if node.tags & set(tags)}


def _in_namespaces(graph: Graph, namespaces: Iterable[str]) -> set[int]:
    positions = set()
    for namespace in namespaces:
        inside = {
            position
            for position, node in enumerate(graph.nodes)
            if node.namespace == namespace or node.namespace.startswith(namespace + ".")
        }
        if not inside:
            namespaces_used = {node.namespace for node in graph.nodes if node.namespace}
            raise PipelineError(
                f'There is no namespace "{namespace}".', hint=nearest(namespace, namespaces_used)
            )
        positions |= inside
    return positions


def _readers(graph: Graph, names: Iterable[str]) -> set[int]:
    positions: set[int] = set()
    for name in names:
        if base_name(name) not in graph.consumers:
            raise PipelineError(f'No node reads "{name}".', hint=nearest(name, graph.consumers))
        positions.update(graph.consumers[base_name(name)])
    return positions


def _writers(graph: Graph, names: Iterable[str]) -> set[int]:
    positions: set[int] = set()
    for name in names:
        if base_name(name) not in graph.producers:
            raise PipelineError(f'No node writes "{name}".', hint=nearest(name, graph.producers))
        positions.add(graph.producers[base_name(name)])
    return positions


_FINDERS: Final[Mapping[str, Callable[[Graph, tuple[str, ...]], set[int]]]] = {
    "nodes": _named,
    "tags": _tagged,
    "namespaces": _in_namespaces,
    "from_nodes": lambda graph, names: graph.reach(_named(graph, names), upwards=False),
    "to_nodes": lambda graph, names: graph.reach(_named(graph, names), upwards=True),
    "from_inputs": lambda graph, names: graph.reach(_readers(graph, names), upwards=False),
    "to_outputs": lambda graph, names: graph.reach(_writers(graph, names), upwards=True),
    "inputs": _readers,
    "outputs": _writers,
}
"""Functions that find the nodes that meet each condition."""
