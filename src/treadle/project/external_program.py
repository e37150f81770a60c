"""Recording of an external program: its arguments, environment, output and exit status."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec

from treadle.errors import NodeError, ProjectError
from treadle.masking import mask
from treadle.provenance.environment import read_environment_of
from treadle.provenance.request import ProjectRequest, mask_request
from treadle.store import StoreLocation, open_store
from treadle.store.connect import connect_team_store
from treadle.store.http.credentials import drop_foreign_tokens, find_credentials
from treadle.tracking import Run
from treadle.tracking.recorded_run import RecordedRun, Recording

_log = logging.getLogger(__name__)


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program to run."""

    arguments: list[str]
    folder: Path
    """The working directory."""
    python: Path
    """The Python executable of its environment, whose programs are first on ``PATH``."""
    variables: Mapping[str, str] = {}
    code: Path
    """The folder of its code."""
    name: str
    experiment: str
    params: Mapping[str, str] = {}
    tags: Mapping[str, str] = {}
    request: ProjectRequest
    command: str = ""
    """The command as typed."""


def run_program(program: Program, location: StoreLocation) -> str:
    """Run a program; what it logs with Treadle or with MLflow goes to its run.

    Returns:
        The id of the run.

    Raises:
        NodeError: It ended with an exit code other than 0.
        ProjectError: It cannot be started.
    """
    recording = Recording(
        kind="project",
        name=program.name,
        experiment=program.experiment,
        command=program.command,
        params={name: mask(value, name) for name, value in program.params.items()},
        tags=program.tags,
        folder=program.code,
        code=(program.code,),
        environment=read_environment_of(program.python),
        configuration={"request": mask_request(program.request)},
        has_logs=False,
    )
    with RecordedRun(location, recording) as run:
        run.capture_output(logs=False)
        run.flush()  # the program may read its run at once
        with _tracking(location, run) as address:
            inherited = drop_foreign_tokens(location, _environment(program))
            code = _execute(program, {**inherited, **address})
        if code:
            how = (
                f"was ended by {signal.Signals(-code).name}"
                if code < 0
                else f"ended with code {code}"
            )
            raise NodeError(
                f"{program.arguments[0]} {how}.",
                hint=f"What it printed: treadle runs logs {run.id[-8:]}",
            )
    return run.id


def _environment(program: Program) -> dict[str, str]:
    bin_folder = program.python.parent
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONHOME", "VIRTUAL_ENV")
    }
    path = os.pathsep.join([str(bin_folder), variables.get("PATH", "")])
    return {**variables, "PATH": path, **program.variables}


@contextlib.contextmanager
def _tracking(location: StoreLocation, run: Run) -> Iterator[dict[str, str]]:
    """Yield the environment variables by which Treadle's and MLflow's clients find the run.

    MLflow's clients need a server. If the store is not one, a server runs until the program ends.
    """
    store = open_store(location)
    try:
        experiment = store.get_run(run.id).run.experiment_id
    finally:
        store.close()
    known = {
        "TREADLE_STORE": location.uri,
        "TREADLE_RUN_ID": run.id,
        "MLFLOW_RUN_ID": run.id,
        "MLFLOW_EXPERIMENT_ID": experiment,
    }
    if location.kind == "http":
        token = find_credentials(location).header
        is_token = token.startswith("Bearer ")
        more = {"MLFLOW_TRACKING_TOKEN": token.removeprefix("Bearer ")} if is_token else {}
        yield {**known, **more, "MLFLOW_TRACKING_URI": location.uri}
        return
    _warn_of_users(location)
    with _serving(location) as address:
        yield {**known, "MLFLOW_TRACKING_URI": address}


def _warn_of_users(location: StoreLocation) -> None:
    store = connect_team_store(location)
    try:
        has_users = bool(store.accounts.all())
    finally:
        store.close()
    if has_users:
        _log.warning(
            "The store has users, whom its server asks for a token: what logs with MLflow's "
            "client needs the team's "
            "server instead, with --store http://… after treadle login."
        )


@contextlib.contextmanager
def _serving(location: StoreLocation) -> Iterator[str]:
    command = [
        sys.executable,
        "-P",
        "-m",
        "treadle",
        "server",
        "--port",
        "0",
        "--artifacts",
        location.artifacts,
    ]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        # Not as an argument, which every user of the machine can see: it may contain a password.
        env={**drop_foreign_tokens(location, os.environ), "TREADLE_STORE": location.uri},
        # A process group of its own: Ctrl-C is for the program, whose last output it records.
        start_new_session=True,
    )
    try:
        stdout = server.stdout
        lines = iter(stdout.readline, "") if stdout is not None else iter(())
        address = next((line.split()[3] for line in lines if line.startswith("and listens at")), "")
        if not address:
            raise ProjectError("No server for MLflow's clients could be started on the store.")
        yield address
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def _execute(program: Program, variables: Mapping[str, str]) -> int:
    """Run it to its end; its output is printed, and logged to the run."""
    try:
        process = subprocess.Popen(
            program.arguments,
            cwd=program.folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise ProjectError(
            f"{program.arguments[0]} cannot be started: {error.strerror}."
        ) from error
    pumps = [
        threading.Thread(target=_pump, args=pair, daemon=True)
        for pair in ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
    ]
    for pump in pumps:
        pump.start()
    try:
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        for pump in pumps:
            pump.join(10)
    return code


def _pump(source: IO[bytes] | None, target: IO[str]) -> None:
    if source is not None:
        for line in source:
            target.write(line.decode(errors="replace"))
            target.flush()
        source.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt it as Ctrl-C would, and kill it if it does not exit."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
