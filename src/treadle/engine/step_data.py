"""Loads the inputs of nodes, and saves their outputs."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from treadle.catalog import Dataset, MemoryDataset, StreamingDataset, protect
from treadle.engine.events import Events
from treadle.engine.memory_values import ValuesInMemory
from treadle.engine.observed import Watch
from treadle.engine.plan import Plan, Step
from treadle.errors import DataError, NodeError, PipelineError
from treadle.pipelines import Node, base_name

_END: Final = object()


class StepData:
    """Moves data between the nodes of one run, the catalog and memory.

    Args:
        plan: The plan that runs.
        events: Reports what is loaded and saved.
        run_id: The run.
        values: The values in memory.
    """

    def __init__(self, plan: Plan, events: Events, run_id: str, values: ValuesInMemory) -> None:
        self._plan = plan
        self._events = events
        self._run_id = run_id
        self._values = values

    def load(self, step: Step, watch: Watch | None) -> dict[str, Any]:
        """Load the inputs of a step; note code that arrives with them."""
        inputs = dict(step.constants)
        for name in step.reads:
            dataset = self._plan.bound[name]
            if dataset is None:
                inputs[name] = self._values.take(base_name(name))
                continue
            self._events.call("before_dataset_loaded", name=name, dataset=dataset, node=step.node)
            data = self._plan.catalog.load(name)
            if watch is not None and getattr(dataset, "runs_code", False):
                data = watch.note_arrival(data)
            self._events.call(
                "after_dataset_loaded",
                name=name,
                dataset=dataset,
                node=step.node,
                data=data,
                run_id=self._run_id,
            )
            inputs[name] = data
        return inputs

    def save(self, node: Node, result: Any) -> dict[str, Any]:
        """Save what a node returned, all outputs or none; return them by name.

        Raises:
            NodeError: The node did not return its outputs.
        """
        outputs = _unpack(node, result)
        seen: set[int] = set()
        kept: dict[str, Any] = {}
        for name, data in outputs.items():
            dataset = self._plan.bound[name]
            if dataset is None and self._values.is_spare(name) and name not in self._plan.kept:
                continue  # of a node that runs again for another output
            if dataset is None:
                # One object under two names: changing one must not change the other.
                self._values.now[base_name(name)] = protect(data) if id(data) in seen else data
                seen.add(id(data))
                continue
            self._events.call(
                "before_dataset_saved", name=name, dataset=dataset, node=node, data=data
            )
            kept[name] = data
        if kept:
            with self._plan.catalog.saving(kept):
                pass
        for name, data in kept.items():
            self._report_save(node, name, data)
        return outputs

    def stream(self, node: Node, chunks: Iterator[Any], pull: Callable[..., Any]) -> None:
        """Append each chunk that a generator yields to the outputs, and commit them at its end.

        Args:
            node: The node.
            chunks: The generator.
            pull: Calls ``next`` with its arguments, as the node's own code.
        """
        targets = {
            name: self._plan.bound[name]
            if self._plan.bound[name] is not None
            else MemoryDataset(copy_mode="assign")
            for name in node.outputs
        }
        with contextlib.ExitStack() as stack:
            appends = {
                name: stack.enter_context(_opened(name, dataset))
                for name, dataset in targets.items()
            }
            while (chunk := pull(next, chunks, _END)) is not _END:
                for name, part in _unpack(node, chunk).items():
                    appends[name](part)
        for name, dataset in targets.items():
            if self._plan.bound[name] is None:
                self._values.now[base_name(name)] = dataset.load()  # type: ignore[union-attr]
            else:
                self._report_save(node, name, None)

    def _report_save(self, node: Node, name: str, data: Any) -> None:
        self._events.call(
            "after_dataset_saved",
            name=name,
            dataset=self._plan.bound[name],
            node=node,
            data=data,
            run_id=self._run_id,
        )


def _opened(name: str, dataset: Dataset | None) -> Any:
    if not isinstance(dataset, StreamingDataset):
        kind = type(dataset).__name__
        raise DataError(
            f'Dataset "{name}" ({kind}) cannot be written in chunks.',
            hint="Return one value instead of yielding several.",
        )
    return dataset.stream()


def _unpack(node: Node, result: Any) -> dict[str, Any]:
    try:
        return node.unpack(result)
    except PipelineError as error:
        raise NodeError(error.message, hint=error.hint) from error
