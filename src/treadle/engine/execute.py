"""Runs a plan: one scheduling loop over an executor."""

import heapq
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from treadle.catalog import DatasetDescription, hold_versions
from treadle.engine.confirm import Confirmations
from treadle.engine.decisions import Decision
from treadle.engine.dependencies import node_seed
from treadle.engine.events import Events
from treadle.engine.executors import Executor, InlineExecutor
from treadle.engine.incremental import Incremental
from treadle.engine.memory_values import ValuesInMemory
from treadle.engine.observed import Watch, describe_readings, observe_node
from treadle.engine.plan import Plan, Step
from treadle.engine.schedule import Schedule
from treadle.engine.seeding import Generators, restored_generators
from treadle.engine.step_data import StepData
from treadle.errors import DataNotFoundError, NodeError, TreadleError
from treadle.frames import describe_frames
from treadle.hooks import Hooks
from treadle.pipelines import Node, base_name

_PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024
_END: Final = object()


class Timing(msgspec.Struct, frozen=True):
    """The time and memory of a node run."""

    started: float
    """Seconds since the epoch."""
    ended: float
    cpu: float
    """Seconds of CPU time of the node's thread."""
    peak: int
    """Peak memory of the process so far, in bytes."""
    reason: str = ""
    """Why it ran."""
    key: str = ""
    """Digest of all that it depended on; empty if unknown."""
    readings: Mapping[str, DatasetDescription] = {}
    """What it read by path and from the environment, by name."""


class Outputs(Mapping[str, Any]):
    """The outputs that nothing consumed; saved ones are loaded on access."""

    def __init__(
        self,
        plan: Plan,
        values: dict[str, Any],
        kept: Mapping[str, Callable[[], Any]],
    ) -> None:
        self._plan = plan
        self._values = values
        self._kept = kept

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name not in self._plan.results:
            raise KeyError(name)
        if name in self._kept:
            try:
                self._values[name] = self._kept[name]()
            except LookupError as error:
                raise DataNotFoundError(
                    f'The result "{name}" was reused, and is not in the cache any more.',
                    hint="Run it again.",
                ) from error
            return self._values[name]
        return self._plan.catalog.load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._plan.results)

    def __len__(self) -> int:
        return len(self._plan.results)

    def __repr__(self) -> str:
        return f"Outputs({list(self)})"


def execute(
    plan: Plan,
    hooks: Hooks,
    run_id: str,
    executor: Executor | None = None,
    incremental: Incremental | None = None,
    *,
    seed: int = 0,
    run_params: Mapping[str, Any] | None = None,
) -> Outputs:
    """Run the steps of a plan, except those whose results are reused.

    Args:
        plan: The plan.
        hooks: The plugins to notify.
        run_id: The id of the run.
        executor: Runs the steps; by default, in this thread.
        incremental: Knows earlier runs; without it, everything runs.
        seed: The run's random seed; each node's own seed is derived from it.
        run_params: The parameters of the request, for plugins.

    Returns:
        The outputs that nothing consumed.

    Raises:
        NodeError: A node's function raised; the outputs of earlier nodes stay saved.
        TreadleError: A dataset cannot be loaded or saved.
    """
    events = Events(hooks, plan, run_id, run_params or {})
    execution = _Execution(plan, events, run_id, incremental, seed)
    events.pipeline("before_pipeline_run")
    try:
        with restored_generators() as generators, hold_versions():
            execution.run(executor or InlineExecutor(), generators)
    except BaseException as error:
        events.pipeline("on_pipeline_error", error=error)
        if isinstance(error, TreadleError) and len(plan.steps) > 1:
            error.hint = "\n".join(filter(None, (error.hint, execution.advice())))
        raise
    kept = incremental.results.loaders() if incremental is not None else {}
    outputs = Outputs(plan, execution.values.now, kept)
    events.pipeline("after_pipeline_run", outputs=outputs)
    return outputs


class _Execution:
    """The state of one execution: which steps have run, and the values still needed."""

    def __init__(
        self, plan: Plan, events: Events, run_id: str, incremental: Incremental | None, seed: int
    ) -> None:
        self._plan = plan
        self._events = events
        self._run_id = run_id
        self._incremental = incremental
        self._seed = seed
        self._generators = Generators()
        self._schedule = Schedule(plan)
        self._confirmations = Confirmations(plan)
        self._decisions: dict[int, Decision] = {}
        self.values = ValuesInMemory(plan)
        self._data = StepData(plan, events, run_id, self.values)

    def run(self, executor: Executor, generators: Generators) -> None:
        """Submit the steps that are ready and have to run, until none is left or one fails."""
        self._generators = generators
        try:
            self._advance(executor, self._schedule.begin())
            while self._schedule.is_running:
                for completed in executor.wait():
                    if completed.error is not None:
                        raise completed.error
                    ready = self._schedule.finish(completed.position)
                    self._confirmations.settle([completed.position])
                    self._advance(executor, ready)
            self._report_spared()
            self._confirmations.settle(range(len(self._plan.steps)))
        finally:
            executor.close()
            if self._incremental is not None:
                self._incremental.flush()
                self._incremental.logs.repeat()

    def _advance(self, executor: Executor, ready: list[int]) -> None:
        """Decide for steps whose parents are settled, and submit those that have to run."""
        heapq.heapify(ready)
        while ready:
            position = heapq.heappop(ready)
            if self._schedule.is_blocked_no_more(position):
                self._submit(executor, position)
                continue
            decision = self._decide(position)
            if decision is not None and decision.action == "reuse":
                for one in self._reuse(position, decision):
                    heapq.heappush(ready, one)
                continue
            for one in self._schedule.demand(position, self._can_restore):
                self._submit(executor, one)

    def _report_spared(self) -> None:
        """Report the steps whose values nothing needed."""
        for position, decision in self._decisions.items():
            if decision.is_lazy and position not in self._schedule.demanded:
                self._report_reuse(self._plan.steps[position], decision)

    def _report_reuse(self, step: Step, decision: Decision) -> None:
        readings = self._incremental.readings(step) if self._incremental is not None else ()
        self._events.reused(
            step.node, decision.reason, decision.key, decision.since, describe_readings(readings)
        )

    def _submit(self, executor: Executor, position: int) -> None:
        executor.submit(position, partial(self._run_step, position))

    def _decide(self, position: int) -> Decision | None:
        if self._incremental is None:
            return None
        decision = self._decisions[position] = self._incremental.settle(position)
        return decision

    def _reuse(self, position: int, decision: Decision) -> list[int]:
        step = self._plan.steps[position]
        if self._incremental is not None:
            if decision.has_log:
                self._incremental.logs.add(position, step.node.name, decision.key)
            self._incremental.results.note(step, decision.key)
        if not decision.is_lazy:
            self._report_reuse(step, decision)
            if all(self._plan.bound[name] is not None for name in step.node.outputs):
                for name in step.reads:
                    self.values.release(base_name(name))
                self._confirmations.settle([position])
        return self._schedule.reuse(position)

    def advice(self) -> str:
        """Describe what was saved, and how to resume."""
        done = self._schedule.done
        if not done:
            return ""
        return (
            f"{len(done)} of {len(self._plan.steps)} nodes had run, and what they saved is kept. "
            "To go on from there, run it again, or: treadle resume"
        )

    def _can_restore(self, position: int) -> bool:
        return self._incremental is not None and self._incremental.take_from_cache(position)

    def _restore(self, position: int, decision: Decision) -> bool:
        """Restore the values of a reused step from the cache, if they are there."""
        values = self._incremental.restored(position) if self._incremental is not None else None
        if values is None:
            return False
        step = self._plan.steps[position]
        self.values.restore(values)
        if decision.is_lazy:
            for name in step.reads:
                self.values.release(base_name(name))
            self._report_reuse(step, decision)
        return True

    def _run_step(self, position: int) -> None:
        step = self._plan.steps[position]
        node = step.node
        decision = self._decisions.get(position)
        reason = decision.reason if decision is not None else step.reason
        if decision is not None and decision.action == "reuse":
            if self._restore(position, decision):
                return
            needs = self._plan.steps[self._schedule.demanded[position]].node.name
            reason = f'"{needs}" runs and needs what it makes'
        started = time.time()
        cpu = time.thread_time()
        inputs: dict[str, Any] = {}
        outputs: dict[str, Any] = {}
        watch = Watch() if self._incremental is not None else None  # else its reads are not needed
        if self._incremental is not None:
            self._incremental.logs.begin(node.name, position)
        call = partial(self._call, node, watch)
        self._events.start(node, started)
        try:
            inputs = self._events.prepare(node, started, self._data.load(step, watch))
            self._generators.seed(node_seed(self._seed, node.name))
            result = call(node.call, inputs)
            if node.is_streaming:
                self._data.stream(node, result, call)
            else:
                outputs = self._data.save(node, result)
        except BaseException as error:
            timing = _timing(started, cpu, reason)
            if self._incremental is not None:
                self._incremental.logs.end(node.name)
            self._events.node("on_node_error", node, timing=timing, error=error, inputs=inputs)
            raise
        timing = self._note_run(position, _timing(started, cpu, reason), watch, outputs)
        self._events.node("after_node_run", node, timing=timing, inputs=inputs, outputs=outputs)

    def _call(
        self, node: Node, watch: Watch | None, func: Callable[..., Any], *arguments: Any
    ) -> Any:
        """Call code of a node: its reads are recorded, and an error names the node."""
        try:
            return func(*arguments) if watch is None else observe_node(watch, func, *arguments)
        except BaseException as error:
            _raise_node_error(node, error, self._run_id)
            raise

    def _note_run(
        self, position: int, timing: Timing, watch: Watch | None, outputs: Mapping[str, Any]
    ) -> Timing:
        """Record what a step made, and free unneeded values; return the timing with its key."""
        if self._incremental is None or watch is None:
            return timing
        step = self._plan.steps[position]
        made = {base_name(name): value for name, value in outputs.items()}
        bases = map(base_name, step.node.outputs)
        made |= {base: self.values.now[base] for base in bases if base in self.values.now}
        key = self._incremental.note_run(position, self._run_id, made, watch)
        for name in filter(self.values.is_spare, step.node.outputs):
            self.values.now.pop(base_name(name), None)
        readings = describe_readings(self._incremental.readings(step))
        return msgspec.structs.replace(timing, key=key, readings=readings)


def _timing(started: float, cpu: float, reason: str) -> Timing:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT
    return Timing(started, time.time(), time.thread_time() - cpu, peak, reason)


def _raise_node_error(node: Node, error: BaseException, run_id: str) -> None:
    """Raise an error that names the node whose code raised, with its lines of the user's code.

    Nothing is raised for Treadle's own errors, and for what ends the whole run.
    """
    if type(error) is SystemExit:  # a subclass is of a signal, which ends the run
        raise NodeError(f'Node "{node.name}" left with sys.exit({error.code!r}).') from error
    if isinstance(error, Exception) and not isinstance(error, TreadleError):
        raise NodeError(
            f'Node "{node.name}" failed: {type(error).__name__}: {error}{describe_frames(error)}',
            hint=f"The whole traceback: treadle runs show {run_id[-8:]}" if run_id else "",
        ) from error
