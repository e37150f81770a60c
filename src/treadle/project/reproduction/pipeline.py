"""What a run of a pipeline needs to run again: its configuration, its data, and its nodes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog import DataCatalog
from treadle.config import Config, load_config
from treadle.errors import ConflictError, TreadleError
from treadle.pipelines import base_name
from treadle.project.catalogs import offered_resolvers, project_hooks
from treadle.project.reproduction.configuration import restore_tree, write_configuration
from treadle.project.reproduction.data import Places, affected, place_data
from treadle.project.settings import find_project
from treadle.provenance.request import PipelineRequest
from treadle.provenance.run_record import Recorded, read_graph
from treadle.records import RunDetails


class PipelineData(msgspec.Struct, frozen=True, kw_only=True):
    """The data of a pipeline that is repeated, and the options of its command."""

    catalog: DataCatalog | None = None
    """The recorded catalog, with paths in the rebuilt code."""
    doubts: list[str] = []
    """What may differ from the original."""
    missing: dict[str, str] = {}
    """Inputs whose content was not found, and why."""
    lost: dict[str, str] = {}
    """Outputs that cannot be made, and why."""
    options: list[str] = []
    """The options of the command; empty if no node can run."""


def prepare_pipeline(
    recorded: Recorded,
    request: PipelineRequest,
    *,
    near: Path,
    folder: Path,
    root: Path,
    locate: Callable[[str], Path | None],
) -> PipelineData:
    """Restore the configuration of a run of a pipeline, and find its data.

    Args:
        recorded: The run.
        request: Its request.
        near: A folder in the project, for its current credentials.
        folder: The folder of the reproduction; ``conf`` and ``outputs`` are created there.
        root: The rebuilt folder of the project.
        locate: Returns where content is stored by its digest, if it is.

    Raises:
        ConflictError: A secret of the configuration is not set here.
    """
    today = find_project(near)
    conf = today.conf if today else near / "conf"
    configuration = _restore_configuration(recorded, request, root, conf)
    catalog = DataCatalog(configuration.entries, credentials=configuration.credentials, root=root)
    outside = folder / "outputs"
    outside.mkdir()
    places = place_data(recorded.details, catalog, root, outside, locate)
    entries = {**configuration.entries, **places.entries}
    write_configuration(folder / "conf", configuration.parameters, entries, conf / "local")
    lost, nodes = _lose(recorded.details, places)
    options: list[str] = []
    if nodes or not lost:
        seed = recorded.configuration.seed
        options = ["--fresh", f"--seed={seed}", f"--conf-source={folder / 'conf'}"]
        options += [f"--load-versions={name}={at}" for name, at in places.versions.items()]
        options += [f"--nodes={','.join(nodes)}"] if lost else _selection(request)
    return PipelineData(
        catalog=catalog,
        doubts=places.doubts,
        missing=places.missing,
        lost=lost,
        options=options,
    )


class _Configuration(msgspec.Struct, frozen=True, kw_only=True):
    parameters: Mapping[str, Any]
    entries: Mapping[str, Any]
    credentials: Mapping[str, Any]


def _restore_configuration(
    recorded: Recorded, request: PipelineRequest, root: Path, conf: Path
) -> _Configuration:
    """Return the recorded configuration, with the secrets of the rebuilt or the current one."""
    loaded = (_load(_conf_of(root), request), _load(conf, request))
    sources = [config for config in loaded if config is not None]
    parameters, unset = restore_tree(
        recorded.configuration.parameters, [config.parameters.tree for config in sources]
    )
    entries, unknown = restore_tree(
        recorded.configuration.catalog, [config.catalog for config in sources]
    )
    if unset or unknown:
        secrets = [f"parameter {name}" for name in unset] + [f"catalog {name}" for name in unknown]
        names = ", ".join(secrets)
        raise ConflictError(
            f"Secrets of run {recorded.label} are not recorded, and not set here: {names}.",
            hint=f"Set them in {conf}, as the run had them.",
        )
    credentials = next((config.credentials for config in sources if config.credentials), {})
    return _Configuration(parameters=parameters, entries=entries, credentials=credentials)


def _selection(request: PipelineRequest) -> list[str]:
    """Return the options that select the nodes of a request."""
    conditions = request.conditions.items()
    return [f"--{key.replace('_', '-')}={name}" for key, names in conditions for name in names]


def _conf_of(root: Path) -> Path:
    project = find_project(root)
    return project.conf if project else root / "conf"


def _load(conf: Path, request: PipelineRequest) -> Config | None:
    """Load an optional configuration; None if it cannot be loaded."""
    try:
        project = find_project(conf.parent)
        return load_config(
            conf,
            environment=request.environment,
            overrides=request.params,
            resolvers=offered_resolvers(project_hooks(project), project) if project else None,
        )
    except TreadleError:
        return None


def _lose(details: RunDetails, places: Places) -> tuple[dict[str, str], list[str]]:
    """Return the outputs that cannot be made without inputs, and the nodes that can still run."""
    nodes = read_graph(details).nodes
    if not places.missing or not nodes:
        return {}, []
    lost = affected(nodes, places.missing)
    made = {use.dataset for use in details.datasets if use.role != "read"}
    why = "; ".join(f'"{name}": {reason}' for name, reason in places.missing.items())
    runnable = [
        node.name
        for node in nodes
        if not lost.intersection(map(base_name, (*node.inputs, *node.outputs)))
    ]
    return dict.fromkeys((name for name in made if base_name(name) in lost), why), runnable
