"""Decoding of requests and encoding of responses of MLflow's protocol."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from treadle.records import Role
from treadle.server.access import AfterCommit
from treadle.server.mlflow.call import Call
from treadle.server.mlflow.entities import Empty, Message
from treadle.server.mlflow.errors import MlflowError, invalid

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Answer = Message | None | AfterCommit[None]

_FIELD: Final = re.compile(r"`\$\.?([^`]*)`")
_LACKS: Final = re.compile(r"missing required field `(\w+)`")
_MORE: Final = " See the API docs for more information about request parameters."

encode: Final = msgspec.json.Encoder().encode


class Rpc(msgspec.Struct, frozen=True):
    """One method of the protocol.

    The function maps a call and its message to the response's. Writing methods share transactions,
    each as a part that can fail alone.
    """

    methods: tuple[Method, ...]
    path: str
    """The path after ``/api/2.0/mlflow/``."""
    role: Role
    """The minimum role of the caller on anything; the role on an experiment or model is checked
    by the call."""
    writes: bool
    function: Callable[[Call, Any], Answer]
    message: type[Message]
    lists: frozenset[str]
    """The list fields, which a query string may repeat."""
    is_audited: bool
    """Whether it is in the audit log: for changes beyond the run that is being logged."""
    creates: bool
    """Whether it creates something each time, so that a repeated request has to be recognized."""

    def decode(self, body: bytes) -> Message:
        """Decode a message from JSON, which old clients encode twice."""
        try:
            if body[:1] == b'"':
                body = msgspec.json.decode(body, type=str).encode()
            body = body or b"{}"
            try:
                return msgspec.json.decode(body, type=self.message, strict=False)
            except msgspec.ValidationError:
                # In the JSON of protocol buffers, null is a field that is not set.
                return self.convert(_without_nulls(msgspec.json.decode(body)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MlflowError(
                "BAD_REQUEST", f"The body of the request is not JSON: {error}."
            ) from error

    def convert(self, fields: Mapping[str, Any]) -> Message:
        """Convert the fields of a query string, or of a body and a path together, to a message."""
        try:
            return msgspec.convert(fields, self.message, strict=False)
        except msgspec.ValidationError as error:
            raise _explain(error, fields) from error


def rpc(
    method: Method | tuple[Method, ...],
    path: str,
    *,
    role: Role = "viewer",
    audited: bool = False,
    writes: bool | None = None,
    creates: bool = False,
) -> Callable[[Callable[[Call, Any], Answer]], Rpc]:
    """Return a decorator that makes a function of a call and a message a method of the protocol.

    Args:
        method: The HTTP method, or several.
        path: The path after ``/api/2.0/mlflow/``; ``{name}`` is a field of the message.
        role: ``viewer`` for what only reads; anything else writes.
        audited: Whether it is in the audit log.
        writes: Whether it changes the store, if that does not follow from the role.
        creates: Whether it creates something each time.
    """

    def wrap(function: Callable[[Call, Any], Answer]) -> Rpc:
        parameter = list(inspect.signature(function).parameters)[1]
        message = get_type_hints(function)[parameter]
        lists = frozenset(
            field.name
            for field in msgspec.structs.fields(message)
            if str(field.type).startswith("list")
        )
        methods = (method,) if isinstance(method, str) else method
        changes = role != "viewer" if writes is None else writes
        return Rpc(methods, path, role, changes, function, message, lists, audited, creates)

    return wrap


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


def encode_answer(answer: Answer) -> bytes | AfterCommit[bytes]:
    """Encode a response, at once or after the commit; None is an empty object."""
    if isinstance(answer, AfterCommit):
        return AfterCommit(lambda: _encode_none(answer))
    return encode(answer if answer is not None else Empty())


def _encode_none(later: AfterCommit[None]) -> bytes:
    later.answer()
    return encode(Empty())


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
        value: Any = msgspec.json.decode(source) if isinstance(source, bytes) else source
        for part in re.findall(r"\w+|\[\d+\]", place):
            value = value[int(part[1:-1])] if part[0] == "[" else value[part]
        return msgspec.json.encode(value).decode()[:200]
    except (LookupError, TypeError, ValueError, msgspec.MsgspecError):
        return ""
