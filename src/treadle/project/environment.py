"""What a run runs on: Python, the platform, the installed packages."""

import os
import platform
import re
import sys
from pathlib import Path

import msgspec

from treadle._version import __version__

__all__ = ["Environment", "read_environment"]

_METADATA = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)\.(?:dist|egg)-info")


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What a run ran on."""

    python: str
    implementation: str
    platform: str
    machine: str
    processors: int
    treadle: str
    prefix: str
    packages: dict[str, str]
    """Distribution to version."""


def read_environment() -> Environment:
    """Read what this process runs on.

    The packages come from the names of their metadata folders, which takes a millisecond where
    reading the metadata of a large environment takes hundreds.
    """
    return Environment(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        processors=os.cpu_count() or 0,
        treadle=__version__,
        prefix=sys.prefix,
        packages=_packages(),
    )


def _packages() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        if not folder or not Path(folder).is_dir():
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                match = _METADATA.fullmatch(entry.name)
                if match:
                    name = re.sub(r"[-_.]+", "-", match["name"]).lower()
                    found.setdefault(name, match["version"])
    return dict(sorted(found.items()))
