"""Preparation of a project's run: all that it needs before its pipeline is imported."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.config import Config, load_config
from treadle.engine.ledger import ledger_path
from treadle.engine.logged import KeptLogs
from treadle.hooks import Hooks
from treadle.project.catalogs import (
    create_catalog,
    describe_catalog,
    offered_resolvers,
    project_hooks,
)
from treadle.project.footprint import (
    Footprint,
    Unchanged,
    describe_surroundings,
    has_only_own_plugins,
)
from treadle.project.pipeline_modules import load_pipeline
from treadle.project.producers import with_makers
from treadle.project.run_options import RunOptions
from treadle.project.session import Session
from treadle.project.settings import Project
from treadle.project.workspace import Workspace
from treadle.provenance.request import PipelineRequest, mask_request
from treadle.records import SnapshotTaken
from treadle.tracking import Run
from treadle.tracking.active import active_run
from treadle.tracking.node_logs import NodeLogs
from treadle.tracking.recorded_run import RecordedRun
from treadle.tracking.recorder import Recorder

_log = logging.getLogger(__name__)


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """The request for a run of a project, whose pipeline is not imported yet: that takes long."""

    project: Project
    request: PipelineRequest
    workspace: Workspace
    unchanged: Unchanged | None = None
    """Detects without the pipeline that nothing has changed, if that is possible."""

    def load(self) -> Session:
        """Import the requested pipelines, and select the requested nodes.

        Their inputs from other pipelines that are not stored are made again by nodes of those.

        Raises:
            PipelineError: There is no such pipeline or node, or several make an input.
            ProjectError: A module cannot be imported.
        """
        target = self.request.target
        warnings: list[str] = []
        pipeline = load_pipeline(self.project, target, warn=warnings.append)
        whole = pipeline
        if target:
            whole = with_makers(self.project, target, pipeline, self.workspace.catalog)
        session = Session(
            workspace=self.workspace,
            pipeline=pipeline,
            whole=whole,
            warnings=tuple(warnings),
            unchanged=self.unchanged,
        )
        return session.select(self.request.conditions)

    def repeat(self, options: RunOptions) -> tuple[str, Footprint] | None:
        """Record a run in which every node is reused, if that is so, without the pipeline.

        Returns:
            The run, and the reused nodes; None if something has changed, or that is unknown.
        """
        if self.unchanged is None or options.fresh or active_run() is not None:
            return None
        location = self.workspace.locate(options)
        cache = self.workspace.cache(location)
        logs = KeptLogs(NodeLogs(location), cache)
        footprint = self.unchanged.find(ledger_path(location.folder), options.seed, logs, cache)
        if footprint is None:
            return None
        for warning in footprint.warnings:
            _log.warning(warning)
        with RecordedRun(location, self.workspace.recording(options, footprint.params)) as run:
            _record_reuse(run, footprint, KeptLogs(NodeLogs(location, run), cache))
        return run.id, footprint


def _record_reuse(run: Run, footprint: Footprint, logs: KeptLogs) -> None:
    """Record that a run reuses all nodes, with what they had logged, read and written."""
    run.log_entry(SnapshotTaken(run.id, "graph", footprint.graph))
    recorder = Recorder(run)
    for node in footprint.nodes:
        logs.repeat(node.name, node.logged, node.origin)
        recorder.record_reuse(node.name, node.reason, node.key)
    for use in footprint.datasets:
        recorder.record_use(use.name, use.description, use.node, use.role)


def prepare(
    project: Project,
    request: PipelineRequest,
    *,
    name: str = "",
    conf: Path | None = None,
    plugins: Iterable[object] = (),
) -> Prepared:
    """Load a project's configuration, catalog and plugins for a run.

    Args:
        project: The project.
        request: The request, with which a run that fails can be resumed.
        name: The name of its runs; by default, the pipeline's, or else the project's.
        conf: The folder of the configuration, if not the project's.
        plugins: Plugins besides the project's own and the installed ones.

    Raises:
        ConfigError: The configuration is invalid.
        CatalogError: The catalog is invalid.
    """
    hooks = project_hooks(project, plugins)
    config = load_config(
        conf or project.conf,
        environment=request.environment,
        overrides=request.params,
        resolvers=offered_resolvers(hooks, project),
    )
    catalog = create_catalog(project, config, hooks, request.load_versions)
    config.parameters.warns = project.settings.parameter_types == "warn"
    workspace = Workspace(
        catalog=catalog,
        parameters=config.parameters,
        hooks=hooks,
        folder=project.folder,
        code=project.code,
        cache_limit=project.cache_limit,
        result_limit=project.result_limit,
        store_from=project.folder,
        name=name or request.target or project.name,
        experiment=project.experiment,
        configuration=_describe(config, request),
    )
    return Prepared(
        project=project,
        request=request,
        workspace=workspace,
        unchanged=_find_unchanged(project, request, config, hooks),
    )


def _find_unchanged(
    project: Project, request: PipelineRequest, config: Config, hooks: Hooks
) -> Unchanged | None:
    """Return what detects that nothing has changed; None if plugins need each run."""
    if not has_only_own_plugins(hooks):
        return None
    asked = {"request": repr(request), "environment": config.environment}
    surroundings = describe_surroundings(
        config.parameters, config.catalog, config.credentials, asked
    )
    return Unchanged(repr(request), surroundings, project.source, project.folder)


def _describe(config: Config, request: PipelineRequest) -> Mapping[str, Any]:
    """Return the configuration for the record of a run."""
    origins = config.catalog_origins.items()
    return {
        "request": mask_request(request),
        "environment": config.environment,
        "catalog": describe_catalog(config.catalog),
        "sources": {".".join(key): str(origin) for key, origin in origins if len(key) == 1},
    }
