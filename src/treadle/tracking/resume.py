"""Finds the run that a program goes on with, and what it must know of it."""

import logging
import re
from collections.abc import Mapping

import msgspec

from treadle.errors import ConflictError, RunNotFoundError, StoreError
from treadle.store import StoreLocation, open_store
from treadle.tracking.writer import flush_writers

__all__ = ["Known", "look_up"]

_log = logging.getLogger(__name__)


class Known(msgspec.Struct, frozen=True):
    """What is known of a run before anything is logged to it."""

    id: str
    name: str = ""
    experiment: str = ""
    steps: Mapping[str, int] = {}
    """The last step of each series."""
    params: Mapping[str, str | int | float | bool | None] = {}

    def changed(self, name: str, experiment: str) -> "Known":
        """Return the same with what is given in place of what was."""
        return msgspec.structs.replace(self, name=name or self.name, experiment=experiment or self.experiment)


def look_up(location: StoreLocation, run: str) -> Known:
    """Find a run by what every command takes for one.

    A store that does not answer is no reason to stop a training: a whole id is enough then.

    Args:
        location: The store.
        run: An id, a name, the start or the end of an id, or ``latest``.

    Raises:
        RunNotFoundError: There is none, or several.
        ConflictError: It is deleted.
        StoreError: The store cannot be read, and this is not a whole id.
    """
    flush_writers(location)
    try:
        store = open_store(location)
        try:
            details = store.get_run(run)
        finally:
            store.close()
    except RunNotFoundError:
        if _is_journaled(location, run):
            return Known(run)  # another process has begun it just now
        raise
    except StoreError as error:
        if not re.fullmatch(r"[0-9a-f]{32}", run):
            raise
        _log.warning(
            "Run %s goes on, but the steps of its series begin at 0 where none are given,"
            " because its store cannot be read now: %s", run, error.message,
        )  # fmt: skip
        return Known(run)
    if details.run.deleted is not None:
        raise ConflictError(
            f'Run {details.run.id} ("{details.run.name}") is deleted.',
            hint=f"Restore it first: treadle runs restore {details.run.id[-8:]}",
        )
    return Known(
        details.run.id,
        details.run.name,
        details.run.experiment,
        {series.key: series.last_step for series in details.metrics},
        details.run.params,
    )


def _is_journaled(location: StoreLocation, run: str) -> bool:
    is_whole = re.fullmatch(r"[0-9a-f]{32}", run) is not None
    return is_whole and any(location.journals.glob(f"{run}-*.log"))
