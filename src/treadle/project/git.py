"""What git says of a folder."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from treadle.errors import ConflictError
from treadle.masking import mask

__all__ = ["GitState", "is_made_by_running", "read_git", "run_git", "try_git"]

_PATIENCE: Final = 600.0  # seconds; a large repository may have to be fetched
_PASSED: Final = frozenset({"GIT_SSH_COMMAND", "GIT_SSH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_SSL_CAINFO"})
_SAFE: Final = tuple(
    part
    for setting in (
        "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotePath=false", "core.autocrlf=false",
        "protocol.ext.allow=never",
    )
    for part in ("-c", setting)
)  # fmt: skip


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
    places = _ask(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    if places is None or try_git(folder, "check-ignore", "--quiet", ".") is not None:
        return None
    root, _, prefix = places.rstrip("\n").partition("\n")
    status = _ask(folder, "status", "--porcelain=v2", "--branch", "-z")
    if status is None:
        return None
    facts = {}
    changed = []
    for line in status.split("\0"):
        if line.startswith("# branch."):
            key, _, value = line.removeprefix("# branch.").partition(" ")
            facts[key] = value
        elif line[:2] in ("1 ", "2 ", "u ", "? "):
            name = line.split(" ", {"1": 8, "2": 9, "u": 10, "?": 1}[line[0]])[-1]
            if line[0] != "?" or not is_made_by_running(name):
                changed.append(name)
    commit = facts.get("oid", "")
    return GitState(
        commit="" if commit == "(initial)" else commit,
        branch=facts.get("head", ""),
        dirty=bool(changed),
        changed=changed[:1000],
        root=root,
        folder=prefix,
        remote=mask((_ask(folder, "config", "--get", "remote.origin.url") or "").strip()),
    )


def is_made_by_running(name: str) -> bool:
    """Tell files that a run makes by itself, Treadle's own and Python's, from code that nobody has added yet.

    Examples:
        >>> is_made_by_running("src/__pycache__/a.pyc"), is_made_by_running(".treadle/"), is_made_by_running("new.py")
        (True, True, False)
    """
    return bool({".treadle", "__pycache__"}.intersection(name.split("/")))


def _ask(folder: Path, *arguments: str) -> str | None:
    answer = try_git(folder, *arguments)
    return None if answer is None else answer.decode(errors="surrogateescape")


def run_git(folder: Path, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
    """Run git; nothing that a repository or its neighbourhood has set up is run with it.

    Raises:
        ConflictError: It fails, with what it says; or there is no git.
    """
    try:
        done = _run(folder, arguments, given, variables)
    except FileNotFoundError as error:
        raise ConflictError("The program git is not installed.", hint="Code is kept as git has it.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ConflictError(f"git {arguments[0]} failed: {' '.join(said[-3:])}")
    return done.stdout


def try_git(folder: Path, *arguments: str) -> bytes | None:
    """Ask git something; None if it fails, or there is no git."""
    try:
        done = _run(folder, arguments)
    except (OSError, subprocess.SubprocessError):
        return None
    return None if done.returncode else done.stdout


def _run(
    folder: Path, arguments: Sequence[str], given: bytes = b"", variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _PASSED}
    safe = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:ssh:file", "LC_ALL": "C"}
    return subprocess.run(
        ["git", *_SAFE, *arguments],
        cwd=folder, input=given, capture_output=True, check=False, timeout=_PATIENCE,
        env={**own, **safe, **(variables or {})},
    )  # fmt: skip
