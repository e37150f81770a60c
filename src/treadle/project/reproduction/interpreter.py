"""A Python environment with the packages of a run: an existing one, or one built with uv."""

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


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """The Python environment of a reproduction."""

    python: str
    is_built: bool = False
    doubts: list[str] = []
    """How it may differ from the run's."""


def choose_interpreter(
    recorded: Environment | None,
    current: Environment,
    folder: Path,
    code: str = "",
    *,
    different_python: bool = False,
    as_it_is: bool = False,
) -> Interpreter:
    """Return this Python if it has exactly the run's packages; else build an environment.

    Args:
        recorded: The environment of the run.
        current: The environment of this process.
        folder: The folder of a new environment; it is created.
        code: The original folder of the code: what was installed from there is in the rebuilt code.
        different_python: Whether another Python version is accepted.
        as_it_is: Use this environment, whatever its differences.

    Raises:
        ProjectError: uv is missing, cannot build the environment, or the Python version differs.
    """
    if recorded is None:
        return Interpreter(
            python=sys.executable, doubts=["the environment is not recorded: this one is taken"]
        )
    doubts = []
    if (
        recorded.platform.split()[:1] != current.platform.split()[:1]
        or recorded.machine != current.machine
    ):
        doubts.append(
            f"it ran on {recorded.platform} ({recorded.machine}), and this is {current.platform} "
            f"({current.machine})"
        )
    is_other = (recorded.implementation, recorded.python) != (
        current.implementation,
        current.python,
    )
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
    """Describe the packages whose versions differ."""
    found = []
    for name in sorted({*recorded.packages, *current.packages}):
        was, now = recorded.packages.get(name), current.packages.get(name)
        if was != now:
            found.append(f"{name} {was or 'none'} → {now or 'none'}")
    return found


def rebuild_environment(
    recorded: Environment, version: str, folder: Path, code: str = ""
) -> tuple[Path, list[str]]:
    """Build an environment of exactly the recorded packages.

    Returns:
        Its Python executable, and how it may differ from the original.

    Raises:
        ProjectError: uv is not installed, or fails.
    """
    doubts: list[str] = []
    requirements = list(_requirements(recorded, code, doubts))
    try:
        return build_environment(folder, requirements, python=version, complete=True), doubts
    except ProjectError as error:
        raise ProjectError(
            error.message,
            hint=f"{error.hint} Another Python will do with --allow-different-python, and this "
            "environment as it is "
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
            doubts.append(
                f"{name} {version} was installed from {path}, and is taken from there as it is now"
            )
            yield f"{name} @ {source}"
        elif path.exists():
            yield f"{name} @ {source}"
        else:
            doubts.append(
                f"{name} {version} was installed from {path}, which is gone: it is taken from the "
                "index"
            )
            yield f"{name}=={version}"
