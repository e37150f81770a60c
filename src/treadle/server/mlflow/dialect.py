"""How MLflow's protocol reads requests, and writes responses and errors."""

import math
import re
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import TreadleError, UnknownOutcomeError
from treadle.server.mlflow.checks import check_experiment, check_model_name, check_version
from treadle.server.mlflow.entities import Empty
from treadle.server.mlflow.errors import MlflowError, invalid, missing, translate
from treadle.server.operation import Operation
from treadle.server.rejections import MissingError, RejectedError, TooLargeError
from treadle.server.service import Dialect, Encoding

_JSON: Final = "application/json"
_FIELD: Final = re.compile(r"`\$\.?([^`]*)`")
_LACKS: Final = re.compile(r"missing required field `(\w+)`")
_MORE: Final = " See the API docs for more information about request parameters."

encode: Final = msgspec.json.Encoder().encode


async def _decode(operation: Operation, request: Request) -> msgspec.Struct:
    fields: dict[str, str] = request.scope["path_params"]
    is_get = request.method in ("GET", "HEAD")
    query = request.scope["query_string"]
    body = b"" if is_get and query else await request.body()
    if is_get and not body:
        return _convert(operation, decode_query(query, operation.lists) | fields)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON and not is_get and (body or request.method == "POST"):
        raise MlflowError("BAD_REQUEST", f"Bad Request. Content-Type must be {_JSON}.")
    try:
        if not fields:
            return _decode_body(operation, body)
        given = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MlflowError(
            "BAD_REQUEST", f"The body of the request is not JSON: {error}."
        ) from error
    if not isinstance(given, dict):
        raise invalid("The body of the request is not a JSON object.")
    return _convert(operation, {**given, **fields})


def _decode_body(operation: Operation, body: bytes) -> msgspec.Struct:
    """Decode a message from JSON, which old clients encode twice."""
    if body[:1] == b'"':
        body = msgspec.json.decode(body, type=str).encode()
    body = body or b"{}"
    try:
        return msgspec.json.decode(body, type=operation.message, strict=False)
    except msgspec.ValidationError:
        # In the JSON of protocol buffers, null is a field that is not set.
        return _convert(operation, _without_nulls(msgspec.json.decode(body)))


def _convert(operation: Operation, fields: Mapping[str, Any]) -> msgspec.Struct:
    try:
        return msgspec.convert(fields, operation.message, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(error, fields) from error


def decode_query(query: bytes, lists: frozenset[str]) -> dict[str, Any]:
    """Parse a query string; a field that is not a list has its last value."""
    fields: dict[str, Any] = {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=2000
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise MlflowError("BAD_REQUEST", f"The query string cannot be read: {error}.") from error
    for key, value in pairs:
        if key in lists:
            fields.setdefault(key, []).append(value)
        else:
            fields[key] = value
    return fields


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _explain(error: msgspec.ValidationError, source: object) -> MlflowError:
    text = str(error)
    place = _FIELD.search(text)
    prefix = f"{place[1]}." if place and place[1] else ""
    if lacks := _LACKS.search(text):
        return invalid(f"Missing value for required parameter '{prefix}{lacks[1]}'.{_MORE}")
    name = place[1] if place else "request"
    value = _value_at(source, name)
    return invalid(
        f"Invalid value {value} for parameter '{name}' supplied: "
        f"{text.partition(' - at')[0]}.{_MORE}"
    )


def _value_at(source: object, place: str) -> str:
    """Return what was sent for a field."""
    try:
        value: Any = source
        for part in re.findall(r"\w+|\[\d+\]", place):
            value = value[int(part[1:-1])] if part[0] == "[" else value[part]
        return msgspec.json.encode(value).decode()[:200]
    except (LookupError, TypeError, ValueError, msgspec.MsgspecError):
        return ""


def _encode(result: msgspec.Struct | None) -> bytes:
    """Encode a result; None is an empty object."""
    return encode(result if result is not None else Empty())


_AS_JSON: Final = Encoding(_JSON, _encode)


def _reject(error: RejectedError | TreadleError, request: Request, pause: int) -> Response:
    if isinstance(error, TooLargeError):
        return _respond(MlflowError("BAD_REQUEST", "The body is too long."), 413)
    found = _translate(error)
    if found.status == 503 and _is_untaken(request, error):  # noqa: PLR2004
        busy = MlflowError("REQUEST_LIMIT_EXCEEDED", found.message)
        return _respond(busy, busy.status, {"retry-after": str(pause)})
    return _respond(found, found.status)


def _respond(error: MlflowError, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(error.body(), status, headers, media_type=_JSON)


def _translate(error: RejectedError | TreadleError) -> MlflowError:
    if isinstance(error, MlflowError):
        return error
    if isinstance(error, MissingError):
        return _explain_missing(error)
    if isinstance(error, TreadleError):
        return translate(error)
    return MlflowError("PERMISSION_DENIED", "Permission denied")


def _explain_missing(error: MissingError) -> MlflowError:
    """Return why something does not exist for the caller: its name may be invalid."""
    name, version = error.name, error.version
    try:
        if error.kind == "experiment":
            check_experiment(name)
            return missing(f"No Experiment with id={name} exists")
        if error.kind == "run":
            return missing(f"Run with id={name} not found")
        if error.kind == "logged model":
            return missing(f"Logged model with ID '{name}' not found.")
        check_model_name(name)
        if error.kind == "registered model":
            return missing(f"Registered Model with name={name} not found")
        check_version(version)
        return missing(f"Model Version (name={name}, version={version}) not found")
    except MlflowError as reason:
        return reason


def _is_untaken(request: Request, error: Exception) -> bool:
    """Whether a request would change something, and certainly has not.

    MLflow's clients retry such a change after 429; after 503 only if a repetition does no harm.
    """
    return request.method not in ("GET", "HEAD") and not isinstance(error, UnknownOutcomeError)


def _now() -> float:
    """Return the seconds since the epoch in whole milliseconds, the resolution of the protocol."""
    return math.floor(time.time() * 1000) / 1000


MLFLOW: Final = Dialect(
    name="mlflow",
    prefixes=("/api/2.0/mlflow", "/ajax-api/2.0/mlflow"),
    decode=_decode,
    encoding=lambda request: _AS_JSON,
    reject=_reject,
    identify=lambda operation, method: f"mlflow {operation.path} {method}",
    now=_now,
)
"""The dialect of MLflow's protocol."""
