"""Parameters bound where they are used: as default values of a node's function."""

from typing import Any, Final, final

from treadle.pipelines.dataset_names import PREFIX


@final
class Unset:
    """The type of `UNSET`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()
"""The default of an argument for which None is a valid value."""


@final
class Param:
    """A default value that refers to a parameter of the configuration; created by `param`."""

    __slots__ = ("default", "path")

    def __init__(self, path: str, default: Any = UNSET) -> None:
        self.path = path
        self.default = default

    @property
    def name(self) -> str:
        """The dataset name of the parameter."""
        return PREFIX + self.path

    def __repr__(self) -> str:
        default = "" if self.default is UNSET else f", default={self.default!r}"
        return f"param({self.path!r}{default})"


def param(path: str, default: Any = UNSET) -> Any:
    """Bind an argument of a node's function to a parameter.

    Args:
        path: The dotted path of the parameter: ``model.learning_rate``.
        default: The value if the configuration has none; without it, the parameter is required.

    Returns:
        A marker, typed as Any so that it fits any annotation.

    Examples:
        >>> from treadle import node, param
        >>> @node
        ... def train(features, rate: float = param("model.rate", default=0.1)):
        ...     return rate
        >>> train.inputs
        ['features', 'params:model.rate']
    """
    return Param(path, default)
