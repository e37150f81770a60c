"""Errors as MLflow's clients understand them: a code, which implies the status, and a message."""

from typing import Final

import msgspec

from treadle.errors import (
    ConflictError,
    DamagedContentError,
    DataNotFoundError,
    RunNotFoundError,
    SearchError,
    StoreError,
    TreadleError,
)
from treadle.server.rejections import RejectedError

_STATUS: Final = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "INVALID_STATE": 500,
    "INTERNAL_ERROR": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}


class MlflowError(RejectedError):
    """An error response.

    Args:
        code: One of MLflow's error codes.
        message: What is wrong; clients depend on the exact text of some messages.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUS[self.code]

    def body(self) -> bytes:
        """The JSON of the response."""
        return msgspec.json.encode({"error_code": self.code, "message": self.message})


def invalid(message: str) -> MlflowError:
    """Return an error about an invalid value."""
    return MlflowError("INVALID_PARAMETER_VALUE", message)


def missing(message: str) -> MlflowError:
    """Return an error about a missing resource."""
    return MlflowError("RESOURCE_DOES_NOT_EXIST", message)


def translate(error: TreadleError) -> MlflowError:
    """Convert a Treadle error to MLflow's."""
    if isinstance(error, SearchError):
        return invalid(str(error))
    if isinstance(error, RunNotFoundError | DataNotFoundError):
        return missing(str(error))
    if isinstance(error, ConflictError):
        return MlflowError("RESOURCE_CONFLICT", str(error))
    if isinstance(error, StoreError) and not isinstance(error, DamagedContentError):
        return MlflowError("TEMPORARILY_UNAVAILABLE", str(error))  # clients retry
    return MlflowError("INTERNAL_ERROR" if error.http_status >= 500 else "BAD_REQUEST", str(error))  # noqa: PLR2004
