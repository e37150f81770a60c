"""A parameter bound where it is used: as a default value of a node's function."""

from typing import Any, Final, final

from treadle.pipelines.names import PREFIX

__all__ = ["UNSET", "Param", "param"]


@final
class Unset:
    """The type of `UNSET`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()
"""Not given, where None would mean something."""


@final
class Param:
    """Marks a default value as a parameter of the configuration; made by `param`."""

    __slots__ = ("default", "path")

    def __init__(self, path: str, default: Any = UNSET) -> None:
        self.path = path
        self.default = default

    @property
    def name(self) -> str:
        """The dataset name that the parameter has."""
        return PREFIX + self.path

    def __repr__(self) -> str:
        given = "" if self.default is UNSET else f", default={self.default!r}"
        return f"param({self.path!r}{given})"


def param(path: str, default: Any = UNSET) -> Any:
    """Bind an argument of a node's function to a parameter.

    Args:
        path: Where the parameter is, with dots: ``model.learning_rate``.
        default: The value when the configuration has none; without it, the parameter is required.

    Returns:
        A marker, typed as any value so that it can stand behind any annotation.

    Examples:
        >>> from treadle import node, param
        >>> @node
        ... def train(features, rate: float = param("model.rate", default=0.1)):
        ...     return rate
        >>> train.inputs
        ['features', 'params:model.rate']
    """
    return Param(path, default)
