"""Routes of MLflow's protocol: each method under ``/api`` and, for pages, ``/ajax-api``."""

import math
import time
from collections.abc import Iterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from treadle.errors import TreadleError, UnknownOutcomeError
from treadle.records import AuditRecord
from treadle.server.access import AfterCommit, StoreAccess
from treadle.server.guard import TooLargeError
from treadle.server.mlflow.attempts import Attempt, Attempts
from treadle.server.mlflow.call import Call
from treadle.server.mlflow.calls import (
    artifacts,
    experiments,
    logged_models,
    model_versions,
    registered_models,
    runs,
    webhooks,
)
from treadle.server.mlflow.calls import history as metrics
from treadle.server.mlflow.calls import log as logging
from treadle.server.mlflow.entities import Message
from treadle.server.mlflow.errors import MlflowError, invalid, translate
from treadle.server.mlflow.protocol import Rpc, decode_query, encode, encode_answer
from treadle.server.routing import Endpoint, Route, principal_of
from treadle.store import TeamStore

PROTOCOL_VERSION: Final = "3.18.0"
"""The version of MLflow whose server this one replaces."""

CALLS: Final[tuple[Rpc, ...]] = (
    *experiments.CALLS,
    *runs.CALLS,
    *logging.CALLS,
    *metrics.CALLS,
    *artifacts.CALLS,
    *logged_models.CALLS,
    *registered_models.CALLS,
    *model_versions.CALLS,
    *webhooks.CALLS,
)
_PREFIXES: Final = ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow")
_JSON: Final = "application/json"


def protocol_routes(access: StoreAccess, allowed: tuple[str, ...] | None = None) -> Iterator[Route]:
    """Yield the routes of all methods."""
    attempts = Attempts()
    for one in CALLS:
        endpoint = _endpoint(one, access, allowed, attempts)
        for prefix in _PREFIXES:
            yield Route(one.methods, f"{prefix}/{one.path}", endpoint, one.role)
    yield Route(("GET",), "/version", _version, "none")
    for prefix in ("/api", "/ajax-api"):
        yield Route(("GET",), f"{prefix}/3.0/mlflow/server-info", _server_info, "viewer")


def _endpoint(
    one: Rpc,
    access: StoreAccess,
    allowed: tuple[str, ...] | None,
    attempts: Attempts,
) -> Endpoint:
    async def answer(request: Request) -> Response:
        principal = principal_of(request)
        message = await _read(one, request)

        def perform(store: TeamStore, attempt: Attempt | None = None) -> bytes | AfterCommit[bytes]:
            now = _now()
            call = Call(store, principal, now, allowed)
            if attempt is not None:
                call = msgspec.structs.replace(call, attempt=attempt)
            answer = encode_answer(one.function(call, message))
            if one.is_audited:
                subject = encode(message).decode()
                record = AuditRecord(time=now, who=principal.name, action=one.path, subject=subject)
                store.accounts.audit(record)
            return answer

        if not one.writes:
            return Response(await access.read(perform), media_type=_JSON)
        if not one.creates:
            return Response(await access.write(perform), media_type=_JSON)
        key = encode([principal.name, one.path, message])
        attempt = attempts.take(key)
        try:
            body = await access.write(lambda store: perform(store, attempt))
        except Exception as error:
            if attempt.is_repeated or isinstance(error, UnknownOutcomeError):
                attempts.keep_open(key, attempt)
            raise
        if await request.is_disconnected():  # it has waited too long, and will retry
            attempts.keep_open(key, attempt)
        return Response(body, media_type=_JSON)

    return answer_errors(answer, access)


def _now() -> float:
    """Return the seconds since the epoch in whole milliseconds, the resolution of the protocol."""
    return math.floor(time.time() * 1000) / 1000


async def _read(one: Rpc, request: Request) -> Message:
    fields: dict[str, str] = request.scope["path_params"]
    is_get = request.method in ("GET", "HEAD")
    query = request.scope["query_string"]
    body = b"" if is_get and query else await request.body()
    if is_get and not body:
        return one.convert(decode_query(query, one.lists) | fields)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON and not is_get and (body or request.method == "POST"):
        raise MlflowError("BAD_REQUEST", f"Bad Request. Content-Type must be {_JSON}.")
    if not fields:
        return one.decode(body)
    try:
        given = msgspec.json.decode(body or b"{}")
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MlflowError(
            "BAD_REQUEST", f"The body of the request is not JSON: {error}."
        ) from error
    if not isinstance(given, dict):
        raise invalid("The body of the request is not a JSON object.")
    return one.convert({**given, **fields})


def answer_errors(endpoint: Endpoint, access: StoreAccess) -> Endpoint:
    """Wrap an endpoint so that its errors become responses that MLflow's clients understand."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except MlflowError as error:
            found = error
        except TooLargeError:
            return Response(
                MlflowError("BAD_REQUEST", "The body is too long.").body(), 413, media_type=_JSON
            )
        except TreadleError as error:
            found = translate(error)
            if found.status == 503 and _is_untaken(request, error):  # noqa: PLR2004
                busy = MlflowError("REQUEST_LIMIT_EXCEEDED", found.message)
                wait = {"retry-after": str(access.pause)}
                return Response(busy.body(), busy.status, wait, media_type=_JSON)
        return Response(found.body(), found.status, media_type=_JSON)

    return answer


def _is_untaken(request: Request, error: TreadleError) -> bool:
    """Whether a request would change something, and certainly has not.

    MLflow's clients retry such a change after 429; after 503 only if a repetition does no harm.
    """
    return request.method not in ("GET", "HEAD") and not isinstance(error, UnknownOutcomeError)


async def _version(request: Request) -> Response:
    return PlainTextResponse(PROTOCOL_VERSION)


async def _server_info(request: Request) -> Response:
    """Return the features of this server; clients ask before they load artifacts."""
    return Response(
        msgspec.json.encode(
            {
                "store_type": "SqlStore",
                "workspaces_enabled": False,
                "trace_archival_enabled": False,
                "multipart_uploads_enabled": True,
                "multipart_downloads_enabled": False,
                "presigned_uploads_supported": False,
                "presigned_downloads_supported": False,
            }
        ),
        media_type=_JSON,
    )
