"""``treadle import``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from treadle.cli.groups import CommandGroup

if TYPE_CHECKING:
    from treadle.interop.mlflow.source import MlflowSource

__all__ = ["command"]


@click.group("import", cls=CommandGroup)
def command() -> None:
    """Bring runs of other systems to this store."""


@command.command("mlflow")
@click.argument("source", metavar="FOLDER|FILE|URL")
@click.option("--store", default="", metavar="URI", help="Where it goes; a file, or postgresql://….")
def mlflow(source: str, store: str) -> None:
    """Bring an MLflow store: an mlruns folder, an mlflow.db, or a running server.

    Experiments, runs, full metric histories, params, tags, dataset inputs, artifacts, logged models, and registered models
    with their versions, stages, tags and aliases. Run it again to bring what is new; nothing comes twice.

    \b
    Examples:
      treadle import mlflow mlruns
      treadle import mlflow http://127.0.0.1:5000
      treadle import mlflow mlflow.db --store postgresql://treadle@db/runs
    """
    from treadle.interop.mlflow.bring import bring
    from treadle.masking import mask
    from treadle.store import open_artifacts
    from treadle.store.connect import connect_team_store
    from treadle.tracking import choose_location

    location = choose_location(store)
    opened = _open(source)
    target = connect_team_store(location)
    try:
        brought = bring(opened, target, open_artifacts(location.artifacts), lambda what: click.echo(f"  {what}"))
    finally:
        opened.close()
        target.close()
    click.echo(
        f"{location} has {brought.experiments} experiments, {brought.runs} runs and {brought.models} models of {mask(source)};"
        f" new are {brought.points:,} points, {brought.artifacts} artifacts and {brought.versions} versions."
    )


def _open(source: str) -> "MlflowSource":
    from treadle.errors import DataError

    if source.startswith(("http://", "https://")):
        from treadle.interop.mlflow.rest import ServerSource

        return ServerSource(source)
    path = Path(source.removeprefix("sqlite:///").removeprefix("file://"))
    if not path.exists():
        raise DataError(
            f"There is no {path}.",
            hint="Name the mlruns folder or the mlflow.db of MLflow, or the address of its server.",
        )
    if path.is_dir():
        from treadle.interop.mlflow.folder import FolderSource

        return FolderSource(path)
    from treadle.interop.mlflow.database import DatabaseSource

    return DatabaseSource(path)
