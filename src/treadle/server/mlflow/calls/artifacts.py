"""MLflow's calls that list artifacts; the files themselves are transferred by ``files``."""

import re
from urllib.parse import unquote

from msgspec import UNSET

from treadle.errors import StoreError
from treadle.records import ArtifactOwner
from treadle.server.caller import Caller
from treadle.server.mlflow.artifact_roots import artifact_root
from treadle.server.mlflow.entities import FileMessage, Message, RunRequest, run_id
from treadle.server.mlflow.errors import invalid
from treadle.server.operation import operation
from treadle.store import check_artifact_path
from treadle.store.sql import SqlStore


class ListArtifacts(RunRequest, kw_only=True):
    path: str = ""
    page_token: str = ""


class ArtifactsAnswer(Message, kw_only=True):
    root_uri: str
    files: list[FileMessage] = []


class ListModelArtifacts(Message, kw_only=True):
    model_id: str
    artifact_directory_path: str = ""
    page_token: str = ""


@operation("GET", "artifacts/list")
def list_artifacts(caller: Caller, ask: ListArtifacts) -> ArtifactsAnswer:
    """List a directory of a run's artifacts, by paths from the run's root."""
    run = run_id(ask)
    state = caller.run(run)
    owner = ArtifactOwner("run", run)
    return ArtifactsAnswer(
        root_uri=artifact_root(caller.experiment(state.experiment_id), owner),
        files=list_folder(caller, owner, ask.path),
    )


@operation("GET", "logged-models/{model_id}/artifacts/directories")
def list_model_artifacts(caller: Caller, ask: ListModelArtifacts) -> ArtifactsAnswer:
    """List a directory of a logged model's artifacts, by paths from the model's root."""
    model = caller.logged_model(ask.model_id)
    owner = ArtifactOwner("model", model.id)
    return ArtifactsAnswer(
        root_uri=artifact_root(caller.experiment(model.experiment_id), owner),
        files=list_folder(caller, owner, ask.artifact_directory_path),
    )


def list_folder(caller: Caller, owner: ArtifactOwner, folder: str) -> list[FileMessage]:
    """List a directory; for a file, the list is empty."""
    return [
        FileMessage(
            path=one.path, is_dir=one.is_folder, file_size=UNSET if one.is_folder else one.size
        )
        for one in caller.store.artifacts.list(owner, check_folder(folder))
    ]


def check_folder(path: str) -> str:
    """Return the path of a directory as it is stored; that of the root, such as ``.``, is empty."""
    plain = without_dots(path.rstrip("/"))
    return check_path(plain) if plain else ""


def check_path(path: str) -> str:
    """Return the path of a file as it is stored; reject one that could resolve to another file.

    It is also checked as decoded once more, as some proxies do: ``%2e%2e`` is ``..`` then. Bytes
    that are not UTF-8 have become replacement characters.
    """
    if climbs(path) or "\N{REPLACEMENT CHARACTER}" in path:
        raise invalid(f"Invalid path: {path[:200]!r}")
    try:
        return check_artifact_path(without_dots(path))
    except StoreError as error:
        raise invalid(f"Invalid path: {path[:200]!r}") from error


def without_dots(path: str) -> str:
    """Return a path without its ``.`` segments."""
    return "/".join(part for part in path.split("/") if part != ".")


def climbs(path: str) -> bool:
    """Whether a path leads out of its directory, however it is quoted."""
    while (plain := unquote(path)) != path:
        path = plain
    return ".." in re.split(r"[/\\]", path)


def check_room(store: SqlStore, owner: ArtifactOwner, path: str) -> None:
    """Reject a file path that is a directory or below another file: no client could fetch both."""
    obstacle = store.artifacts.obstacle(owner, path)
    if obstacle is not None:
        file, folder = sorted((obstacle, path), key=len)
        raise invalid(
            f"Invalid path: '{path[:200]}'. '{file[:200]}' cannot be a file and the folder of "
            f"'{folder[:200]}'."
        )
