"""Import of a project's objects by name: ``package.module:object``."""

import importlib
from typing import Any, Final

from treadle.errors import ProjectError, TreadleError
from treadle.project.pipeline_modules import user_code
from treadle.project.settings import Project

_KINDS: Final = {"hooks": "plugin", "resolvers": "resolver"}
_HINTS: Final = {
    "hooks": 'Write "package.module:object", where the object has functions marked with @hook.',
    "resolvers": 'Write name = "package.module:function".',
}


def load_object(name: str, project: Project, setting: str = "hooks") -> Any:
    """Import an object; without ``:object`` the module itself.

    Args:
        name: ``package.module:object``.
        project: The project whose source may contain it.
        setting: The key of ``[tool.treadle]`` that names it, for the message.

    Raises:
        ProjectError: It cannot be imported.
    """
    project.make_importable()
    module, _, attribute = name.partition(":")
    try:
        imported = importlib.import_module(module)
        found = getattr(imported, attribute) if attribute else imported
    except TreadleError as error:
        raise error.within(f'The {_KINDS[setting]} "{name}" of [tool.treadle] {setting}') from error
    except (ImportError, AttributeError) as error:
        raise ProjectError(
            f'The {_KINDS[setting]} "{name}" of [tool.treadle] {setting} cannot be imported: '
            f"{error}.",
            hint=_HINTS[setting],
        ) from error
    except Exception as error:
        what = f'The {_KINDS[setting]} "{name}" of [tool.treadle] {setting} cannot be imported'
        raise user_code(what, error, project.folder) from error
    if setting == "hooks" and isinstance(found, type):
        instance = found.__name__.lower()
        raise ProjectError(
            f'The plugin "{name}" of [tool.treadle] hooks is a class, and not an object of it.',
            hint=f"Write {instance} = {found.__name__}() below the class, and name that: "
            f'hooks = ["{module}:{instance}"].',
        )
    return found
