"""Routing of requests: a table of exact paths, and a few patterns."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from treadle.records import Role
from treadle.server.principal import Principal
from treadle.server.rejections import refuse

_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]

_CHANGING: Final[tuple[Role, ...]] = ("editor", "admin")
_FIELD: Final = re.compile(r"\{(\w+)(:path)?\}")


class Route(msgspec.Struct, frozen=True):
    """A route.

    Every route states the minimum role of its caller; ``none`` is for everyone, known or not.
    Access to a single experiment or model is checked by the endpoint.
    """

    methods: tuple[str, ...]
    path: str
    """``{name}`` matches one segment, ``{name:path}`` the rest."""
    endpoint: Endpoint
    role: Role


class Router:
    """An ASGI application over a table of routes; other paths get 404."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        self._has_noted_trace = False
        known: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            if route.path not in known:
                known[route.path] = {}
                if "{" in route.path:
                    self._patterns.append((_compile(route.path), known[route.path]))
                else:
                    self._exact[route.path] = known[route.path]
            known[route.path].update(dict.fromkeys(route.methods, route))

    def find(self, path: str) -> tuple[dict[str, Route], dict[str, str]]:
        """Return the routes of a path by method, and the values of its fields."""
        if (exact := self._exact.get(path)) is not None:
            return exact, {}
        for pattern, found in self._patterns:
            if match := pattern.fullmatch(path):
                return found, match.groupdict()
        return {}, {}

    def _note_trace(self, path: str) -> None:
        """Log once that a client sends traces: its warning about each may go unseen."""
        if "/traces" in path and not self._has_noted_trace:
            self._has_noted_trace = True
            _log.warning(
                "A client sends traces (%s), which this server does not store. Switch it off there"
                " with mlflow.tracing.disable().",
                path[:200],
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        methods, fields = self.find(scope["path"])
        route = methods.get(scope["method"]) or (
            methods.get("GET") if scope["method"] == "HEAD" else None
        )
        scope["path_params"] = fields
        request = Request(scope, receive)
        if (
            route is not None
            and route.role in _CHANGING
            and not principal_of(request).may_somewhere(route.role)
        ):
            response = refuse(403, "PERMISSION_DENIED", "Permission denied")
        elif route is not None:
            response = await route.endpoint(request)
        elif methods:
            response = refuse(
                405, "BAD_REQUEST", f"This address takes {', '.join(sorted(methods))} only."
            )
            response.headers["allow"] = ", ".join(sorted(methods))
        else:
            self._note_trace(scope["path"])
            response = refuse(
                404, "ENDPOINT_NOT_FOUND", f"This server has nothing at {scope['path'][:200]}."
            )
        await response(scope, receive, send)


def principal_of(request: Request) -> Principal:
    """Return the principal of a request, as the authentication found it."""
    principal: Principal = request.scope["principal"]
    return principal


def _compile(path: str) -> re.Pattern[str]:
    parts = []
    at = 0
    for field in _FIELD.finditer(path):
        parts.append(re.escape(path[at : field.start()]))
        parts.append(f"(?P<{field[1]}>{'.+' if field[2] else '[^/]+'})")
        at = field.end()
    return re.compile("".join([*parts, re.escape(path[at:])]), re.DOTALL)
