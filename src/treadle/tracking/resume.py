"""Finds the run to resume, and what must be known about it."""

import logging
import re
from collections.abc import Mapping

import msgspec

from treadle.errors import ConflictError, RunNotFoundError, StoreError
from treadle.store import StoreLocation, open_store
from treadle.tracking.writer import flush_writers

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
        """Return a copy with the given values replaced."""
        return msgspec.structs.replace(
            self, name=name or self.name, experiment=experiment or self.experiment
        )


def look_up(location: StoreLocation, run: str) -> Known:
    """Find a run by id, name, part of an id, or ``latest``.

    If the store does not answer, a complete id is enough, so that a training can start.

    Args:
        location: The store.
        run: An id, a name, the start or the end of an id, or ``latest``.

    Raises:
        RunNotFoundError: No run matches, or several do.
        ConflictError: The run is deleted.
        StoreError: The store cannot be read, and this is not a complete id.
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
            return Known(run)  # another process has just started it
        raise
    except StoreError as error:
        if not re.fullmatch(r"[0-9a-f]{32}", run):
            raise
        _log.warning(
            "Run %s goes on, but the steps of its series begin at 0 where none are given,"
            " because its store cannot be read now: %s",
            run,
            error.message,
        )
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
