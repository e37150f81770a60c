"""A node: a function with named inputs and outputs."""

import functools
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, overload

from treadle.errors import PipelineError
from treadle.pipelines.dataset_names import check_name
from treadle.pipelines.functions import check_node_name, function_name, read_interface
from treadle.pipelines.kedro import check_not_kedro
from treadle.pipelines.param import UNSET, Unset
from treadle.pipelines.ports import (
    Form,
    Inputs,
    Outputs,
    Port,
    check_ends,
    parse_inputs,
    parse_outputs,
    split_result,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False, eq=False, init=False)
class Node:
    """A function with named inputs and outputs.

    Two nodes are equal if their names, functions, inputs and outputs are.

    Args:
        func: The function. A generator function streams: its chunks are appended to the outputs.
        inputs: A name, names by position, or a dict from argument to name. By default, the names of
            the function's parameters. ``params:a.b`` is a parameter, ``parameters`` all of them.
        outputs: A name for the whole result, names for its items, or a dict from key to name.
            By default, the name of the function.
        name: The name of the node; by default, the function's name.
        tags: Tags by which it can be selected.
        confirms: Datasets whose new partitions count as processed when it has succeeded.
        namespace: The namespace that it belongs to.
        cache: Whether a later run may reuse its outputs.
        preview_fn: Accepted so that nodes of Kedro's projects work. It has no effect outside
            Kedro-Viz, and a warning is issued.

    Raises:
        PipelineError: The names do not fit the function.
    """

    func: Callable[..., Any]
    """The function; calling the node calls it."""
    local_name: str
    """The name without its namespace."""
    arguments: tuple[Port, ...]
    results: tuple[Port, ...]
    form: Form
    """How the outputs are arranged in the function's return value."""
    tags: frozenset[str] = frozenset()
    namespace: str = ""
    is_named: bool = True
    """Whether the user chose the name."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Default values of parameters that the configuration may omit, by dataset name."""
    cache: bool | None = None
    """Whether a later run may reuse its outputs; None if that depends on whether it has inputs."""
    confirms: tuple[str, ...] = ()
    """Datasets that it confirms when it has succeeded."""

    def __init__(
        self,
        func: Callable[..., Any],
        inputs: Inputs | Unset = UNSET,
        outputs: Outputs | Unset = UNSET,
        *,
        name: str | None = None,
        tags: str | Iterable[str] | None = (),
        confirms: str | Iterable[str] | None = None,
        namespace: str | None = "",
        cache: bool | None = None,
        preview_fn: Callable[..., Any] | None = None,
    ) -> None:
        func = _checked_function(func)
        label = f'Node "{name or function_name(func)}"'
        _check_kind(func, label)
        if preview_fn is not None:
            _log.warning(
                "%s: its preview_fn has no effect, because only Kedro-Viz shows it.", label
            )
        arguments = parse_inputs(func, inputs, label)
        results, form = parse_outputs(func, outputs, label)
        check_ends(arguments, results, label)
        self._fill(
            func=func,
            local_name=check_node_name(name or function_name(func)),
            arguments=arguments,
            results=results,
            form=form,
            tags=_tag_set(tags or ()),
            namespace=namespace or "",
            is_named=bool(name),
            defaults=_defaults(func, arguments),
            cache=cache,
            confirms=_confirms(confirms, label),
        )

    def _fill(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def changed(self, **changes: Any) -> "Node":
        """Return a copy of the node with some fields changed; they are not validated."""
        other = object.__new__(Node)
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        other._fill(**values | changes)
        return other

    @property
    def name(self) -> str:
        """The name, with its namespace."""
        return f"{self.namespace}.{self.local_name}" if self.namespace else self.local_name

    @property
    def short_name(self) -> str:
        """The name without its namespace, as in Kedro."""
        return self.local_name

    @property
    def inputs(self) -> list[str]:
        """The names of the datasets and parameters that it reads, in order."""
        return [port.dataset for port in self.arguments]

    @property
    def outputs(self) -> list[str]:
        """The names of the datasets that it writes, in order."""
        return [port.dataset for port in self.results]

    @property
    def signature(self) -> inspect.Signature:
        """The signature of the function; one that accepts anything if it cannot be read."""
        return read_interface(self.func).signature

    @property
    def is_streaming(self) -> bool:
        """Whether the function is a generator, whose chunks are appended to its outputs."""
        return read_interface(self.func).is_generator

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function as if it were not a node."""
        interface = read_interface(self.func)
        bound = interface.signature.bind(*args, **kwargs)
        for name, param in interface.params.items():
            if name not in bound.arguments:
                if param.default is UNSET:
                    raise PipelineError(
                        f'{self.name}() was called without "{name}", which is the parameter '
                        f'"{param.path}".',
                        hint="Pass a value: the configuration is read only in a run.",
                    )
                bound.arguments[name] = param.default
        return self.func(*bound.args, **bound.kwargs)

    def call(self, values: Mapping[str, Any]) -> Any:
        """Call the function with the values of its inputs, by dataset name."""
        positional = [values[port.dataset] for port in self.arguments if not port.key]
        keywords = {port.key: values[port.dataset] for port in self.arguments if port.key}
        return self.func(*positional, **keywords)

    def run(self, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call the function with the values of its inputs, and return the values of its outputs.

        Raises:
            PipelineError: An input is missing or unknown, or the result has another form.
        """
        values = dict(inputs or {})
        if set(values) != set(self.inputs):
            raise PipelineError(
                f'Node "{self.name}" was run with {", ".join(values) or "no inputs"}.',
                hint=f"Its inputs are: {', '.join(self.inputs) or 'none'}.",
            )
        return self.unpack(self.call(values))

    def unpack(self, result: Any) -> dict[str, Any]:
        """Split the function's return value into outputs.

        Raises:
            PipelineError: The result does not have the declared form.
        """
        return split_result(result, self.results, self.form, self.name)

    def tag(self, tags: str | Iterable[str]) -> "Node":
        """Return the node with tags added."""
        return self.changed(tags=self.tags | _tag_set(tags))

    def rename(self, change: Callable[[str], str], *, namespace: str | None = None) -> "Node":
        """Return the node with its datasets renamed, and in a namespace if one is given."""
        return self.changed(
            arguments=tuple(Port(port.key, change(port.dataset)) for port in self.arguments),
            results=tuple(Port(port.key, change(port.dataset)) for port in self.results),
            defaults={change(name): value for name, value in self.defaults.items()},
            confirms=tuple(map(change, self.confirms)),
            namespace=self.namespace if namespace is None else namespace,
        )

    def _identity(self) -> tuple[Any, ...]:
        return (self.name, self.func, self.arguments, self.results, self.form, self.confirms)

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Node) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.arguments, self.results))

    def __repr__(self) -> str:
        return (
            f"node({function_name(self.func)}, {self.inputs}, {self.outputs}, name={self.name!r})"
        )

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.inputs) or '∅'} → {', '.join(self.outputs) or '∅'}"


@overload
def node(
    func: Callable[..., Any],
    inputs: Inputs | Unset = ...,
    outputs: Outputs | Unset = ...,
    *,
    name: str | None = ...,
    tags: str | Iterable[str] | None = ...,
    namespace: str | None = ...,
    cache: bool | None = ...,
    confirms: str | Iterable[str] | None = ...,
    preview_fn: Callable[..., Any] | None = ...,
) -> Node: ...


@overload
def node(
    func: None = ...,
    inputs: Inputs | Unset = ...,
    outputs: Outputs | Unset = ...,
    *,
    name: str | None = ...,
    tags: str | Iterable[str] | None = ...,
    namespace: str | None = ...,
    cache: bool | None = ...,
    confirms: str | Iterable[str] | None = ...,
    preview_fn: Callable[..., Any] | None = ...,
) -> Callable[[Callable[..., Any]], Node]: ...


def node(
    func: Callable[..., Any] | None = None,
    inputs: Inputs | Unset = UNSET,
    outputs: Outputs | Unset = UNSET,
    *,
    name: str | None = None,
    tags: str | Iterable[str] | None = (),
    namespace: str | None = "",
    cache: bool | None = None,
    confirms: str | Iterable[str] | None = None,
    preview_fn: Callable[..., Any] | None = None,
) -> Node | Callable[[Callable[..., Any]], Node]:
    """Create a node from a function, by a call or as a decorator.

    Args:
        func: The function. A generator function streams: its chunks are appended to the outputs.
        inputs: A name, names by position, or a dict from argument to name. By default, the names of
            the function's parameters. ``params:a.b`` is a parameter, ``parameters`` all of them.
        outputs: A name for the whole result, names for its items, or a dict from key to name.
            By default, the name of the function.
        name: The name of the node; by default, the function's name.
        tags: Tags by which it can be selected.
        namespace: The namespace that it belongs to.
        cache: Whether a later run may reuse its outputs if nothing that they depend on has changed.
            A node without inputs is reused only if this is True; False is for nodes that read
            outside data.
        confirms: Datasets whose new partitions count as processed when this node has succeeded.
            A later run does not load them again.
        preview_fn: Accepted so that nodes of Kedro's projects work; it has no effect.

    Raises:
        PipelineError: The names do not fit the function.

    Examples:
        >>> from treadle import node
        >>> def clean(raw): ...
        >>> node(clean, "flights", "flights_clean")
        node(clean, ['flights'], ['flights_clean'], name='clean')
        >>> @node(outputs=["train", "test"])
        ... def split(features): ...
        >>> split.inputs, split.outputs
        (['features'], ['train', 'test'])
    """
    create = functools.partial(
        Node,
        inputs=inputs,
        outputs=outputs,
        name=name,
        tags=tags,
        confirms=confirms,
        namespace=namespace,
        cache=cache,
        preview_fn=preview_fn,
    )
    return create if func is None else create(func)


def _checked_function(func: Any) -> Callable[..., Any]:
    """Validate and return the function of a node."""
    if isinstance(func, Node):
        return func.func
    check_not_kedro(func)
    if not callable(func):
        raise PipelineError(
            f"A node is made of a function, not of {type(func).__name__} ({func!r})."
        )
    function: Callable[..., Any] = func
    return function


def _check_kind(func: Callable[..., Any], label: str) -> None:
    if inspect.iscoroutinefunction(func):
        hint = "Make it a plain one, with asyncio.run(…) inside."
        raise PipelineError(f"{label} is an async function.", hint=hint)


def _defaults(func: Callable[..., Any], arguments: Iterable[Port]) -> dict[str, Any]:
    """Return the default values of the parameters that a node reads, by dataset name."""
    read = {port.dataset for port in arguments}
    return {
        param.name: param.default
        for param in read_interface(func).params.values()
        if param.default is not UNSET and param.name in read
    }


def _confirms(names: str | Iterable[str] | None, label: str) -> tuple[str, ...]:
    datasets = [names] if isinstance(names, str) else list(names or ())
    return tuple(dict.fromkeys(check_name(name, label) for name in datasets))


def _tag_set(tags: str | Iterable[str]) -> frozenset[str]:
    return frozenset([tags] if isinstance(tags, str) else tags)
