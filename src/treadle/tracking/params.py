"""Checks the parameters of a run, and remembers them: the first value of each stays."""

import logging
from collections.abc import Mapping

from treadle.masking import mask
from treadle.tracking.values import ParamValue, check_key, flatten, scalar

_log = logging.getLogger(__name__)


def check_params(params: Mapping[str, object]) -> dict[str, ParamValue]:
    """Return parameters as stored: flat, with dotted names, and secrets masked.

    Raises:
        StoreError: A name is invalid.
    """
    flat = {check_key(key): scalar(value) for key, value in flatten(params, ".")}
    return {key: mask(value, key=key) for key, value in flat.items()}


class RunParams:
    """The parameters that a run has so far.

    Args:
        run: The id of the run.
        values: Those that it has already.
    """

    def __init__(self, run: str, values: Mapping[str, ParamValue]) -> None:
        self._run = run
        self._values = dict(values)

    def add(self, params: Mapping[str, ParamValue]) -> None:
        """Add parameters, and warn of those that have another value already."""
        for key, value in params.items():
            first = self._values.setdefault(key, value)
            if not _is_same(first, value):
                message = "Parameter %s of run %s stays %r; %r is ignored."
                _log.warning(message, key, self._run, first, value)


def _is_same(value: ParamValue, other: ParamValue) -> bool:
    """Return whether two values are equal; NaN equals NaN here."""
    return value == other or (value != value and other != other)  # noqa: PLR0124
