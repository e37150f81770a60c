"""Finds all vertices that are reachable from a vertex, for many vertices of a graph."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

Vertex = TypeVar("Vertex", bound=Hashable)


class Closures(Generic[Vertex]):
    """The vertices that can be reached from each vertex of a graph.

    Vertices that reach each other form one group, and the groups that a group reaches are the bits
    of a number. So ten thousand functions of one library cost little more than one. The groups are
    found by Tarjan's algorithm (Depth-first search and linear graph algorithms, 1972), without
    recursion.

    Args:
        neighbours: Returns the vertices that a vertex points to; called once for each.
    """

    def __init__(self, neighbours: Callable[[Vertex], Iterable[Vertex]]) -> None:
        self._neighbours = neighbours
        self._group: dict[Vertex, int] = {}
        self._members: list[tuple[Vertex, ...]] = []
        self._reach: list[int] = []  # by group: bits of the groups that it reaches, itself included
        self._order: dict[Vertex, int] = {}
        self._lowest: dict[Vertex, int] = {}
        self._open: list[Vertex] = []

    def groups(self, vertex: Vertex) -> int:
        """Return the groups that a vertex reaches, as bits."""
        if vertex not in self._group:
            self._search(vertex)
        return self._reach[self._group[vertex]]

    def numbers(self, groups: int) -> Iterator[int]:
        """Yield the numbers of groups, dependencies first."""
        position = 0
        while groups:
            skipped = (groups & -groups).bit_length()
            groups >>= skipped
            position += skipped
            yield position - 1

    def members(self, number: int) -> tuple[Vertex, ...]:
        """Return the vertices of a group."""
        return self._members[number]

    def _search(self, start: Vertex) -> None:
        stack = [self._enter(start)]
        while stack:
            vertex, waiting = stack[-1]
            for one in waiting:
                if one not in self._order:
                    stack.append(self._enter(one))
                    break
                if one not in self._group:  # it is on the stack: both are of one group
                    self._lowest[vertex] = min(self._lowest[vertex], self._order[one])
            else:
                stack.pop()
                self._leave(vertex)
                if stack:
                    outer = stack[-1][0]
                    self._lowest[outer] = min(self._lowest[outer], self._lowest[vertex])

    def _enter(self, vertex: Vertex) -> tuple[Vertex, Iterator[Vertex]]:
        self._order[vertex] = self._lowest[vertex] = len(self._order)
        self._open.append(vertex)
        return vertex, iter(tuple(self._neighbours(vertex)))

    def _leave(self, vertex: Vertex) -> None:
        if self._lowest[vertex] != self._order[vertex]:
            return
        members: list[Vertex] = []
        while not members or members[-1] != vertex:
            members.append(self._open.pop())
        number = len(self._members)
        self._members.append(tuple(members))
        self._group.update(dict.fromkeys(members, number))
        reach = 1 << number
        for member in members:
            for one in self._neighbours(member):
                group = self._group[one]
                if group != number:
                    reach |= self._reach[group]
        self._reach.append(reach)
