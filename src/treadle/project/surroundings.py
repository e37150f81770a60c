"""Records what a run ran on: the environment, and the code, with what of it is in no commit."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from treadle.errors import TreadleError
from treadle.project.changes import CHANGES, FILES, Changes, read_changes, read_files
from treadle.project.environment import Environment, read_environment
from treadle.project.git import GitState, read_git
from treadle.records import SnapshotTaken
from treadle.records.texts import encode_json
from treadle.tracking import Run

__all__ = ["record_surroundings"]

_log = logging.getLogger(__name__)

_FEW: Final = 3


def record_surroundings(
    run: Run, folder: Path, code: Iterable[Path] = (), environment: Environment | None = None
) -> None:
    """Record the environment, and the state of the code.

    Args:
        run: Where to.
        folder: Where the code lies. In a repository, its commit and what is not in that is recorded.
        code: What is recorded where there is none: files and folders in that folder.
        environment: What it runs on, if not in this process.
    """
    run.log_entry(SnapshotTaken(run.id, "environment", encode_json(environment or read_environment())))
    git = read_git(folder)
    if git is None:
        changes = read_files(folder, code)
        if changes.files or changes.omitted:
            git = GitState(commit="", branch="", dirty=True, changed=[], remote="", root=str(folder))
    else:
        changes = read_changes(folder) if git.dirty else Changes()
    if git is not None:
        git = msgspec.structs.replace(git, omitted=_keep(run, changes))
        _warn(git.omitted)
        run.log_entry(SnapshotTaken(run.id, "git", encode_json(git)))


def _warn(omitted: Sequence[str]) -> None:
    """Say what a repetition of the run will not have."""
    if omitted:
        more = f", and {len(omitted) - _FEW} more" if len(omitted) > _FEW else ""
        _log.warning(
            "Of the code, this is not recorded: %s%s. Commit it, or let git ignore it if no code needs it.",
            "; ".join(omitted[:_FEW]), more,
        )  # fmt: skip


def _keep(run: Run, changes: Changes) -> list[str]:
    """Keep what is in no commit; give what is not kept of it, and why."""
    try:
        if changes.patch:
            run.log_bytes(changes.patch, CHANGES)
        if changes.files:
            run.log_bytes(changes.files, FILES)
    except TreadleError as error:
        _log.warning("The code that is in no commit is not recorded: %s", error)
        return [*changes.omitted, f"all of it: {error.message}"]
    return changes.omitted
