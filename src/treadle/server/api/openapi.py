"""The OpenAPI document of the native API, generated from the operations."""

import functools
import inspect
from collections.abc import Iterable
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle._version import __version__
from treadle.server.access import AfterCommit
from treadle.server.api.operation import PREFIX, Operation, Problem
from treadle.server.mlflow.entities import Empty
from treadle.server.mlflow.protocol import Rpc
from treadle.server.routing import Route

_STATUSES: Final = {
    "400": "The request is invalid.",
    "401": "Nobody is known by what was sent.",
    "403": "The caller may not do that.",
    "404": "It is not there, or not for the caller.",
    "409": "Something else stands in the way.",
    "413": "The body is too long.",
    "503": "The store does not answer now; ask again.",
}
_TEMPLATE: Final = "#/components/schemas/{name}"


class Described(msgspec.Struct, frozen=True):
    """A call as the document describes it."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    ask: type[msgspec.Struct]
    answer: Any


def describe(operations: Iterable[Operation], calls: Iterable[Rpc]) -> list[Described]:
    """Convert the calls of both protocols to one form."""
    own = [
        Described(
            one.method,
            f"{PREFIX}{one.path}",
            _name(one.function),
            one.summary,
            "treadle",
            one.ask,
            one.answer,
        )
        for one in operations
    ]
    theirs = [
        Described(
            method,
            f"/api/2.0/mlflow/{one.path}",
            f"mlflow {one.path} {method}",
            (inspect.getdoc(one.function) or "").partition("\n")[0],
            "mlflow",
            one.message,
            _answer_of(get_type_hints(one.function)["return"]),
        )
        for one in calls
        for method in one.methods
    ]
    return own + theirs


def _name(function: Any) -> str:
    return f"{function.__module__.rpartition('.')[2]} {function.__name__}"


def _answer_of(hint: Any) -> Any:
    """Return the type of the response; a deferred response (`AfterCommit`) has the same type."""
    own = [one for one in get_args(hint) if get_origin(one) is not AfterCommit] or [hint]
    return Empty if own == [type(None)] else own[0]


def openapi_route(described: list[Described]) -> Route:
    """Return the route of the document, which is generated on the first request."""

    @functools.cache
    def content() -> bytes:
        return msgspec.json.encode(document(described))

    async def answer(request: Request) -> Response:
        return Response(content(), media_type="application/json")

    return Route(("GET",), f"{PREFIX}/openapi.json", answer, "viewer")


def document(described: list[Described]) -> dict[str, Any]:
    """Describe the calls as OpenAPI 3.1."""
    types = [one.answer for one in described]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=_TEMPLATE)
    paths: dict[str, dict[str, Any]] = {}
    for one, schema in zip(described, schemas, strict=False):
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schema, schemas[-1])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Treadle", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"token": []}, {"password": []}],
    }


def _operation(one: Described, answer: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    fields = msgspec.structs.fields(one.ask)
    in_path = {field.name for field in fields if f"{{{field.name}}}" in one.path}
    has_body = one.method != "GET"
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": [
            {
                "name": field.encode_name,
                "in": "path" if field.name in in_path else "query",
                "required": field.required,
                "schema": _schema(field.type),
            }
            for field in fields
            if field.name in in_path or not has_body
        ],
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {"application/json": {"schema": answer}},
            },
            **{
                status: {"description": text, "content": {"application/json": {"schema": problem}}}
                for status, text in _STATUSES.items()
            },
        },
    }
    if has_body:
        body = [field for field in fields if field.name not in in_path]
        properties = {field.encode_name: _schema(field.type) for field in body}
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        if required := [field.encode_name for field in body if field.required]:
            schema["required"] = required
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_TEMPLATE)
    return schema
