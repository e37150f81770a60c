"""Preparation and execution of a reproduction, and search for its run."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog import DataCatalog
from treadle.errors import ConflictError
from treadle.masking import MASK
from treadle.project.reproduction.interpreter import Interpreter, choose_interpreter
from treadle.project.reproduction.pipeline import PipelineData, prepare_pipeline
from treadle.project.reproduction.rebuilt import RebuiltCode, rebuilt_code
from treadle.provenance.environment import read_environment
from treadle.provenance.git import GitState
from treadle.provenance.request import PipelineRequest, ProjectRequest, Request, ScriptRequest
from treadle.provenance.run_record import Recorded
from treadle.provenance.trees import build_tree
from treadle.records import RunDetails
from treadle.store import RunReader, Search, StoreLocation, parse
from treadle.store.http.credentials import drop_foreign_tokens

TAG = "treadle.reproduces"
"""The tag of a run that repeats another one; its value is the id of the original."""


class ReproductionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The differences from the original that are accepted."""

    different_python: bool = False
    """Whether another version of Python is accepted."""
    this_environment: bool = False
    """Whether the installed packages are used as they are."""


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is rebuilt and can be run."""

    recorded: Recorded
    folder: Path
    """The working directory of its command."""
    command: list[str]
    """The arguments after ``python -m treadle``; empty if nothing of it can run."""
    interpreter: Interpreter
    variables: dict[str, str]
    doubts: list[str]
    """What may differ from the original."""
    missing: dict[str, str]
    """Inputs whose content was not found, and why."""
    lost: dict[str, str]
    """Outputs that cannot be made, and why."""
    catalog: DataCatalog | None
    """The recorded catalog, with paths in the rebuilt code."""


def prepare(
    recorded: Recorded,
    store: RunReader,
    near: Path,
    folder: Path,
    options: ReproductionOptions,
    *,
    locate: Callable[[str], Path | None] = lambda digest: None,
) -> Preparation:
    """Rebuild the code, configuration, data and environment of a run.

    Args:
        recorded: The run.
        store: The store of its code artifacts.
        near: A folder to search for its repository and the current credentials.
        folder: An empty folder for all of it.
        options: The differences that are accepted.
        locate: Returns where content is stored by its digest, if it is.

    Raises:
        ConflictError: It cannot be rebuilt; the message says which part.
        ProjectError: Its environment cannot be built.
    """
    request = _require(recorded)
    code = folder / "code"
    code.mkdir()
    build_tree(recorded, store, code, near)
    rebuilt = rebuilt_code(recorded, code)
    interpreter = choose_interpreter(
        recorded.environment,
        read_environment(),
        folder / "environment",
        rebuilt.origin,
        different_python=options.different_python,
        as_it_is=options.this_environment,
    )
    data = PipelineData()
    if isinstance(request, PipelineRequest):
        data = prepare_pipeline(
            recorded, request, near=near, folder=folder, root=rebuilt.root, locate=locate
        )
    return Preparation(
        recorded=recorded,
        folder=rebuilt.working_folder(recorded),
        interpreter=interpreter,
        catalog=data.catalog,
        command=_command(request, data, interpreter, rebuilt),
        variables=_variables(recorded, folder, rebuilt),
        doubts=[*_omitted(recorded.git), *interpreter.doubts, *data.doubts],
        missing=data.missing,
        lost=data.lost,
    )


def _omitted(git: GitState | None) -> list[str]:
    """Describe the code that is not recorded."""
    if git is None:
        return []
    doubts = [f"of the code is not recorded: {file}" for file in git.omitted]
    if git.omitted_more:
        doubts.append(f"of the code are not recorded: {git.omitted_more:,} more files")
    return doubts


def _command(
    request: Request, data: PipelineData, interpreter: Interpreter, rebuilt: RebuiltCode
) -> list[str]:
    """Return the command that repeats a request; empty if nothing of it can run."""
    if isinstance(request, ProjectRequest):
        return _project_command(request, interpreter, rebuilt)
    target = rebuilt.translate_target(request.target)
    if isinstance(request, ScriptRequest):
        arguments = ["--", *request.arguments] if request.arguments else []
        return ["run", "--script", target, *arguments]
    return ["run", *filter(None, [target]), *data.options] if data.options else []


def _project_command(
    request: ProjectRequest, interpreter: Interpreter, rebuilt: RebuiltCode
) -> list[str]:
    """Return the command that runs a project of MLflow in its original environment."""
    pairs = [param.partition("=") for param in request.params]
    return [
        "project",
        "run",
        str(rebuilt.root / request.target.partition("#")[2].strip("/")),
        f"--entry-point={request.entry_point}",
        f"--python={interpreter.python}",
        *(["--shell"] if request.shell else []),
        *(f"--param={name}={rebuilt.translate(value)}" for name, _, value in pairs),
    ]


def _require(recorded: Recorded) -> Request:
    """Return the recorded request of a run, or raise if there is none."""
    request, run = recorded.configuration.request, recorded.details.run
    if request is None or run.kind not in ("pipeline", "script", "project"):
        raise ConflictError(
            f"Run {recorded.label} was started from Python, so there is no command that repeats "
            "it.",
            hint="Runs of treadle run and treadle project run can be reproduced.",
        )
    typed = request.arguments if isinstance(request, ScriptRequest) else request.params
    if any(MASK in text for text in typed):
        raise ConflictError(
            f"Run {recorded.label} was given a secret on its command line, which is not recorded.",
            hint="Give secrets by credentials.yml or by environment variables.",
        )
    return request


def _variables(recorded: Recorded, folder: Path, rebuilt: RebuiltCode) -> dict[str, str]:
    source = rebuilt.root / "src"
    own = (
        []
        if recorded.details.run.kind == "project"
        else [source if source.is_dir() else rebuilt.root]
    )
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [*map(str, own), *map(rebuilt.translate, inherited)]
    variables = {
        "TREADLE_LEDGER": str(folder / "ledger.db"),  # reuse in the project is independent of it
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    seed = recorded.environment.hash_seed if recorded.environment else ""
    return {**variables, **({"PYTHONHASHSEED": seed} if seed else {})}


def run_prepared(prepared: Preparation, location: StoreLocation, *, output: Any = None) -> int:
    """Run a reproduction, recorded in a store, and return its exit code.

    Args:
        prepared: What to run.
        location: The store.
        output: The destination of its output; that of this process if not given.
    """
    run = prepared.recorded.details.run
    record = [f"--tag={TAG}={run.id}"]
    variables = dict(prepared.variables)
    if str(location) == location.uri:
        record.append(f"--store={location.uri}")
    else:  # it has a password, which every user of the machine could see in an argument
        variables["TREADLE_STORE"] = location.uri
    if run.name:
        record.append(f"--name={run.name}-reproduced")  # a name refers to its newest run
    if run.experiment:
        record.append(f"--experiment={run.experiment}")
    at = 2 if run.kind == "project" else 1  # all that follows a script is passed to it
    command = [*prepared.command[:at], *record, *prepared.command[at:]]
    # A project of MLflow is run by this Treadle; all else by that of the run's environment.
    python = sys.executable if run.kind == "project" else prepared.interpreter.python
    done = subprocess.run(
        [python, "-P", "-m", "treadle", *command],
        cwd=prepared.folder,
        env=drop_foreign_tokens(location, _inherit(variables)),
        stdout=output,
        check=False,
    )
    return done.returncode


def _inherit(variables: Mapping[str, str]) -> dict[str, str]:
    dropped = {"PYTHONPATH", "PYTHONHASHSEED", "PYTHONHOME", "VIRTUAL_ENV", "TREADLE_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, **variables}


def find_reproduction(store: RunReader, run: str, since: float) -> RunDetails | None:
    """Return the run of a reproduction; None if it never began."""
    where = parse(f'tags."{TAG}" = "{run}"')
    for found in store.find_runs(Search(where=where, limit=1)):
        if found.started >= since:
            return store.get_run(found.id)
    return None
