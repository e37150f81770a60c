"""Authentication by token, by user name and password (as MLflow's clients send), or by session.

A server without accounts is open: every client may do everything, which is why it listens beyond
its own machine only on request. With accounts, everything that is not public needs one.
"""

import base64
import binascii
import hashlib
import math
import time
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from treadle.errors import TreadleError
from treadle.records import AccountRecord
from treadle.server.access import StoreAccess
from treadle.server.passwords import digest_token, fits
from treadle.server.principal import EVERYTHING, Principal
from treadle.server.rejections import refuse
from treadle.server.sign_in.session import is_visit, session_of

if TYPE_CHECKING:
    from treadle.server.sign_in.routes import SignIn


_PUBLIC: Final = frozenset({"/health", "/healthz"})
_SIGN_IN: Final = frozenset({"/sign-in", "/sign-in/done", "/sign-out"})
_REMEMBER: Final = 5.0  # seconds for which a revoked token or role may still be cached
_REMEMBER_PASSWORD: Final = 60.0  # verifying one again costs 50 ms
_MAX_KNOWN: Final = 10_000
_MAX_FAILURES: Final = 10  # per name; all clients behind a proxy share its address
_MAX_FAILURES_OF_CLIENT: Final = 100
_WINDOW: Final = 60.0  # seconds in which so many wrong passwords are allowed
_TOKEN: Final = "trd_"  # noqa: S105 - what tokens begin with
_CHALLENGE: Final = {"www-authenticate": 'Basic realm="Treadle", charset="UTF-8"'}


class Authentication:
    """ASGI middleware that adds the principal to the scope of each request, or responds with 401.

    Args:
        app: The application that handles authenticated requests.
        access: The store that has the accounts.
        sign_in: Sign-in by an identity provider, if it is configured.
    """

    def __init__(self, app: ASGIApp, access: StoreAccess, sign_in: "SignIn | None" = None) -> None:
        self._app = app
        self._access = access
        self._sign_in = sign_in
        self._public = _PUBLIC | _SIGN_IN if sign_in is not None else _PUBLIC
        self._known: dict[str, tuple[float, Principal]] = {}
        self._passwords: dict[bytes, float] = {}
        self._failures: dict[tuple[str, ...], deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its principal, or reject it."""
        if scope["path"] in self._public:
            scope["principal"] = Principal("", "none")
            await self._app(scope, receive, send)
            return
        header = Headers(scope=scope).get("authorization", "")
        if self._sign_in is not None and not header and (session := session_of(scope)):
            header = f"Bearer {session}"
        client = str((scope.get("client") or ("",))[0])
        try:
            principal = await self._identify(header, client)
        except _TooManyError as error:
            message = f"Too many wrong passwords. Try again in {error.wait} seconds."
            wait = {"retry-after": str(error.wait)}
            await refuse(429, "REQUEST_LIMIT_EXCEEDED", message, wait)(scope, receive, send)
            return
        except TreadleError as error:
            await self._postpone(scope, error)(scope, receive, send)
            return
        if principal is None and self._sign_in is not None and is_visit(scope):
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            root = self._sign_in.root
            to = quote(root + scope["path"] + query, safe="")
            await RedirectResponse(f"{root}/sign-in?to={to}", 303)(scope, receive, send)
            return
        if principal is None:
            await refuse(401, "UNAUTHENTICATED", _explain(header), _CHALLENGE)(scope, receive, send)
            return
        scope["principal"] = principal
        await self._app(scope, receive, send)

    def _postpone(self, scope: Scope, error: TreadleError) -> Response:
        """Respond that the caller cannot be identified now; a change was not made, so retry."""
        if scope["method"] in ("GET", "HEAD"):
            return refuse(503, "TEMPORARILY_UNAVAILABLE", error.message)
        wait = {"retry-after": str(self._access.pause)}
        return refuse(429, "REQUEST_LIMIT_EXCEEDED", error.message, wait)

    async def _identify(self, header: str, client: str) -> Principal | None:
        now = time.monotonic()
        scheme, _, rest = header.partition(" ")
        pair = _read_pair(rest.strip()) if scheme.lower() == "basic" else None
        if pair is not None and not pair[1].startswith(_TOKEN):
            # First of all: while a name is locked, the right password gets the same response.
            self._check_failures((client, pair[0]), _MAX_FAILURES, now)
            self._check_failures((client,), _MAX_FAILURES_OF_CLIENT, now)
        key = hashlib.sha256(header.encode()).hexdigest()
        found = self._known.get(key)
        if found is not None and found[0] > now:
            return found[1]
        if len(self._known) > _MAX_KNOWN:
            self._known.clear()
        principal = None
        if await self._is_open():
            principal = EVERYTHING
        elif scheme.lower() == "bearer":
            principal = await self._by_token(rest.strip())
        elif pair is not None:
            principal = await self._by_password(*pair, client, now)
        if principal is not None:  # failures are not cached
            self._known[key] = (now + _REMEMBER, principal)
        return principal

    def _check_failures(self, key: tuple[str, ...], most: int, now: float) -> None:
        failures = self._failures.get(key)
        if failures is None:
            return
        while failures and failures[0] < now - _WINDOW:
            failures.popleft()
        if not failures:
            del self._failures[key]
        elif len(failures) >= most:
            raise _TooManyError(failures[-most] + _WINDOW - now)

    def _count_failure(self, *keys: tuple[str, ...], now: float) -> None:
        if len(self._failures) > _MAX_KNOWN:
            self._failures.clear()
        for key in keys:
            self._failures.setdefault(key, deque()).append(now)

    async def _is_open(self) -> bool:
        return self._sign_in is None and await self._access.read(
            lambda store: not store.accounts.all()
        )

    async def _by_token(self, token: str) -> Principal | None:
        if self._sign_in is not None and token.count(".") == 2:  # noqa: PLR2004 - a JSON Web Token has three parts
            return _principal(await self._sign_in.identify(token))
        digest, now = digest_token(token), time.time()
        return _principal(
            await self._access.read(lambda store: store.accounts.of_token(digest, now))
        )

    async def _by_password(
        self, name: str, password: str, client: str, now: float
    ) -> Principal | None:
        if password.startswith(_TOKEN):  # for clients that only support passwords
            return await self._by_token(password)
        account = await self._access.read(lambda store: store.accounts.find(name))
        kept = account.password if account is not None else _NOBODY
        proof = hashlib.sha256(f"{name}:{password}:{kept}".encode()).digest()
        if self._passwords.get(proof, 0.0) < now:
            # An unknown user takes as long as a known one.
            if not await run_in_threadpool(fits, password, kept) or account is None:
                self._count_failure((client, name), (client,), now=now)
                return None
            if len(self._passwords) > _MAX_KNOWN:
                self._passwords.clear()
            self._passwords[proof] = now + _REMEMBER_PASSWORD
        return _principal(account)


class _TooManyError(Exception):
    """Too many wrong passwords of a client.

    Args:
        wait: Seconds until the next attempt is allowed.
    """

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = max(1, math.ceil(wait))


def _read_pair(encoded: str) -> tuple[str, str] | None:
    """Return the user name and password of a header; None if they cannot be decoded."""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password


def _explain(header: str) -> str:
    """Return why authentication failed, without revealing which part of it was wrong."""
    scheme = header.partition(" ")[0].lower()
    if scheme == "basic":
        return "Wrong user name or password."
    if scheme == "bearer":
        return "The token is not known here, or not any more."
    return "This server has users: send a token, or a user name and a password."


_NOBODY: Final = f"scrypt${1 << 14}${'00' * 16}${'00' * 64}"


def _principal(account: AccountRecord | None) -> Principal | None:
    if account is None:
        return None
    return Principal(account.name, account.role, account.experiments, account.models)
