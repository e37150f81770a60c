"""Import of the libraries that formats need, with hints how to install missing ones."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from treadle.errors import MissingExtraError

_DISTRIBUTIONS: Final = {"PIL": "pillow"}


def require_library(name: str, what: str, extra: str) -> None:
    """Check that a library is installed, without importing it.

    Raises:
        MissingExtraError: It is not.
    """
    try:
        is_installed = find_spec(name) is not None
    except (ImportError, ValueError):
        is_installed = False
    if not is_installed:
        raise MissingExtraError(what, _DISTRIBUTIONS.get(name, name), extra)


def load_library(name: str, what: str, extra: str) -> Any:
    """Import a library, or raise an error with the command that installs it.

    Args:
        name: The module.
        what: What needs it, for the message.
        extra: The extra of Treadle that installs it.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            raise MissingExtraError(what, _DISTRIBUTIONS.get(name, name), extra) from error
        raise
