"""Finds all that can be reached from a place in a graph, for many places, and each part of the graph once."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["Closures"]

Place = TypeVar("Place", bound=Hashable)


class Closures(Generic[Place]):
    """The places that can be reached from each place of a graph.

    Places that reach each other make one group, and of a group the groups that it reaches are known as bits of a number.
    So ten thousand functions of one library cost little more than one. The groups are found as Tarjan did (Depth-first
    search and linear graph algorithms, 1972), without recursion.

    Args:
        neighbours: Returns the places that one names; asked once for each.
    """

    def __init__(self, neighbours: Callable[[Place], Iterable[Place]]) -> None:
        self._neighbours = neighbours
        self._group: dict[Place, int] = {}
        self._members: list[tuple[Place, ...]] = []
        self._reach: list[int] = []  # of each group: bits of the groups that it reaches, itself among them
        self._order: dict[Place, int] = {}
        self._lowest: dict[Place, int] = {}
        self._open: list[Place] = []

    def groups(self, place: Place) -> int:
        """Return which groups a place reaches, as bits."""
        if place not in self._group:
            self._search(place)
        return self._reach[self._group[place]]

    def numbers(self, groups: int) -> Iterator[int]:
        """Return the numbers of groups, of those that are named before those that name them."""
        position = 0
        while groups:
            skipped = (groups & -groups).bit_length()
            groups >>= skipped
            position += skipped
            yield position - 1

    def members(self, number: int) -> tuple[Place, ...]:
        """Return the places of a group."""
        return self._members[number]

    def _search(self, start: Place) -> None:
        stack = [self._enter(start)]
        while stack:
            place, waiting = stack[-1]
            for one in waiting:
                if one not in self._order:
                    stack.append(self._enter(one))
                    break
                if one not in self._group:  # it is open: both are of one group
                    self._lowest[place] = min(self._lowest[place], self._order[one])
            else:
                stack.pop()
                self._leave(place)
                if stack:
                    outer = stack[-1][0]
                    self._lowest[outer] = min(self._lowest[outer], self._lowest[place])

    def _enter(self, place: Place) -> tuple[Place, Iterator[Place]]:
        self._order[place] = self._lowest[place] = len(self._order)
        self._open.append(place)
        return place, iter(tuple(self._neighbours(place)))

    def _leave(self, place: Place) -> None:
        if self._lowest[place] != self._order[place]:
            return
        members: list[Place] = []
        while not members or members[-1] != place:
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
