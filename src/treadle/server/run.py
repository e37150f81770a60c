"""Starts the server: uvicorn in this process, or several workers on a shared database."""

import contextlib
import os
import socket
from typing import Final

import msgspec

from treadle.errors import StoreError
from treadle.server.app import Application, ServerSettings, create_app
from treadle.server.guard import is_loopback
from treadle.store import StoreLocation
from treadle.store.connect import connect_team_store

_SETTINGS: Final = "TREADLE_SERVER_SETTINGS"


def bind(host: str, port: int) -> socket.socket:
    """Bind the address before anything else is done; port 0 is any that is free.

    Raises:
        StoreError: Another program uses it, or it is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Workers get a file descriptor and misread its kind: asyncio would not disable Nagle there.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StoreError(
            f"The server cannot listen at {host}:{port}: {error.strerror or error}.",
            hint="Choose another port with --port, or 0 for any that is free.",
        ) from error
    listener.listen(2048)  # clients wait until the server is ready
    listener.set_inheritable(True)
    return listener


def check_exposure(location: StoreLocation, host: str, *, is_open: bool) -> None:
    """Reject an address that others can reach if the server has no authentication.

    Raises:
        StoreError: The address can be reached from elsewhere, and the store has no accounts.
    """
    if location.kind == "http":
        raise StoreError(
            f"The store {location} is a server, and a server needs a database of its own.",
            hint="Use --store with a file, or with postgresql://….",
        )
    if is_open or is_loopback(host):
        return
    store = connect_team_store(location)
    try:
        if store.accounts.all():
            return
    finally:
        store.close()
    raise StoreError(
        f"At {host} everybody on the network could change everything, for the server has no users.",
        hint="Make one (treadle server user add NAME --role admin), or say --open if that is what "
        "you want.",
    )


def serve(settings: ServerSettings, listener: socket.socket, *, workers: int = 1) -> None:
    """Serve requests until a signal ends it.

    Raises:
        StoreError: The store cannot be opened, or cannot be shared by several workers.
    """
    import uvicorn

    location = settings.locate()
    if workers > 1 and location.kind == "sqlite":
        raise StoreError(
            "Several workers need a database that they can share.",
            hint="Use --store postgresql://…, or one worker: it commits the requests of many "
            "clients together.",
        )
    options = {
        "log_level": "warning",
        "access_log": False,
        "timeout_keep_alive": 75,
        "server_header": False,
        "http": "treadle.server.slow_clients:TimedProtocol",
        "lifespan": "on",
        "timeout_graceful_shutdown": 10,
        "proxy_headers": False,
    }
    if workers == 1:
        server = uvicorn.Server(uvicorn.Config(create_app(settings), **options))  # type: ignore[arg-type]
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        return
    os.environ[_SETTINGS] = msgspec.json.encode(settings).decode()
    uvicorn.run(
        "treadle.server.run:app_of_worker",
        factory=True,
        workers=workers,
        fd=listener.fileno(),
        **options,  # type: ignore[arg-type]
    )


def app_of_worker() -> Application:
    """Create the application in a worker process, from the settings of its parent."""
    return create_app(msgspec.json.decode(os.environ[_SETTINGS], type=ServerSettings))


def explain_address(host: str, listener: socket.socket) -> str:
    """Return the server's URL."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
