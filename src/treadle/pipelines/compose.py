"""Creation of pipelines from nodes and other pipelines, and their reuse under a namespace."""

from collections.abc import Iterable, Mapping

from treadle.errors import PipelineError, nearest
from treadle.pipelines.dataset_names import PARAMETERS, PREFIX, base_name, is_parameter
from treadle.pipelines.param import UNSET, Unset
from treadle.pipelines.pipeline import Part, Pipeline

NameMap = str | Iterable[str] | Mapping[str, str] | None
"""Names that do not change, or a dict from the inner name to the outer one."""


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
    inner = Pipeline(_nodes_of(nodes, pipe))
    prefix = namespace if namespace and prefix_datasets_with_namespace else ""
    mapped = {
        **_checked(_as_map(inputs), inner.inputs() - _parameters(inner), "input"),
        **_checked(_as_map(outputs), {n for node in inner for n in node.outputs}, "output"),
        **_checked(_as_parameters(parameters), _parameters(inner), "parameter"),
    }
    if namespace or mapped:

        def change(name: str) -> str:
            return _outer_name(name, mapped, prefix)

        inner = Pipeline(
            node.rename(change, namespace=".".join(filter(None, (namespace, node.namespace))))
            for node in inner.nodes
        )
    return inner.tag(tags) if tags else inner


def _nodes_of(
    nodes: Part | Iterable[Part] | Unset, pipe: Part | Iterable[Part] | Unset
) -> Part | Iterable[Part]:
    """Return the nodes of a pipeline, given by either of the two argument names."""
    if isinstance(nodes, Unset) == isinstance(pipe, Unset):
        raise PipelineError(
            "A pipeline is made of nodes.", hint="Give them once: pipeline([node(…), …])."
        )
    return pipe if isinstance(nodes, Unset) else nodes  # type: ignore[return-value]  # one of them is given


def _parameters(inner: Pipeline) -> set[str]:
    return {name for name in inner.inputs() if is_parameter(name)}


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
