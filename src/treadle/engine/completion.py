"""Adds to a selection the nodes that make its unsaved inputs."""

from treadle.catalog import DataCatalog
from treadle.pipelines import Node, Pipeline, base_name, is_parameter


def complete(
    pipeline: Pipeline, whole: Pipeline, catalog: DataCatalog
) -> tuple[Pipeline, list[str]]:
    """Return a selection with the nodes whose in-memory outputs it reads, and their names.

    Values that are not saved are lost after a run: the nodes that make them have to run again, and
    those that make their inputs, up to saved data.

    Args:
        pipeline: The selected nodes.
        whole: The pipeline that they were selected from.
        catalog: Knows which datasets are saved.
    """
    makers = {base_name(name): node for node in whole for name in node.outputs}
    selected = {node.name for node in pipeline}
    added: dict[str, Node] = {}
    stack = [*pipeline]
    while stack:
        for name in stack.pop().inputs:
            maker = makers.get(base_name(name))
            if maker is None or is_parameter(name) or name in catalog:
                continue
            if maker.name not in selected and maker.name not in added:
                added[maker.name] = maker
                stack.append(maker)
    if not added:
        return pipeline, []
    wanted = selected | added.keys()
    return Pipeline(node for node in whole if node.name in wanted), list(added)
