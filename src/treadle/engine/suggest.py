"""Guesses what a node means by the name of an input that nothing provides."""

from collections.abc import Iterable

from treadle.config import Parameters
from treadle.pipelines import Node


def suggest_parameter(
    name: str,
    node: Node,
    parameters: Parameters,
    datasets: Iterable[str],
) -> str:
    """Return what to write if an unknown input probably means a parameter; else empty.

    Args:
        name: The name of the input.
        node: The node that reads it.
        parameters: The project's parameters.
        datasets: The names of datasets, of which one may be a closer match.
    """
    paths = parameters.paths()
    if name in parameters:
        return f"There is a parameter of that name: write {_write(name, name, node)}."
    ends = [path for path in paths if path.rpartition(".")[2] == name]
    if len(ends) == 1:
        return f'There is a parameter "{ends[0]}": write {_write(name, ends[0], node)}.'
    import difflib

    close = difflib.get_close_matches(name, [*paths, *datasets], n=1, cutoff=0.75)
    if close and close[0] in paths:
        written = _write(name, close[0], node)
        return f'Did you mean the parameter "{close[0]}"? Then write {written}.'
    return ""


def _write(name: str, path: str, node: Node) -> str:
    """Return an argument as written in the function, or in the inputs by name."""
    argument = node.signature.parameters.get(name)
    if argument is None:
        return f'"params:{path}" in its place'
    kind = argument.annotation
    text = "" if kind is argument.empty else f": {_name(kind)}"
    return f'{name}{text} = param("{path}")'


def _name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind).removeprefix("typing.")
