"""The functions of nodes: their names, and their signatures, which are read once."""

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from treadle.errors import PipelineError
from treadle.pipelines.param import Param

_NAME: Final = re.compile(r"[\w.\-]+")
_ANYTHING: Final = inspect.Signature(
    [
        inspect.Parameter("values", inspect.Parameter.VAR_POSITIONAL),
        inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD),
    ]
)


@dataclass(frozen=True, slots=True)
class Interface:
    """How a function is called."""

    signature: inspect.Signature
    params: dict[str, Param]
    """The parameters of the configuration that are its defaults, by argument."""
    is_generator: bool


@functools.lru_cache(maxsize=4096)
def read_interface(func: Callable[..., Any]) -> Interface:
    """Return how a function is called; one in C, such as ``str``, may accept anything."""
    try:
        signature = inspect.signature(func, follow_wrapped=False)
    except (ValueError, TypeError):
        signature = _ANYTHING
    params = {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if isinstance(parameter.default, Param)
    }
    return Interface(signature, params, inspect.isgeneratorfunction(func))


def unwrap(func: Any) -> Any:
    """Return the function inside a partial, or inside another object that has it as ``func``.

    Examples:
        >>> unwrap(functools.partial(print, "a"))
        <built-in function print>
    """
    while hasattr(func, "func"):
        func = func.func
    return func


def function_name(func: Callable[..., Any]) -> str:
    """Return the name of a function; of a partial, that of its function."""
    inner = unwrap(func) if isinstance(func, functools.partial) else func
    return getattr(inner, "__name__", type(inner).__name__)


def check_node_name(name: str) -> str:
    """Validate the name of a node, which is that of its function by default, and return it.

    Raises:
        PipelineError: It is that of a lambda, or has other characters than a name.
    """
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
