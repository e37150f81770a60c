"""What git says of a folder."""

import subprocess
from pathlib import Path

import msgspec

from treadle.masking import mask

__all__ = ["GitState", "read_git"]


class GitState(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that the code was at, and whether it had been changed since."""

    commit: str
    branch: str
    dirty: bool
    changed: list[str]
    """Files changed or untracked, relative to the repository."""
    remote: str
    """Where it comes from, without a password."""
    omitted: list[str] = []
    """What of the changes is not recorded, and why."""
    root: str = ""
    """Where the repository lay; the folder of the code, if it was in none."""
    folder: str = ""
    """Where the code lies in it, with ``/`` at the end; empty for the root."""


def read_git(folder: Path) -> GitState | None:
    """Read the state of the repository that a folder is in; None if it is in none, or git is missing.

    A folder that its repository ignores is in none: nothing of it is in any commit.
    """
    places = _git(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    if places is None or _git(folder, "check-ignore", "--quiet", ".") is not None:
        return None
    root, _, prefix = places.rstrip("\n").partition("\n")
    status = _git(folder, "status", "--porcelain=v2", "--branch", "-z")
    if status is None:
        return None
    facts = {}
    changed = []
    for line in status.split("\0"):
        if line.startswith("# branch."):
            key, _, value = line.removeprefix("# branch.").partition(" ")
            facts[key] = value
        elif line[:2] in ("1 ", "2 ", "u ", "? "):
            changed.append(line.split(" ", {"1": 8, "2": 9, "u": 10, "?": 1}[line[0]])[-1])
    commit = facts.get("oid", "")
    return GitState(
        commit="" if commit == "(initial)" else commit,
        branch=facts.get("head", ""),
        dirty=bool(changed),
        changed=changed[:1000],
        root=root,
        folder=prefix,
        remote=mask((_git(folder, "config", "--get", "remote.origin.url") or "").strip()),
    )


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", *arguments],
            cwd=folder, capture_output=True, text=True, timeout=10, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout
