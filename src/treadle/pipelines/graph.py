"""The graph of nodes: their parents, their children, and their topological order."""

import heapq
from collections.abc import Iterable, Iterator, Sequence

from treadle.errors import PipelineError
from treadle.pipelines.dataset_names import base_name
from treadle.pipelines.node import Node


class Graph:
    """Edges between nodes, by index in a sequence; two variants of a name are one dataset.

    Raises:
        PipelineError: Two nodes write one dataset.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.producers: dict[str, int] = {}
        self.consumers: dict[str, list[int]] = {}
        for position, node in enumerate(nodes):
            for port in node.results:
                self._add_producer(base_name(port.dataset), position)
            for name in {base_name(port.dataset): None for port in node.arguments}:
                self.consumers.setdefault(name, []).append(position)

    def _add_producer(self, name: str, position: int) -> None:
        other = self.producers.setdefault(name, position)
        if other != position:
            raise PipelineError(
                f'The nodes "{self.nodes[other].name}" and "{self.nodes[position].name}" both '
                f'write "{name}".',
                hint="One dataset has one producer: rename one of the outputs.",
            )

    def parents(self, position: int) -> Iterator[int]:
        """Yield the indices of the nodes whose outputs a node reads."""
        for port in self.nodes[position].arguments:
            producer = self.producers.get(base_name(port.dataset))
            if producer is not None:
                yield producer

    def children(self, position: int) -> Iterator[int]:
        """Yield the indices of the nodes that read the outputs of a node."""
        for port in self.nodes[position].results:
            yield from self.consumers.get(base_name(port.dataset), ())

    def order(self) -> list[int]:
        """Sort the nodes topologically; ties are in the order in which the nodes were passed.

        Raises:
            PipelineError: There is a cycle; the message lists its nodes.
        """
        waiting = [len(set(self.parents(position))) for position in range(len(self.nodes))]
        ready = [position for position, count in enumerate(waiting) if not count]
        ordered: list[int] = []
        while ready:
            position = heapq.heappop(ready)
            ordered.append(position)
            for child in set(self.children(position)):
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, child)
        if len(ordered) < len(self.nodes):
            raise self._cycle(set(range(len(self.nodes))) - set(ordered))
        return ordered

    def _cycle(self, stuck: set[int]) -> PipelineError:
        """Describe one cycle: from any stuck node, following parents must meet a node twice."""
        path: list[int] = []
        seen: dict[int, int] = {}
        position = min(stuck)
        while position not in seen:
            seen[position] = len(path)
            path.append(position)
            position = next(parent for parent in self.parents(position) if parent in stuck)
        cycle = [*path[seen[position] :], position][::-1]
        walk = " → ".join(self.nodes[step].name for step in cycle)
        return PipelineError(
            f"The nodes form a cycle: {walk}.", hint="Rename an input or an output to open it."
        )

    def reach(self, start: Iterable[int], *, upwards: bool) -> set[int]:
        """Return the nodes that can be reached from some nodes, including those."""
        follow = self.parents if upwards else self.children
        reached: set[int] = set()
        stack = list(start)
        while stack:
            position = stack.pop()
            if position not in reached:
                reached.add(position)
                stack.extend(follow(position))
        return reached
