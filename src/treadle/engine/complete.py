"""Adds to a selection of nodes those that make what it reads and nothing keeps."""

from treadle.catalog import DataCatalog
from treadle.pipelines import Node, Pipeline, base_name, is_parameter

__all__ = ["complete"]


def complete(pipeline: Pipeline, whole: Pipeline, catalog: DataCatalog) -> tuple[Pipeline, list[str]]:
    """Return a selection with the nodes whose values in memory it reads, and the names of those.

    Values that are not saved are gone after a run: what makes them has to run again, and what makes
    the inputs of that, up to what is saved.

    Args:
        pipeline: What was selected.
        whole: What it was selected from.
        catalog: Knows what is saved.
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
