"""A node: a function with named inputs and outputs."""

import functools
import inspect
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, overload

from treadle.errors import PipelineError
from treadle.pipelines.dataset_names import base_name, check_name
from treadle.pipelines.kedro import check_not_kedro
from treadle.pipelines.param import UNSET, Param, Unset

Inputs = str | Sequence[str] | Mapping[str, str] | None
"""One name, names by position, a dict from argument to name, or nothing."""

Outputs = str | Sequence[str] | Mapping[str, str] | None
"""One name for the whole result, names of its items, a dict from key to name, or nothing."""

_log = logging.getLogger(__name__)
_NAME: Final = re.compile(r"[\w.\-]+")
_ANYTHING: Final = inspect.Signature(
    [
        inspect.Parameter("values", inspect.Parameter.VAR_POSITIONAL),
        inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD),
    ]
)


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a node: an argument or result key, and a dataset name."""

    key: str
    """Argument or result key; empty for a position."""
    dataset: str


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
    form: Literal["none", "one", "list", "dict"]
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
        label = f'Node "{name or _function_name(func)}"'
        if preview_fn is not None:
            _log.warning(
                "%s: its preview_fn has no effect, because only Kedro-Viz shows it.", label
            )
        if inspect.iscoroutinefunction(func):
            hint = "Make it a plain one, with asyncio.run(…) inside."
            raise PipelineError(f"{label} is an async function.", hint=hint)
        arguments = _arguments(func, inputs, label)
        results, form = _results(func, outputs, label)
        if not arguments and not results:
            raise PipelineError(
                f"{label} has no inputs and no outputs.", hint="Name at least one of them."
            )
        _check_ends(arguments, results, label)
        self._fill(
            func=func,
            local_name=_check_node_name(name or _function_name(func)),
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
        other._fill(**{one.name: getattr(self, one.name) for one in fields(self)} | changes)
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
        return _facts(self.func).signature

    @property
    def is_streaming(self) -> bool:
        """Whether the function is a generator, whose chunks are appended to its outputs."""
        return _facts(self.func).is_generator

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function as if it were not a node."""
        bound = _facts(self.func).signature.bind(*args, **kwargs)
        for name, marker in _facts(self.func).params.items():
            if name not in bound.arguments:
                if marker.default is UNSET:
                    raise PipelineError(
                        f'{self.name}() was called without "{name}", which is the parameter '
                        f'"{marker.path}".',
                        hint="Pass a value: the configuration is read only in a run.",
                    )
                bound.arguments[name] = marker.default
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
        given = dict(inputs or {})
        if set(given) != set(self.inputs):
            raise PipelineError(
                f'Node "{self.name}" was run with {", ".join(given) or "no inputs"}.',
                hint=f"Its inputs are: {', '.join(self.inputs) or 'none'}.",
            )
        return self.unpack(self.call(given))

    def unpack(self, result: Any) -> dict[str, Any]:
        """Split the function's return value into outputs.

        Raises:
            PipelineError: The result does not have the declared form.
        """
        if self.form == "one":
            return {self.results[0].dataset: result}
        if self.form == "list":
            return self._unpack_list(result)
        if self.form == "dict":
            return self._unpack_dict(result)
        if result is not None:
            raise PipelineError(
                f'Node "{self.name}" returned {type(result).__name__}, but declares no outputs.',
                hint="Name an output, or return nothing.",
            )
        return {}

    def _unpack_list(self, result: Any) -> dict[str, Any]:
        if not isinstance(result, list | tuple) or len(result) != len(self.results):
            size = f" of {len(result)}" if isinstance(result, list | tuple) else ""
            raise PipelineError(
                f'Node "{self.name}" returned {type(result).__name__}{size}, '
                f"but declares {len(self.results)} outputs: {', '.join(self.outputs)}.",
                hint="Return a tuple or list with one item for each.",
            )
        return {port.dataset: item for port, item in zip(self.results, result, strict=True)}

    def _unpack_dict(self, result: Any) -> dict[str, Any]:
        wanted = [port.key for port in self.results]
        if not isinstance(result, Mapping) or set(result) != set(wanted):
            got = (
                ", ".join(map(str, result))
                if isinstance(result, Mapping)
                else type(result).__name__
            )
            raise PipelineError(
                f'Node "{self.name}" returned {got}, but declares a dict with the keys '
                f"{', '.join(wanted)}."
            )
        return {port.dataset: result[port.key] for port in self.results}

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
            f"node({_function_name(self.func)}, {self.inputs}, {self.outputs}, name={self.name!r})"
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
    make = functools.partial(
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
    return make if func is None else make(func)


def _checked_function(func: Any) -> Callable[..., Any]:
    """Validate and return the function of a node."""
    if isinstance(func, Node):
        return func.func
    check_not_kedro(func)
    if not callable(func):
        raise PipelineError(
            f"A node is made of a function, not of {type(func).__name__} ({func!r})."
        )
    found: Callable[..., Any] = func
    return found


def _defaults(func: Callable[..., Any], arguments: tuple[Port, ...]) -> dict[str, Any]:
    """Return the default values of the parameters that a node reads, by dataset name."""
    used = {port.dataset for port in arguments}
    markers = _facts(func).params.values()
    return {
        one.name: one.default for one in markers if one.default is not UNSET and one.name in used
    }


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known about a function, read once."""

    signature: inspect.Signature
    params: dict[str, Param]
    is_generator: bool


@functools.lru_cache(maxsize=4096)
def _facts(func: Callable[..., Any]) -> _Facts:
    try:
        signature = inspect.signature(func, follow_wrapped=False)
    except (ValueError, TypeError):
        signature = _ANYTHING  # functions in C, such as str, may have no signature
    markers = {
        name: p.default for name, p in signature.parameters.items() if isinstance(p.default, Param)
    }
    inner = func.func if isinstance(func, functools.partial) else func
    return _Facts(signature, markers, inspect.isgeneratorfunction(inner))


def _function_name(func: Callable[..., Any]) -> str:
    while isinstance(func, functools.partial):
        func = func.func
    return getattr(func, "__name__", type(func).__name__)


def _check_node_name(name: str) -> str:
    if name == "<lambda>":
        raise PipelineError(
            "A lambda has no name of its own.", hint='Give the node one: node(…, name="double").'
        )
    if not _NAME.fullmatch(name):
        raise PipelineError(
            f'"{name}" is not a node name.',
            hint="Use letters, digits, underscores, hyphens and dots.",
        )
    return name


def _confirms(names: str | Iterable[str] | None, label: str) -> tuple[str, ...]:
    given = [names] if isinstance(names, str) else list(names or ())
    return tuple(dict.fromkeys(check_name(name, label) for name in given))


def _tag_set(tags: str | Iterable[str]) -> frozenset[str]:
    return frozenset([tags] if isinstance(tags, str) else tags)


def _arguments(func: Callable[..., Any], inputs: Inputs | Unset, label: str) -> tuple[Port, ...]:
    facts = _facts(func)
    if isinstance(inputs, Unset):
        return tuple(_inferred(facts, label))
    if inputs is None:
        ports: list[Port] = []
    elif isinstance(inputs, str):
        ports = [Port("", check_name(inputs, label))]
    elif isinstance(inputs, Mapping):
        ports = [Port(str(key), check_name(name, label)) for key, name in inputs.items()]
    elif isinstance(inputs, Sequence):
        ports = [Port("", check_name(name, label)) for name in inputs]
    else:
        raise PipelineError(
            f"{label}: inputs are a text, a list, a dict or None, not {type(inputs).__name__}."
        )
    bound = _bind(facts, ports, label)
    ports += [Port(key, marker.name) for key, marker in facts.params.items() if key not in bound]
    return tuple(ports)


def _inferred(facts: _Facts, label: str) -> Iterable[Port]:
    for name, parameter in facts.signature.parameters.items():
        if isinstance(parameter.default, Param):
            yield Port(name, parameter.default.name)
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise PipelineError(
                f'{label}: the inputs behind "{parameter}" cannot be read from the function.',
                hint="Name the inputs.",
            )
        elif parameter.default is parameter.empty:
            positional = parameter.kind is parameter.POSITIONAL_ONLY
            yield Port("" if positional else name, name)


def _bind(facts: _Facts, ports: list[Port], label: str) -> set[str]:
    """Check that the inputs fit the function, and return the arguments that they bind."""
    try:
        bound = facts.signature.bind(
            *[port.dataset for port in ports if not port.key],
            **{port.key: port.dataset for port in ports if port.key},
        )
    except TypeError as error:
        given = (
            ", ".join(f"{port.key}={port.dataset}" if port.key else port.dataset for port in ports)
            or "nothing"
        )
        raise PipelineError(
            f"{label}: the inputs ({given}) do not fit the function's arguments "
            f"{facts.signature}: {error}."
        ) from error
    return set(bound.arguments)


def _results(
    func: Callable[..., Any], outputs: Outputs | Unset, label: str
) -> tuple[tuple[Port, ...], Literal["none", "one", "list", "dict"]]:
    if isinstance(outputs, Unset):
        returns_nothing = _facts(func).signature.return_annotation in (None, "None")
        outputs = None if returns_nothing else _check_node_name(_function_name(func))
    if outputs is None:
        return (), "none"
    if isinstance(outputs, str):
        return (Port("", check_name(outputs, label)),), "one"
    if isinstance(outputs, Mapping):
        return tuple(
            Port(str(key), check_name(name, label)) for key, name in outputs.items()
        ), "dict"
    if isinstance(outputs, Sequence):
        return tuple(Port("", check_name(name, label)) for name in outputs), "list"
    raise PipelineError(
        f"{label}: outputs are a text, a list, a dict or None, not {type(outputs).__name__}."
    )


def _check_ends(arguments: tuple[Port, ...], results: tuple[Port, ...], label: str) -> None:
    written = [base_name(port.dataset) for port in results]
    for name in written:
        if name.startswith("params:") or name == "parameters":
            raise PipelineError(
                f'{label} writes "{name}".', hint="Parameters are read, never written."
            )
        if written.count(name) > 1:
            raise PipelineError(f'{label} writes "{name}" twice.')
    both = sorted({base_name(port.dataset) for port in arguments} & set(written))
    if both:
        raise PipelineError(
            f'{label} reads and writes "{both[0]}".',
            hint="A dataset has one content in a run: write to another name.",
        )
