"""The environment of a run: Python, the platform, the installed packages."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from treadle._version import __version__
from treadle.distributions import find_distributions
from treadle.errors import ProjectError
from treadle.masking import mask


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The environment that a run ran in."""

    python: str
    implementation: str
    platform: str
    machine: str
    processors: int
    treadle: str
    prefix: str
    packages: dict[str, str]
    """Versions by distribution."""
    sources: dict[str, str] = {}
    """Origins of distributions not from an index: a folder, archive, or repository with commit."""
    folder: str = ""
    """The working directory."""
    hash_seed: str = ""
    """``PYTHONHASHSEED``, if it is set: with it, the order of sets of strings is reproducible."""


def read_environment(here: Path | None = None) -> Environment:
    """Read the environment of this process.

    Args:
        here: The working directory; by default, the current one.
    """
    packages, sources = _packages(sys.path)
    return Environment(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        processors=os.cpu_count() or 0,
        treadle=__version__,
        prefix=sys.prefix,
        packages=packages,
        sources=sources,
        folder=str(here or Path.cwd()),
        hash_seed=os.environ.get("PYTHONHASHSEED", ""),
    )


def read_environment_of(python: Path) -> Environment:
    """Read the environment of another Python interpreter of this machine.

    Raises:
        ProjectError: It does not run.
    """
    code = (
        "import json, platform, sys; print(json.dumps([platform.python_version(), "
        "platform.python_implementation(), "
        "sys.prefix, sys.path]))"
    )
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, check=True, cwd="/")
        version, implementation, prefix, paths = msgspec.json.decode(
            done.stdout, type=tuple[str, str, str, list[str]]
        )
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        raise ProjectError(f"{python} does not run as a Python: {error}") from error
    packages, sources = _packages(paths)
    return msgspec.structs.replace(
        read_environment(),
        python=version,
        implementation=implementation,
        prefix=prefix,
        packages=packages,
        sources=sources,
    )


def _packages(paths: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the versions of the distributions in some folders, and the origins of some."""
    distributions = sorted(find_distributions(paths).items())
    origins = ((name, _read_source(distribution.metadata)) for name, distribution in distributions)
    return (
        {name: distribution.version for name, distribution in distributions},
        {name: origin for name, origin in origins if origin},
    )


def _read_source(metadata: str) -> str:
    """Return the origin of a distribution not from an index, as a pip requirement (PEP 610)."""
    try:
        with open(f"{metadata}/direct_url.json", "rb") as file:  # noqa: PTH123 - most have none, and there are many
            origin = msgspec.json.decode(file.read(), type=_Origin)
    except (OSError, msgspec.MsgspecError):
        return ""
    if origin.vcs_info is None:
        return mask(origin.url)
    return mask(f"{origin.vcs_info.vcs}+{origin.url}@{origin.vcs_info.commit_id}")


class _Repository(msgspec.Struct):
    vcs: str
    commit_id: str = ""


class _Origin(msgspec.Struct):
    url: str
    vcs_info: _Repository | None = None
