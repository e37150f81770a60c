"""``treadle server``."""

import click

__all__ = ["command"]


@click.command("server")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=5000, type=click.IntRange(0, 65535), show_default=True, help="0 takes any free one.")
@click.option("--store", default="", metavar="URI", help="Where the runs are kept: a file, or postgresql://….")
@click.option(
    "--artifacts", default="", metavar="FOLDER", help="Where files are kept; beside the database if not given."
)
@click.option("--workers", default=1, type=click.IntRange(1, 64), show_default=True, help="Processes; on PostgreSQL.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="Another name that clients use for this server.")
def command(host: str, port: int, store: str, artifacts: str, workers: int, allow_host: tuple[str, ...]) -> None:
    """Keep the runs of a team: Treadle's and MLflow's clients log here and read from here.

    \b
    Examples:
      treadle server
      treadle server --host 0.0.0.0 --allow-host runs.example.org --store postgresql://treadle@db/runs --workers 4
      MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python train.py
    """
    from treadle.server.app import ServerSettings
    from treadle.server.run import bind, explain_address, serve
    from treadle.store import locate_store, open_store
    from treadle.tracking import choose_location

    uri = choose_location(store).uri
    settings = ServerSettings(store=uri, artifacts=artifacts, host=host, names=allow_host)
    listener = bind(host, port)
    open_store(locate_store(uri, artifacts=artifacts)).close()  # what is wrong with it is said at once
    click.echo(f"Treadle keeps runs in {settings.locate()}")
    click.echo(f"and listens at {explain_address(host, listener)}  (Ctrl-C ends it)")
    serve(settings, listener, workers=workers)
