"""The inputs and outputs of a node, and how its function takes and returns their values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from treadle.errors import PipelineError
from treadle.pipelines.dataset_names import base_name, check_name, is_parameter
from treadle.pipelines.functions import Interface, check_node_name, function_name, read_interface
from treadle.pipelines.param import Param, Unset

Inputs = str | Sequence[str] | Mapping[str, str] | None
"""One name, names by position, a dict from argument to name, or nothing."""

Outputs = str | Sequence[str] | Mapping[str, str] | None
"""One name for the whole result, names of its items, a dict from key to name, or nothing."""

Form = Literal["none", "one", "list", "dict"]
"""How the outputs are arranged in a function's return value."""


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a node: an argument or result key, and a dataset name."""

    key: str
    """Argument or result key; empty for a position."""
    dataset: str


def parse_inputs(func: Callable[..., Any], inputs: Inputs | Unset, label: str) -> tuple[Port, ...]:
    """Return the inputs of a node, with the parameters that are defaults of its function.

    Args:
        func: The function.
        inputs: The names, or UNSET for those of its arguments.
        label: What the node is called in messages.

    Raises:
        PipelineError: A name is invalid, or they do not fit the function's arguments.
    """
    interface = read_interface(func)
    if isinstance(inputs, Unset):
        return tuple(_infer_inputs(interface, label))
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
    bound = _bind(interface, ports, label)
    params = interface.params.items()
    return (*ports, *(Port(key, param.name) for key, param in params if key not in bound))


def _infer_inputs(interface: Interface, label: str) -> Iterator[Port]:
    for name, parameter in interface.signature.parameters.items():
        if isinstance(parameter.default, Param):
            yield Port(name, parameter.default.name)
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise PipelineError(
                f'{label}: the inputs behind "{parameter}" cannot be read from the function.',
                hint="Name the inputs.",
            )
        elif parameter.default is parameter.empty:
            is_positional = parameter.kind is parameter.POSITIONAL_ONLY
            yield Port("" if is_positional else name, name)


def _bind(interface: Interface, ports: list[Port], label: str) -> set[str]:
    """Check that the inputs fit the function, and return the arguments that they bind."""
    try:
        bound = interface.signature.bind(
            *[port.dataset for port in ports if not port.key],
            **{port.key: port.dataset for port in ports if port.key},
        )
    except TypeError as error:
        inputs = ", ".join(
            f"{port.key}={port.dataset}" if port.key else port.dataset for port in ports
        )
        raise PipelineError(
            f"{label}: the inputs ({inputs or 'nothing'}) do not fit the function's arguments "
            f"{interface.signature}: {error}."
        ) from error
    return set(bound.arguments)


def parse_outputs(
    func: Callable[..., Any], outputs: Outputs | Unset, label: str
) -> tuple[tuple[Port, ...], Form]:
    """Return the outputs of a node, and how they are arranged in its function's return value.

    Args:
        func: The function.
        outputs: The names, or UNSET for the name of the function, if it returns something.
        label: What the node is called in messages.

    Raises:
        PipelineError: A name is invalid.
    """
    if isinstance(outputs, Unset):
        returns_nothing = read_interface(func).signature.return_annotation in (None, "None")
        outputs = None if returns_nothing else check_node_name(function_name(func))
    if outputs is None:
        return (), "none"
    if isinstance(outputs, str):
        return (Port("", check_name(outputs, label)),), "one"
    if isinstance(outputs, Mapping):
        ports = [Port(str(key), check_name(name, label)) for key, name in outputs.items()]
        return tuple(ports), "dict"
    if isinstance(outputs, Sequence):
        return tuple(Port("", check_name(name, label)) for name in outputs), "list"
    raise PipelineError(
        f"{label}: outputs are a text, a list, a dict or None, not {type(outputs).__name__}."
    )


def check_ends(arguments: Sequence[Port], results: Sequence[Port], label: str) -> None:
    """Check that a node has inputs or outputs, and that no dataset is both, or is written twice.

    Raises:
        PipelineError: It has neither, or one is, or it writes a parameter.
    """
    if not arguments and not results:
        raise PipelineError(
            f"{label} has no inputs and no outputs.", hint="Name at least one of them."
        )
    written = [base_name(port.dataset) for port in results]
    for name in written:
        if is_parameter(name):
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


def split_result(result: Any, results: Sequence[Port], form: Form, name: str) -> dict[str, Any]:
    """Split a function's return value into the values of the outputs, by dataset name.

    Raises:
        PipelineError: It does not have the declared form.
    """
    if form == "one":
        return {results[0].dataset: result}
    if form == "list":
        return _split_list(result, results, name)
    if form == "dict":
        return _split_dict(result, results, name)
    if result is not None:
        raise PipelineError(
            f'Node "{name}" returned {type(result).__name__}, but declares no outputs.',
            hint="Name an output, or return nothing.",
        )
    return {}


def _split_list(result: Any, results: Sequence[Port], name: str) -> dict[str, Any]:
    if not isinstance(result, list | tuple) or len(result) != len(results):
        size = f" of {len(result)}" if isinstance(result, list | tuple) else ""
        names = ", ".join(port.dataset for port in results)
        raise PipelineError(
            f'Node "{name}" returned {type(result).__name__}{size}, '
            f"but declares {len(results)} outputs: {names}.",
            hint="Return a tuple or list with one item for each.",
        )
    return {port.dataset: item for port, item in zip(results, result, strict=True)}


def _split_dict(result: Any, results: Sequence[Port], name: str) -> dict[str, Any]:
    keys = [port.key for port in results]
    if not isinstance(result, Mapping) or set(result) != set(keys):
        returned = (
            ", ".join(map(str, result)) if isinstance(result, Mapping) else type(result).__name__
        )
        raise PipelineError(
            f'Node "{name}" returned {returned}, but declares a dict with the keys '
            f"{', '.join(keys)}."
        )
    return {port.dataset: result[port.key] for port in results}
