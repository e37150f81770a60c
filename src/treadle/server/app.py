"""The server's ASGI application: guard, then authentication, then the routes."""

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treadle.errors import TreadleError
from treadle.server.access import StoreAccess
from treadle.server.api.artifacts import artifact_routes
from treadle.server.api.dialect import TREADLE
from treadle.server.api.events import event_routes
from treadle.server.api.journals import journal_routes
from treadle.server.api.operations import OPERATIONS as NATIVE
from treadle.server.artifact_transfer import Contents
from treadle.server.authentication import Authentication
from treadle.server.guard import Guard
from treadle.server.index import index_routes
from treadle.server.mlflow.dialect import MLFLOW
from treadle.server.mlflow.files.multipart import multipart_routes
from treadle.server.mlflow.files.transfer import file_routes
from treadle.server.mlflow.routes import OPERATIONS, protocol_routes
from treadle.server.openapi import openapi_route
from treadle.server.page_files import PageFiles
from treadle.server.routing import Route, Router
from treadle.server.service import Service
from treadle.server.sign_in.settings import SignInSettings
from treadle.server.watch import StoreWatch
from treadle.server.webhooks import WebhookSender
from treadle.store import StoreLocation, locate_store, open_artifacts
from treadle.store.connect import connect_team_store

if TYPE_CHECKING:
    from treadle.server.sign_in.routes import SignIn


_WATCH = 15.0  # seconds between checks
_LEASE = 60.0  # seconds in which a run has to send a heartbeat
_log = logging.getLogger(__name__)


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a server."""

    store: str
    """The location of the store, as `treadle.store.locate_store` accepts it."""
    artifacts: str = ""
    """The folder of the contents of artifacts; next to the database if empty."""
    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    """Other host names by which clients reach the server."""
    webhooks: tuple[str, ...] | None = None
    """Hosts, each as ``name`` or ``name:port``, that webhooks may use though they are not on the
    internet; None for no webhooks."""

    patience: float = 30.0
    """Seconds within which the headers of a request have to arrive, and over which the rate of
    its body is measured; 0 for no limit."""

    sign_in: SignInSettings | None = None
    """The identity provider that people sign in with; None for none."""

    is_named: bool = True
    """Whether the user names the store, and not only the settings of a project."""

    def locate(self) -> StoreLocation:
        """Return the location of the store."""
        location = locate_store(self.store, artifacts=self.artifacts)
        return msgspec.structs.replace(location, is_named=self.is_named)


class Application:
    """The ASGI application; its connections are open as long as the server runs."""

    def __init__(self, settings: ServerSettings) -> None:
        location = settings.locate()
        self.access = StoreAccess(lambda: connect_team_store(location))
        contents = Contents(open_artifacts(location.artifacts))
        sign_in = _sign_in(settings.sign_in, self.access)
        self.router = Router(_routes(self.access, contents, settings.webhooks, sign_in))
        self._webhooks = settings.webhooks
        self.patience = settings.patience
        """Read by `treadle.server.slow_clients`."""
        self._handle: ASGIApp = Guard(
            Authentication(self.router, self.access, sign_in),
            host=settings.host,
            names=settings.names,
            address=sign_in.address if sign_in is not None else "",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._handle(scope, receive, watch)
        except ClientDisconnect:
            _log.info(
                "A client disconnected before its request to %s was complete.", scope.get("path")
            )
        except Exception:
            _log.exception("A request to %s failed.", scope.get("path"))
            if started:
                raise
            body = (
                b'{"error_code": "INTERNAL_ERROR", "message": "The server failed; its log says '
                b'why."}'
            )
            await Response(body, 500, media_type="application/json")(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        tasks: list[asyncio.Task[None]] = []
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                tasks = [
                    asyncio.create_task(self._watch_runs()),
                    asyncio.create_task(self._check_store()),
                ]
                if self._webhooks is not None:
                    tasks.append(
                        asyncio.create_task(WebhookSender(self.access, self._webhooks).run())
                    )
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in tasks:
                    task.cancel()
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _check_store(self) -> None:
        """Check the store for damage once, during the first requests: intact data is readable."""
        try:
            damage = await self.access.read(lambda store: store.check())
        except TreadleError as error:
            damage = [error.message]
        if damage:
            _log.error(
                "The store is damaged: %s. What is intact can be read; restore a backup.",
                damage[0],
            )

    async def _watch_runs(self) -> None:
        """Mark runs as lost whose processes have stopped sending heartbeats."""
        while True:
            await asyncio.sleep(_WATCH)
            try:
                for run in await self.access.write(lambda store: store.lose(time.time() - _LEASE)):
                    _log.info(
                        "Run %s is lost: its process has not been heard of for %d s.", run, _LEASE
                    )
            except TreadleError as error:
                _log.warning("Lost runs cannot be determined: %s", error)

    def close(self) -> None:
        """Finish the pending work, and close the connections."""
        self.access.close()


def create_app(settings: ServerSettings) -> Application:
    """Create the application.

    Raises:
        StoreError: The store cannot be located.
    """
    return Application(settings)


def _sign_in(settings: SignInSettings | None, access: StoreAccess) -> "SignIn | None":
    if settings is None:
        return None
    from treadle.server.sign_in.provider import Provider  # an optional dependency, slow to import
    from treadle.server.sign_in.routes import SignIn

    return SignIn(Provider(settings), access)


def _routes(
    access: StoreAccess,
    contents: Contents,
    webhooks: tuple[str, ...] | None,
    sign_in: "SignIn | None",
) -> Iterator[Route]:
    yield Route(("GET",), "/health", _health, "none")
    yield Route(("GET",), "/healthz", _health, "none")
    own = Service(TREADLE, access, has_sign_in=sign_in is not None)
    files = PageFiles()
    yield from files.routes()
    yield from index_routes(own, files, sign_in)
    if sign_in is not None:
        yield from sign_in.routes()
    mlflow = Service(MLFLOW, access, webhooks)
    yield from protocol_routes(mlflow)
    yield from file_routes(mlflow, contents)
    yield from multipart_routes(mlflow, contents)
    yield from own.routes(NATIVE)
    yield openapi_route(((TREADLE, NATIVE), (MLFLOW, OPERATIONS)))
    yield from journal_routes(own, contents)
    yield from artifact_routes(own, contents)
    yield from event_routes(own, StoreWatch(access))


async def _health(request: Request) -> Response:
    return PlainTextResponse("OK")
