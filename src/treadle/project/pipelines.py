"""Finds the pipelines of a project: every module of its ``pipelines`` package is one, by its name."""

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.errors import PipelineError, ProjectError, TreadleError, nearest
from treadle.pipelines import Node, Pipeline, pipeline
from treadle.project.settings import Project

__all__ = ["collect_pipeline", "find_pipelines", "list_pipelines", "load_pipeline", "user_code"]


def list_pipelines(project: Project) -> list[str]:
    """List the names of a project's pipelines, without importing any."""
    folder = project.source / Path(*project.settings.package.split(".")) / "pipelines"
    if not folder.is_dir():
        raise ProjectError(
            f"The project {project.name} has no folder {folder}.",
            hint="Every module in it that has nodes or a pipeline is a pipeline by its name. "
            f'Is package = "{project.settings.package}" in pyproject.toml right?',
        )
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))


def load_pipeline(project: Project, name: str = "") -> Pipeline:
    """Import one pipeline of a project, or all of them together.

    Raises:
        PipelineError: There is no such pipeline, or the modules have none.
        ProjectError: A module cannot be imported; a run never shrinks silently.
    """
    names = list_pipelines(project)
    if name and name not in names:
        raise PipelineError(f'There is no pipeline "{name}".', hint=nearest(name, names))
    found = find_pipelines(project, [name] if name else names)
    if not found:
        raise PipelineError(
            f"The project {project.name} has no pipelines.",
            hint="Decorate functions in its pipelines package with @node.",
        )
    return sum(found.values(), start=Pipeline())


def find_pipelines(project: Project, names: Iterable[str]) -> dict[str, Pipeline]:
    """Import pipelines by name; modules without nodes are left out."""
    source = str(project.source)
    if source not in sys.path:
        sys.path.insert(0, source)
    found = {}
    for name in names:
        module = _import(f"{project.settings.package}.pipelines.{name}", project)
        collected = collect_pipeline(module)
        if collected is not None:
            found[name] = collected
    return found


def collect_pipeline(module: ModuleType) -> Pipeline | None:
    """Give the pipeline of a module: its ``pipeline``, what ``create_pipeline()`` makes, or its nodes."""
    given = getattr(module, "pipeline", None)
    if isinstance(given, Pipeline):
        return given
    create = getattr(module, "create_pipeline", None)
    if callable(create):
        made: Any = create()
        if not isinstance(made, Pipeline):
            raise PipelineError(f"create_pipeline() of {module.__name__} made a {type(made).__name__}, not a pipeline.")
        return made
    nodes = [value for value in vars(module).values() if isinstance(value, Node) and _is_own(value, module)]
    return pipeline(nodes) if nodes else None


def _is_own(node: Node, module: ModuleType) -> bool:
    """Tell nodes of a module from those that it imports from another one."""
    func: Any = node.func
    while hasattr(func, "func"):
        func = func.func
    home = getattr(func, "__module__", module.__name__)
    return (
        home == module.__name__
        or not hasattr(sys.modules.get(home), func.__name__)
        or not isinstance(getattr(sys.modules[home], func.__name__), Node)
    )


def _import(name: str, project: Project) -> ModuleType:
    try:
        return importlib.import_module(name)
    except TreadleError as error:
        raise error.within(name) from error
    except Exception as error:
        raise user_code(f"The pipeline module {name} cannot be imported", error, project.folder) from error


def user_code(what: str, error: BaseException, folder: Path) -> ProjectError:
    """Explain an error in the user's own code by the last of its lines that is theirs."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(folder))]
    place = f"\n  at {frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}" if frames else ""
    if isinstance(error, SyntaxError):
        place = f"\n  at {error.filename}:{error.lineno}: {(error.text or '').strip()}"
    hint = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"Is it spelt right? If it is a library: pip install {error.name.partition('.')[0]}"
    return ProjectError(f"{what}: {type(error).__name__}: {error}{place}", hint=hint)
