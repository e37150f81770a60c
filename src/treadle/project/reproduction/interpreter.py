"""Finds a Python with the packages that a run had, or builds one with uv."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from treadle.errors import ProjectError
from treadle.masking import MASK
from treadle.project.environment import Environment

__all__ = ["Interpreter", "build_environment", "choose_interpreter", "differing_packages"]

_FEW: Final = 6


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
    python, more = build_environment(recorded, version, folder, code)
    return Interpreter(python=str(python), is_built=True, doubts=doubts + more)


def differing_packages(recorded: Environment, current: Environment) -> list[str]:
    """Say which packages are others than they were."""
    found = []
    for name in sorted({*recorded.packages, *current.packages}):
        was, now = recorded.packages.get(name), current.packages.get(name)
        if was != now:
            found.append(f"{name} {was or 'none'} → {now or 'none'}")
    return found


def build_environment(recorded: Environment, version: str, folder: Path, code: str = "") -> tuple[Path, list[str]]:
    """Build an environment of exactly the packages that are recorded.

    Returns:
        Its Python, and what in it is not known to be what it was.

    Raises:
        ProjectError: There is no uv, or it fails.
    """
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise ProjectError(
            "The packages of the run are not those of this environment, and uv is not there to build one.",
            hint="Install it with: pip install uv. Or take this environment as it is: --this-environment",
        )
    try:
        _run(uv, "venv", "--quiet", "--python", version, str(folder))
    except ProjectError as error:
        error.hint = (
            f"{error.hint} Another Python will do with --allow-different-python, "
            "and this environment as it is with --this-environment."
        ).strip()
        raise
    doubts: list[str] = []
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(f"{line}\n" for line in _requirements(recorded, code, doubts)))
    python = folder / "bin" / "python"
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--python", str(python), "--requirement", str(requirements))
    return python, doubts


def _requirements(recorded: Environment, code: str, doubts: list[str]) -> Iterator[str]:
    for name, version in recorded.packages.items():
        source = recorded.sources.get(name, "")
        if not source or MASK in source:
            yield f"{name}=={version}"
            continue
        parts = urlsplit(source)
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


def _run(*command: str) -> None:
    variables = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise ProjectError(f"The environment of the run cannot be built: {' '.join(said[-_FEW:])}")
