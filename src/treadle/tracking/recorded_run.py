"""The start and the end of a run that Treadle records for a pipeline, a script or a program."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from treadle.provenance.capture import record_surroundings
from treadle.provenance.environment import Environment
from treadle.records import SnapshotTaken
from treadle.records.texts import encode_json
from treadle.store import StoreLocation
from treadle.tracking.exit_status import watch_signals
from treadle.tracking.logs import RunLogs
from treadle.tracking.opening import create_run
from treadle.tracking.run import Run


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a run before anything runs."""

    kind: str
    name: str
    experiment: str
    command: str | None = None
    """The command as typed, if it is not Python's command line."""
    params: Mapping[str, object] = {}
    tags: Mapping[str, str] = {}
    folder: Path
    """The folder of the code."""
    code: tuple[Path, ...] = ()
    """Files and folders of the code, which are stored if it is not in a repository."""
    environment: Environment | None = None
    """The environment, if it is not that of this process."""
    configuration: Mapping[str, Any]
    """The request and the configuration; without secrets."""
    has_logs: bool = True
    """Whether the log of this process is the log of the run."""


class RecordedRun:
    """A context manager that starts a run, records what it consists of, and ends it.

    Not a generator, of which each traceback that is stored with a run would have a frame.

    Args:
        location: The store.
        recording: What is recorded at the start.
        parent: The run that it is started in.
        run_id: Its id, if known beforehand.
    """

    def __init__(
        self,
        location: StoreLocation,
        recording: Recording,
        *,
        parent: Run | None = None,
        run_id: str = "",
    ) -> None:
        self._location = location
        self._recording = recording
        self._parent = parent
        self._run_id = run_id
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Run:
        recording = self._recording
        run = create_run(
            self._location,
            name=recording.name,
            experiment=recording.experiment,
            kind=recording.kind,
            command=recording.command,
            parent=self._parent.id if self._parent is not None else "",
            run_id=self._run_id,
        )
        watch_signals()
        with contextlib.ExitStack() as starting:
            starting.enter_context(run)
            if recording.has_logs:
                starting.enter_context(RunLogs(run))
            _record(run, recording)
            self._open = starting.pop_all()
        return run

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


def _record(run: Run, recording: Recording) -> None:
    if recording.params:
        run.log_params(recording.params)
    if recording.tags:
        run.set_tags(recording.tags)
    record_surroundings(run, recording.folder, recording.code, recording.environment)
    run.log_entry(SnapshotTaken(run.id, "config", encode_json(recording.configuration)))
