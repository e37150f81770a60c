"""Creation of pipelines from nodes and other pipelines, and their reuse under a namespace."""

from collections.abc import Iterable

from treadle.errors import PipelineError
from treadle.pipelines.namespace import NameMap
from treadle.pipelines.param import UNSET, Unset
from treadle.pipelines.pipeline import Part, Pipeline


def pipeline(
    nodes: Part | Iterable[Part] | Unset = UNSET,
    *,
    inputs: NameMap = None,
    outputs: NameMap = None,
    parameters: NameMap = None,
    tags: str | Iterable[str] | None = (),
    namespace: str | None = "",
    prefix_datasets_with_namespace: bool = True,
    pipe: Part | Iterable[Part] | Unset = UNSET,
) -> Pipeline:
    """Create a pipeline, or reuse one under a namespace.

    Under a namespace every dataset ``x`` becomes ``namespace.x`` and every parameter ``params:x``
    becomes ``params:namespace.x``, except for the names that are mapped.

    Args:
        nodes: Nodes, pipelines, plain functions (converted to nodes by their argument names), or
            one of them.
        inputs: The free inputs that keep their name, or a dict to the names they have outside.
        outputs: The same for outputs.
        parameters: The same for parameters, with or without ``params:``.
        tags: Tags added to every node.
        namespace: The prefix of every other name.
        prefix_datasets_with_namespace: Whether the names of datasets and parameters get the prefix
            too; if not, only the nodes get it.
        pipe: The same as ``nodes``, by its name in Kedro before 1.0.

    Raises:
        PipelineError: The nodes do not form a pipeline, or a mapped name is not in it.

    Examples:
        >>> from treadle import node, pipeline
        >>> def fit(data, model): ...
        >>> base = pipeline([node(fit, ["data", "params:model"], "fitted")])
        >>> day = pipeline(base, namespace="day", inputs="data")
        >>> day.nodes[0].inputs, day.nodes[0].outputs
        (['data', 'params:day.model'], ['day.fitted'])
    """
    part = _nodes_of(nodes, pipe)
    if not (inputs or outputs or parameters or tags or namespace):
        plain = Pipeline(part)
        plain.graph.order()  # a cycle is an error here, not only when it runs
        return plain
    return Pipeline(
        part,
        inputs=inputs,
        outputs=outputs,
        parameters=parameters,
        tags=tags,
        namespace=namespace,
        prefix_datasets_with_namespace=prefix_datasets_with_namespace,
    )


def _nodes_of(
    nodes: Part | Iterable[Part] | Unset, pipe: Part | Iterable[Part] | Unset
) -> Part | Iterable[Part]:
    """Return the nodes of a pipeline, given by either of the two argument names."""
    if isinstance(nodes, Unset) == isinstance(pipe, Unset):
        raise PipelineError(
            "A pipeline is made of nodes.", hint="Give them once: pipeline([node(…), …])."
        )
    return pipe if isinstance(nodes, Unset) else nodes  # type: ignore[return-value]  # one of them is given
