"""The directories above runs and logged models: of experiments, and of files without an owner."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from treadle.records import ArtifactOwner
from treadle.server.caller import Caller
from treadle.server.mlflow.artifact_roots import experiment_root
from treadle.server.mlflow.calls.artifacts import list_folder
from treadle.server.mlflow.entities import FileMessage

FREE: Final = ArtifactOwner("free", "")
"""The owner of files that belong to neither a run nor a logged model."""

_SCHEME: Final = re.compile(r"mlflow-artifacts:(?://[^/]*)?/+(?P<path>.*)", re.DOTALL)


def list_root(caller: Caller, folder: str) -> list[FileMessage]:
    """List a directory outside of runs and logged models, as far as the caller may see it.

    Args:
        caller: The caller of the operation.
        folder: Its path below the root; empty for the root.
    """
    found: dict[str, FileMessage] = {}
    if caller.principal.may_everywhere("viewer"):
        found = {one.path: one for one in list_folder(caller, FREE, folder)}
    inside = f"{folder}/" if folder else ""
    for path in _folders(caller, inside):
        if path.startswith(inside):
            name = inside + path[len(inside) :].partition("/")[0]
            found[name] = FileMessage(path=name, is_dir=True, file_size=UNSET)
    return [found[path] for path in sorted(found)]


def _folders(caller: Caller, inside: str) -> Iterator[str]:
    """Yield the directories of all runs and logged models with files that may be in a directory."""
    for experiment in caller.store.experiments.all():
        match = _SCHEME.fullmatch(experiment_root(experiment))
        root = match["path"].strip("/") if match else ""
        is_near = f"{root}/".startswith(inside) or inside.startswith(f"{root}/")
        if not root or not is_near or not caller.sees(experiment.id):
            continue
        for owner in caller.store.artifacts.owners(experiment.id):
            yield f"{root}/{'models/' if owner.kind == 'model' else ''}{owner.id}/artifacts"
