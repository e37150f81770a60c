"""Preparation and execution of a reproduction, and search for its run."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.catalog import DataCatalog
from treadle.config import Config, load_config
from treadle.errors import ConflictError, TreadleError
from treadle.masking import MASK
from treadle.pipelines import base_name
from treadle.project.catalogs import offered_resolvers, project_hooks
from treadle.project.reproduction.configuration import restore_tree, write_configuration
from treadle.project.reproduction.data import Places, affected, place_data
from treadle.project.reproduction.interpreter import Interpreter, choose_interpreter
from treadle.project.settings import find_project
from treadle.provenance.environment import read_environment
from treadle.provenance.run_record import Recorded, Request, read_graph
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
    git = recorded.git
    prefix, origin = (git.folder, git.root) if git else ("", "")
    root = code / prefix
    interpreter = choose_interpreter(
        recorded.environment,
        read_environment(),
        folder / "environment",
        origin,
        different_python=options.different_python,
        as_it_is=options.this_environment,
    )
    doubts = [f"of the code is not recorded: {one}" for one in (git.omitted if git else [])]
    if git and git.omitted_more:
        doubts.append(f"of the code are not recorded: {git.omitted_more:,} more files")
    pieces = _Pieces(
        places=Places(entries={}, versions={}, missing={}, doubts=[]),
        lost={},
        catalog=None,
        options=[],
    )
    place = _place(recorded, code, root, origin)
    if recorded.details.run.kind == "project":
        command = _project_command(
            request, interpreter, root, lambda path: _translate(path, origin, code)
        )
    else:
        target = (
            _translate(request.target, origin, code)
            if request.target.endswith(".py")
            else request.target
        )
        if recorded.details.run.kind == "pipeline":
            pieces = _prepare_pipeline(recorded, near, folder, root, locate)
        is_script = recorded.details.run.kind == "script"
        command = [
            "run",
            *(["--script"] if is_script else []),
            *filter(None, [target]),
            *pieces.options,
        ]
        command += ["--", *request.arguments] if request.arguments else []
    return Preparation(
        recorded=recorded,
        folder=place,
        interpreter=interpreter,
        catalog=pieces.catalog,
        command=[] if pieces.lost and not pieces.options else command,
        variables=_variables(recorded, folder, root, origin),
        doubts=[*doubts, *interpreter.doubts, *pieces.places.doubts],
        missing=pieces.places.missing,
        lost=pieces.lost,
    )


def _project_command(
    request: Request, interpreter: Interpreter, root: Path, translate: Callable[[str], str]
) -> list[str]:
    """Return the command that runs a project of MLflow in its original environment."""
    pairs = [one.partition("=") for one in request.params]
    return [
        "project",
        "run",
        str(root / request.target.partition("#")[2].strip("/")),
        f"--entry-point={request.entry_point}",
        f"--python={interpreter.python}",
        *(["--shell"] if request.shell else []),
        *(f"--param={name}={translate(value)}" for name, _, value in pairs),
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
    if any(MASK in one for one in (*request.arguments, *request.params)):
        raise ConflictError(
            f"Run {recorded.label} was given a secret on its command line, which is not recorded.",
            hint="Give secrets by credentials.yml or by environment variables.",
        )
    return request


class _Pieces(msgspec.Struct, frozen=True, kw_only=True):
    places: Places
    lost: dict[str, str]
    catalog: DataCatalog | None
    options: list[str]
    """The options of the command; empty if no node can run."""


def _prepare_pipeline(
    recorded: Recorded, near: Path, folder: Path, root: Path, locate: Callable[[str], Path | None]
) -> _Pieces:
    configuration, request = recorded.configuration, _require(recorded)
    today = find_project(near)
    conf = today.conf if today else near / "conf"
    sources = [
        one for one in (_load(_conf_of(root), request), _load(conf, request)) if one is not None
    ]
    parameters, unset = restore_tree(
        configuration.parameters, [one.parameters.tree for one in sources]
    )
    entries, unknown = restore_tree(configuration.catalog, [one.catalog for one in sources])
    if unset or unknown:
        names = ", ".join(
            [*(f"parameter {name}" for name in unset), *(f"catalog {name}" for name in unknown)]
        )
        raise ConflictError(
            f"Secrets of run {recorded.label} are not recorded, and not set here: {names}.",
            hint=f"Set them in {conf}, as the run had them.",
        )
    credentials = next((one.credentials for one in sources if one.credentials), {})
    catalog = DataCatalog(entries, credentials=credentials, root=root)
    outside = folder / "outputs"
    outside.mkdir()
    places = place_data(recorded.details, catalog, root, outside, locate)
    write_configuration(folder / "conf", parameters, {**entries, **places.entries}, conf / "local")
    lost, nodes = _lose(recorded.details, places)
    if lost and not nodes:
        return _Pieces(places=places, lost=lost, catalog=catalog, options=[])
    options = ["--fresh", f"--seed={configuration.seed}", f"--conf-source={folder / 'conf'}"]
    options += [f"--load-versions={name}={version}" for name, version in places.versions.items()]
    if lost:
        options += [f"--nodes={','.join(nodes)}"]
    else:
        for name in (
            "nodes",
            "tags",
            "from_nodes",
            "to_nodes",
            "from_inputs",
            "to_outputs",
            "namespace",
        ):
            options += [f"--{name.replace('_', '-')}={one}" for one in getattr(request, name)]
    return _Pieces(places=places, lost=lost, catalog=catalog, options=options)


def _conf_of(root: Path) -> Path:
    project = find_project(root)
    return project.conf if project else root / "conf"


def _load(conf: Path, request: Request) -> Config | None:
    """Load an optional configuration; None if it cannot be loaded."""
    try:
        project = find_project(conf.parent)
        return load_config(
            conf,
            environment=request.environment,
            overrides=request.params,
            resolvers=offered_resolvers(project_hooks(project), project) if project else None,
        )
    except TreadleError:
        return None


def _lose(details: RunDetails, places: Places) -> tuple[dict[str, str], list[str]]:
    """Return the outputs that cannot be made without inputs, and the nodes that can still run."""
    nodes = read_graph(details).nodes
    if not places.missing or not nodes:
        return {}, []
    lost = affected(nodes, places.missing)
    made = {use.dataset for use in details.datasets if use.role != "read"}
    why = "; ".join(f'"{name}": {reason}' for name, reason in places.missing.items())
    runnable = [
        node.name
        for node in nodes
        if not lost.intersection(map(base_name, (*node.inputs, *node.outputs)))
    ]
    return dict.fromkeys((name for name in made if base_name(name) in lost), why), runnable


def _translate(path: str, origin: str, code: Path) -> str:
    """Return the path in the rebuilt code of a path in the code that ran."""
    if origin and Path(path).is_relative_to(origin):
        return str(code / Path(path).relative_to(origin))
    return path


def _place(recorded: Recorded, code: Path, root: Path, origin: str) -> Path:
    """Return the corresponding working directory in the rebuilt code."""
    was = recorded.environment.folder if recorded.environment else ""
    place = Path(_translate(was, origin, code)) if was else root
    if not place.is_relative_to(code):
        return root
    place.mkdir(parents=True, exist_ok=True)
    return place


def _variables(recorded: Recorded, folder: Path, root: Path, origin: str) -> dict[str, str]:
    source = root / "src"
    paths = (
        [] if recorded.details.run.kind == "project" else [str(source if source.is_dir() else root)]
    )
    paths += [
        _translate(one, origin, folder / "code")
        for one in os.environ.get("PYTHONPATH", "").split(os.pathsep)
    ]
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
