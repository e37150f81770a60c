"""Single files: one with nodes is a pipeline, any other a script; both are recorded."""

import ast
import functools
import importlib.util
import logging
import os
import re
import runpy
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.catalog import BuiltInFormats, DataCatalog
from treadle.config import load_config
from treadle.engine.observed import observing
from treadle.errors import DataNotFoundError, Mistakes, NodeError, PipelineError, TreadleError
from treadle.frames import describe_frames
from treadle.hooks import create_hooks
from treadle.masking import mask_arguments, mask_tree
from treadle.pipelines import Pipeline
from treadle.project.catalogs import describe_catalog, offered_formats, offered_resolvers
from treadle.project.history import RunHistory
from treadle.project.pipeline_modules import collect_pipeline, user_code
from treadle.project.session import RunOptions, Session
from treadle.project.settings import find_project
from treadle.provenance.capture import record_surroundings
from treadle.records import SnapshotTaken
from treadle.records.texts import encode_json
from treadle.store import check_store
from treadle.tracking import Run, choose_location
from treadle.tracking.exit_status import watch_signals
from treadle.tracking.logs import RunLogs
from treadle.tracking.opening import create_run
from treadle.tracking.run import status_of

_MAKERS = {"node", "pipeline"}
_MAKING = re.compile(r"^\s*@(treadle\.)?node\b|^def create_pipeline\(", re.MULTILINE)


def has_nodes(path: Path) -> bool:
    """Return whether a file defines nodes, or is a script, without running it.

    A file of nodes has a function decorated with ``node``, or creates nodes or a pipeline globally.

    Raises:
        DataNotFoundError: There is no such file.
        ProjectError: It is not valid Python.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, filename=str(path))
    except FileNotFoundError as error:
        raise DataNotFoundError(f"There is no file {path}.") from error
    except SyntaxError as error:
        if _MAKING.search(text):
            return True  # the syntax error is reported together with those of its configuration
        raise user_code(f"{path} is not valid Python", error, path.parent) from error
    except ValueError as error:
        raise user_code(f"{path} is not valid Python", error, path.parent) from error
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name == "create_pipeline" or any(
                _is_maker(one) for one in statement.decorator_list
            ):
                return True
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
            calls = (inner for inner in ast.walk(statement) if isinstance(inner, ast.Call))
            if any(_is_maker(call.func) for call in calls):
                return True
    return False


def _is_maker(expression: ast.expr) -> bool:
    if isinstance(expression, ast.Call):
        return _is_maker(expression.func)
    if isinstance(expression, ast.Attribute):
        return (
            expression.attr in _MAKERS
            and isinstance(expression.value, ast.Name)
            and expression.value.id == "treadle"
        )
    return isinstance(expression, ast.Name) and expression.id in _MAKERS


def prepare_flow(
    path: Path,
    *,
    conf: Path | None = None,
    environment: str = "",
    overrides: Iterable[str] = (),
    load_versions: Mapping[str, str] | None = None,
    plugins: Iterable[object] = (),
    request: Mapping[str, Any] | None = None,
    store: str = "",
) -> Session:
    """Load a file of nodes.

    Its dicts ``catalog`` and ``parameters``, if it has them, are its configuration; a folder
    ``conf`` next to it, or the given one, overlays them. Paths are relative to the file's folder.

    Raises:
        ProjectError: The file raises when it is loaded.
        PipelineError: It has no nodes.
    """
    folder = path.parent
    hooks = create_hooks([BuiltInFormats(), *plugins], installed=True)
    read = functools.partial(
        load_config,
        conf or folder / "conf",
        environment=environment,
        overrides=overrides,
        resolvers=offered_resolvers(hooks),
    )
    module, pipeline = _load_nodes_or_tell(path, lambda: read(catalog_only=True))
    config = read(lowest_parameters=_dict_of(module, "parameters"))
    entries = {**_dict_of(module, "catalog"), **config.catalog}
    catalog = DataCatalog(
        entries,
        credentials=config.credentials,
        root=folder,
        load_versions=load_versions,
        formats=offered_formats(hooks),
        origins=config.catalog_origins,
        history=RunHistory(folder, store),
    )
    hooks.hook.after_catalog_created(catalog=catalog)
    return Session(
        pipeline=pipeline,
        catalog=catalog,
        parameters=config.parameters,
        hooks=hooks,
        folder=folder,
        code=_code_around(path),
        store_from=folder,
        name=path.stem,
        experiment=_experiment_for(folder),
        configuration={
            "environment": config.environment,
            "catalog": describe_catalog(
                {name: one for name, one in entries.items() if isinstance(one, str | Mapping)}
            ),
            "file": str(path),
            "request": mask_tree(dict(request)) if request is not None else None,
        },
    )


def _load_nodes_or_tell(path: Path, read: Callable[[], object]) -> tuple[ModuleType, Pipeline]:
    """Load a file of nodes, or raise its error together with those of its configuration.

    Args:
        path: The file.
        read: Reads its configuration, except what depends on parameters in the file.
    """
    try:
        with observing(path.parent):
            return _load_nodes(path)
    except TreadleError as error:
        mistakes = Mistakes()
        mistakes.add(error)
        with mistakes.noted():
            read()
        raise mistakes.combine() from error.__cause__


def _load_nodes(path: Path) -> tuple[ModuleType, Pipeline]:
    module = _load(path)
    pipeline = collect_pipeline(module, path.parent)
    if pipeline is None:
        raise PipelineError(f"{path} has no nodes.", hint="Decorate its functions with @node.")
    return module, pipeline


def _code_around(path: Path) -> tuple[Path, ...]:
    """Return what a file may import and be configured by: its siblings, packages, and ``conf``."""
    folder = path.parent
    packages = [one.parent for one in sorted(folder.glob("*/__init__.py"))]
    conf = [one for one in sorted(folder.glob("conf/*")) if one.name != "local"]
    return (path, *sorted(folder.glob("*.py")), *packages, *conf)


def _experiment_for(folder: Path) -> str:
    project = find_project(folder)
    return project.experiment if project else os.environ.get("TREADLE_EXPERIMENT", "default")


def _dict_of(module: ModuleType, name: str) -> dict[str, Any]:
    given = getattr(module, name, None)
    return dict(given) if isinstance(given, Mapping) else {}


def _load(path: Path) -> ModuleType:
    folder = str(path.parent.absolute())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise PipelineError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        del sys.modules[path.stem]
        is_here = isinstance(error, SyntaxError) and error.filename == str(path)
        what = f"{path} is not valid Python" if is_here else f"{path} cannot be loaded"
        raise user_code(what, error, path.parent) from error
    return module


def run_script(path: Path, arguments: Sequence[str], options: RunOptions) -> str:
    """Run a script as ``python script.py`` would, recorded; what it logs goes to its run.

    Returns:
        The id of the run.

    Raises:
        NodeError: The script raised; the cause is chained.
        SystemExit: The script exited with a status other than 0.
    """
    location = choose_location(options.store, path.parent)
    check_store(location)
    run = create_run(
        location,
        name=options.name or path.stem,
        experiment=options.experiment or _experiment_for(path.parent.absolute()),
        kind="script",
        command=options.command
        if options.command is not None
        else shlex.join(["treadle", "run", str(path), *arguments]),
    )
    run.is_adoptable = True
    asked = {"request": {"target": str(path.absolute()), "arguments": mask_arguments(arguments)}}
    watch_signals()
    with run, RunLogs(run):
        if options.tags:
            run.set_tags(options.tags)
        record_surroundings(run, path.parent.absolute(), _code_around(path.absolute()))
        run.log_entry(SnapshotTaken(run.id, "config", encode_json(asked)))
        run.capture_output(logs=False)
        _execute(path, arguments, run)
    return run.id


def _execute(path: Path, arguments: Sequence[str], run: Run) -> None:
    old_argv, old_path = sys.argv, sys.path[:]
    root = logging.getLogger()
    # The script configures its own logging, which would have no effect after ours.
    old_handlers, root.handlers = root.handlers, []
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.parent.absolute()))
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as error:
        if status_of(error) != "finished":
            run.correct(status_of(error), error)
            raise
    except Exception as error:
        run.correct("failed", error)
        raise NodeError(
            f"{path.name} failed: {type(error).__name__}: {error}{describe_frames(error)}",
            hint=f"The whole traceback: treadle runs show {run.id[-8:]}",
        ) from error
    finally:
        sys.argv, sys.path[:] = old_argv, old_path
        root.handlers = old_handlers
