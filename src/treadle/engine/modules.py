"""Identifies the origin of a module: project (followed), package (version counts), or Python."""

import functools
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

from treadle.distributions import Distribution, find_distributions, normalize

Origin = Literal["project", "package", "standard"]

_SITES: Final = frozenset({"site-packages", "dist-packages"})
_STANDARD: Final = tuple(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib"))
_REQUIREMENT: Final = re.compile(r"Requires-Dist: *(?P<name>[A-Za-z0-9._-]+)(?P<rest>.*)")


def is_standard(path: str) -> bool:
    """Return whether a file belongs to Python's standard library."""
    return path.startswith(_STANDARD) and "-packages" not in path


def origin_of_module(module: ModuleType | None, name: str = "") -> Origin:
    """Return the origin of an imported module."""
    found = getattr(module, "__name__", "") or name
    if _is_own(found):
        return "package"
    file = getattr(module, "__file__", None)
    if not file:
        paths = list(getattr(module, "__path__", []))  # a namespace package has no file
        if paths:
            return origin_of_path(str(paths[0]))
        return "project" if found == "__main__" or module is None else "standard"
    return origin_of_path(str(file))


def find_origin(name: str) -> Origin | None:
    """Return the origin of a module without importing it; None if it does not exist."""
    top = name.partition(".")[0]
    if _is_own(top):
        return "package"
    if top in sys.modules:
        return origin_of_module(sys.modules[top])
    if top in sys.stdlib_module_names:
        return "standard"
    try:
        specification = util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if specification is None:
        return None
    if specification.origin in ("built-in", "frozen"):
        return "standard"
    places = [specification.origin, *(specification.submodule_search_locations or [])]
    return next((origin_of_path(place) for place in places if place), "standard")


def _is_own(name: str) -> bool:
    return name == "treadle" or name.startswith("treadle.")


_COMMANDS: Final = os.path.dirname(sys.executable)  # noqa: PTH120 - as above


@functools.lru_cache(maxsize=4096)
def origin_of_path(path: str) -> Origin:
    """Return the origin of a file."""
    if _SITES & set(Path(path).parts):
        return "package"
    if is_standard(path):
        return "standard"
    if os.path.dirname(path) == _COMMANDS:  # noqa: PTH120 - called in every run
        return "package"  # a command of the environment, such as pytest or jupyter
    return "package" if _is_installed(path) else "project"


def _is_installed(path: str) -> bool:
    """Return whether an installer put a file where it is, into a folder of any name.

    Such a folder has the metadata beside it (``pip install --target``). An ``.egg-info`` beside a
    package is the project's own, as an editable install makes it.
    """
    folders = [os.path.abspath(one) for one in sys.path]  # noqa: PTH100 - called in every run
    folder = max((one for one in folders if path.startswith(f"{one}{os.sep}")), key=len, default="")
    if not folder:
        return False
    top = Path(path).relative_to(folder).parts[0].partition(".")[0]
    return any(
        installed.metadata.endswith(".dist-info")
        and (name == normalize(top) or _provides(installed.metadata, top))
        for name, installed in _installed((folder,)).items()
    )


def version_of(top: str) -> str:
    """Return the version of the package of a top-level module; empty if unknown."""
    if _is_own(top):
        from treadle._version import __version__

        return __version__
    found = distribution(top)
    if found:
        return f"{found[0]} {found[1]}"
    return str(getattr(sys.modules.get(top), "__version__", ""))


def versions_behind(tops: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages and of their installed dependencies.

    Args:
        tops: Their top-level modules.
    """
    found: dict[str, str] = {}
    for top in tops:
        found[top] = version_of(top)
        known = None if _is_own(top) else distribution(top)
        for name in _needed_by(known[0]) if known else ():
            found.setdefault(name, f"{name} {_installed(tuple(sys.path))[name].version}")
    return found


@functools.lru_cache(maxsize=1024)
def _needed_by(name: str) -> tuple[str, ...]:
    """Return all direct and indirect dependencies of a distribution, without extras."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for one in _required_by(waiting.pop()):
            if one not in found and one != name:
                found[one] = None
                waiting.append(one)
    return tuple(sorted(found))


@functools.lru_cache(maxsize=1024)
def _required_by(name: str) -> tuple[str, ...]:
    installed = _installed(tuple(sys.path))
    try:
        lines = Path(installed[name].metadata, "METADATA").read_text(encoding="utf-8").splitlines()
    except (OSError, KeyError, UnicodeDecodeError):
        return ()
    found = []
    for line in lines:
        if not line:
            break  # the description follows
        match = _REQUIREMENT.match(line)
        if match and "extra" not in match["rest"] and normalize(match["name"]) in installed:
            found.append(normalize(match["name"]))
    return tuple(found)


@functools.lru_cache(maxsize=1024)
def distribution(top: str) -> tuple[str, str] | None:
    """Find the distribution of a top-level module: its name and version.

    Nearly always it has the module's name; if not, the lists of installed files are searched.
    """
    installed = _installed(tuple(sys.path))
    simple = normalize(top)
    if simple in installed:
        return simple, installed[simple].version
    for name, candidate in installed.items():
        if _provides(candidate.metadata, top):
            return name, candidate.version
    return None


@functools.lru_cache(maxsize=8)
def _installed(path: tuple[str, ...]) -> dict[str, Distribution]:
    return find_distributions(path)


def _provides(metadata: str, top: str) -> bool:
    """Return whether a distribution lists a top-level module."""
    try:
        return top in Path(metadata, "top_level.txt").read_text(encoding="utf-8").split()
    except OSError:
        pass
    try:
        text = Path(metadata, "RECORD").read_text(encoding="utf-8")
    except OSError:
        return False
    return f"\n{top}/" in f"\n{text}" or f"\n{top}.py," in f"\n{text}"
