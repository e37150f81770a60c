"""``treadle ui``."""

import click

from treadle.cli.render import echo


@click.command("ui")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Any free one if not given.")
@click.option("--store", default="", metavar="URI", help="Where the runs are kept.")
@click.option("--no-browser", is_flag=True, help="Only say the address.")
def command(port: int, store: str, *, no_browser: bool) -> None:
    """Open the runs of this project in a browser, from a server for this machine only."""
    from treadle.server.app import ServerSettings
    from treadle.server.run import bind, check_exposure, explain_address, serve
    from treadle.store import open_store
    from treadle.tracking import choose_location

    location = choose_location(store)
    if location.kind == "http":
        echo(f"These runs are on a server: {location}")
        if not no_browser:
            click.launch(location.uri)
        return
    check_exposure(location, "127.0.0.1", is_open=False)
    open_store(location).close()
    listener = bind("127.0.0.1", port)
    address = explain_address("127.0.0.1", listener)
    echo(f"{address}  (Ctrl-C ends it)")
    if not no_browser:
        click.launch(address)
    settings = ServerSettings(
        store=location.uri, artifacts=location.artifacts, is_named=location.is_named
    )
    serve(settings, listener)
