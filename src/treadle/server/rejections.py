"""Error responses that are sent before a request reaches a protocol."""

from starlette.responses import JSONResponse, Response


def refuse(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error response that MLflow's clients and Treadle's understand.

    Args:
        status: The HTTP status.
        code: MLflow's error code.
        message: What is wrong.
        headers: Additional headers.
    """
    error = {
        401: "AccessError",
        403: "AccessError",
        429: "AccessError",
        503: "StoreUnreachableError",
    }
    body = {"error": error.get(status, "StoreError"), "error_code": code, "message": message}
    return JSONResponse(body, status, headers)
