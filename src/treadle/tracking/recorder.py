"""Records a run from the engine's hooks."""

import time
from collections.abc import Mapping
from typing import Any

from treadle.catalog import DatasetDescription
from treadle.errors import DataError, StoreError
from treadle.hooks import hook
from treadle.records import DatasetUsed, NodeEnded, NodeStarted, SnapshotTaken
from treadle.records.texts import encode_json
from treadle.tracking.run import Run, describe_error, status_of
from treadle.tracking.values import check_point, flatten


class Recorder:
    """A plugin of the engine that records one run.

    Args:
        run: The run to log to.
        keep: Types of datasets whose files are also logged as artifacts.
    """

    def __init__(
        self, run: Run, keep: frozenset[str] = frozenset({"matplotlib", "plotly"})
    ) -> None:
        self._run = run
        self._plan: Any = None
        self._keep = keep
        self._log = run.log_entry
        self._id = run.id

    @hook
    def before_pipeline_run(self, plan: Any) -> None:
        """Record the graph, so that a web page can draw it without the code."""
        self._plan = plan
        self._log(SnapshotTaken(self._id, "graph", encode_json(plan.graph())))

    @hook
    def on_node_start(self, node: Any, started: float) -> None:
        """Record the start, so that a crash can be located."""
        # Only now: a progress bar has replaced the streams already, and draws around these.
        self._run.capture_output(logs=False)
        self._log(NodeStarted(self._id, node.name, started))

    @hook
    def after_node_run(self, node: Any, timing: Any) -> None:
        """Record the end."""
        self._log(
            NodeEnded(
                self._id,
                node.name,
                "finished",
                timing.started,
                timing.ended,
                timing.cpu,
                timing.peak,
                timing.reason,
                None,
                timing.key,
            )
        )
        self.record_readings(node.name, timing.readings)

    @hook
    def after_node_reused(
        self, node: Any, reason: str, key: str, readings: Mapping[str, DatasetDescription]
    ) -> None:
        """Record that a node was reused, and why, with its outputs, to make runs comparable."""
        self.record_reuse(node.name, reason, key)
        self.record_readings(node.name, readings)
        for name in node.inputs:
            dataset = self._plan.bound.get(name)
            if dataset is not None:
                self.record_use(name, dataset.describe(content=True), node.name, "read")
        for name in node.outputs:
            dataset = self._plan.bound[name]
            if dataset is not None:
                self.record_use(name, dataset.describe(content=True), node.name, "reused")

    def record_readings(self, by: str, readings: Mapping[str, DatasetDescription]) -> None:
        """Record what a node, or a module during import, read by path and from the environment."""
        for name, description in readings.items():
            self.record_use(name, description, by, "read")

    def record_reuse(self, name: str, reason: str, key: str) -> None:
        """Record that the node of this name was reused, and why."""
        now = time.time()
        self._log(NodeEnded(self._id, name, "reused", now, now, 0.0, 0, reason, None, key))

    @hook
    def on_node_error(self, node: Any, timing: Any, error: BaseException) -> None:
        """Record the end, and the error."""
        status = status_of(error)
        self._log(
            NodeEnded(
                self._id,
                node.name,
                "failed" if status == "finished" else status,
                timing.started,
                timing.ended,
                timing.cpu,
                timing.peak,
                timing.reason,
                describe_error(error.__cause__ or error),
            )
        )

    @hook
    def after_dataset_loaded(self, name: str, dataset: Any, node: Any) -> None:
        """Record which version was read."""
        self.record_use(name, dataset.describe(content=True), node.name, "read")

    @hook
    def before_dataset_saved(self, name: str, dataset: Any, node: Any, data: Any) -> None:
        """Check that metrics are numbers, before the file is written."""
        if dataset.describe().type == "metrics":
            _check_metrics(data, f'Node "{node.name}" cannot save the metrics dataset "{name}"')

    @hook
    def after_dataset_saved(self, name: str, dataset: Any, node: Any, data: Any) -> None:
        """Record which version was written; log metrics and figures."""
        self.record_use(name, dataset.describe(content=True), node.name, "written", data)

    def record_use(
        self, name: str, description: DatasetDescription, node: str, role: Any, data: Any = None
    ) -> None:
        """Record what a node read, or made in this run or an earlier one.

        For outputs made now, metrics are logged and figures stored; those made earlier are repeated
        with the rest of the node's log.
        """
        if not description.location:
            return
        self._log(
            DatasetUsed(
                self._id,
                node,
                name,
                role,
                description.type,
                description.location,
                description.version,
                description.digest,
                description.size,
                time.time(),
            )
        )
        if role != "written":
            return
        if description.type == "metrics" and isinstance(data, Mapping):
            self._run.log_metrics(data)
        elif description.type in self._keep and description.is_local:
            self._run.log_artifact(description.location, "figures")


def _check_metrics(data: Any, what: str) -> None:
    """Check values to be logged as metrics.

    Raises:
        DataError: They are not names and numbers.
    """
    if not isinstance(data, Mapping):
        raise DataError(f"{what}: it is a {type(data).__name__}, not a dict of names and numbers.")
    for key, value in flatten(data, "/"):
        try:
            check_point(key, 0, value)
        except (StoreError, ValueError) as error:
            raise DataError(
                f"{what}: {error}",
                hint="Save texts and lists as type json; treadle.log_series logs many numbers.",
            ) from error
