"""Routes of sign-in and sign-out by an identity provider, and of tokens for programs."""

import hmac
import html
import logging
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from treadle.errors import AccessError, SearchError, TreadleError
from treadle.records import AccountRecord, AuditRecord
from treadle.server.access import StoreAccess
from treadle.server.pages import page
from treadle.server.passwords import digest_token, make_token
from treadle.server.routing import Endpoint, Route, principal_of
from treadle.server.sign_in.admission import Admission
from treadle.server.sign_in.provider import Attempt, Identity, Provider
from treadle.server.sign_in.session import ATTEMPT, LASTS, SESSION, read_cookie, session_of
from treadle.store.sql import SqlStore
from treadle.store.tokens import read_token, write_token

_log = logging.getLogger(__name__)

_AT_PROVIDER: Final = 600  # seconds in which the user has to return
_DAYS: Final = 90  # for which a token for programs is valid


class SignIn:
    """Sign-in of people by an identity provider, and of their programs by its tokens.

    Args:
        provider: The identity provider.
        access: The store that has the accounts.
    """

    def __init__(self, provider: Provider, access: StoreAccess) -> None:
        self._provider = provider
        self._access = access
        self._admission = Admission(provider.settings, access)
        self.address = provider.settings.url
        self.root = urlsplit(self.address).path
        """The path of that address: a sign-in ends there, whatever headers a proxy sends."""
        self._is_secure = self.address.startswith("https:")

    def routes(self) -> Iterator[Route]:
        """Yield the routes of sign-in and sign-out; the first three are public."""
        yield Route(("GET",), "/sign-in", self._explained(self._begin), "none")
        yield Route(("GET",), "/sign-in/done", self._explained(self._finish), "none")
        yield Route(("POST",), "/sign-out", self._explained(self._end), "none")
        yield Route(("POST",), "/token", self._explained(self._give_token), "none")

    async def identify(self, token: str) -> AccountRecord | None:
        """Return the account that a token of the provider's is for; None if it is not admitted.

        Raises:
            StoreError: The provider or the store does not respond.
        """
        try:
            identity = await run_in_threadpool(self._provider.identify, token)
            return await self._admission.admit(identity, time.time())
        except AccessError as error:
            _log.info("A token of the identity provider is refused: %s", error)
            return None

    async def _begin(self, request: Request) -> Response:
        to = request.query_params.get("to", "")
        own = to if _is_own_path(to) else f"{self.root}/"
        address, attempt = await run_in_threadpool(self._provider.begin, own)
        response = RedirectResponse(address, 303)
        self._set_cookie(
            response, ATTEMPT, write_token(attempt), _AT_PROVIDER, f"{self.root}/sign-in"
        )
        return response

    async def _finish(self, request: Request) -> Response:
        asked = request.query_params
        attempt = _read_attempt(read_cookie(request.headers, ATTEMPT))
        if attempt is None or not hmac.compare_digest(
            asked.get("state", "").encode(), attempt.state.encode()
        ):
            raise AccessError(
                "This answer of the identity provider does not belong to a sign-in of this browser."
            )
        if "error" in asked:
            said = asked.get("error_description") or asked["error"]
            raise AccessError(f"The identity provider says: {said[:200]}")
        identity: Identity = await run_in_threadpool(
            self._provider.redeem, asked.get("code", ""), attempt
        )
        account = await self._admission.admit(identity, time.time())
        session = await self._add_token(account.name, "browser", LASTS)
        response = RedirectResponse(attempt.to, 303)
        response.delete_cookie(ATTEMPT, f"{self.root}/sign-in")
        self._set_cookie(response, SESSION, session, LASTS, f"{self.root}/")
        return response

    async def _end(self, request: Request) -> Response:
        session = read_cookie(request.headers, SESSION)
        if session:
            await self._access.write(lambda store: store.accounts.end_token(digest_token(session)))
        response = self._page(f"<p>You are signed out.</p>{self._again()}")
        response.delete_cookie(SESSION, f"{self.root}/")
        return response

    async def _give_token(self, request: Request) -> Response:
        if "authorization" in request.headers or not session_of(request.scope):
            raise AccessError(
                "A token is made for a user who is signed in, and not for another token."
            )
        name = principal_of(request).name
        token = html.escape(await self._add_token(name, "programs", _DAYS * 86400))
        return self._page(
            f"<h2>A token for your programs</h2><p>It lets them in as {html.escape(name)} for "
            f"{_DAYS} days, and is shown only"
            " now. Treadle reads it from one variable, MLflow from the "
            f"other:</p><pre>TREADLE_TOKEN={token}\n"
            f"MLFLOW_TRACKING_TOKEN={token}</pre>"
            f'<p><a href="{html.escape(self.root)}/">Back</a></p>',
        )

    async def _add_token(self, account: str, name: str, lasts: float) -> str:
        made, now = make_token(), time.time()
        record = AuditRecord(time=now, who=account, action="sign-in/create-token", subject=name)

        def keep(store: SqlStore) -> bool:
            store.accounts.audit(record)
            return store.accounts.add_token(
                account, name=name, digest=digest_token(made), created=now, expires=now + lasts
            )

        if not await self._access.write(keep):
            raise AccessError(f"There is no account {account} any more.")
        return made

    def _set_cookie(self, response: Response, name: str, value: str, lasts: int, path: str) -> None:
        response.set_cookie(
            name, value, lasts, path=path, secure=self._is_secure, httponly=True, samesite="lax"
        )

    def _explained(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint so that its errors become a page."""

        async def explained(request: Request) -> Response:
            try:
                return await endpoint(request)
            except TreadleError as error:
                hint = f"<p>{html.escape(error.hint)}</p>" if error.hint else ""
                text = f"<p>{html.escape(error.message)}</p>{hint}{self._again()}"
                return self._page(text, error.http_status)

        return explained

    def _page(self, content: str, status: int = 200) -> Response:
        return page(content, status, root=self.root)

    def _again(self) -> str:
        return f'<p><a href="{html.escape(self.root)}/sign-in">Sign in</a></p>'


def _is_own_path(path: str) -> bool:
    """Return whether every browser resolves a path to this server."""
    return path.isprintable() and path[:1] == "/" and path[1:2] not in ("/", "\\")


def _read_attempt(cookie: str) -> Attempt | None:
    try:
        return read_token(cookie, Attempt)
    except SearchError:
        return None
