"""Runs of pipelines, from a plan to a record."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.catalog import BuiltInFormats, DataCatalog
from treadle.config import Parameters
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
from treadle.engine.observed import describe_readings, observing
from treadle.errors import ConfigError, PipelineError, nearest
from treadle.hooks import create_hooks, find_replacing_plugin
from treadle.pipelines import Pipeline, is_parameter, parameter_path
from treadle.project.catalogs import offered_formats
from treadle.project.run_options import RunOptions
from treadle.project.workspace import Workspace
from treadle.provenance.running_code import find_code
from treadle.store import StoreLocation, new_id
from treadle.tracking import Run, choose_experiment, choose_location
from treadle.tracking.active import active_run
from treadle.tracking.node_logs import NodeLogs
from treadle.tracking.recorded_run import RecordedRun
from treadle.tracking.recorder import Recorder

if TYPE_CHECKING:
    from treadle.project.footprint import Unchanged

_log = logging.getLogger(__name__)


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

    workspace: Workspace
    pipeline: Pipeline
    whole: Pipeline | None = None
    """The pipeline before nodes were selected."""
    warnings: tuple[str, ...] = ()
    """Warnings from loading the pipeline."""
    unchanged: "Unchanged | None" = None
    """What the next run compares to detect that nothing has changed, if that is possible."""

    def select(self, conditions: Mapping[str, Sequence[str]]) -> "Session":
        """Return a session with the nodes that meet every condition; see `Pipeline.filter`.

        Raises:
            PipelineError: A name is unknown, or no nodes remain.
        """
        chosen = self.pipeline.filter(**conditions)
        return msgspec.structs.replace(self, pipeline=chosen, whole=self.whole or self.pipeline)

    def plan(self) -> Plan:
        """Create the plan of what will run, and find what would stop it."""
        workspace = self.workspace
        return create_plan(self.pipeline, workspace.catalog, workspace.parameters, whole=self.whole)

    def preview(self, options: RunOptions) -> tuple[Plan, list[Decision], Incremental]:
        """Determine what a run would do, without running it."""
        location = choose_location(options.store, self.workspace.store_from)
        plan = self.plan()
        self._warn(plan)
        ledger = Ledger(ledger_path(location.folder))
        try:
            incremental = self._incremental(location, plan, ledger, options)
            with observing(self.workspace.folder), plan.catalog.contents.remembering(ledger):
                return plan, incremental.preview(), incremental
        finally:
            ledger.close()

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
        location = self.workspace.locate(options, parent)  # its errors come before anything runs
        plan = self.plan()
        warnings = self._warn(plan)
        recording = self.workspace.recording(options, plan.parameters, parent)
        run_id = new_id()
        with contextlib.ExitStack() as claimed:
            # Before the run is created: one that is rejected has not begun, and has not failed.
            claimed.enter_context(claim(location.folder / "writing", plan.writes(), run_id))
            with (
                RecordedRun(location, recording, parent=parent, run_id=run_id) as run,
                claimed.pop_all(),
                observing(self.workspace.folder),
            ):
                if started is not None:
                    started(run, plan)
                with self._remembering(run, plan, options) as incremental:
                    outputs = self._execute(run, plan, options, executor, incremental)
                    if self.unchanged is not None and incremental and not options.fresh:
                        self.unchanged.keep(incremental, options.seed, warnings)
                    return RunResult(run.id, outputs)

    def _execute(
        self,
        run: Run,
        plan: Plan,
        options: RunOptions,
        executor: Executor | None,
        incremental: Incremental | None,
    ) -> Outputs:
        recorder = Recorder(run)
        plugins = (plugin for _, plugin in self.workspace.hooks.list_name_plugin())
        hooks = create_hooks([*plugins, recorder])
        if incremental is not None:
            for module, readings in incremental.readings_of_imports().items():
                recorder.record_readings(module, describe_readings(readings))
        return execute(
            plan,
            hooks,
            run.id,
            executor,
            incremental,
            seed=options.seed,
            run_params=self.workspace.run_params(options),
        )

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
        parameters = self.workspace.parameters
        return parameters.chosen.find_unread(read, parameters.paths())

    @contextlib.contextmanager
    def _remembering(
        self,
        run: Run,
        plan: Plan,
        options: RunOptions,
    ) -> Iterator[Incremental | None]:
        """Open the ledger for a run, unless nothing is saved and a program gets the results."""
        made = [name for step in plan.steps for name in step.node.outputs]
        if not self.workspace.keeps_results and not any(
            plan.bound[name] is not None or name in plan.cached for name in made
        ):
            yield None
            return
        ledger = Ledger(ledger_path(run.location.folder))
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
        workspace = self.workspace
        return Incremental(
            plan,
            ledger,
            fresh=options.fresh,
            seed=options.seed,
            again=options.again,
            cache=workspace.cache(location),
            replacing=find_replacing_plugin(workspace.hooks),
            folder=workspace.folder,
            hooks=data_hooks(workspace.hooks),
            logs=NodeLogs(location, run),
            result_limit=workspace.result_limit,
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
    workspace = _direct_workspace(whole, catalog, inputs or {}, params or {}, hooks)
    options = RunOptions(
        name=name,
        experiment=experiment,
        tags=tags or {},
        store=os.fspath(store),
        fresh=fresh,
        seed=seed,
    )
    return Session(workspace=workspace, pipeline=whole).run(options)


def _direct_workspace(
    pipeline: Pipeline,
    catalog: DataCatalog | Mapping[str, Any] | None,
    inputs: Mapping[str, Any],
    params: Mapping[str, Any],
    hooks: Iterable[object],
) -> Workspace:
    """Return the workspace of a run that a program starts with its own data and parameters."""
    plugins = create_hooks([BuiltInFormats(), *hooks], installed=True)
    if not isinstance(catalog, DataCatalog):
        catalog = DataCatalog(catalog, formats=offered_formats(plugins))
    _check_names(pipeline, inputs, params)
    folder, code = find_code()
    return Workspace(
        catalog=catalog.with_memory(inputs),
        parameters=Parameters(params),
        hooks=plugins,
        folder=folder,
        code=tuple(code),
        store_from=Path.cwd(),
        keeps_results=False,
        name=pipeline.nodes[0].name if len(pipeline) == 1 else "pipeline",
        experiment=choose_experiment(),
    )


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
