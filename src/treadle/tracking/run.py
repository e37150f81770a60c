"""A run's handle: everything that can be logged, and the end."""

import getpass
import json
import logging
import math
import os
import shlex
import sys
import time
import traceback
from array import array
from collections.abc import Iterable, Mapping
from contextvars import Token
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, SupportsFloat, SupportsIndex

import msgspec

from treadle.errors import DataError, StoreError
from treadle.masking import mask
from treadle.records import (
    ArtifactLogged,
    Entry,
    ErrorRecord,
    MetricLogged,
    MetricsLogged,
    ParamsLogged,
    RunEnded,
    RunStarted,
    SeriesLogged,
    Status,
    TagsSet,
)
from treadle.store import StoreLocation, check_artifact_path, identify, locate_store, new_id, open_artifacts
from treadle.tracking import active
from treadle.tracking.writer import RunWriter

if TYPE_CHECKING:
    from treadle.tracking.output import OutputCapture
    from treadle.tracking.system import SystemSampler

__all__ = ["Run", "describe_error", "name_user", "status_of"]

_log = logging.getLogger(__name__)

_MAX_KEY: Final = 250
_MAX_STEP: Final = 2**63 - 1

ParamValue = str | int | float | bool | None


class Run:
    """One recorded execution; made by `treadle.start_run`.

    A context manager: leaving the block ends the run, as failed if by an exception. The calls that
    log return as soon as the system has the record, and never raise because of the store.

    Attributes:
        id: 32 hex digits, in the order of time.
        name: What a listing calls it.
        experiment: The group that it belongs to.
    """

    def __init__(self, run_id: str, location: StoreLocation, *, start: RunStarted | None = None) -> None:
        self.id = run_id
        self.name = start.name if start else ""
        self.experiment = start.experiment if start else ""
        self.location = location
        self.has_ended = False
        self.is_block = False
        """Whether a ``with`` block ends it."""
        self.is_adoptable = False
        """Whether the next `treadle.start_run` takes this run instead of a new one."""
        self._owner = os.getpid() if start else 0
        self._start = start
        self._writer = RunWriter(run_id, location)
        self._append = self._writer.append
        self._steps: dict[str, int] = {}
        self._params: dict[str, ParamValue] = {}
        self._token: Token[Run | None] | None = None
        self._sampler: SystemSampler | None = None
        self.output: OutputCapture | None = None
        """What takes the lines that are printed where this run is active."""
        if start is not None:
            self.log_entry(start)

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
        run_id: str | None = None,
    ) -> "Run":
        """Start a run, or go on with one that ended, as the process that will end it."""
        identifier = run_id or new_id()
        started = RunStarted(
            identifier,
            experiment,
            name or f"run-{identifier[-6:]}",
            time.time(),
            kind,
            mask(_command_line() if command is None else command),
            identify(),
            name_user(),
            parent,
        )
        return cls(identifier, location, start=started)

    @classmethod
    def attach(cls, run_id: str, store: str | os.PathLike[str]) -> "Run":
        """Log to a run that another process started and will end."""
        return cls(run_id, locate_store(store))

    def log_entry(self, entry: Entry) -> None:
        """Keep any record; the calls below make them."""
        self._append(entry)

    def rename(self, name: str) -> None:
        """Give the run another name."""
        self.name = name
        if self._start is not None:
            self._start = msgspec.structs.replace(self._start, name=name)
            self.log_entry(self._start)

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
            key, value, step = _check_point(key, value, (-1 if last is None else last) + 1 if step is None else step)
        elif step is None:
            step = last + 1
        elif not -_MAX_STEP <= step <= _MAX_STEP:
            _check_point(key, value, step)
        self._steps[key] = step
        self._append(MetricLogged(self.id, key, step, _now() if time is None else time, value))

    def log_metrics(
        self, metrics: Mapping[str, Any], step: SupportsIndex | None = None, *, time: float | None = None
    ) -> None:
        """Log one point of several series at one step.

        Nested mappings become names with slashes: ``{"val": {"loss": 1.0}}`` logs ``val/loss``.
        """
        flat = dict(_flatten(metrics, "/"))
        if not flat:
            return
        if step is None:
            step = max(self._steps.get(key, -1) for key in flat) + 1
        checked = {}
        place = 0
        for key, value in flat.items():
            name, number, place = _check_point(key, value, step)
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
        name = _check_key(key)
        column = _column("d", values, name)
        first = self._steps.get(name, -1) + 1
        places = array("q", range(first, first + len(column))) if steps is None else _column("q", steps, name)
        moments = array("d") if times is None else _column("d", times, name)
        if len(places) != len(column) or (times is not None and len(moments) != len(column)):
            raise ValueError(
                f"Metric {name!r}: {len(column)} values have {len(places)} steps and {len(moments)} times."
            )
        if column:
            self._steps[name] = places[-1]
        for begin in range(0, len(column), _SERIES_POINTS):
            part = slice(begin, begin + _SERIES_POINTS)
            self._append(
                SeriesLogged(
                    self.id, name, _now(), places[part].tobytes(), column[part].tobytes(), moments[part].tobytes()
                )
            )

    def log_param(self, key: str, value: object) -> None:
        """Log one parameter; see `log_params`."""
        self.log_params({key: value})

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters. Nested mappings become names with dots; the first value of each stays.

        Values other than texts, numbers, truth values and None are kept as JSON, or as their text.
        """
        flat = {_check_key(key): _scalar(value) for key, value in _flatten(params, ".")}
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
        self._append(TagsSet(self.id, {_check_key(key): mask(str(value), key=key) for key, value in tags.items()}))

    def log_artifact(self, path: str | os.PathLike[str], artifact_path: str = "") -> None:
        """Keep a copy of a file, or of a folder with all that is in it.

        Args:
            path: The file or folder.
            artifact_path: The folder of the run that it goes to; the top if empty.

        Raises:
            DataError: There is no such file, or it cannot be copied.
        """
        source = Path(path)
        if source.is_dir():
            self.log_artifacts(source, "/".join(filter(None, (artifact_path, source.name))))
            return
        self._keep(source, "/".join(filter(None, (artifact_path.strip("/"), source.name))))

    def log_artifacts(self, folder: str | os.PathLike[str], artifact_path: str = "") -> None:
        """Keep a copy of what is in a folder."""
        root = Path(folder)
        if not root.is_dir():
            raise DataError(f"There is no folder {root} to log.")
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            name = file.relative_to(root).as_posix()
            self._keep(file, "/".join(filter(None, (artifact_path.strip("/"), name))))

    def _keep(self, source: Path, path: str) -> None:
        check_artifact_path(path)
        try:
            digest, size = open_artifacts(self.location.artifacts).put_file(source)
        except OSError as error:
            raise DataError(f"The artifact {source} cannot be kept: {error.strerror or error}.") from error
        self._append(ArtifactLogged(self.id, path, digest, size, _now()))

    def log_bytes(self, content: bytes, path: str) -> None:
        """Keep some bytes as a file of the run."""
        check_artifact_path(path)
        try:
            digest, size = open_artifacts(self.location.artifacts).put_bytes(content)
        except OSError as error:
            raise DataError(f"The artifact {path} cannot be kept: {error.strerror or error}.") from error
        self._append(ArtifactLogged(self.id, path, digest, size, _now()))

    def log_text(self, text: str, path: str) -> None:
        """Keep a text as a file of the run."""
        self.log_bytes(text.encode(), path)

    def log_dict(self, value: object, path: str) -> None:
        """Keep a value as JSON, or as YAML where the path ends in ``.yml`` or ``.yaml``."""
        if path.endswith((".yml", ".yaml")):
            import yaml

            self.log_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), path)
        else:
            self.log_text(json.dumps(value, indent=2, ensure_ascii=False, default=str), path)

    def log_figure(self, figure: Any, path: str, **options: Any) -> None:
        """Keep a figure of matplotlib (any image format that it writes) or plotly (``.html``, ``.json``, images).

        Args:
            figure: The figure.
            path: The artifact; its ending says the format.
            options: For ``savefig``, ``write_html`` and so on.
        """
        from treadle.tracking.figures import render

        self.log_bytes(render(figure, path, options), path)

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
        return (Run.attach, (self.id, self.location.uri))

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.name!r} in {self.experiment!r}>"


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


def _check_key(key: object) -> str:
    if not isinstance(key, str) or not key or len(key) > _MAX_KEY or any(ord(c) < 32 for c in key):  # noqa: PLR2004
        raise StoreError(
            f"{key!r:.80} cannot be a name: use a text of 1 to {_MAX_KEY} characters without control characters."
        )
    return key


def _check_point(key: object, value: object, step: object) -> tuple[str, float, int]:
    """Take what counts as a number elsewhere (numpy, torch, Decimal) for one, and refuse the rest."""
    name = _check_key(key)
    try:
        number = value if type(value) is float else float(_plain(value))
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"Metric {name!r}: {value!r} is not a number.") from None
    try:
        place = int(step)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise ValueError(f"Metric {name!r}: the step {step!r} is not a whole number.") from None
    if place != step or not -_MAX_STEP <= place <= _MAX_STEP:
        raise ValueError(f"Metric {name!r}: the step {step!r} is not a whole number of 64 bits.")
    return name, number, place


def _plain(value: Any) -> Any:
    """Make one number of numpy, torch or JAX, on whatever device it is, Python's own; leave all else as it is.

    Asked for it, they tell one element of an array of any shape, and torch one that has a gradient, without a warning.
    """
    shape = getattr(value, "shape", None)
    is_one = isinstance(shape, tuple) and all(size == 1 for size in shape) and hasattr(value, "item")
    return value.item() if is_one else value


def _column(code: Literal["q", "d"], values: Iterable[Any], name: str) -> "array[Any]":
    """Make a column of whatever holds numbers."""
    plain = values.tolist() if hasattr(values, "tolist") else values
    try:
        return array(code, plain)
    except (TypeError, ValueError, OverflowError) as error:
        kind = "whole numbers of 64 bits" if code == "q" else "numbers"
        raise ValueError(f"Metric {name!r}: these are not all {kind}: {error}.") from None


def _flatten(values: Mapping[str, Any], separator: str, prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, separator, f"{prefix}{key}{separator}")
        else:
            yield f"{prefix}{key}", value


def _scalar(value: object) -> ParamValue:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)  # subclasses, such as numpy's and enumerations, become plain
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, int):
        return int(value) if -_MAX_STEP <= value <= _MAX_STEP else str(value)
    if (item := _plain(value)) is not value and not hasattr(item, "item"):
        return _scalar(item)
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        return str(value)
