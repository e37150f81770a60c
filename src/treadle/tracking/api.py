"""The fluent API: calls log to the active run, and start one if there is none."""

import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any, SupportsFloat, SupportsIndex

from treadle.errors import ConfigError, ConflictError, StoreError
from treadle.store import StoreLocation
from treadle.tracking.active import active_run
from treadle.tracking.code_capture import record_program
from treadle.tracking.exit_status import is_open, watch
from treadle.tracking.opening import create_run, resume_run
from treadle.tracking.resume import Known, look_up
from treadle.tracking.run import Run
from treadle.tracking.store_choice import choose_experiment, choose_location

_log = logging.getLogger(__name__)

_OUTER_RUN = "TREADLE_RUN_ID"
"""The variable by which ``treadle project run`` passes the run to its program."""
_CAPTURE_OUTPUT = "TREADLE_CAPTURE_OUTPUT"
_RECORD_CODE = "TREADLE_RECORD_CODE"
_SAMPLING = 10.0  # seconds between samples of system metrics


def start_run(
    name: str = "",
    *,
    experiment: str = "",
    tags: Mapping[str, object] | None = None,
    params: Mapping[str, object] | None = None,
    store: str | os.PathLike[str] | None = None,
    run_id: str | None = None,
    system_metrics: bool | float | None = None,
    capture_output: bool | None = None,
) -> Run:
    """Start a run and make it the active one.

    In a ``with`` block the run ends with the block. Without one it ends with `Run.end`, with the
    next `start_run`, or with the process, as failed or killed if that is. Inside another run's
    block it is a child of that run.

    Args:
        name: Its display name.
        experiment: Its experiment; if empty, the parent run's, else ``TREADLE_EXPERIMENT``, else
            the project's, else ``default``.
        tags: Tags to set at once.
        params: Parameters to log at once.
        store: Its store. By default the parent run's, else ``TREADLE_STORE``, else ``[tool.treadle]
            store`` of the project around the working directory, else ``.treadle/treadle.db`` there.
        run_id: Resume this run instead of starting a new one: an id, a name (the newest run of it),
            the start or the end of an id, or ``latest``. Its name, experiment and parent stay
            unless given, and series continue after their last step.
        system_metrics: Whether to log CPU, memory, disk, network and GPUs, or the seconds between
            samples; by default, as ``TREADLE_SYSTEM_METRICS`` sets.
        capture_output: Whether to store printed lines with the run; by default they are, unless
            ``TREADLE_CAPTURE_OUTPUT`` disables it.

    Examples:
        >>> import treadle
        >>> with treadle.start_run("baseline") as run:  # doctest: +SKIP
        ...     treadle.log_params({"depth": 3})
        ...     treadle.log_metric("r2", 0.81)
    """
    interval = _interval(system_metrics)
    captures = _is_on(_CAPTURE_OUTPUT) if capture_output is None else capture_output
    parent = active_run()
    if parent is not None and parent.is_adoptable and run_id is None:
        return _adopt(parent, name, experiment, tags, params)
    parent = _end_without_block(parent)
    if parent is None and run_id is None and (outer := os.environ.pop(_OUTER_RUN, "")):
        return _adopt(_attach(outer, store), name, experiment, tags, params)
    location = parent.location if parent and store is None else choose_location(store)
    if run_id is not None:
        run = _resume(location, run_id, name, experiment)
    else:
        experiment = experiment or (parent.experiment if parent else "") or choose_experiment()
        run = create_run(
            location, name=name, experiment=experiment, parent=parent.id if parent else ""
        )
    watch(run)
    if parent is None and run_id is None and _is_on(_RECORD_CODE):
        record_program(run)
    _log_first(run, tags, params)
    if interval:
        run.sample_system(interval)
    if captures:
        run.capture_output()
    return run.activate()


def _end_without_block(run: Run | None) -> Run | None:
    """End the active run if nothing else will; return the one that is active then."""
    if run is None or run.is_block or run.is_adoptable:
        return run
    _log.warning(
        'Run %s ("%s") was still open and is ended, because another one starts.', run.id, run.name
    )
    run.end()
    return active_run()


def _adopt(
    run: Run,
    name: str,
    experiment: str,
    tags: Mapping[str, object] | None,
    params: Mapping[str, object] | None,
) -> Run:
    """Use the run that ``treadle run SCRIPT`` opened as the first run that the script starts."""
    run.is_adoptable = False
    run.rename(name, experiment)
    _log_first(run, tags, params)
    return run


def _log_first(
    run: Run, tags: Mapping[str, object] | None, params: Mapping[str, object] | None
) -> None:
    """Log the tags and parameters that a run starts with."""
    if tags:
        run.set_tags(tags)
    if params:
        run.log_params(params)


def _attach(run_id: str, store: str | os.PathLike[str] | None) -> Run:
    """Log to the run that the parent program started and will end."""
    location = choose_location(store)
    try:
        known = look_up(location, run_id)
    except StoreError:
        known = Known(run_id)
    run = Run(known.id, location, known=known)
    run.is_adoptable = True
    watch(run)
    return run.activate()


def _interval(value: bool | float | None) -> float:
    """Return the seconds between samples of system metrics; 0 for none."""
    if value is None:
        text = os.environ.get("TREADLE_SYSTEM_METRICS", "").lower()
        if text in ("", "0", "false", "no"):
            return 0.0
        try:
            value = True if text in ("true", "yes") else float(text)
        except ValueError:
            raise ConfigError(
                f"TREADLE_SYSTEM_METRICS is {text!r}: use a number of seconds, true or false."
            ) from None
    return _SAMPLING if value is True else max(0.0, float(value))


def _is_on(variable: str) -> bool:
    """Return whether a variable leaves a feature on.

    Raises:
        ConfigError: It is neither true nor false.
    """
    text = os.environ.get(variable, "").lower()
    if text not in ("", "1", "true", "yes", "0", "false", "no"):
        raise ConfigError(f"{variable} is {text!r}: use true or false.")
    return text not in ("0", "false", "no")


def _resume(location: StoreLocation, run_id: str, name: str, experiment: str) -> Run:
    known = look_up(location, run_id)
    if is_open(known.id):
        raise ConflictError(
            f'Run {known.id} ("{known.name}") is open in this process already.',
            hint="Log to it, or end it first.",
        )
    return resume_run(location, known, name=name, experiment=experiment)


def _run() -> Run:
    run = active_run()
    if run is None and (outer := os.environ.pop(_OUTER_RUN, "")):
        return _attach(outer, None)  # a run started later is this one, too
    return run or start_run()


def log_metric(
    key: str, value: SupportsFloat, step: SupportsIndex | None = None, *, time: float | None = None
) -> None:
    """Log one point of a series to the active run; see `Run.log_metric`."""
    _run().log_metric(key, value, step, time=time)


def log_metrics(
    metrics: Mapping[str, Any], step: SupportsIndex | None = None, *, time: float | None = None
) -> None:
    """Log one point of several series to the active run; see `Run.log_metrics`."""
    _run().log_metrics(metrics, step, time=time)


def log_series(
    key: str,
    values: Iterable[SupportsFloat],
    steps: Iterable[SupportsIndex] | None = None,
    *,
    times: Iterable[SupportsFloat] | None = None,
) -> None:
    """Log many points of one series at once to the active run; see `Run.log_series`."""
    _run().log_series(key, values, steps, times=times)


def log_param(key: str, value: object) -> None:
    """Log one parameter to the active run; see `Run.log_params`."""
    _run().log_param(key, value)


def log_params(params: Mapping[str, object]) -> None:
    """Log parameters to the active run; see `Run.log_params`."""
    _run().log_params(params)


def set_tag(key: str, value: object) -> None:
    """Set one tag of the active run."""
    _run().set_tag(key, value)


def set_tags(tags: Mapping[str, object]) -> None:
    """Set tags of the active run; the last value of each stays."""
    _run().set_tags(tags)


def log_artifact(path: str | os.PathLike[str], artifact_path: str = "") -> None:
    """Store a copy of a file or folder as an artifact of the active run; see `Run.log_artifact`."""
    _run().log_artifact(path, artifact_path)


def log_artifacts(folder: str | os.PathLike[str], artifact_path: str = "") -> None:
    """Store a copy of a folder's content as artifacts of the active run."""
    _run().log_artifacts(folder, artifact_path)


def log_text(text: str, path: str) -> None:
    """Store a text as an artifact of the active run."""
    _run().log_text(text, path)


def log_dict(value: object, path: str) -> None:
    """Store a value as a JSON or YAML artifact of the active run."""
    _run().log_dict(value, path)


def log_image(image: Any, key: str, step: SupportsIndex = 0) -> None:
    """Store an image of a series in the active run; see `Run.log_image`."""
    _run().log_image(image, key, step)


def log_audio(audio: Any, key: str, step: SupportsIndex = 0, rate: int | None = None) -> None:
    """Store a sound of a series in the active run; see `Run.log_audio`."""
    _run().log_audio(audio, key, step, rate)


def log_table(data: Any, path: str) -> None:
    """Store a table as an artifact of the active run; see `Run.log_table`."""
    _run().log_table(data, path)


def log_figure(figure: Any, path: str, **options: Any) -> None:
    """Store a figure as an artifact of the active run; see `Run.log_figure`."""
    _run().log_figure(figure, path, **options)
