"""A run's handle: all logging methods, and the end."""

import getpass
import logging
import os
import shlex
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextvars import Token
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.masking import mask, remember_environment
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
from treadle.store import StoreLocation, identify, locate_store, new_id
from treadle.tracking import active
from treadle.tracking.logged import Logged, repeated_entries
from treadle.tracking.node_log import NodeLog, current_log
from treadle.tracking.rebase import rebase
from treadle.tracking.resume import Known
from treadle.tracking.series_log import SeriesLog
from treadle.tracking.values import ParamValue, check_experiment, check_key, flatten, scalar

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
    ) -> None:
        known = known or Known(run_id)
        super().__init__(run_id, location, known.steps)
        self.name = known.name
        self.experiment = known.experiment
        self.has_ended = False
        self.is_block = False
        """Whether a ``with`` block ends it."""
        self.is_adoptable = False
        """Whether the next `treadle.start_run` uses this run instead of a new one."""
        self._owner = os.getpid() if begin else 0
        self._params: dict[str, ParamValue] = dict(known.params)
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

    @classmethod
    def start(
        cls,
        location: StoreLocation,
        *,
        name: str = "",
        experiment: str = "default",
        kind: str = "code",
        command: str | None = None,
        parent: str = "",
        run_id: str = "",
    ) -> "Run":
        """Start a run, as the process that will end it.

        Args:
            location: Its store.
            name: Its name; derived from its id if empty.
            experiment: Its experiment.
            kind: What is run.
            command: The command line; by default, that of this process.
            parent: The id of its parent run.
            run_id: Its id, if known beforehand; a new one if empty.

        Raises:
            StoreError: The name is invalid.
        """
        remember_environment()
        identifier = run_id or new_id()
        started = RunStarted(
            identifier,
            check_experiment(experiment),
            name or f"run-{identifier[-6:]}",
            time.time(),
            kind,
            mask(_command_line() if command is None else command),
            identify(),
            name_user(),
            parent,
        )
        known = Known(identifier, started.name, started.experiment)
        return cls(identifier, location, begin=started, known=known)

    @classmethod
    def resume(
        cls, location: StoreLocation, known: Known, *, name: str = "", experiment: str = ""
    ) -> "Run":
        """Resume a run, as the process that will end it; empty arguments change nothing.

        Raises:
            StoreError: The name of the experiment is invalid.
        """
        if experiment:
            check_experiment(experiment)
        resumed = RunResumed(known.id, time.time(), identify(), name, experiment)
        return cls(known.id, location, begin=resumed, known=known.changed(name, experiment))

    @classmethod
    def attach(
        cls,
        run_id: str,
        store: str | os.PathLike[str] | StoreLocation,
        name: str = "",
        experiment: str = "",
        node_log: str = "",
        *,
        is_muted: bool = False,
    ) -> "Run":
        """Log to a run that another process started and will end.

        Args:
            run_id: The run.
            store: Its store.
            name: Its name.
            experiment: Its experiment.
            node_log: The folder through which a node gets what is logged here.
            is_muted: Whether the run already has all that the node logs.
        """
        location = store if isinstance(store, StoreLocation) else locate_store(store)
        run = cls(run_id, location, known=Known(run_id, name, experiment))
        if node_log:
            run.node_log = NodeLog(run_id, Path(node_log), owner=0, is_muted=is_muted)
        return run

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
        flat = {check_key(key): scalar(value) for key, value in flatten(params, ".")}
        node = self._node_log()
        if node is not None and node.is_muted:
            return
        for key, value in flat.items():
            known = self._params.setdefault(key, value)
            if not _is_same(known, value):
                self._warn_of_param(key, known, value)
        masked = {key: mask(value, key=key) for key, value in flat.items()}
        self._append(ParamsLogged(self.id, masked))
        if node is not None:
            node.add_params(masked)

    def _warn_of_param(self, key: str, known: ParamValue, value: ParamValue) -> None:
        message = "Parameter %s of run %s stays %r; %r is passed over."
        _log.warning(message, key, self.id, known, value)

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
        for key, value in logged.params.items():
            known = mask(self._params.setdefault(key, value), key=key)
            if not _is_same(known, value):
                self._warn_of_param(key, known, value)
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
        node = self._node_log()
        folder = str(node.folder) if node is not None else ""
        attach = partial(Run.attach, is_muted=node is not None and node.is_muted)
        return (attach, (self.id, self.location, self.name, self.experiment, folder))

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
        "log_bytes",
        "log_dict",
        "log_figure",
        "log_metric",
        "log_metrics",
        "log_param",
        "log_params",
        "log_series",
        "log_text",
        "name",
        "rename",
        "set_tag",
        "set_tags",
    }
)
"""Names that completion shows: the methods for users, not those for Treadle's own parts."""
_now = time.time


def _is_same(one: ParamValue, other: ParamValue) -> bool:
    """Return whether two values are equal; NaN equals NaN here."""
    return one == other or (one != one and other != other)  # noqa: PLR0124


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


def _command_line() -> str:
    return shlex.join(sys.orig_argv[:1] and [Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]])


def name_user() -> str:
    """Return the user name of this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return str(os.getuid())
