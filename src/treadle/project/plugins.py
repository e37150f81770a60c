"""Loads objects of a project by name: ``package.module:object``."""

import importlib
from typing import Any, Final

from treadle.errors import ProjectError
from treadle.project.settings import Project

__all__ = ["load_object"]

_KINDS: Final = {"hooks": "plugin", "resolvers": "resolver"}
_HINTS: Final = {
    "hooks": 'Write "package.module:object", where the object has functions marked with @hook.',
    "resolvers": 'Write name = "package.module:function".',
}


def load_object(name: str, project: Project, setting: str = "hooks") -> Any:
    """Import an object; without ``:object`` the module itself.

    Args:
        name: ``package.module:object``.
        project: Whose source it may be in.
        setting: The key of ``[tool.treadle]`` that names it, for the message.

    Raises:
        ProjectError: It cannot be imported.
    """
    project.make_importable()
    module, _, attribute = name.partition(":")
    try:
        found = importlib.import_module(module)
        return getattr(found, attribute) if attribute else found
    except (ImportError, AttributeError) as error:
        raise ProjectError(
            f'The {_KINDS[setting]} "{name}" of [tool.treadle] {setting} cannot be imported: {error}.',
            hint=_HINTS[setting],
        ) from error
