"""Syntax of dataset names in nodes: ``name``, ``name@variant``, ``params:a.b``, ``parameters``."""

from typing import Final

from treadle.errors import PipelineError

PARAMETERS: Final = "parameters"
"""The name of all parameters, as one dict."""

PREFIX: Final = "params:"
"""The prefix of the name of one parameter."""


def is_parameter(name: str) -> bool:
    """Return whether a name refers to parameters."""
    return name.startswith(PREFIX) or name == PARAMETERS


def parameter_path(name: str) -> str:
    """Return the dotted path in a parameter's name; the path of all parameters is empty.

    Examples:
        >>> parameter_path("params:model.lr")
        'model.lr'
    """
    return name.removeprefix(PREFIX) if name != PARAMETERS else ""


def base_name(name: str) -> str:
    """Strip the variant: ``flights@polars`` and ``flights@pandas`` are one dataset.

    Examples:
        >>> base_name("flights@polars")
        'flights'
    """
    # Called some thirty times a node, and few names have a variant: the test is half the price.
    return name if "@" not in name else name.partition("@")[0]


def check_name(name: object, where: str) -> str:
    """Validate a dataset name, and return it.

    Raises:
        PipelineError: It is not a string, is empty, or has more than one ``@``.
    """
    if not isinstance(name, str):
        raise PipelineError(
            f"{where}: a dataset name is a text, not {type(name).__name__} ({name!r})."
        )
    base, at, variant = name.partition("@")
    if not base or (at and not variant) or "@" in variant or name == PREFIX:
        raise PipelineError(
            f'{where}: "{name}" is not a dataset name.',
            hint='Use "name", "name@variant", "params:a.b" or "parameters".',
        )
    return name
