"""Errors of SQLite, explained to the user."""

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from treadle.errors import StoreError

WAIT: Final = 30_000  # milliseconds for other writers


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise errors of the database at a path as errors with a hint for the user."""
    try:
        yield
    except apsw.Error as error:
        raise explain(error, path) from error


def explain(error: apsw.Error, path: Path) -> StoreError:
    """Convert an error of the database at a path to one with a hint for the user."""
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        move_aside = shlex.join(["mv", str(path), f"{path}.damaged"])
        return StoreError(
            f"The store {path} is damaged: {error}.",
            hint=f"Nothing was changed. Move it aside ({move_aside}) and go on with a new one,"
            " or restore a backup; what is still in journals is delivered then.",
        )
    if isinstance(error, apsw.CantOpenError | apsw.ReadOnlyError | apsw.PermissionsError):
        return StoreError(
            f"The store {path} cannot be opened for writing: {error}.",
            hint="Check the permissions of the file and its folder, or choose another location "
            "with --store.",
        )
    if isinstance(error, apsw.FullError):
        return StoreError(
            f"The store {path} cannot grow: the disk is full.", hint="Free some space."
        )
    if isinstance(error, apsw.BusyError):
        return StoreError(
            f"The store {path} has been locked by another process for {WAIT // 1000} s."
        )
    return StoreError(f"The store {path} failed: {error}.")
