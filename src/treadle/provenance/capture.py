"""Recording of a run's environment and code, including uncommitted changes."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from treadle.errors import ConflictError, TreadleError
from treadle.provenance.changes import CHANGES, FILES, Changes, read_changes, read_files
from treadle.provenance.environment import Environment, read_environment
from treadle.provenance.git import GitState, read_git
from treadle.records import SnapshotTaken
from treadle.records.texts import encode_json

_log = logging.getLogger(__name__)

_FEW: Final = 3


class Record(Protocol):
    """A run that stores entries and files."""

    id: str

    def log_entry(self, entry: Any) -> None:
        """Store an entry."""

    def log_bytes(self, content: bytes, path: str) -> None:
        """Store a file."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """The environment and the code of a run."""

    environment: Environment
    git: GitState | None
    """The state of the code's repository; None if there is none."""
    changes: Changes
    """The part of the code that is not in any commit."""


def read_surroundings(
    folder: Path, code: Iterable[Path] = (), environment: Environment | None = None
) -> Surroundings:
    """Read the environment and the state of the code; log what cannot be recorded.

    Args:
        folder: Where the code is. In a repository, it is its commit and what is not committed.
        code: Files and folders in that folder that are the code if there is no repository.
        environment: The environment, if it is not that of this process.
    """
    try:
        git = read_git(folder)
    except ConflictError as error:
        _log.warning("The state of the code's repository is not recorded: %s", error)
        git = None
    if git is None:
        changes = read_files(folder, code)
        if changes.files or changes.omitted:
            git = GitState(
                commit="", branch="", dirty=True, changed=[], remote="", root=str(folder)
            )
    else:
        changes = read_changes(folder) if git.dirty else Changes()
    if changes.omitted:
        _log.warning(
            "Of the code, this is not recorded: %s. Commit it, or let git ignore it if no code "
            "needs it.",
            shorten(changes.omitted, changes.more),
        )
    return Surroundings(environment=environment or read_environment(), git=git, changes=changes)


def record_surroundings(
    run: Record,
    folder: Path,
    code: Iterable[Path] = (),
    environment: Environment | None = None,
) -> None:
    """Record the environment and the state of the code; see `read_surroundings`."""
    store_surroundings(run, read_surroundings(folder, code, environment))


def store_surroundings(run: Record, surroundings: Surroundings) -> None:
    """Record what was read before."""
    run.log_entry(SnapshotTaken(run.id, "environment", encode_json(surroundings.environment)))
    git, changes = surroundings.git, surroundings.changes
    if git is not None:
        omitted = _store(run, changes)
        git = msgspec.structs.replace(git, omitted=omitted, omitted_more=changes.more)
        run.log_entry(SnapshotTaken(run.id, "git", encode_json(git)))


def shorten(omitted: Sequence[str], more: int = 0) -> str:
    """Return the first few omitted things, and the number of further ones.

    Examples:
        >>> shorten(["a: it is large", "b", "c", "d", "e"], more=10)
        'a: it is large; b; c, and 12 more'
    """
    count = len(omitted) - _FEW + more
    return "; ".join(omitted[:_FEW]) + (f", and {count:,} more" if count > 0 else "")


def _store(run: Record, changes: Changes) -> list[str]:
    """Store what is not in any commit; return what of it is not stored, and why."""
    try:
        if changes.patch:
            run.log_bytes(changes.patch, CHANGES)
        if changes.files:
            run.log_bytes(changes.files, FILES)
    except TreadleError as error:
        _log.warning("The code that is in no commit is not recorded: %s", error)
        return [*changes.omitted, f"all of it: {error.message}"]
    return changes.omitted
