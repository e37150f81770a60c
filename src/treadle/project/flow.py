"""Files of nodes: each is a pipeline with its own catalog and parameters."""

import functools
import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from treadle.catalog import BuiltInFormats, DataCatalog
from treadle.config import Config, load_config
from treadle.engine.observed import observing
from treadle.errors import Mistakes, PipelineError, TreadleError
from treadle.hooks import Hooks, create_hooks
from treadle.pipelines import Pipeline
from treadle.project.catalogs import describe_catalog, offered_formats, offered_resolvers
from treadle.project.history import RunHistory
from treadle.project.pipeline_modules import collect_pipeline, user_code
from treadle.project.session import Session
from treadle.project.single_file import code_around, experiment_for
from treadle.project.workspace import Workspace
from treadle.provenance.request import PipelineRequest, mask_request


def prepare_flow(
    request: PipelineRequest,
    *,
    conf: Path | None = None,
    plugins: Iterable[object] = (),
    store: str = "",
) -> Session:
    """Load a file of nodes, the target of a request, and select the requested nodes.

    Its dicts ``catalog`` and ``parameters``, if it has them, are its configuration; a folder
    ``conf`` next to it, or the given one, overlays them. Paths are relative to the file's folder.

    Raises:
        ProjectError: The file raises when it is loaded.
        PipelineError: It has no nodes, or not the requested ones.
    """
    path = Path(request.target)
    folder = path.parent
    hooks = create_hooks([BuiltInFormats(), *plugins], installed=True)
    read = functools.partial(
        load_config,
        conf or folder / "conf",
        environment=request.environment,
        overrides=request.params,
        resolvers=offered_resolvers(hooks),
    )
    module, pipeline = _load_nodes_or_tell(path, lambda: read(catalog_only=True))
    config = read(lowest_parameters=_dict_of(module, "parameters"))
    entries = {**_dict_of(module, "catalog"), **config.catalog}
    workspace = Workspace(
        catalog=_create_catalog(entries, config, hooks, request, RunHistory(folder, store)),
        parameters=config.parameters,
        hooks=hooks,
        folder=folder,
        code=code_around(path),
        store_from=folder,
        name=path.stem,
        experiment=experiment_for(folder),
        configuration=_describe(entries, config, request),
    )
    return Session(workspace=workspace, pipeline=pipeline).select(request.conditions)


def _create_catalog(
    entries: Mapping[str, Any],
    config: Config,
    hooks: Hooks,
    request: PipelineRequest,
    history: RunHistory,
) -> DataCatalog:
    catalog = DataCatalog(
        entries,
        credentials=config.credentials,
        root=Path(request.target).parent,
        load_versions=request.load_versions,
        formats=offered_formats(hooks),
        origins=config.catalog_origins,
        history=history,
    )
    hooks.hook.after_catalog_created(catalog=catalog)
    return catalog


def _describe(
    entries: Mapping[str, Any], config: Config, request: PipelineRequest
) -> Mapping[str, Any]:
    """Return the configuration for the record of a run."""
    plain = {name: entry for name, entry in entries.items() if isinstance(entry, str | Mapping)}
    return {
        "environment": config.environment,
        "catalog": describe_catalog(plain),
        "file": request.target,
        "request": mask_request(request),
    }


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
