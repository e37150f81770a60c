"""Pipelines: immutable sets of nodes, with set operations."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from treadle.errors import PipelineError
from treadle.pipelines.dataset_names import base_name
from treadle.pipelines.filters import Selection, select
from treadle.pipelines.graph import Graph
from treadle.pipelines.kedro import check_not_kedro
from treadle.pipelines.namespace import rename_nodes
from treadle.pipelines.node import Node
from treadle.pipelines.selectable import Selectable


class Pipeline(Selectable):
    """An immutable set of nodes; `pipeline` creates one, too.

    ``a + b`` and ``a | b`` have the nodes of both, ``a - b`` those of a that are not in b,
    ``a & b`` those in both. ``sum(pipelines)`` works.

    Args:
        nodes: Nodes, pipelines, plain functions, or one of them.
        options: Options of `pipeline`: ``inputs``, ``outputs``, ``parameters``, ``tags``,
            ``namespace``, ``prefix_datasets_with_namespace``.

    Raises:
        PipelineError: Two nodes have the same name, or write the same dataset.
    """

    def __init__(self, nodes: "Part | Iterable[Part]" = (), **options: Any) -> None:
        self._unsorted = tuple(_with_unique_names(dict.fromkeys(_flatten(nodes))))
        self._graph = Graph(self._unsorted)
        if options:
            self._unsorted = tuple(rename_nodes(self._graph, **options))
            self._graph = Graph(self._unsorted)
        _check_variants(self._unsorted)
        _check_confirms(self._unsorted)

    @cached_property
    def nodes(self) -> list[Node]:
        """The nodes in the order in which they run; ties are in the order as passed.

        Raises:
            PipelineError: There is a cycle.
        """
        return [self._unsorted[position] for position in self._graph.order()]

    @property
    def graph(self) -> Graph:
        """The edges between the nodes, in the order as passed."""
        return self._graph

    def inputs(self) -> set[str]:
        """Return the names that are read and that no node writes, including parameters."""
        names = (port.dataset for node in self._unsorted for port in node.arguments)
        return {name for name in names if base_name(name) not in self._graph.producers}

    def outputs(self) -> set[str]:
        """Return the names that are written and that no node reads."""
        names = (port.dataset for node in self._unsorted for port in node.results)
        return {name for name in names if base_name(name) not in self._graph.consumers}

    def datasets(self) -> set[str]:
        """Return every name that is read or written."""
        return set(self._datasets)

    @cached_property
    def _datasets(self) -> frozenset[str]:
        # Planning asks several times, and pipelines are immutable.
        return frozenset(self.all_inputs() | self.all_outputs())

    def all_inputs(self) -> set[str]:
        """Return every name that is read."""
        return {port.dataset for node in self._unsorted for port in node.arguments}

    def all_outputs(self) -> set[str]:
        """Return every name that is written."""
        return {port.dataset for node in self._unsorted for port in node.results}

    @property
    def node_dependencies(self) -> dict[Node, set[Node]]:
        """The nodes whose outputs each node reads, by node."""
        return {
            node: {self._unsorted[parent] for parent in self._graph.parents(position)}
            for position, node in enumerate(self._unsorted)
        }

    @property
    def grouped_nodes(self) -> list[list[Node]]:
        """The nodes in groups: each depends only on nodes of earlier groups."""
        group_of: dict[int, int] = {}
        groups: list[list[Node]] = []
        for position in self._graph.order():
            needed = (group_of[parent] + 1 for parent in self._graph.parents(position))
            group_of[position] = max(needed, default=0)
            groups += [[]] if group_of[position] == len(groups) else []
            groups[group_of[position]].append(self._unsorted[position])
        return groups

    def select(self, selection: Selection) -> "Pipeline":
        """Return the pipeline of the nodes that meet every condition.

        Raises:
            PipelineError: A name is unknown, or no nodes remain.
        """
        selected = select(self._graph, selection)
        return Pipeline(
            node for position, node in enumerate(self._unsorted) if position in selected
        )

    def describe(self, *, names_only: bool = True) -> str:
        """Describe the pipeline in a few lines: its inputs, its nodes in order, its outputs.

        Args:
            names_only: Whether nodes are shown by their names alone.
        """
        steps = [node.name if names_only else str(node) for node in self.nodes]
        return "\n".join(
            [
                f"Inputs: {', '.join(sorted(self.inputs())) or 'None'}",
                "",
                *steps,
                "",
                f"Outputs: {', '.join(sorted(self.outputs())) or 'None'}",
            ]
        )

    def tag(self, tags: str | Iterable[str]) -> "Pipeline":
        """Return the pipeline with tags added to every node."""
        return Pipeline(node.tag(tags) for node in self._unsorted)

    def __add__(self, other: Any) -> "Pipeline":
        return (
            Pipeline((*self._unsorted, *other._unsorted))
            if isinstance(other, Pipeline)
            else NotImplemented
        )

    __or__ = __add__

    def __radd__(self, other: Any) -> "Pipeline":
        return self if other == 0 else NotImplemented

    def __sub__(self, other: Any) -> "Pipeline":
        if not isinstance(other, Pipeline):
            return NotImplemented
        removed = set(other._unsorted)
        return Pipeline(node for node in self._unsorted if node not in removed)

    def __and__(self, other: Any) -> "Pipeline":
        if not isinstance(other, Pipeline):
            return NotImplemented
        both = set(other._unsorted)
        return Pipeline(node for node in self._unsorted if node in both)

    def __eq__(self, other: object) -> bool:
        return (
            set(self._unsorted) == set(other._unsorted)
            if isinstance(other, Pipeline)
            else NotImplemented
        )

    def __hash__(self) -> int:
        return hash(frozenset(self._unsorted))

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self._unsorted)

    def __contains__(self, name: object) -> bool:
        return any(node.name == name for node in self._unsorted)

    def __repr__(self) -> str:
        body = ",\n".join(f"    {node!r}" for node in self._unsorted)
        return f"pipeline([\n{body},\n])" if body else "pipeline([])"


Part = Node | Pipeline | Callable[..., object]
"""A part from which a pipeline can be created."""


def _flatten(nodes: Part | Iterable[Part]) -> Iterable[Node]:
    if isinstance(nodes, Pipeline):
        yield from nodes.graph.nodes
        return
    check_not_kedro(nodes)
    if isinstance(nodes, Node):
        yield nodes
    elif callable(nodes):
        yield Node(nodes)
    elif isinstance(nodes, list | tuple | set | frozenset | Iterator):
        for part in nodes:
            yield from _flatten(part)
    else:
        raise PipelineError(
            f"A pipeline is made of nodes and pipelines, not of {type(nodes).__name__} ({nodes!r})."
        )


def _with_unique_names(nodes: Iterable[Node]) -> Iterator[Node]:
    """Rename nodes that share the name of their function, by their outputs.

    One function often serves several nodes; requiring a name each time would be boilerplate.
    """
    nodes = list(nodes)
    counts = Counter(node.name for node in nodes)
    seen: set[str] = set()
    for node in nodes:
        unique = node
        if counts[node.name] > 1 and not node.is_named:
            suffix = "_".join(
                base_name(port.dataset).rpartition(".")[2]
                for port in node.results or node.arguments
            )
            unique = node.changed(local_name=f"{node.local_name}__{suffix}")
        if unique.name in seen:
            raise PipelineError(
                f'Two nodes are called "{unique.name}".',
                hint="Give one of them another name: node(…, name=…).",
            )
        seen.add(unique.name)
        yield unique


def _check_variants(nodes: Iterable[Node]) -> None:
    """Reject ``x`` next to ``x@a``: it would be unclear whether they are one dataset."""
    plain: dict[str, str] = {}
    variants: dict[str, tuple[str, str]] = {}
    for node in nodes:
        for port in (*node.arguments, *node.results):
            base = base_name(port.dataset)
            if base == port.dataset:
                plain[base] = node.name
            else:
                variants[base] = (port.dataset, node.name)
    for base in plain.keys() & variants.keys():
        variant, other = variants[base]
        raise PipelineError(
            f'The node "{plain[base]}" uses "{base}", the node "{other}" uses "{variant}".',
            hint=f'Write a variant in both, such as "{variant}", or in neither.',
        )


def _check_confirms(nodes: Iterable[Node]) -> None:
    """Check that every dataset is confirmed once: else it is unclear when it has been processed."""
    confirming: dict[str, str] = {}
    for node in nodes:
        for name in node.confirms:
            other = confirming.setdefault(base_name(name), node.name)
            if other != node.name:
                raise PipelineError(
                    f'The nodes "{other}" and "{node.name}" both confirm "{name}".',
                    hint="Let the last node that needs it confirm it.",
                )
