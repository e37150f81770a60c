"""The graph of a pipeline, as it is stored with each run of it.

The web page draws it; lineage, causes and reproduction follow its edges.
"""

import msgspec


class GraphNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node in the graph of a run."""

    name: str
    function: str = ""
    inputs: list[str] = []
    outputs: list[str] = []
    tags: list[str] = []
    namespace: str = ""


class GraphDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset in the graph of a run."""

    name: str
    type: str
    location: str


class GraphSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes and datasets of a pipeline; empty if no graph was recorded."""

    nodes: list[GraphNode] = []
    datasets: list[GraphDataset] = []
