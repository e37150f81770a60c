"""Decides before a run what will run, with which inputs, and whether it can."""

import typing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from treadle.catalog import (
    ConfirmableDataset,
    DataCatalog,
    Dataset,
    MemoryDataset,
    VersionedDataset,
)
from treadle.config import Parameters
from treadle.engine.completion import complete
from treadle.engine.suggest import suggest_parameter
from treadle.errors import DataNotFoundError, Mistakes, PipelineError, nearest
from treadle.pipelines import (
    PARAMETERS,
    PREFIX,
    Node,
    Param,
    Pipeline,
    base_name,
    is_parameter,
    parameter_path,
    unwrap,
)
from treadle.records.graph import GraphDataset, GraphNode, GraphSnapshot


class Step(msgspec.Struct, frozen=True):
    """One node with everything that it needs bound."""

    node: Node
    constants: dict[str, Any]
    """Values of its parameters, converted to the annotated types."""
    reads: tuple[str, ...]
    """Datasets that it reads, in order."""
    parents: frozenset[int]
    """Positions of the steps that it waits for."""
    reason: str = ""
    """Why it runs."""


class Plan:
    """What a run will do; created by `create_plan`.

    Attributes:
        pipeline: The pipeline.
        catalog: Its datasets.
        steps: The nodes in order.
        parameters: The parameters that the nodes read, by dotted path.
        uses: How many steps read each dataset that is only in memory.
        results: The outputs that nothing reads.
        unsaved: Those of them without a catalog entry.
        warnings: What looks wrong, but may be meant.
        made_again: Unselected nodes that return values in memory that selected ones read.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        catalog: DataCatalog,
        steps: list[Step],
        parameters: Parameters,
        made_again: Sequence[str] = (),
    ) -> None:
        self.pipeline = pipeline
        self.catalog = catalog
        self.steps = steps
        self.parameters = _used(pipeline, parameters)
        made = {base_name(name): step.node for step in steps for name in step.node.outputs}
        self.bound: dict[str, Dataset | None] = {
            name: _bind(name, catalog, is_made=base_name(name) in made)
            for name in pipeline.datasets()
            if not is_parameter(name)
        }
        """Each dataset's catalog entry; None for one that is only in memory while needed."""
        for dataset in (one for one in self.bound.values() if one is not None):  # slow isinstance
            if isinstance(dataset, ConfirmableDataset):
                dataset.renew()  # fixes the set of new partitions for this run
        self.cached = frozenset(name for name in self.bound if _says_store(name, catalog))
        """Datasets whose entries have ``cache: store``: their contents are cached by digest."""
        in_memory = {name for name, dataset in self.bound.items() if dataset is None}
        self.kept = frozenset(
            name
            for name in in_memory - self.cached
            if made[base_name(name)].cache is not False  # which would always recompute it
        )
        """Results without an entry, which are cached for the next run if they are small."""
        self.uses = Counter(base_name(name) for step in steps for name in step.reads)
        self.made_again = list(made_again)
        spared = {
            name for step in steps if step.node.name in made_again for name in step.node.outputs
        }
        self.results = sorted(pipeline.outputs() - spared)
        self.unsaved = [name for name in self.results if self.bound[name] is None]
        self.warnings = [*parameters.warnings, *self._find_warnings()]

    def _find_warnings(self) -> Iterator[str]:
        for name in self.unsaved:
            if warning := self._suspicion(name):
                yield warning
        for name in self.catalog.pinned():
            if base_name(name) not in self.uses:
                yield (
                    f'No node reads "{name}", so the version of it that was asked for has no '
                    "effect."
                )

    def _suspicion(self, name: str) -> str:
        close = nearest(name, set(self.catalog.names()) - set(self.bound))
        if not close.startswith("Did you mean"):
            return ""
        producer = next(node.name for node in self.pipeline.nodes if name in node.outputs)
        return (
            f'Output "{name}" of node "{producer}" is neither in the catalog nor read by a node: '
            f"it is not saved. {close}"
        )

    def writes(self) -> list[str]:
        """Return the local locations that the run writes to, and that no other run may write to.

        A versioned dataset is not among them: each save creates its own version.
        """
        found = []
        for step in self.steps:
            for name in step.node.outputs:
                dataset = self.bound[name]
                description = dataset.describe() if dataset is not None else None
                if description is None or getattr(dataset, "is_versioned", False):
                    continue
                if description.is_local:
                    found.append(description.location)
            for name in step.node.confirms:
                confirmed = self.confirmed(name)
                if confirmed is not None and (location := confirmed.confirms_to()):
                    found.append(location)
        return found

    def confirmed(self, name: str) -> ConfirmableDataset | None:
        """Return a dataset that a node confirms; None if no step reads it."""
        for step in self.steps:
            for read in step.reads:
                dataset = self.bound[read]
                if base_name(read) == base_name(name) and isinstance(dataset, ConfirmableDataset):
                    return dataset
        return None

    def graph(self) -> GraphSnapshot:
        """Return the pipeline graph for drawing."""
        descriptions = {
            name: dataset.describe() if dataset else None
            for name, dataset in sorted(self.bound.items())
        }
        return GraphSnapshot(
            nodes=[
                GraphNode(
                    name=step.node.name,
                    function=_function_name(step.node),
                    inputs=step.node.inputs,
                    outputs=step.node.outputs,
                    tags=sorted(step.node.tags),
                    namespace=step.node.namespace,
                )
                for step in self.steps
            ],
            datasets=[
                GraphDataset(
                    name=name,
                    type=one.type if one else "memory",
                    location=one.location if one else "",
                )
                for name, one in descriptions.items()
            ],
        )


def _bind(name: str, catalog: DataCatalog, *, is_made: bool) -> Dataset | None:
    """Find a dataset's entry.

    A cached one in memory is handled as if it had no entry, and is restored from the cache.
    """
    dataset = catalog.get(name)
    if not isinstance(dataset, MemoryDataset):
        return dataset
    is_kept = is_made and not catalog.is_given(name) and _is_plain(name, catalog)
    return None if is_kept or _says_store(name, catalog) else dataset


def _is_plain(name: str, catalog: DataCatalog) -> bool:
    """Return whether an entry states nothing but that the value is in memory."""
    return not {"cache", "copy_mode", "data"} & catalog.specification(name).keys()


def _says_store(name: str, catalog: DataCatalog) -> bool:
    return name in catalog and catalog.specification(name).get("cache") == "store"


def create_plan(
    pipeline: Pipeline,
    catalog: DataCatalog,
    parameters: Parameters,
    *,
    whole: Pipeline | None = None,
) -> Plan:
    """Bind the names of a pipeline, and find everything that would stop it before it starts.

    Args:
        pipeline: What to run.
        catalog: Its datasets.
        parameters: Its parameters.
        whole: The pipeline that it was selected from; its nodes recompute unsaved values.

    Raises:
        PipelineError: There is a cycle, an input is unknown, or there is nothing to run.
        ParameterError: A parameter is missing or has the wrong type.
        DataNotFoundError: The data of an input is missing.
        CatalogError: An entry is invalid, or a library that it needs is missing.
    """
    made_again: list[str] = []
    if whole is not None:
        pipeline, made_again = complete(pipeline, whole, catalog)
    nodes = pipeline.nodes
    if not nodes:
        raise PipelineError("There is nothing to run: the pipeline has no nodes.")
    mistakes = Mistakes()
    with mistakes.noted():
        _check_inputs(pipeline, catalog, parameters)
    with mistakes.noted():
        _check_confirms(nodes, catalog)
    for name in sorted(name for name in pipeline.datasets() if not is_parameter(name)):
        with mistakes.noted():
            _bind(name, catalog, is_made=False)
    constants = _bind_parameters(nodes, parameters, mistakes)
    mistakes.raise_all()
    parents = _find_parents(pipeline)
    steps = [
        Step(
            node,
            constants[position],
            tuple(name for name in node.inputs if not is_parameter(name)),
            parents[position],
        )
        for position, node in enumerate(nodes)
    ]
    plan = Plan(pipeline, catalog, steps, parameters, made_again)
    _check_data(plan)
    return plan


def _find_parents(pipeline: Pipeline) -> list[frozenset[int]]:
    """Return the parents of each node, by the index in the order in which they run."""
    positions = {id(node): position for position, node in enumerate(pipeline.nodes)}
    graph = pipeline.graph
    run_at = [positions[id(node)] for node in graph.nodes]  # by the order as passed
    parents: list[frozenset[int]] = [frozenset()] * len(run_at)
    for position, own in enumerate(run_at):
        parents[own] = frozenset(run_at[parent] for parent in graph.parents(position))
    return parents


def _check_inputs(pipeline: Pipeline, catalog: DataCatalog, parameters: Parameters) -> None:
    made = {base_name(name) for node in pipeline.nodes for name in node.outputs}
    for name in pipeline.datasets():
        if base_name(name) in made and name != base_name(name) and catalog.is_past(name):
            raise PipelineError(
                f'"{name}" is an old content of "{base_name(name)}", which this pipeline makes '
                "anew.",
                hint="Read it under a name of its own: another entry of the catalog, with the "
                "same filepath.",
            )
    unknown = sorted(
        name for name in pipeline.inputs() if not is_parameter(name) and name not in catalog
    )
    if not unknown:
        return
    known = {*catalog.names(), *(name for node in pipeline for name in node.outputs)}
    lines = []
    meant: list[str] = []
    for name in unknown:
        reading = [node for node in pipeline if name in node.inputs]
        readers = ", ".join(f'"{node.name}"' for node in reading)
        more = nearest(name, known)
        if suggested := suggest_parameter(name, reading[0], parameters, known):
            more = suggested
            meant.append(name)
        lines.append(f'"{name}", read by {readers}. {more}')
    hint = "" if meant == unknown else "Add it to the catalog, or pass it as an input."
    raise PipelineError(
        f"{'An input is' if len(unknown) == 1 else 'Inputs are'} neither in the catalog nor "
        "written by a node:\n  " + "\n  ".join(lines),
        hint=hint,
    )


def _check_confirms(nodes: list[Node], catalog: DataCatalog) -> None:
    """Check that the datasets that nodes confirm can be confirmed."""
    for node in nodes:
        for name in node.confirms:
            if name not in catalog:
                raise PipelineError(
                    f'Node "{node.name}" confirms "{name}", which is not in the catalog.',
                    hint=nearest(name, catalog.names()),
                )
            dataset = catalog[name]
            if not isinstance(dataset, ConfirmableDataset):
                raise PipelineError(
                    f'Node "{node.name}" confirms "{name}", but a dataset of type '
                    f"{dataset.describe().type} cannot be confirmed.",
                    hint="One of type partitions.IncrementalDataset can.",
                )


def _check_data(plan: Plan) -> None:
    """Report every missing input and library at once, before the first node runs."""
    free = {name for name in plan.pipeline.inputs() if not is_parameter(name)}
    missing = []
    mistakes = Mistakes()
    for name, dataset in sorted(plan.bound.items()):
        if dataset is None:
            continue
        with mistakes.noted():
            plan.catalog.require(name)
            if base_name(name) in plan.uses and isinstance(dataset, VersionedDataset):
                dataset.check_version()
            if name in free and not dataset.exists():
                missing.append(f'"{name}" ({dataset.describe().location or "in memory"})')
    with mistakes.noted():
        if missing:
            raise DataNotFoundError(
                f"{'An input has' if len(missing) == 1 else 'Inputs have'} no data: "
                f"{', '.join(missing)}.",
                hint="Put the files there, or correct the filepath in the catalog.",
            )
    mistakes.raise_all()


def _bind_parameters(
    nodes: list[Node], parameters: Parameters, mistakes: Mistakes
) -> list[dict[str, Any]]:
    """Return each node's parameters, and collect all that is wrong with them."""
    bound = []
    for node in nodes:
        values: dict[str, Any] = {}
        wanted: Mapping[str, Any] | None = None
        for port in node.arguments:
            if not is_parameter(port.dataset):
                continue
            wanted = _annotations(node) if wanted is None else wanted
            with mistakes.noted():
                values[port.dataset] = _value(node, port.dataset, parameters, wanted)
        bound.append(values)
    return bound


def _value(node: Node, name: str, parameters: Parameters, wanted: Mapping[str, Any]) -> Any:
    path = parameter_path(name)
    if path not in parameters and name in node.defaults:
        return node.defaults[name]
    kind = wanted.get(name, Any)
    return parameters.get(path) if kind is Any else parameters.convert(path, kind)


def _annotations(node: Node) -> dict[str, Any]:
    """Find the annotated types of a node's inputs, by dataset name, without unknown ones."""
    signature = node.signature
    by_position = list(signature.parameters)
    found: dict[str, Any] = {}
    for position, port in enumerate(node.arguments):
        name = port.key or (by_position[position] if position < len(by_position) else "")
        parameter = signature.parameters.get(name)
        if (
            parameter is None
            or not is_parameter(port.dataset)
            or parameter.annotation is parameter.empty
        ):
            continue
        kind = parameter.annotation
        if isinstance(kind, str):
            kind = _evaluated(kind, node)
        if kind is None or kind is Any or kind is any:  # ``any`` is often written for ``Any``
            continue
        default = parameter.default
        is_optional = default is None or (isinstance(default, Param) and default.default is None)
        found[port.dataset] = kind | None if is_optional and _can_be_joined(kind) else kind
    return found


def _can_be_joined(kind: Any) -> bool:
    return isinstance(kind, type) or typing.get_origin(kind) is not None


def _evaluated(annotation: str, node: Node) -> Any:
    """Evaluate a string annotation; ignore one whose names exist only for type checkers."""
    probe = {"__annotations__": {"value": annotation}}
    holder = type("Holder", (), probe)
    try:
        return typing.get_type_hints(holder, globalns=getattr(node.func, "__globals__", {}))[
            "value"
        ]
    except (NameError, AttributeError, TypeError, SyntaxError):
        return None


def _used(pipeline: Pipeline, parameters: Parameters) -> dict[str, Any]:
    names = {name for name in pipeline.inputs() if is_parameter(name)}
    if PARAMETERS in names:
        return dict(parameters.tree)
    used: dict[str, Any] = {}
    for name in sorted(names):
        path = name.removeprefix(PREFIX)
        if path in parameters:
            used[path] = parameters.get(path)
        else:
            used[path] = next(node.defaults[name] for node in pipeline if name in node.defaults)
    return used


def _function_name(node: Node) -> str:
    func = unwrap(node.func)
    return f"{getattr(func, '__module__', '')}.{getattr(func, '__qualname__', type(func).__name__)}"
