"""Routes of MLflow's protocol: its operations, and what clients ask about the server."""

from collections.abc import Iterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from treadle.server.mlflow.calls import (
    artifacts,
    experiments,
    history,
    log,
    logged_models,
    model_versions,
    registered_models,
    runs,
    webhooks,
)
from treadle.server.operation import operations_of
from treadle.server.routing import Route
from treadle.server.service import Service

PROTOCOL_VERSION: Final = "3.18.0"
"""The version of MLflow whose server this one replaces."""

OPERATIONS: Final = operations_of(
    experiments,
    runs,
    log,
    history,
    artifacts,
    logged_models,
    registered_models,
    model_versions,
    webhooks,
)


def protocol_routes(service: Service) -> Iterator[Route]:
    """Yield the routes of all operations, and of the server's version and features."""
    yield from service.routes(OPERATIONS)
    yield Route(("GET",), "/version", _version, "none")
    for prefix in ("/api", "/ajax-api"):
        yield Route(("GET",), f"{prefix}/3.0/mlflow/server-info", _server_info, "viewer")


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
        media_type="application/json",
    )
