"""The assembly of a run of a pipeline, from names to a record."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog import BuiltInFormats, DataCatalog
from treadle.catalog.cache import ContentCache
from treadle.config import Parameters, load_config
from treadle.engine import (
    Decision,
    Executor,
    Incremental,
    Ledger,
    Outputs,
    Plan,
    claim,
    create_plan,
    execute,
)
from treadle.engine.data_code import data_hooks
from treadle.engine.ledger import ledger_path
from treadle.engine.logged import KeptLogs
from treadle.engine.observed import describe_readings, observing
from treadle.errors import ConfigError, PipelineError, nearest
from treadle.hooks import Hooks, create_hooks, find_replacing_plugin
from treadle.masking import mask_tree
from treadle.pipelines import Pipeline, is_parameter, parameter_path
from treadle.project.catalogs import (
    create_catalog,
    describe_catalog,
    offered_formats,
    offered_resolvers,
    project_hooks,
)
from treadle.project.footprint import (
    Footprint,
    Unchanged,
    describe_surroundings,
    has_only_own_plugins,
)
from treadle.project.settings import Project
from treadle.provenance.capture import record_surroundings
from treadle.provenance.running_code import find_code
from treadle.records import SnapshotTaken
from treadle.records.texts import encode_json
from treadle.store import StoreLocation, check_store, new_id
from treadle.tracking import Run, choose_experiment, choose_location
from treadle.tracking.active import active_run
from treadle.tracking.exit_status import watch_signals
from treadle.tracking.logs import RunLogs
from treadle.tracking.node_logs import NodeLogs
from treadle.tracking.opening import create_run
from treadle.tracking.recorder import Recorder

_log = logging.getLogger(__name__)


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is recorded."""

    name: str = ""
    experiment: str = ""
    tags: Mapping[str, str] = {}
    store: str = ""
    command: str | None = None
    """The command as typed, if it is not Python's command line."""
    fresh: bool = False
    """Whether every node runs, without reusing earlier outputs."""
    seed: int = 0
    """The seed of random numbers, from which each node's own seed is derived."""
    again: tuple[str, ...] = ()
    """Nodes that run without reuse, with all that depend on them."""


class RunResult:
    """The result of a run.

    Attributes:
        id: The id of the run, for `treadle runs show`.
        outputs: The outputs that no node read, by name; saved ones are loaded on access.
    """

    def __init__(self, run_id: str, outputs: Outputs) -> None:
        self.id = run_id
        self.outputs = outputs

    def __repr__(self) -> str:
        return f"RunResult(id={self.id!r}, outputs={list(self.outputs)})"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline with everything that it needs, ready to be planned or run."""

    pipeline: Pipeline
    whole: Pipeline | None = None
    """The pipeline before nodes were selected."""
    catalog: DataCatalog
    parameters: Parameters
    hooks: Hooks
    folder: Path
    """The folder of the code, for the record."""
    store_from: Path
    """The folder from which the project that sets the store is searched."""
    name: str
    experiment: str
    configuration: Mapping[str, Any] = {}
    """The recorded configuration, besides the parameters; without secrets."""
    code: tuple[Path, ...] = ()
    """Files and folders of the code, which are stored if it is not in a repository."""
    cache_limit: int = 10**10
    """The maximum size in bytes of the cache of datasets that request it."""
    result_limit: int = 10**7
    """The maximum size in bytes of a result that is stored without an entry that saves it."""
    keeps_results: bool = True
    """Whether results are stored if nothing is saved; False if a program receives them."""
    unchanged: Unchanged | None = None
    """Detects without the pipeline that nothing has changed, if that is possible."""
    warnings: tuple[str, ...] = ()
    """Warnings from loading the pipeline."""

    def plan(self) -> Plan:
        """Create the plan of what will run, and find what would stop it."""
        return create_plan(self.pipeline, self.catalog, self.parameters, whole=self.whole)

    def run(
        self,
        options: RunOptions,
        *,
        executor: Executor | None = None,
        started: Callable[[Run, Plan], None] | None = None,
    ) -> RunResult:
        """Run the pipeline, recorded.

        Args:
            options: How it is recorded.
            executor: Where the nodes run.
            started: Called when the run is open and before the first node.

        Raises:
            TreadleError: The error that ended it; if it had begun, the run is recorded as failed.
        """
        parent = active_run()
        if parent is not None and not options.store:
            location = parent.location
        else:
            location = choose_location(options.store, self.store_from)
        check_store(location)  # its errors are raised before anything runs
        plan = self.plan()
        warnings = self._warn(plan)
        run_id = new_id()
        with contextlib.ExitStack() as claimed:
            # Before the run is created: one that is rejected has not begun, and has not failed.
            claimed.enter_context(claim(_claims(location), plan.writes(), run_id))
            run = self._open(location, options, parent, run_id)
            recorder = Recorder(run)
            hooks = create_hooks(
                [*(plugin for _, plugin in self.hooks.list_name_plugin()), recorder]
            )
            with run, RunLogs(run), claimed.pop_all(), observing(self.folder):
                self._record(run, plan.parameters, options)
                if started is not None:
                    started(run, plan)
                with self._remembering(run, plan, options) as incremental:
                    for module, readings in (
                        incremental.readings_of_imports().items() if incremental else ()
                    ):
                        recorder.record_readings(module, describe_readings(readings))
                    seed = options.seed
                    asked = self._run_params(options)
                    outputs = execute(
                        plan, hooks, run.id, executor, incremental, seed=seed, run_params=asked
                    )
                    if self.unchanged is not None and incremental and not options.fresh:
                        self.unchanged.keep(incremental, seed, warnings)
                    return RunResult(run.id, outputs)

    def repeat(self, options: RunOptions) -> tuple[str, Footprint] | None:
        """Record a run in which every node is reused, if that is so, without loading the pipeline.

        Returns:
            The run, and the reused nodes; None if something has changed, or that is unknown.
        """
        if self.unchanged is None or options.fresh or active_run() is not None:
            return None
        location = choose_location(options.store, self.store_from)
        check_store(location)
        cache = self._cache(location)
        asked = KeptLogs(NodeLogs(location), cache)
        footprint = self.unchanged.find(_ledger_of(location), options.seed, asked, cache)
        if footprint is None:
            return None
        for warning in footprint.warnings:
            _log.warning(warning)
        run = self._open(location, options, None)
        with run, RunLogs(run):
            self._record(run, footprint.params, options)
            run.log_entry(SnapshotTaken(run.id, "graph", footprint.graph))
            recorder = Recorder(run)
            logs = KeptLogs(NodeLogs(location, run), cache)
            for node in footprint.nodes:
                logs.repeat(node.name, node.logged, node.origin)
                recorder.record_reuse(node.name, node.reason, node.key)
            for one in footprint.datasets:
                recorder.record_use(one.name, one.description, one.node, one.role)
        return run.id, footprint

    def _warn(self, plan: Plan) -> list[str]:
        """Log the warnings about a plan, and return them."""
        warnings = [*self.warnings, *self._unread_parameters(), *plan.warnings]
        for warning in warnings:
            _log.warning(warning)
        return warnings

    def _unread_parameters(self) -> list[str]:
        """Return warnings about parameters that were set but no node reads, selected or not."""
        names = (self.whole or self.pipeline).inputs()
        read = {parameter_path(name) for name in names if is_parameter(name)}
        return self.parameters.chosen.find_unread(read, self.parameters.paths())

    def _open(
        self,
        location: StoreLocation,
        options: RunOptions,
        parent: Run | None,
        run_id: str = "",
    ) -> Run:
        run = create_run(
            location,
            name=options.name or self.name,
            experiment=options.experiment
            or (parent.experiment if parent else "")
            or self.experiment,
            kind="pipeline",
            command=options.command,
            parent=parent.id if parent else "",
            run_id=run_id,
        )
        watch_signals()
        return run

    def preview(self, options: RunOptions) -> tuple[Plan, list[Decision], Incremental]:
        """Determine what a run would do, without running it."""
        location = choose_location(options.store, self.store_from)
        plan = self.plan()
        self._warn(plan)
        ledger = Ledger(_ledger_of(location))
        try:
            incremental = self._incremental(location, plan, ledger, options)
            with observing(self.folder), plan.catalog.contents.remembering(ledger):
                return plan, incremental.preview(), incremental
        finally:
            ledger.close()

    @contextlib.contextmanager
    def _remembering(
        self,
        run: Run,
        plan: Plan,
        options: RunOptions,
    ) -> Iterator[Incremental | None]:
        """Open the ledger for a run, unless nothing is saved and a program gets the results."""
        made = [name for step in plan.steps for name in step.node.outputs]
        if not self.keeps_results and not any(
            plan.bound[name] is not None or name in plan.cached for name in made
        ):
            yield None
            return
        ledger = Ledger(_ledger_of(run.location))
        try:
            incremental = self._incremental(run.location, plan, ledger, options, run)
            with plan.catalog.contents.remembering(ledger):
                incremental.preview()
                yield incremental
        finally:
            ledger.close()

    def _incremental(
        self,
        location: StoreLocation,
        plan: Plan,
        ledger: Ledger,
        options: RunOptions,
        run: Run | None = None,
    ) -> Incremental:
        return Incremental(
            plan,
            ledger,
            fresh=options.fresh,
            seed=options.seed,
            again=options.again,
            cache=self._cache(location),
            replacing=find_replacing_plugin(self.hooks),
            folder=self.folder,
            hooks=data_hooks(self.hooks),
            logs=NodeLogs(location, run),
            result_limit=self.result_limit,
        )

    def _cache(self, location: StoreLocation) -> ContentCache:
        return ContentCache(location.folder / "contents", self.cache_limit)

    def _run_params(self, options: RunOptions) -> dict[str, Any]:
        """Return the request, for plugins."""
        return {
            **(self.configuration.get("request") or {}),
            "environment": self.configuration.get("environment", ""),
            "seed": options.seed,
            "fresh": options.fresh,
        }

    def _record(self, run: Run, params: Mapping[str, Any], options: RunOptions) -> None:
        if params:
            run.log_params(params)
        if options.tags:
            run.set_tags(options.tags)
        record_surroundings(run, self.folder, self.code)
        configuration = {
            "parameters": mask_tree(self.parameters.tree),
            "seed": options.seed,
            **self.configuration,
        }
        run.log_entry(SnapshotTaken(run.id, "config", encode_json(configuration)))


def _ledger_of(location: StoreLocation) -> Path:
    return ledger_path(location.folder)


def _claims(location: StoreLocation) -> Path:
    return location.folder / "writing"


def prepare(
    project: Project,
    pipeline: Pipeline,
    *,
    name: str,
    request: Mapping[str, Any] | None = None,
    conf: Path | None = None,
    environment: str = "",
    overrides: Iterable[str] = (),
    load_versions: Mapping[str, str] | None = None,
    plugins: Iterable[object] = (),
) -> Session:
    """Load a project's configuration, catalog and plugins for a pipeline.

    Args:
        project: The project.
        pipeline: What to run; may be empty, and be set later.
        name: The name of its runs.
        request: The request, as on a command line; with it, a run with nothing to do is detected in
            advance, and one that fails can be resumed.
        conf: The folder of the configuration, if not the project's.
        environment: The configuration that overlays ``base``.
        overrides: Parameters, as ``a.b=1``.
        load_versions: Name to the version that is loaded instead of the latest.
        plugins: Plugins besides the project's own and the installed ones.

    Raises:
        ConfigError: The configuration is invalid.
        CatalogError: The catalog is invalid.
    """
    hooks = project_hooks(project, plugins)
    config = load_config(
        conf or project.conf,
        environment=environment,
        overrides=overrides,
        resolvers=offered_resolvers(hooks, project),
    )
    catalog = create_catalog(project, config, hooks, load_versions)
    config.parameters.warns = project.settings.parameter_types == "warn"
    unchanged = None
    asked_for = repr(sorted((request or {}).items()))
    if request is not None and has_only_own_plugins(hooks):
        asked = {
            "request": asked_for,
            "environment": config.environment,
            "versions": dict(load_versions or {}),
        }
        surroundings = describe_surroundings(
            config.parameters, config.catalog, config.credentials, asked
        )
        unchanged = Unchanged(asked_for, surroundings, project.source, project.folder)
    return Session(
        unchanged=unchanged,
        pipeline=pipeline,
        catalog=catalog,
        parameters=config.parameters,
        hooks=hooks,
        folder=project.folder,
        code=project.code,
        cache_limit=project.cache_limit,
        result_limit=project.result_limit,
        store_from=project.folder,
        name=name,
        experiment=project.experiment,
        configuration={
            "request": mask_tree(dict(request)) if request is not None else None,
            "environment": config.environment,
            "catalog": describe_catalog(config.catalog),
            "sources": {
                ".".join(key): str(origin)
                for key, origin in config.catalog_origins.items()
                if len(key) == 1
            },
        },
    )


def run(
    pipeline: Pipeline,
    *,
    inputs: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    catalog: DataCatalog | Mapping[str, Any] | None = None,
    name: str = "",
    experiment: str = "",
    tags: Mapping[str, str] | None = None,
    hooks: Iterable[object] = (),
    store: str | os.PathLike[str] = "",
    fresh: bool = False,
    seed: int = 0,
) -> RunResult:
    """Run a pipeline from Python, recorded like any run.

    Safe to call from several threads, and from inside a run: that creates a child run.

    Args:
        pipeline: What to run; nodes and plain functions are converted to a pipeline.
        inputs: Values of free inputs, by name. They are not changed.
        params: Parameters, as a tree: ``{"model": {"lr": 0.1}}``.
        catalog: Datasets, as a `DataCatalog` or as a dict of its entries.
        name: The name of the run.
        experiment: The experiment of the run.
        tags: Tags of the run.
        hooks: Plugins for this run.
        store: The location of the run; by default, that of `treadle.start_run`.
        fresh: Run every node. Otherwise a node is reused if its code, inputs and parameters are
            unchanged, and its saved outputs still exist.
        seed: The seed of random numbers; ``random``, numpy and torch are seeded for each node.

    Returns:
        The run's ``id`` and ``outputs``.

    Raises:
        TreadleError: The error that ended it; an error of a node is chained as its cause.

    Examples:
        >>> import treadle
        >>> from treadle import node, param, pipeline
        >>> def double(numbers, times: int = param("times")):
        ...     return [number * times for number in numbers]
        >>> doubled = pipeline([node(double, "numbers", "doubled")])
        >>> result = treadle.run(doubled, inputs={"numbers": [1, 2]}, params={"times": 2})
        >>> result.outputs["doubled"]
        [2, 4]
    """
    from treadle.pipelines import pipeline as compose

    whole = compose(pipeline)
    plugins = create_hooks([BuiltInFormats(), *hooks], installed=True)
    entries = (
        catalog
        if isinstance(catalog, DataCatalog)
        else DataCatalog(catalog, formats=offered_formats(plugins))
    )
    _check_names(whole, inputs or {}, params or {})
    folder, code = find_code()
    session = Session(
        pipeline=whole,
        catalog=entries.with_memory(inputs or {}),
        parameters=Parameters(params or {}),
        hooks=plugins,
        folder=folder,
        code=tuple(code),
        store_from=Path.cwd(),
        keeps_results=False,
        name=name or (whole.nodes[0].name if len(whole) == 1 else "pipeline"),
        experiment=choose_experiment(),
    )
    options = RunOptions(
        name=name,
        experiment=experiment,
        tags=tags or {},
        store=os.fspath(store),
        fresh=fresh,
        seed=seed,
    )
    return session.run(options)


def _check_names(pipeline: Pipeline, inputs: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    free = pipeline.inputs()
    for name in inputs:
        if is_parameter(name) or name not in free:
            wanted = sorted(one for one in free if not is_parameter(one))
            raise PipelineError(
                f'The pipeline has no free input "{name}".', hint=nearest(name, wanted)
            )
    for path in params:
        if not isinstance(path, str):
            raise ConfigError(f"The name of a parameter is a string, not {path!r}.")
