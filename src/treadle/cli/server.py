"""``treadle server``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import msgspec

from treadle.cli.accounts import audit, token, user
from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo

if TYPE_CHECKING:
    from treadle.server.app import ServerSettings
    from treadle.server.sign_in.settings import SignInSettings
    from treadle.store import StoreLocation


@click.group("server", cls=CommandGroup, invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    default=5000,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="0 takes any free one.",
)
@click.option(
    "--store", default="", metavar="URI", help="Where the runs are kept: a file, or postgresql://…."
)
@click.option(
    "--artifacts",
    default="",
    metavar="FOLDER|URL",
    help="Where files go; beside the database if not given.",
)
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(1, 64),
    show_default=True,
    help="Processes; on PostgreSQL.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Another name that clients use for this server.",
)
@click.option(
    "--open", "is_open", is_flag=True, help="Let everybody on the network in who reaches it."
)
@click.option(
    "--oidc",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="How people sign in by OpenID Connect.",
)
@click.option(
    "--webhooks", is_flag=True, help="Tell addresses on the internet when the registry changes."
)
@click.option(
    "--allow-webhook",
    multiple=True,
    metavar="HOST[:PORT]",
    help="A host in the own network to tell, too.",
)
@click.option(
    "--request-timeout",
    default=30.0,
    type=click.FloatRange(0),
    show_default=True,
    help="Seconds for the headers of a request; its body has to bring 500 bytes a second. 0: no "
    "limit.",
)
@click.pass_context
def command(context: click.Context, /, store: str, **options: Any) -> None:
    """Serve the runs of a team: clients of Treadle and MLflow log and read here.

    \b
    Examples:
      treadle server
      MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python train.py
      treadle server user add ada --role admin
      treadle server --store postgresql://treadle@db/runs --workers 4
      treadle server --host 0.0.0.0 --allow-host runs.example.org
    """
    context.obj = store
    if context.invoked_subcommand is None:
        start(store, **options)


def start(
    store: str,
    *,
    host: str,
    port: int,
    artifacts: str,
    workers: int,
    is_open: bool,
    oidc: Path | None,
    **others: Any,
) -> None:
    """Start the server, after checking for problems."""
    from treadle.server.run import bind, check_exposure, explain_address, serve
    from treadle.store import open_store
    from treadle.tracking import choose_location

    chosen = choose_location(store)
    location = msgspec.structs.replace(chosen, artifacts=artifacts or chosen.artifacts)
    sign_in = _find_provider(oidc) if oidc is not None else None
    check_exposure(location, host, is_open=is_open or sign_in is not None)
    listener = bind(host, port)
    open_store(location).close()
    echo(f"Treadle keeps runs in {location}")
    echo(f"and listens at {explain_address(host, listener)}  (Ctrl-C ends it)")
    serve(_settings(location, host, sign_in, **others), listener, workers=workers)


def _settings(
    location: "StoreLocation",
    host: str,
    sign_in: "SignInSettings | None",
    *,
    allow_host: tuple[str, ...],
    webhooks: bool,
    allow_webhook: tuple[str, ...],
    request_timeout: float,
) -> "ServerSettings":
    from treadle.server.app import ServerSettings

    own = (urlsplit(sign_in.url).hostname or "",) if sign_in is not None else ()
    return ServerSettings(
        store=location.uri,
        artifacts=location.artifacts,
        is_named=location.is_named,
        host=host,
        names=(*allow_host, *own),
        sign_in=sign_in,
        webhooks=allow_webhook if webhooks or allow_webhook else None,
        patience=request_timeout,
    )


def _find_provider(file: Path) -> "SignInSettings":
    """Read the sign-in settings, and check them now rather than at the first sign-in."""
    from treadle.errors import StoreUnreachableError
    from treadle.server.sign_in.provider import Provider
    from treadle.server.sign_in.settings import read_settings

    settings = read_settings(file)
    try:
        Provider(settings).find()
    except StoreUnreachableError as error:
        echo(f"Nobody can sign in as long as this is so: {error.message}", err=True)
    return settings


command.add_command(user)
command.add_command(token)
command.add_command(audit)
