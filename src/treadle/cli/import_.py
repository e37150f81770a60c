"""``treadle import``."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo

if TYPE_CHECKING:
    from treadle.interop.mlflow.omissions import Omissions
    from treadle.interop.mlflow.source import MlflowSource


_SHOWN: Final = 50


@click.group("import", cls=CommandGroup)
def command() -> None:
    """Import runs of other systems into this store."""


@command.command("mlflow")
@click.argument("source", metavar="FOLDER|FILE|URL")
@click.option("--store", default="", metavar="URI", help="Where to; a file, or postgresql://….")
def mlflow(source: str, store: str) -> None:
    """Import an MLflow store: an mlruns folder, an mlflow.db, or a running server.

    Experiments, runs, full metric histories, params, tags, dataset inputs, artifacts, logged
    models, and registered models with their versions, stages, tags and aliases. Run it again to
    import what is new; nothing is imported twice, and what was changed or deleted here stays so.

    What cannot be read is listed, the rest is imported, and the exit status is 6.

    \b
    Examples:
      treadle import mlflow mlruns
      treadle import mlflow http://127.0.0.1:5000
      treadle import mlflow mlflow.db --store postgresql://treadle@db/runs
    """
    from treadle.interop.mlflow.import_store import import_store
    from treadle.masking import mask
    from treadle.store import open_artifacts
    from treadle.store.connect import connect_team_store
    from treadle.tracking import choose_location

    location = choose_location(store)
    opened = _open(source)
    target = connect_team_store(location)
    try:
        artifacts = open_artifacts(location.artifacts)
        counts = import_store(opened, target, artifacts, lambda what: echo(f"  {what}"))
    finally:
        opened.close()
        target.close()
    echo(
        f"{location} has {counts.experiments} experiments, {counts.runs} runs and"
        f" {counts.models} models of {mask(source)}; new are {counts.points:,} points,"
        f" {counts.artifacts} artifacts and {counts.versions} versions.",
    )
    if counts.removed:
        echo(f"{counts.removed} things do not come again: they were deleted here for good.")
    _report(opened.omissions, mask(source))


def _report(omissions: "Omissions", source: str) -> None:
    """Show what could not be read.

    Raises:
        DataError: Something could not be read.
    """
    from treadle.errors import DataError

    found = list(omissions)
    if not found:
        return
    for omission in found[:_SHOWN]:
        echo(f"Left out: {omission.where}: {omission.reason}.", err=True)
    if len(found) > _SHOWN:
        echo(f"… and {len(found) - _SHOWN} more places", err=True)
    total = omissions.total
    what = "things" if total > 1 else "thing"
    raise DataError(
        f"{total} {what} of {source} could not be read; all the rest was imported.",
        hint="Repair or remove what is listed, and import again: only what is missing is imported.",
    )


def _open(source: str) -> "MlflowSource":
    from treadle.errors import DataError

    if source.startswith(("http://", "https://")):
        from treadle.interop.mlflow.rest import ServerSource

        return ServerSource(source)
    path = Path(source.removeprefix("sqlite:///").removeprefix("file://"))
    if not path.exists():
        raise DataError(
            f"{path} was not found.",
            hint="Name the mlruns folder or the mlflow.db of MLflow, or the address of its server.",
        )
    if path.is_dir():
        from treadle.interop.mlflow.folder import FolderSource

        return FolderSource(path)
    from treadle.interop.mlflow.database import DatabaseSource

    return DatabaseSource(path)
