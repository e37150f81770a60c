"""Virtual environments built with uv, and a cache of them for repeated use."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from blake3 import blake3

from treadle.errors import ProjectError

_FEW: Final = 6
_READY: Final = ".ready"
_TRUST: Final = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
"""Makes uv use this machine's certificates, as pip does: many networks have their own. The second
is its name in older versions of uv."""


def python_of(folder: Path) -> Path:
    """Return the Python executable of an environment."""
    return folder / "bin" / "python"


def build_environment(
    folder: Path, requirements: Sequence[str], *, python: str = "", complete: bool = False
) -> Path:
    """Build an environment.

    Args:
        folder: Its path; an existing folder is replaced.
        requirements: Requirements in pip's syntax.
        python: The Python version; that of this process if empty.
        complete: Whether the requirements are complete: their dependencies are not added.

    Returns:
        Its Python executable.

    Raises:
        ProjectError: uv is not installed, or fails; with its output.
    """
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise ProjectError(
            "An environment is to be built, and uv is not installed.",
            hint="Install it with: pip install uv",
        )
    is_this = python in ("", platform.python_version())
    _run(
        uv,
        "venv",
        "--quiet",
        "--clear",
        "--python",
        sys.executable if is_this else python,
        str(folder),
    )
    listed = folder / "requirements.txt"
    listed.write_text("".join(f"{line}\n" for line in requirements))
    options = ["--no-deps"] if complete else []
    if requirements:
        _run(
            uv,
            "pip",
            "install",
            "--quiet",
            *options,
            "--python",
            str(python_of(folder)),
            "--requirement",
            str(listed),
        )
    return python_of(folder)


def kept_environment(requirements: Sequence[str], *, python: str = "") -> Path:
    """Return an environment with these requirements, built once and cached for all projects.

    It is in ``$XDG_CACHE_HOME/treadle``, or ``~/.cache/treadle``.

    Returns:
        Its Python executable.

    Raises:
        ProjectError: It cannot be built.
    """
    asked = "\n".join([python or sys.version, *(_with_content(line) for line in requirements)])
    folder = _keep(asked, lambda place: build_environment(place, requirements, python=python))
    return python_of(folder)


def kept_conda_environment(conda: str, file: Path) -> Path:
    """Return an environment that conda builds from a file, built once and cached for all projects.

    Args:
        conda: The executable.
        file: The file for conda: ``conda.yaml``.

    Returns:
        Its Python executable.

    Raises:
        ProjectError: It cannot be built.
    """

    def build(place: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        _run(conda, "env", "create", "--quiet", "--prefix", str(place), "--file", str(file))

    return python_of(_keep(f"conda\n{file.read_text()}", build))


def _keep(asked: str, build: Callable[[Path], object]) -> Path:
    """Build an environment unless it exists, in one process at a time."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        / "treadle"
        / "environments"
    )
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / blake3(asked.encode()).hexdigest()[:20]
    with (cache / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _READY).exists():  # one that was not completed is built again
            build(folder)
            (folder / _READY).touch()
    return folder


def _with_content(requirement: str) -> str:
    """Return a requirement with the name of a file in it replaced by its content's digest."""
    option, _, path = requirement.partition(" ")
    if option.startswith("-") and Path(path).is_file():
        return f"{option} {blake3(Path(path).read_bytes()).hexdigest()}"
    return requirement


def _run(*command: str) -> None:
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "PYTHONPATH")
    }
    variables = {**_TRUST, **own}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise ProjectError(f"The environment cannot be built: {' '.join(said[-_FEW:])}")
