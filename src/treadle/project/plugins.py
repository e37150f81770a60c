"""Loads objects of a project by name: ``package.module:object``."""

import importlib
import sys
from typing import Any

from treadle.errors import ProjectError
from treadle.project.settings import Project

__all__ = ["load_object"]


def load_object(name: str, project: Project) -> Any:
    """Import an object; without ``:object`` the module itself.

    Raises:
        ProjectError: It cannot be imported.
    """
    source = str(project.source)
    if source not in sys.path:
        sys.path.insert(0, source)
    module, _, attribute = name.partition(":")
    try:
        found = importlib.import_module(module)
        return getattr(found, attribute) if attribute else found
    except (ImportError, AttributeError) as error:
        raise ProjectError(
            f'The plugin "{name}" of [tool.treadle] hooks cannot be imported: {error}.',
            hint='Write "package.module:object", where the object has functions marked with @hook.',
        ) from error
