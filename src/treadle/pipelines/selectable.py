"""Selection of nodes of a pipeline, also by the names that Kedro has for it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self

from treadle.pipelines.filters import Selection

Names = Iterable[str] | None


class Selectable(ABC):
    """Base of classes that have nodes of which a subset can be selected."""

    @abstractmethod
    def select(self, selection: Selection) -> Self:
        """Return the subset whose nodes meet every condition.

        Raises:
            PipelineError: A name is unknown, or no nodes remain.
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
            tags: Nodes with any of these tags.
            from_nodes: These nodes, and all that depend on them.
            to_nodes: These nodes, and all that they depend on.
            node_names: The same as ``nodes``, by its name in Kedro.
            from_inputs: Nodes that depend on any of these datasets, directly or not.
            to_outputs: Nodes that any of these datasets depends on, directly or not.
            node_namespaces: The same as ``namespaces``, by its name in Kedro.
            nodes: Nodes with one of these names.
            namespaces: Nodes in any of these namespaces, or in namespaces within them.

        Raises:
            PipelineError: A name is unknown, or no nodes remain.
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
        """Return a pipeline of the nodes in or below these namespaces; Kedro passes one list."""
        lists = ([names] if isinstance(names, str) else names for names in namespaces)
        return self.filter(namespaces=[name for names in lists for name in names])

    def only_nodes_with_inputs(self, *inputs: str) -> Self:
        """Return a pipeline of the nodes that read any of these datasets."""
        return self.select(Selection(inputs=inputs))

    def only_nodes_with_outputs(self, *outputs: str) -> Self:
        """Return a pipeline of the nodes that write any of these datasets."""
        return self.select(Selection(outputs=outputs))

    def from_nodes(self, *names: str) -> Self:
        """Return a pipeline of these nodes, and all that depend on them."""
        return self.filter(from_nodes=names)

    def to_nodes(self, *names: str) -> Self:
        """Return a pipeline of these nodes, and all that they depend on."""
        return self.filter(to_nodes=names)

    def from_inputs(self, *inputs: str) -> Self:
        """Return a pipeline of the nodes that depend on any of these datasets, directly or not."""
        return self.filter(from_inputs=inputs)

    def to_outputs(self, *outputs: str) -> Self:
        """Return a pipeline of the nodes that any of these datasets depends on, directly or not."""
        return self.filter(to_outputs=outputs)
