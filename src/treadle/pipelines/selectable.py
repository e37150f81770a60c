"""Choosing nodes of a pipeline, by the names that Kedro has for it, too."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self

from treadle.pipelines.select import Selection

__all__ = ["Selectable"]

Names = Iterable[str] | None


class Selectable(ABC):
    """What has nodes, and of which a part can be chosen."""

    @abstractmethod
    def select(self, selection: Selection) -> Self:
        """Return the part of which the nodes meet every condition.

        Raises:
            PipelineError: A name is unknown, or no node is left.
        """

    def filter(
        self,
        *,
        tags: Names = None,
        from_nodes: Names = None,
        to_nodes: Names = None,
        node_names: Names = None,
        from_inputs: Names = None,
        to_outputs: Names = None,
        node_namespaces: Names = None,
        nodes: Names = None,
        namespaces: Names = None,
    ) -> Self:
        """Return a pipeline of the nodes that meet every condition given.

        Args:
            tags: With any of these tags.
            from_nodes: These, and all that need them.
            to_nodes: These, and all that they need.
            node_names: The same as ``nodes``, as it is called in Kedro.
            from_inputs: That need any of these datasets, directly or not.
            to_outputs: That any of these datasets needs, directly or not.
            node_namespaces: The same as ``namespaces``, as it is called in Kedro.
            nodes: With one of these names.
            namespaces: In any of these namespaces, or below.

        Raises:
            PipelineError: A name is unknown, or no node is left.
        """
        return self.select(
            Selection(
                nodes=(*(nodes or ()), *(node_names or ())),
                tags=tuple(tags or ()),
                namespaces=(*(namespaces or ()), *(node_namespaces or ())),
                from_nodes=tuple(from_nodes or ()),
                to_nodes=tuple(to_nodes or ()),
                from_inputs=tuple(from_inputs or ()),
                to_outputs=tuple(to_outputs or ()),
            )
        )

    def only_nodes(self, *names: str) -> Self:
        """Return a pipeline of the nodes with these names."""
        return self.filter(nodes=names)

    def only_nodes_with_tags(self, *tags: str) -> Self:
        """Return a pipeline of the nodes with any of these tags."""
        return self.filter(tags=tags)

    def only_nodes_with_namespaces(self, *namespaces: str | Iterable[str]) -> Self:
        """Return a pipeline of the nodes of these namespaces, or below; Kedro gives them as one list."""
        lists = ([one] if isinstance(one, str) else one for one in namespaces)
        return self.filter(namespaces=[name for names in lists for name in names])

    def only_nodes_with_inputs(self, *inputs: str) -> Self:
        """Return a pipeline of the nodes that read any of these datasets."""
        return self.select(Selection(inputs=inputs))

    def only_nodes_with_outputs(self, *outputs: str) -> Self:
        """Return a pipeline of the nodes that write any of these datasets."""
        return self.select(Selection(outputs=outputs))

    def from_nodes(self, *names: str) -> Self:
        """Return a pipeline of these nodes, and all that need them."""
        return self.filter(from_nodes=names)

    def to_nodes(self, *names: str) -> Self:
        """Return a pipeline of these nodes, and all that they need."""
        return self.filter(to_nodes=names)

    def from_inputs(self, *inputs: str) -> Self:
        """Return a pipeline of the nodes that need any of these datasets, directly or not."""
        return self.filter(from_inputs=inputs)

    def to_outputs(self, *outputs: str) -> Self:
        """Return a pipeline of the nodes that any of these datasets needs, directly or not."""
        return self.filter(to_outputs=outputs)
