"""Running git such that nothing that a repository or its surroundings configure is executed."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from treadle.errors import ConflictError

_PATIENCE: Final = 600.0  # seconds; a large repository may have to be fetched
_PASSED: Final = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSL_CAINFO",
    }
)
_SETTINGS: Final = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.attributesFile=/dev/null",
    "color.ui=false",
    "protocol.ext.allow=never",
    "status.showUntrackedFiles=normal",
    "status.renames=true",
    "diff.ignoreSubmodules=none",
    "diff.orderFile=/dev/null",
    "diff.suppressBlankEmpty=false",
    "apply.whitespace=nowarn",
    "apply.ignoreWhitespace=no",
    "advice.detachedHead=false",
)
_SAFE: Final = tuple(part for setting in _SETTINGS for part in ("-c", setting))


def run_git(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    variables: Mapping[str, str] | None = None,
    settings: Sequence[str] = (),
    patience: float = _PATIENCE,
) -> bytes:
    """Run git, and return its output.

    Args:
        folder: The working directory.
        arguments: Its command, with arguments.
        given: Its standard input.
        variables: Additional environment variables.
        settings: Configuration settings, as ``name=value``.
        patience: The timeout in seconds.

    Raises:
        ConflictError: It fails, with what it prints; or git is not installed.
    """
    more = [part for setting in settings for part in ("-c", setting)]
    try:
        done = _run(folder, [*more, *arguments], given, variables, patience)
    except subprocess.TimeoutExpired as error:
        raise ConflictError(f"git {arguments[0]} took more than {patience:g} seconds.") from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) and folder.is_dir():
            why = "The program git is not installed."
        else:
            why = f"The program git cannot be run in {folder}: {error.strerror}."
        raise ConflictError(why, hint="Code is recorded as git has it.") from error
    if done.returncode:
        printed = done.stderr.decode(errors="replace").strip().splitlines()
        why = " ".join(printed[-3:]) or f"it ended with {done.returncode}"
        raise ConflictError(f"git {arguments[0]} failed: {why}")
    return done.stdout


def try_git(folder: Path, *arguments: str) -> bytes | None:
    """Return the output of git; None if it fails, or is not installed."""
    try:
        return run_git(folder, *arguments)
    except ConflictError:
        return None


def _run(
    folder: Path,
    arguments: Sequence[str],
    given: bytes,
    variables: Mapping[str, str] | None,
    patience: float,
) -> "subprocess.CompletedProcess[bytes]":
    dropped = {name for name in os.environ if name.startswith("GIT_")} - _PASSED
    own = {name: value for name, value in os.environ.items() if name not in dropped}
    safe = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:ssh:file", "LC_ALL": "C"}
    return subprocess.run(
        ["git", *_SAFE, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        check=False,
        timeout=patience,
        env={**own, **safe, **(variables or {})},
    )
