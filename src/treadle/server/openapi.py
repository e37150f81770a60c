"""The OpenAPI document, generated from the operations of both APIs."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle._version import __version__
from treadle.server.api.dialect import PREFIX, Problem
from treadle.server.mlflow.entities import Empty
from treadle.server.operation import Method, Operation
from treadle.server.routing import Route
from treadle.server.service import Dialect

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


def openapi_route(apis: Iterable[tuple[Dialect, Iterable[Operation]]]) -> Route:
    """Return the route of the document, which is generated on the first request."""

    @functools.cache
    def content() -> bytes:
        return msgspec.json.encode(document(apis))

    async def answer(request: Request) -> Response:
        return Response(content(), media_type="application/json")

    return Route(("GET",), f"{PREFIX}/openapi.json", answer, "viewer")


def document(apis: Iterable[tuple[Dialect, Iterable[Operation]]]) -> dict[str, Any]:
    """Describe the operations of APIs as OpenAPI 3.1."""
    described = [
        (dialect, one, method)
        for dialect, operations in apis
        for one in operations
        for method in one.methods
    ]
    types = [one.result or Empty for _, one, _ in described]
    (*results, problem), components = msgspec.json.schema_components(
        [*types, Problem], ref_template=_TEMPLATE
    )
    paths: dict[str, dict[str, Any]] = {}
    for (dialect, one, method), result in zip(described, results, strict=True):
        path = f"{dialect.prefixes[0]}/{one.path}"
        described_operation = _describe(dialect, one, method, result, problem)
        paths.setdefault(path, {})[method.lower()] = described_operation
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


def _describe(
    dialect: Dialect,
    operation: Operation,
    method: Method,
    result: dict[str, Any],
    problem: dict[str, Any],
) -> dict[str, Any]:
    fields = msgspec.structs.fields(operation.message)
    in_path = {field.name for field in fields if f"{{{field.name}}}" in operation.path}
    has_body = method != "GET"
    described: dict[str, Any] = {
        "operationId": dialect.identify(operation, method),
        "summary": operation.summary,
        "tags": [dialect.name],
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
            "200": _response("The answer.", result),
            **{status: _response(text, problem) for status, text in _STATUSES.items()},
        },
    }
    if has_body:
        body = [field for field in fields if field.name not in in_path]
        described["requestBody"] = {"required": True, "content": _content(_object(body))}
    return described


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _content(schema)}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _object(fields: Sequence[msgspec.structs.FieldInfo]) -> dict[str, Any]:
    """Return the schema of an object with some fields."""
    properties = {field.encode_name: _schema(field.type) for field in fields}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required := [field.encode_name for field in fields if field.required]:
        schema["required"] = required
    return schema


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_TEMPLATE)
    return schema
