"""Nodes under a namespace: other names for nodes, datasets and parameters."""

from collections.abc import Iterable, Mapping

from treadle.errors import PipelineError, nearest
from treadle.pipelines.dataset_names import PARAMETERS, PREFIX, base_name, is_parameter
from treadle.pipelines.graph import Graph
from treadle.pipelines.node import Node

NameMap = str | Iterable[str] | Mapping[str, str] | None
"""Names that do not change, or a dict from the inner name to the outer one."""


def rename_nodes(
    graph: Graph,
    *,
    inputs: NameMap = None,
    outputs: NameMap = None,
    parameters: NameMap = None,
    tags: str | Iterable[str] | None = (),
    namespace: str | None = "",
    prefix_datasets_with_namespace: bool = True,
) -> list[Node]:
    """Return the nodes of a graph under a namespace; the arguments are those of `pipeline`.

    Raises:
        PipelineError: There is a cycle, or a mapped name is not in the graph.
    """
    nodes = list(graph.nodes)
    reads = {port.dataset for node in nodes for port in node.arguments}
    free = {name for name in reads if base_name(name) not in graph.producers}
    read = {name for name in free if is_parameter(name)}
    mapped = {
        **_checked(_as_map(inputs), free - read, "input"),
        **_checked(_as_map(outputs), {name for node in nodes for name in node.outputs}, "output"),
        **_checked(_as_parameters(parameters), read, "parameter"),
    }
    prefix = namespace if namespace and prefix_datasets_with_namespace else ""

    def change(name: str) -> str:
        return _outer_name(name, mapped, prefix)

    if namespace or mapped:
        nodes = [
            node.rename(change, namespace=".".join(filter(None, (namespace, node.namespace))))
            for node in map(graph.nodes.__getitem__, graph.order())
        ]
    return [node.tag(tags) for node in nodes] if tags else nodes


def _as_map(names: NameMap) -> dict[str, str]:
    if names is None:
        return {}
    if isinstance(names, str):
        return {names: names}
    if isinstance(names, Mapping):
        return dict(names)
    return {name: name for name in names}


def _as_parameters(names: NameMap) -> dict[str, str]:
    def full(name: str) -> str:
        return name if is_parameter(name) else PREFIX + name

    return {full(inner): full(outer) for inner, outer in _as_map(names).items()}


def _checked(mapped: dict[str, str], names: set[str], what: str) -> dict[str, str]:
    available = names | {base_name(name) for name in names}
    for name in mapped:
        if name not in available:
            raise PipelineError(
                f'The pipeline has no {what} "{name}" to map.', hint=nearest(name, names)
            )
    return mapped


def _outer_name(name: str, mapped: dict[str, str], namespace: str) -> str:
    if name in mapped:
        return mapped[name]
    base, at, variant = name.partition("@")
    if base in mapped:
        return mapped[base] + at + variant
    if name == PARAMETERS or not namespace:
        return name
    if name.startswith(PREFIX):
        return f"{PREFIX}{namespace}.{name.removeprefix(PREFIX)}"
    return f"{namespace}.{name}"
