"""Rejections of requests: errors that each API words in its own way, and responses before that."""

from typing import Final, Literal

from starlette.responses import JSONResponse, Response

Kind = Literal["experiment", "run", "logged model", "registered model", "model version"]

_ERRORS: Final = {
    401: "AccessError",
    403: "AccessError",
    429: "AccessError",
    503: "StoreUnreachableError",
}


class RejectedError(Exception):
    """A request is rejected; the dialect of its API turns this into a response."""


class TooLargeError(RejectedError):
    """A body is longer than allowed."""


class MissingError(RejectedError):
    """Something does not exist, or not for the caller.

    Args:
        kind: What it is.
        name: Its id or name.
        version: For a version of a model, its number as the client sent it.
    """

    def __init__(self, kind: Kind, name: str, version: str = "") -> None:
        super().__init__(kind, name, version)
        self.kind: Kind = kind
        self.name = name
        self.version = version


class DeniedError(RejectedError):
    """The caller may see something, but lacks the role to do this with it.

    Args:
        kind: What it is; "server" if the operation needs the role everywhere.
        name: Its id or name.
    """

    def __init__(self, kind: Kind | Literal["server"], name: str = "") -> None:
        super().__init__(kind, name)
        self.kind = kind
        self.name = name


def refuse(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error response that MLflow's clients and Treadle's understand.

    For requests that are rejected before they reach an API.

    Args:
        status: The HTTP status.
        code: MLflow's error code.
        message: What is wrong.
        headers: Additional headers.
    """
    name = _ERRORS.get(status, "StoreError")
    body = {"error": name, "error_code": code, "message": message}
    return JSONResponse(body, status, headers)
