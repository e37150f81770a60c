"""Finds a Python with the packages that a run had, or builds one with uv."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import msgspec

from treadle.addresses import split_location
from treadle.errors import ProjectError
from treadle.masking import MASK
from treadle.project.environments import build_environment
from treadle.provenance.environment import Environment

__all__ = ["Interpreter", "choose_interpreter", "differing_packages", "rebuild_environment"]


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """What runs a reproduction."""

    python: str
    is_built: bool = False
    doubts: list[str] = []
    """In what it is not what the run had."""


def choose_interpreter(
    recorded: Environment | None,
    current: Environment,
    folder: Path,
    code: str = "",
    *,
    different_python: bool = False,
    as_it_is: bool = False,
) -> Interpreter:
    """Take this Python if it has exactly what the run had; else build an environment that has.

    Args:
        recorded: What the run ran on.
        current: What this process runs on.
        folder: Where an environment is built; it is made.
        code: The folder that the code of the run came from: what was installed from there is in the rebuilt code.
        different_python: Whether another Python may do.
        as_it_is: Take this environment, whatever is different in it.

    Raises:
        ProjectError: There is no uv, it cannot build the environment, or Python is another one.
    """
    if recorded is None:
        return Interpreter(python=sys.executable, doubts=["the environment is not recorded: this one is taken"])
    doubts = []
    if recorded.platform.split()[:1] != current.platform.split()[:1] or recorded.machine != current.machine:
        doubts.append(
            f"it ran on {recorded.platform} ({recorded.machine}), and this is {current.platform} ({current.machine})"
        )
    is_other = (recorded.implementation, recorded.python) != (current.implementation, current.python)
    packages = differing_packages(recorded, current)
    if as_it_is:
        if is_other:
            doubts.append(f"Python {recorded.python} → {current.python}")
        return Interpreter(python=sys.executable, doubts=doubts + packages)
    if is_other and different_python:
        doubts.append(f"Python {recorded.python} → {current.python}")
    if not packages and (different_python or not is_other):
        return Interpreter(python=sys.executable, doubts=doubts)
    version = current.python if different_python else recorded.python
    python, more = rebuild_environment(recorded, version, folder, code)
    return Interpreter(python=str(python), is_built=True, doubts=doubts + more)


def differing_packages(recorded: Environment, current: Environment) -> list[str]:
    """Say which packages are others than they were."""
    found = []
    for name in sorted({*recorded.packages, *current.packages}):
        was, now = recorded.packages.get(name), current.packages.get(name)
        if was != now:
            found.append(f"{name} {was or 'none'} → {now or 'none'}")
    return found


def rebuild_environment(recorded: Environment, version: str, folder: Path, code: str = "") -> tuple[Path, list[str]]:
    """Build an environment of exactly the packages that are recorded.

    Returns:
        Its Python, and what in it is not known to be what it was.

    Raises:
        ProjectError: There is no uv, or it fails.
    """
    doubts: list[str] = []
    requirements = list(_requirements(recorded, code, doubts))
    try:
        return build_environment(folder, requirements, python=version, complete=True), doubts
    except ProjectError as error:
        raise ProjectError(
            error.message,
            hint=f"{error.hint} Another Python will do with --allow-different-python, and this environment as it is "
            "with --this-environment.".strip(),
        ) from error


def _requirements(recorded: Environment, code: str, doubts: list[str]) -> Iterator[str]:
    for name, version in recorded.packages.items():
        source = recorded.sources.get(name, "")
        if not source or MASK in source:
            yield f"{name}=={version}"
            continue
        parts = split_location(source)
        path = Path(unquote(parts.path))
        if parts.scheme != "file":
            yield f"{name} @ {source}"
        elif code and path.is_dir() and path.is_relative_to(code):
            continue  # it is the code that ran, which is rebuilt
        elif path.is_dir():
            doubts.append(f"{name} {version} was installed from {path}, and is taken from there as it is now")
            yield f"{name} @ {source}"
        elif path.exists():
            yield f"{name} @ {source}"
        else:
            doubts.append(f"{name} {version} was installed from {path}, which is gone: it is taken from the index")
            yield f"{name}=={version}"
