"""Resolution of pipeline names to modules: a name stands for one, several, or a composition."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from treadle.errors import PipelineError, nearest
from treadle.project.settings import Project

ALL: Final = "*"
"""All modules of the project's pipelines package."""
DEFAULT: Final = "default"
"""The composition that runs by default, if ``[tool.treadle.pipelines]`` has it."""


def list_compositions(project: Project) -> dict[str, list[str]]:
    """Return the compositions of ``[tool.treadle.pipelines]``, and the pipelines of each."""
    return {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in project.settings.pipelines.items()
    }


def select_modules(project: Project, modules: Sequence[str], target: str = "") -> list[str]:
    """Return the modules of a target, each once.

    Args:
        project: Its ``[tool.treadle.pipelines]`` defines compositions of several pipelines.
        modules: The available modules.
        target: Names of modules and compositions, separated by commas; ``*`` is all modules. If
            empty, the composition ``default``, or else all modules.

    Raises:
        PipelineError: A name is unknown, or a composition contains itself.
    """
    compositions = list_compositions(project)
    names = [name.strip() for name in target.split(",") if name.strip()]
    if not names:
        names = [DEFAULT] if DEFAULT in compositions else [ALL]
    expanded = (one for name in names for one in _expand(name, compositions, modules, ()))
    return list(dict.fromkeys(expanded))


def _expand(
    name: str,
    compositions: Mapping[str, Sequence[str]],
    modules: Sequence[str],
    within: tuple[str, ...],
) -> Iterator[str]:
    if name == ALL:
        yield from modules
    elif name in compositions and name not in within:
        for one in compositions[name]:
            yield from _expand(one, compositions, modules, (*within, name))
    elif name in modules:
        yield name  # also the module in the composition of the same name
    elif name in within:
        raise PipelineError(
            "The pipelines of [tool.treadle.pipelines] contain themselves: "
            f"{' → '.join((*within, name))}.",
            hint="Take one of the names out.",
        )
    elif name == "__default__" and not within:
        raise PipelineError(
            f'There is no pipeline "{name}".', hint="The default runs without a name: treadle run"
        )
    else:
        place = f', which [tool.treadle.pipelines] names in "{within[-1]}"' if within else ""
        raise PipelineError(
            f'There is no pipeline "{name}"{place}.', hint=nearest(name, [*modules, *compositions])
        )
