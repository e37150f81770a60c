"""Service of an API: decodes requests, performs operations on the store, and encodes responses.

Both APIs are served by this one engine; how they differ is in their `Dialect`.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import TreadleError, UnknownOutcomeError
from treadle.records import Role
from treadle.server.access import AfterCommit, StoreAccess
from treadle.server.attempts import Attempt, Attempts
from treadle.server.caller import Caller
from treadle.server.operation import Method, Operation
from treadle.server.rejections import RejectedError
from treadle.server.routing import Endpoint, Route, principal_of
from treadle.store.sql import SqlStore

T = TypeVar("T")


class Encoding(msgspec.Struct, frozen=True):
    """A format of response bodies."""

    media_type: str
    encode: Callable[[Any], bytes]


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How an API expresses requests, responses and errors."""

    name: str
    prefixes: tuple[str, ...]
    """The paths under which it is served; the first is documented."""
    decode: Callable[[Operation, Request], Awaitable[msgspec.Struct]]
    """Reads the message of an operation from a request."""
    encoding: Callable[[Request], Encoding]
    """Chooses the format of a response."""
    reject: Callable[[RejectedError | TreadleError, Request, int], Response]
    """Returns the response for an error; the number is seconds after which to retry."""
    identify: Callable[[Operation, Method], str]
    """Returns the id of an operation in the OpenAPI document."""
    now: Callable[[], float] = time.time
    """Returns the time in the resolution of the API, in seconds since the epoch."""


class Service:
    """An API over a store.

    Args:
        dialect: How it reads requests and writes responses.
        access: The store.
        webhooks: Hosts that webhooks may use; None where webhooks are off.
        has_sign_in: Whether people sign in with an identity provider.
    """

    def __init__(
        self,
        dialect: Dialect,
        access: StoreAccess,
        webhooks: tuple[str, ...] | None = None,
        *,
        has_sign_in: bool = False,
    ) -> None:
        self._dialect = dialect
        self._access = access
        self._webhooks = webhooks
        self._has_sign_in = has_sign_in
        self._attempts = Attempts()

    def routes(self, operations: Iterable[Operation]) -> Iterator[Route]:
        """Yield the routes of operations."""
        for one in operations:
            endpoint = self._guard(self._perform(one))
            for prefix in self._dialect.prefixes:
                yield Route(one.methods, f"{prefix}/{one.path}", endpoint, one.role)

    def route(self, method: str, path: str, endpoint: Endpoint, role: Role = "viewer") -> Route:
        """Return the route of an endpoint that reads and writes its own bodies."""
        return Route((method,), path, self._guard(endpoint), role)

    async def read(self, request: Request, ask: Callable[[Caller], T]) -> T:
        """Query the store for the caller of a request."""
        return await self._access.read(lambda store: ask(self._caller(store, request)))

    async def write(
        self,
        request: Request,
        change: Callable[[Caller], T | AfterCommit[T]],
        attempt: Attempt | None = None,
    ) -> T:
        """Change the store for the caller of a request, in a transaction."""
        return await self._access.write(lambda store: change(self._caller(store, request, attempt)))

    def _caller(self, store: SqlStore, request: Request, attempt: Attempt | None = None) -> Caller:
        now, principal = self._dialect.now(), principal_of(request)
        attempt = attempt or Attempt("")
        return Caller(store, principal, now, self._webhooks, attempt, self._has_sign_in)

    def _perform(self, operation: Operation) -> Endpoint:
        async def answer(request: Request) -> Response:
            message = await self._dialect.decode(operation, request)
            encoding = self._dialect.encoding(request)

            def perform(caller: Caller) -> bytes | AfterCommit[bytes]:
                body = _encode(encoding, operation.function(caller, message))
                if operation.is_audited:
                    caller.audit(operation.path, message)
                return body

            body: bytes | AfterCommit[bytes]
            if operation.creates:
                key = msgspec.json.encode([principal_of(request).name, operation.path, message])
                body = await self._create(request, perform, key)
            elif operation.writes:
                body = await self.write(request, perform)
            else:
                body = await self.read(request, perform)
            return Response(body, media_type=encoding.media_type)

        return answer

    async def _create(
        self, request: Request, perform: Callable[[Caller], T | AfterCommit[T]], key: bytes
    ) -> T:
        """Create something once, even if the client repeats the request that the key identifies."""
        attempt = self._attempts.take(key)
        try:
            body = await self.write(request, perform, attempt)
        except Exception as error:
            if attempt.is_repeated or isinstance(error, UnknownOutcomeError):
                self._attempts.keep_open(key, attempt)
            raise
        if await request.is_disconnected():  # it has waited too long, and will retry
            self._attempts.keep_open(key, attempt)
        return body

    def _guard(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint so that its errors become responses of the API."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except (RejectedError, TreadleError) as error:
                return self._dialect.reject(error, request, self._access.pause)

        return answer


def _encode(encoding: Encoding, result: Any) -> bytes | AfterCommit[bytes]:
    """Encode a result, at once or after the commit."""
    if isinstance(result, AfterCommit):
        return AfterCommit(lambda: encoding.encode(result.answer()))
    return encoding.encode(result)
