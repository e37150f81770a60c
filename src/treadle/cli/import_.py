"""``treadle import``."""

from pathlib import Path

import click

__all__ = ["command"]


@click.group("import")
def command() -> None:
    """Bring runs of other systems to this store."""


@command.command("mlflow")
@click.argument("source", metavar="FOLDER|FILE")
@click.option("--store", default="", metavar="URI", help="Where it goes; a file, or postgresql://….")
def mlflow(source: str, store: str) -> None:
    """Bring an MLflow store: an mlruns folder, or an mlflow.db.

    Experiments, runs, full metric histories, params, tags, dataset inputs, artifacts, logged models, and registered models
    with their versions, stages, tags and aliases. Run it again to bring what is new; nothing comes twice.

    \b
    Examples:
      treadle import mlflow mlruns
      treadle import mlflow mlflow.db --store postgresql://treadle@db/runs
    """
    from treadle.errors import DataError
    from treadle.interop.mlflow.bring import bring
    from treadle.interop.mlflow.database import DatabaseSource
    from treadle.interop.mlflow.folder import FolderSource
    from treadle.store import open_artifacts
    from treadle.store.connect import connect_team_store
    from treadle.tracking import choose_location

    path = Path(source.removeprefix("sqlite:///").removeprefix("file://"))
    if not path.exists():
        raise DataError(f"There is no {path}.", hint="Name the mlruns folder or the mlflow.db file of MLflow.")
    location = choose_location(store)
    opened = FolderSource(path) if path.is_dir() else DatabaseSource(path)
    target = connect_team_store(location)
    try:
        brought = bring(opened, target, open_artifacts(location.artifacts), lambda what: click.echo(f"  {what}"))
    finally:
        opened.close()
        target.close()
    click.echo(
        f"{location} has {brought.experiments} experiments, {brought.runs} runs and {brought.models} models of {path};"
        f" new are {brought.points:,} points, {brought.artifacts} artifacts and {brought.versions} versions."
    )
