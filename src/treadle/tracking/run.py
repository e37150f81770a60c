"""A run's handle: all logging methods, and the end."""

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from contextvars import Token
from functools import partial
from typing import TYPE_CHECKING

from treadle.masking import mask
from treadle.records import (
    Entry,
    ErrorRecord,
    ParamsLogged,
    RunEnded,
    RunResumed,
    RunStarted,
    Status,
    TagsSet,
)
from treadle.store import StoreLocation
from treadle.tracking import active
from treadle.tracking.logged import Logged, repeated_entries
from treadle.tracking.node_log import NodeLog, current_log
from treadle.tracking.params import RunParams, check_params
from treadle.tracking.rebase import rebase
from treadle.tracking.resume import Known
from treadle.tracking.series_log import SeriesLog
from treadle.tracking.values import check_experiment, check_key

if TYPE_CHECKING:
    from treadle.tracking.output import OutputCapture
    from treadle.tracking.system import SystemSampler


_log = logging.getLogger(__name__)


class Run(SeriesLog):
    """One recorded execution; created by `treadle.start_run`.

    A context manager: leaving the block ends the run, as failed after an exception. The logging
    methods return as soon as the system has the record, and never raise because of the store.

    Attributes:
        id: 32 hex digits, sorted by time.
        name: The display name.
        experiment: The experiment that it belongs to.
    """

    def __init__(
        self,
        run_id: str,
        location: StoreLocation,
        *,
        begin: RunStarted | RunResumed | None = None,
        known: Known | None = None,
        node_log: NodeLog | None = None,
    ) -> None:
        known = known or Known(run_id)
        super().__init__(run_id, location, known.steps)
        self.node_log = node_log
        self.name = known.name
        self.experiment = known.experiment
        self.has_ended = False
        self.is_block = False
        """Whether a ``with`` block ends it."""
        self.is_adoptable = False
        """Whether the next `treadle.start_run` uses this run instead of a new one."""
        self._owner = os.getpid() if begin else 0
        self._params = RunParams(run_id, known.params)
        self._token: Token[Run | None] | None = None
        self._sampler: SystemSampler | None = None
        self.before_end: list[Callable[[], None]] = []
        """Functions that wait for unfinished work before the run may end."""
        self.output: OutputCapture | None = None
        """Captures the lines that are printed while this run is active."""
        if begin is not None:
            self.log_entry(begin)
        node = current_log(begin.parent) if isinstance(begin, RunStarted) else None
        if node is not None:
            node.add_run(run_id)

    def log_entry(self, entry: Entry) -> None:
        """Store any record; the methods below create them."""
        self._append(entry)

    def rename(self, name: str = "", experiment: str = "") -> None:
        """Change the run's name or experiment; empty arguments change nothing."""
        if experiment:
            self.experiment = check_experiment(experiment)
        if name:
            self.name = name
        if name or experiment:
            self.log_entry(RunResumed(self.id, time.time(), None, name, experiment))
            if (node := self._node_log()) is not None:
                node.add_names(name, experiment)

    def log_param(self, key: str, value: object) -> None:
        """Log one parameter; see `log_params`."""
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters. Nested mappings become dotted names; the first value of each stays.

        Values other than strings, numbers, booleans and None are stored as JSON, or as their text.
        """
        checked = check_params(params)
        node = self._node_log()
        if node is not None and node.is_muted:
            return
        self._params.add(checked)
        self._append(ParamsLogged(self.id, checked))
        if node is not None:
            node.add_params(checked)

    def set_tag(self, key: str, value: object) -> None:
        """Set one tag; see `set_tags`."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags, which are texts; the last value of each stays."""
        checked = {check_key(key): mask(str(value), key=key) for key, value in tags.items()}
        node = self._node_log()
        if node is not None and node.is_muted:
            return
        self._append(TagsSet(self.id, checked))
        if node is not None:
            node.add_tags(checked)

    def take_over(self, node: str, origin: str, logged: Logged) -> None:
        """Log what a node logged to an earlier run, as if it had run now.

        Args:
            node: The node.
            origin: The id of that run.
            logged: What it logged.
        """
        steps = rebase(logged, self._steps)
        self._steps |= {
            series.key: own[-1] for series, own in zip(logged.series, steps, strict=True)
        }
        self._params.add(logged.params)
        for entry in repeated_entries(self.id, node, origin, logged, steps):
            self._append(entry)
        self.rename(logged.name, logged.experiment)

    def sample_system(self, interval: float = 10.0) -> None:
        """Log system metrics, as ``system/…``, until the run ends.

        Args:
            interval: Seconds between samples.
        """
        from treadle.tracking.system import SystemSampler

        if self._sampler is None and not self.has_ended:
            self._sampler = SystemSampler(self.log_metrics, interval)

    def capture_output(self, *, logs: bool = True) -> None:
        """Store the lines that are printed while this run is active, until it ends.

        Args:
            logs: Whether to store output of `logging` handlers, too.
        """
        if self.output is None and not self.has_ended:
            from treadle.tracking.output import OutputCapture

            self.output = OutputCapture(self, logs=logs)

    def flush(self, *, durable: bool = False) -> bool:
        """Deliver what was logged so far to the store; return whether it has all of it.

        Args:
            durable: Also sync the journal to disk first, so that it survives a power cut.
        """
        return self._writer.flush(durable=durable)

    def end(
        self, status: Status = "finished", error: BaseException | ErrorRecord | None = None
    ) -> None:
        """End the run and deliver what was logged. A second end, or one in a fork, does nothing."""
        if self.has_ended:
            return
        if self._sampler is not None:
            self._sampler.stop()
        if self.output is not None:
            self.output.stop()
        if self._token is not None:
            active.deactivate(self._token)
            self._token = None
        if self._owner == os.getpid():
            for wait in self.before_end:
                wait()
            record = describe_error(error) if isinstance(error, BaseException) else error
            self._append(RunEnded(self.id, status, _now(), record))
        self.has_ended = True
        self._writer.close()

    def correct(self, status: Status, error: BaseException) -> None:
        """End the run, or change its status: a script continued after its own block, and failed."""
        if self.has_ended:
            self._append(RunEnded(self.id, status, _now(), describe_error(error)))
            self._writer.close()
        else:
            self.end(status, error)

    def activate(self) -> "Run":
        """Make this the active run of the context until it ends."""
        if self._token is None:
            self._token = active.activate(self)
        return self

    def __enter__(self) -> "Run":
        self.is_block = True
        return self.activate()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.end(status_of(error), error if status_of(error) != "finished" else None)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it for another process, which logs to the run but does not end it."""
        known = Known(self.id, self.name, self.experiment)
        return (partial(Run, known=known, node_log=self._node_log()), (self.id, self.location))

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name.startswith("_") or name in _OFFERED]

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.name!r} in {self.experiment!r}>"


_OFFERED = frozenset(
    {
        "end",
        "experiment",
        "flush",
        "id",
        "load_artifact",
        "log_artifact",
        "log_artifacts",
        "log_audio",
        "log_bytes",
        "log_dict",
        "log_figure",
        "log_image",
        "log_metric",
        "log_metrics",
        "log_param",
        "log_params",
        "log_series",
        "log_table",
        "log_text",
        "name",
        "rename",
        "set_tag",
        "set_tags",
    }
)
"""Names that completion shows: the methods for users, not those for Treadle's own parts."""
_now = time.time


def status_of(error: BaseException | None) -> Status:
    """Return the status of a run that ends with this exception."""
    if error is None:
        return "finished"
    if isinstance(error, SystemExit):
        return (
            "finished"
            if error.code in (None, 0)
            else "killed"
            if type(error) is not SystemExit
            else "failed"
        )
    return "killed" if isinstance(error, KeyboardInterrupt) else "failed"


def describe_error(error: BaseException) -> ErrorRecord:
    """Record an error as text, with secrets masked; the traceback has no values of variables."""
    trace = "".join(traceback.format_exception(error))
    return ErrorRecord(type(error).__name__, mask(str(error)), mask(trace))
