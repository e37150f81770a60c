"""The pipelines of a project: every module of its ``pipelines`` package is one, by its name."""

import importlib
import importlib.util
import inspect
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from treadle.engine.observed import observing
from treadle.errors import Mistakes, PipelineError, ProjectError, TreadleError
from treadle.frames import describe_frames, shorten_path
from treadle.pipelines import Node, Pipeline, base_name, check_not_kedro, pipeline, unwrap
from treadle.project.compositions import select_modules
from treadle.project.settings import Project

_log = logging.getLogger(__name__)

DISTRIBUTIONS: Final = {
    "Bio": "biopython",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "duckdb": "duckdb",
    "joblib": "joblib",
    "kedro": "kedro",
    "kedro_datasets": "kedro-datasets",
    "lightgbm": "lightgbm",
    "matplotlib": "matplotlib",
    "mlflow": "mlflow",
    "numpy": "numpy",
    "openpyxl": "openpyxl",
    "pandas": "pandas",
    "plotly": "plotly",
    "polars": "polars",
    "pptx": "python-pptx",
    "pyarrow": "pyarrow",
    "pydantic": "pydantic",
    "requests": "requests",
    "scipy": "scipy",
    "seaborn": "seaborn",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sqlalchemy": "sqlalchemy",
    "statsmodels": "statsmodels",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "tqdm": "tqdm",
    "transformers": "transformers",
    "xgboost": "xgboost",
    "yaml": "pyyaml",
}
"""Distributions of well-known modules. Others are not guessed: they may be another author's."""


def list_pipelines(project: Project) -> list[str]:
    """List the names of a project's pipelines, without importing any."""
    folder = project.source / Path(*project.settings.package.split(".")) / "pipelines"
    if not folder.is_dir():
        raise ProjectError(
            f"The project {project.name} has no folder {folder}.",
            hint="Every module in it that has nodes or a pipeline is a pipeline by its name. "
            f'Is package = "{project.settings.package}" in pyproject.toml right?',
        )
    from pkgutil import iter_modules

    names = (module.name for module in iter_modules([str(folder)]))
    return sorted(name for name in names if not name.startswith("_"))


def load_pipeline(
    project: Project, name: str = "", *, warn: Callable[[str], None] = _log.warning
) -> Pipeline:
    """Import pipelines of a project, and combine them.

    Args:
        project: The project.
        name: Names of pipelines and compositions, separated by commas; if empty, the default of
            `select_modules`.
        warn: Called with a warning for each module that has neither nodes nor a pipeline.

    Raises:
        PipelineError: There is no such pipeline, or the modules have none.
        ProjectError: A module cannot be imported; a run never shrinks silently.
    """
    names = select_modules(project, list_pipelines(project), name)
    found, empty = find_pipelines(project, names)
    if name and empty:
        module = next(iter(empty.values()))
        raise PipelineError(f"{module} has no pipeline.", hint=_looked_for(module))
    if not found:
        raise PipelineError(
            f"The project {project.name} has no pipelines.",
            hint="\n".join(f"{module}: {_looked_for(module)}" for module in empty.values())
            or "Decorate functions in its pipelines package with @node.",
        )
    for module in empty.values():
        warn(
            f"{module} has no pipeline, and nothing of it is run. {_looked_for(module)} "
            "A module whose name begins with _ is not taken for a pipeline."
        )
    _check_producers(found)
    return sum(found.values(), start=Pipeline())


def _check_producers(found: Mapping[str, Pipeline]) -> None:
    """Check that no two pipelines write one dataset by different nodes.

    Raises:
        PipelineError: Two of them do; the message names both.
    """
    makers: dict[str, tuple[str, Node]] = {}
    for pipeline_name, one in found.items():
        for made in one.graph.nodes:
            for name in map(base_name, made.outputs):
                other, known = makers.setdefault(name, (pipeline_name, made))
                if known != made:
                    raise PipelineError(
                        f'The pipelines "{other}" and "{pipeline_name}" both write "{name}", by '
                        "the nodes "
                        f'"{known.name}" and "{made.name}".',
                        hint=f"Run one of them (treadle run {pipeline_name}), rename one of the "
                        "outputs, or say "
                        "in [tool.treadle.pipelines] what the default is.",
                    )


def find_pipelines(
    project: Project, names: Iterable[str]
) -> tuple[dict[str, Pipeline], dict[str, str]]:
    """Import pipelines by name.

    Returns:
        The pipelines, and the modules of names without a pipeline.
    """
    project.make_importable()
    found, empty = {}, {}
    mistakes = Mistakes()
    for name in names:
        with mistakes.noted(), observing(project.folder):
            module, collected = _collect(f"{project.settings.package}.pipelines.{name}", project)
            if collected is None:
                empty[name] = module
            else:
                found[name] = collected
    mistakes.raise_all()
    return found, empty


def _collect(name: str, project: Project) -> tuple[str, Pipeline | None]:
    """Import a module, and return its name and its pipeline, if it has one."""
    module = _import(name, project)
    collected = collect_pipeline(module, project.folder)
    inner = _inner_of(module.__name__)
    if collected is None and inner:
        collected = collect_pipeline(_import(inner, project), project.folder)
    return module.__name__, collected


def _inner_of(name: str) -> str:
    """Return the name of a package's module ``pipeline``, where Kedro has create_pipeline()."""
    module = sys.modules[name]
    inner = f"{name}.pipeline"
    is_there = hasattr(module, "__path__") and importlib.util.find_spec(inner) is not None
    return inner if is_there else ""


def _looked_for(module: str) -> str:
    inner = _inner_of(module)
    places = f"{module} and {inner}" if inner else module
    return (
        f"Looked in {places} for a pipeline named pipeline, a function create_pipeline, "
        "and functions decorated with @node."
    )


def collect_pipeline(module: ModuleType, folder: Path) -> Pipeline | None:
    """Return the pipeline of a module: ``pipeline``, that of ``create_pipeline()``, or its nodes.

    Args:
        module: The module.
        folder: The folder of the user's code, whose line an error names.

    Raises:
        ProjectError: create_pipeline() raised.
        PipelineError: It has required arguments, or does not return a pipeline.
    """
    given = getattr(module, "pipeline", None)
    if isinstance(given, Pipeline):
        return given
    _check_given(given, module)
    create = getattr(module, "create_pipeline", None)
    if callable(create):
        return _created(module, create, folder)
    nodes = [
        value
        for value in vars(module).values()
        if isinstance(value, Node) and _is_own(value, module)
    ]
    return pipeline(nodes) if nodes else None


def _check_given(given: object, module: ModuleType) -> None:
    """Check that the ``pipeline`` of a module is not one of Kedro."""
    if not callable(given):
        try:
            check_not_kedro(given)
        except PipelineError as error:
            raise error.within(f"pipeline of {module.__name__}") from error


def _created(module: ModuleType, create: Callable[[], Any], folder: Path) -> Pipeline:
    what = f"create_pipeline() of {module.__name__}"
    code = getattr(inspect.unwrap(create), "__code__", None)
    place = (
        f"\n  at {shorten_path(code.co_filename)}:{code.co_firstlineno}" if code is not None else ""
    )
    required = _required(create)
    if required:
        raise PipelineError(
            f"{what} requires arguments ({', '.join(required)}), and is called without any.{place}",
            hint="Give them defaults; values that a run sets are parameters of nodes.",
        )
    try:
        made = create()
    except TreadleError as error:
        raise error.within(what) from error
    except Exception as error:
        raise user_code(f"{what} failed", error, folder) from error
    try:
        check_not_kedro(made)
    except PipelineError as error:
        raise error.within(what) from error
    if not isinstance(made, Pipeline):
        raise PipelineError(f"{what} returned a {type(made).__name__}, not a pipeline.{place}")
    return made


def _required(create: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(create).parameters.values()
    except (TypeError, ValueError):  # a built-in
        return []
    return [
        one.name
        for one in parameters
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]


def _is_own(node: Node, module: ModuleType) -> bool:
    """Return whether a module defines a node, and does not import it."""
    func = unwrap(node.func)
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
        raise user_code(
            f"The pipeline module {name} cannot be imported", error, project.folder
        ) from error


def _explain_missing(full: str) -> str:
    """Return what to do about a missing module; the name for pip only if it is known."""
    module = full.partition(".")[0]
    if module != full and module in sys.modules:
        return (
            f"{module} is installed, and has no {full}: is it the version that this was written "
            "for?"
        )
    name = DISTRIBUTIONS.get(module)
    if name is not None:
        return f"Install it with: pip install {name}"
    return (
        f"Is it spelt right? If it is a library, install the package that has the module {module}."
    )


def user_code(what: str, error: BaseException, folder: Path) -> ProjectError:
    """Return an error in the user's code, explained by their lines that led to it."""
    hint = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = _explain_missing(error.name)
    text = error.msg if isinstance(error, SyntaxError) else error  # which already contains the line
    place = describe_frames(error, folder)
    return ProjectError(f"{what}: {type(error).__name__}: {text}{place}", hint=hint)
