"""Opens runs that this process will end: new ones, and ones that are resumed."""

import getpass
import os
import shlex
import sys
import time
from pathlib import Path

from treadle.masking import mask, remember_environment
from treadle.records import RunResumed, RunStarted
from treadle.store import StoreLocation, identify, new_id
from treadle.tracking.resume import Known
from treadle.tracking.run import Run
from treadle.tracking.values import check_experiment


def create_run(
    location: StoreLocation,
    *,
    name: str = "",
    experiment: str = "default",
    kind: str = "code",
    command: str | None = None,
    parent: str = "",
    run_id: str = "",
) -> Run:
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
    return Run(identifier, location, begin=started, known=known)


def resume_run(
    location: StoreLocation, known: Known, *, name: str = "", experiment: str = ""
) -> Run:
    """Resume a run, as the process that will end it; empty arguments change nothing.

    Raises:
        StoreError: The name of the experiment is invalid.
    """
    if experiment:
        check_experiment(experiment)
    resumed = RunResumed(known.id, time.time(), identify(), name, experiment)
    return Run(known.id, location, begin=resumed, known=known.changed(name, experiment))


def _command_line() -> str:
    return shlex.join(sys.orig_argv[:1] and [Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]])


def name_user() -> str:
    """Return the user name of this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return str(os.getuid())
