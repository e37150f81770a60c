"""A run's handle: everything that can be logged, and the end."""

import getpass
import logging
import os
import shlex
import sys
import time
import traceback
from array import array
from collections.abc import Iterable, Mapping
from contextvars import Token
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex

from treadle.masking import mask, remember_environment
from treadle.records import (
    Entry,
    ErrorRecord,
    MetricLogged,
    MetricsLogged,
    ParamsLogged,
    RunEnded,
    RunResumed,
    RunStarted,
    SeriesLogged,
    Status,
    TagsSet,
)
from treadle.store import StoreLocation, identify, locate_store, new_id
from treadle.tracking import active
from treadle.tracking.artifacts import ArtifactLog
from treadle.tracking.resume import Known
from treadle.tracking.values import (
    MAX_STEP,
    ParamValue,
    check_experiment,
    check_key,
    check_point,
    column,
    flatten,
    scalar,
)

if TYPE_CHECKING:
    from treadle.tracking.output import OutputCapture
    from treadle.tracking.system import SystemSampler

__all__ = ["Run", "describe_error", "name_user", "status_of"]

_log = logging.getLogger(__name__)


class Run(ArtifactLog):
    """One recorded execution; made by `treadle.start_run`.

    A context manager: leaving the block ends the run, as failed if by an exception. The calls that
    log return as soon as the system has the record, and never raise because of the store.

    Attributes:
        id: 32 hex digits, in the order of time.
        name: What a listing calls it.
        experiment: The group that it belongs to.
    """

    def __init__(
        self,
        run_id: str,
        location: StoreLocation,
        *,
        begin: RunStarted | RunResumed | None = None,
        known: Known | None = None,
    ) -> None:
        super().__init__(run_id, location)
        known = known or Known(run_id)
        self.name = known.name
        self.experiment = known.experiment
        self.has_ended = False
        self.is_block = False
        """Whether a ``with`` block ends it."""
        self.is_adoptable = False
        """Whether the next `treadle.start_run` takes this run instead of a new one."""
        self._owner = os.getpid() if begin else 0
        self._steps = dict(known.steps)
        self._params: dict[str, ParamValue] = dict(known.params)
        self._token: Token[Run | None] | None = None
        self._sampler: SystemSampler | None = None
        self.output: OutputCapture | None = None
        """What takes the lines that are printed where this run is active."""
        if begin is not None:
            self.log_entry(begin)

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
            name: Its name; made of its id if empty.
            experiment: Its experiment.
            kind: What is run.
            command: The command line; that of this process if not given.
            parent: The id of the run that it is a part of.
            run_id: Its id, where that is known before; a new one if empty.

        Raises:
            StoreError: Nothing can be called that.
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
    def resume(cls, location: StoreLocation, known: Known, *, name: str = "", experiment: str = "") -> "Run":
        """Go on with a run, as the process that will end it; what is not given stays as it is.

        Raises:
            StoreError: No experiment can be called that.
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
    ) -> "Run":
        """Log to a run that another process started and will end."""
        location = store if isinstance(store, StoreLocation) else locate_store(store)
        return cls(run_id, location, known=Known(run_id, name, experiment))

    def log_entry(self, entry: Entry) -> None:
        """Keep any record; the calls below make them."""
        self._append(entry)

    def rename(self, name: str = "", experiment: str = "") -> None:
        """Change the run's name, or move it to another experiment; what is not given stays."""
        if experiment:
            self.experiment = check_experiment(experiment)
        if name:
            self.name = name
        if name or experiment:
            self.log_entry(RunResumed(self.id, time.time(), None, name, experiment))

    def log_metric(
        self, key: str, value: SupportsFloat, step: SupportsIndex | None = None, *, time: float | None = None
    ) -> None:
        """Log one point of a series.

        Args:
            key: The series, such as ``loss`` or ``val/loss``.
            value: A number; NaN and infinities are kept as they are.
            step: Where on the axis; the next one after the last of this series if not given.
            time: Seconds since the epoch; now if not given.

        Raises:
            ValueError: The key, value or step is not one.
        """
        last = self._steps.get(key)
        if last is None or type(value) is not float or (step is not None and type(step) is not int):
            key, value, step = check_point(key, value, (-1 if last is None else last) + 1 if step is None else step)
        elif step is None:
            step = last + 1
        elif not -MAX_STEP <= step <= MAX_STEP:
            check_point(key, value, step)
        self._steps[key] = step
        self._append(MetricLogged(self.id, key, step, _now() if time is None else time, value))

    def log_metrics(
        self, metrics: Mapping[str, Any], step: SupportsIndex | None = None, *, time: float | None = None
    ) -> None:
        """Log one point of several series at one step.

        Nested mappings become names with slashes: ``{"val": {"loss": 1.0}}`` logs ``val/loss``.
        """
        flat = dict(flatten(metrics, "/"))
        if not flat:
            return
        if step is None:
            step = max(self._steps.get(key, -1) for key in flat) + 1
        checked = {}
        place = 0
        for key, value in flat.items():
            name, number, place = check_point(key, value, step)
            checked[name] = number
            self._steps[name] = place
        self._append(MetricsLogged(self.id, place, _now() if time is None else time, checked))

    def log_series(
        self,
        key: str,
        values: Iterable[SupportsFloat],
        steps: Iterable[SupportsIndex] | None = None,
        *,
        times: Iterable[SupportsFloat] | None = None,
    ) -> None:
        """Log many points of one series at once, such as a curve that a library gives back.

        Args:
            key: The series.
            values: Numbers: a list, an array of numpy, a column of a data frame.
            steps: As many whole numbers; the next ones after the last of this series if not given.
            times: As many seconds since the epoch; now if not given.

        Raises:
            ValueError: The key is none, a value is no number, or there are not as many of each.
        """
        name = check_key(key)
        numbers = column("d", values, name)
        first = self._steps.get(name, -1) + 1
        places = array("q", range(first, first + len(numbers))) if steps is None else column("q", steps, name)
        moments = array("d") if times is None else column("d", times, name)
        if len(places) != len(numbers) or (times is not None and len(moments) != len(numbers)):
            raise ValueError(
                f"Metric {name!r}: {len(numbers)} values have {len(places)} steps and {len(moments)} times."
            )
        if numbers:
            self._steps[name] = places[-1]
        for begin in range(0, len(numbers), _SERIES_POINTS):
            part = slice(begin, begin + _SERIES_POINTS)
            columns = (one[part].tobytes() for one in (places, numbers, moments))
            self._append(SeriesLogged(self.id, name, _now(), *columns))

    def log_param(self, key: str, value: object) -> None:
        """Log one parameter; see `log_params`."""
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters. Nested mappings become names with dots; the first value of each stays.

        Values other than texts, numbers, truth values and None are kept as JSON, or as their text.
        """
        flat = {check_key(key): scalar(value) for key, value in flatten(params, ".")}
        for key, value in flat.items():
            known = self._params.setdefault(key, value)
            if known != value and not (known != known and value != value):  # noqa: PLR0124 - NaN equals NaN here
                _log.warning("Parameter %s of run %s stays %r; %r is passed over.", key, self.id, known, value)
        self._append(ParamsLogged(self.id, {key: mask(value, key=key) for key, value in flat.items()}))

    def set_tag(self, key: str, value: object) -> None:
        """Set one tag; see `set_tags`."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags, which are texts; the last value of each stays."""
        checked = {check_key(key): mask(str(value), key=key) for key, value in tags.items()}
        self._append(TagsSet(self.id, checked))

    def sample_system(self, interval: float = 10.0) -> None:
        """Log what the machine does, as ``system/…``, until the run ends.

        Args:
            interval: Seconds between samples.
        """
        from treadle.tracking.system import SystemSampler

        if self._sampler is None and not self.has_ended:
            self._sampler = SystemSampler(self.log_metrics, interval)

    def capture_output(self, *, logs: bool = True) -> None:
        """Keep the lines that are printed where this run is active, until it ends.

        Args:
            logs: Whether to keep what handlers of `logging` print, too.
        """
        if self.output is None and not self.has_ended:
            from treadle.tracking.output import OutputCapture

            self.output = OutputCapture(self, logs=logs)

    def flush(self, *, durable: bool = False) -> bool:
        """Bring what was logged so far to the store; tell whether it has all of it.

        Args:
            durable: Also force the journal to the disk first, so that it survives a power cut.
        """
        return self._writer.flush(durable=durable)

    def end(self, status: Status = "finished", error: BaseException | ErrorRecord | None = None) -> None:
        """End the run and deliver what was logged. A second end, or one in a fork's child, does nothing."""
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
            record = describe_error(error) if isinstance(error, BaseException) else error
            self._append(RunEnded(self.id, status, _now(), record))
        self.has_ended = True
        self._writer.close()

    def correct(self, status: Status, error: BaseException) -> None:
        """End the run, or change how it ended: a script went on after its own block, and failed."""
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
        return (Run.attach, (self.id, self.location, self.name, self.experiment))

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name.startswith("_") or name in _OFFERED]

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.name!r} in {self.experiment!r}>"


_OFFERED = frozenset({
    "end", "experiment", "flush", "id", "load_artifact", "log_artifact", "log_artifacts", "log_bytes",
    "log_dict", "log_figure", "log_metric", "log_metrics", "log_param", "log_params", "log_series",
    "log_text", "name", "rename", "set_tag", "set_tags",
})  # fmt: skip
"""What completion shows: the calls of users, not those of the parts around a run."""
_SERIES_POINTS = 100_000  # in one record of the journal
_now = time.time


def status_of(error: BaseException | None) -> Status:
    """Say how a run ends that this ended."""
    if error is None:
        return "finished"
    if isinstance(error, SystemExit):
        return "finished" if error.code in (None, 0) else "killed" if type(error) is not SystemExit else "failed"
    return "killed" if isinstance(error, KeyboardInterrupt) else "failed"


def describe_error(error: BaseException) -> ErrorRecord:
    """Keep an error as text, secrets masked; the traceback has no values of variables."""
    trace = "".join(traceback.format_exception(error))
    return ErrorRecord(type(error).__name__, mask(str(error)), mask(trace))


def _command_line() -> str:
    return shlex.join(sys.orig_argv[:1] and [Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]])


def name_user() -> str:
    """Say who this process belongs to."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return str(os.getuid())
