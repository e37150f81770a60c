"""Sources of model versions: the URI that a client sends, and the location that it resolves to.

The server itself never opens what a client names.
"""

import re
from typing import Final

import msgspec

from treadle.records import (
    ARTIFACT_ROOT,
    ArtifactOwner,
    ModelVersionRecord,
    RegisteredModelRecord,
    Stage,
)
from treadle.server.caller import Caller
from treadle.server.mlflow.artifact_roots import artifact_root
from treadle.server.mlflow.calls.artifacts import climbs
from treadle.server.mlflow.errors import invalid, missing
from treadle.server.mlflow.prompts import is_prompt

_STAGES: Final[dict[str, Stage]] = {
    "none": "None",
    "staging": "Staging",
    "production": "Production",
    "archived": "Archived",
}
_OF_RUN: Final = re.compile(r"runs:/+(?P<run>[^/]+)/?(?P<path>.*)")
_OF_LOGGED: Final = re.compile(r"models:/+(?P<model>[^/@]+)")
_OF_VERSION: Final = re.compile(
    r"models:/+(?P<name>[^/@]+)(?:/(?P<version>[^/@]+)|@(?P<alias>[^/@]+))"
)


class Source(msgspec.Struct, frozen=True):
    """The source of a model version."""

    address: str
    """The URI that the version records; an alias is replaced by the version's number."""
    location: str
    """The location that a client loads it from."""
    run: str = ""
    logged_model: str = ""


def find_source(caller: Caller, address: str, *, run: str, logged_model: str) -> Source:
    """Resolve a source URI.

    A run or a logged model that does not exist here belongs to another server, where tracking and
    registry are separate: its id is accepted as it is, and the URI is the location.

    Args:
        caller: The caller of the operation.
        address: The URI of a run's or a logged model's artifacts, of another version, or outside
            the server.
        run: The id of the run that the client names; empty if none.
        logged_model: The id of the logged model that the client names; empty if none.

    Raises:
        MlflowError: The version does not exist for the caller, it belongs to another run, or the
            path is local to one machine.
    """
    if match := _OF_VERSION.fullmatch(address):
        return _of_version(caller, match, address, run, logged_model)
    logged = caller.find_logged_model(logged_model) if logged_model else None
    return Source(
        address,
        _locate(caller, address, logged_model),
        run or (logged.source_run if logged else ""),
        logged_model,
    )


def _of_version(
    caller: Caller, match: "re.Match[str]", address: str, run: str, logged_model: str
) -> Source:
    """Resolve the URI of another version, whose run and logged model the new one inherits."""
    model = caller.model(match["name"])
    if is_prompt(model.tags):
        raise invalid(
            f"Invalid model version source: '{address[:200]}'. Prompt versions cannot be used as "
            "model version sources."
        )
    found = _find_version(caller, model, match["version"] or "", match["alias"] or "")
    if (run and run != found.run) or (logged_model and logged_model != found.logged_model):
        raise invalid(
            f"Invalid model version source: '{address[:200]}'. The run_id and model_id request "
            "parameters must match the"
            " referenced model version."
        )
    return Source(
        f"models:/{found.name}/{found.version}", found.location, found.run, found.logged_model
    )


def _find_version(
    caller: Caller, model: RegisteredModelRecord, version: str, alias: str
) -> ModelVersionRecord:
    if alias or version.lower() == "latest":
        return find_by_alias(caller, model, alias or version)
    if version.isdigit():
        return caller.version(model.name, version)
    stage = read_stage(version)
    for one in model.latest:
        if one.stage == stage:
            return caller.version(model.name, str(one.version))
    raise missing(f"No versions of model with name '{model.name}' and stage '{stage}' found")


def find_by_alias(caller: Caller, model: RegisteredModelRecord, alias: str) -> ModelVersionRecord:
    """Return the version of an alias; "latest" is the newest of all stages.

    Raises:
        MlflowError: The model has no such alias.
    """
    number = model.aliases.get(alias)
    if alias.lower() == "latest" and model.latest:
        number = max(one.version for one in model.latest)
    if number is None:
        raise invalid(f"Registered model alias {alias} not found.")
    return caller.version(model.name, str(number))


def read_stage(stage: str) -> Stage:
    """Parse a stage, ignoring case."""
    found = _STAGES.get(stage.lower())
    if found is None:
        raise invalid(
            f"Invalid Model Version stage: {stage[:50]}. Value must be one of None, Staging, "
            "Production, Archived."
        )
    return found


def _locate(caller: Caller, address: str, logged_model: str) -> str:
    """Return the location that a client loads it from."""
    if match := _OF_LOGGED.fullmatch(address):
        return _locate_logged_model(caller, match["model"], address, logged_model)
    if (match := _OF_RUN.fullmatch(address)) and not climbs(match["path"]):
        state = caller.find_run(match["run"])
        if state is None:
            return address
        experiment = caller.experiment(state.experiment_id)
        root = artifact_root(experiment, ArtifactOwner("run", match["run"]))
        return "/".join(filter(None, (root, match["path"])))
    _check_address(address)
    return address


def _locate_logged_model(caller: Caller, model: str, address: str, named: str) -> str:
    found = caller.find_logged_model(model)
    if found is not None:
        experiment = caller.experiment(found.experiment_id)
        return artifact_root(experiment, ArtifactOwner("model", found.id))
    if model == named:
        return address  # of another server, as the client names it twice
    raise invalid(
        f"Invalid model version source: '{address[:200]}'. The model_id request parameter"
        " must identify the resource that contains the source."
        f" Logged model with ID '{model[:100]}' not found."
    )


def _check_address(address: str) -> None:
    """Reject an address that is not a URI which every client may open."""
    if address.startswith("models:"):
        raise invalid(
            f"Invalid model version source: '{address[:200]}'. Use models:/<name>/<version>, "
            "models:/<name>@<alias> or"
            " models:/<model_id>."
        )
    scheme = re.match(r"([A-Za-z][\w+.\-]*):", address)
    is_local = scheme is None or scheme[1].lower() == "file" or len(scheme[1]) == 1
    is_odd = any(ord(sign) < 32 for sign in address) or len(address) > 2048  # noqa: PLR2004
    if is_local or is_odd or climbs(address):
        raise invalid(
            f"Invalid model version source: '{address[:200]}'. To use a local path as a model "
            "version source, the run_id"
            " request parameter has to be specified and the local path has to be contained within "
            "the artifact directory"
            " of the run specified by the run_id."
        )
    if address.startswith(ARTIFACT_ROOT) and any(sign in address for sign in "#?"):
        raise invalid(f"Invalid model version source: '{address[:200]}'.")
