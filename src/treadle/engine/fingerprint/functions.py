"""Fingerprints functions: their own code, and all project code that they can reach.

A function's source yields names, with the attributes that follow them. Each name is resolved to
its object in this process. Functions and classes of the project are followed in turn, other
values are digested, and packages count by their version. What cannot be followed counts as a
whole: its module or its package.

So code is a graph whose vertices are functions, classes, values and modules. Each is read once,
however many functions reach it.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from treadle.engine.fingerprint.effects import Effects
from treadle.engine.fingerprint.findings import Findings, Hint, Target
from treadle.engine.fingerprint.graph import Closures
from treadle.engine.fingerprint.objects import read_class, read_data, read_function, read_subclasses
from treadle.engine.fingerprint.references import Reached
from treadle.engine.fingerprint.values import digest_value
from treadle.engine.fingerprint.whole_modules import (
    FOR_ALL,
    read_effects,
    read_far_effects,
    read_module,
    read_package,
)
from treadle.engine.modules import origin_of_module, versions_behind
from treadle.engine.observed import ReadingNow, readings_of_import


class CodeFingerprint(msgspec.Struct, frozen=True):
    """The code that a function consists of."""

    pieces: dict[str, str]
    """Digests of the project's functions, classes, values and modules, by ``module:name``."""
    packages: dict[str, str]
    """Versions of the packages that this code uses, by top-level module."""
    widened: tuple[Hint, ...]
    """What could not be followed, and therefore counts as a whole."""
    outside: tuple[Hint, ...]
    """What depends on the outside world, and is not observed."""

    def digest(self) -> str:
        """Digest the code, and the versions of the packages."""
        return digest_value([sorted(self.pieces.items()), self.packages])


def fingerprint_code(func: Callable[..., Any]) -> CodeFingerprint:
    """Fingerprint a function and all code that it can reach."""
    return CodeFingerprints().of(func)


class CodeFingerprints:
    """Fingerprints of many functions, from the objects in this process.

    Args:
        now: Digests what modules read during import; without it, that does not count.
    """

    def __init__(self, now: ReadingNow | None = None) -> None:
        self._now = now
        # The modules that are loaded now; what a node imports is part of the node.
        self._far: list[Target] = [("far effects", 0, name) for name in sorted(_loaded_modules())]
        self._values: dict[Target, tuple[Any, str]] = {}  # with the objects, to keep their ids
        self._read: dict[Target, Findings] = {}
        self._effects = Effects()
        self._closures = Closures(self._targets)
        self._known: dict[int, CodeFingerprint] = {}
        self._joined: dict[int, _Joined] = {}
        self._far_joined: tuple[int, _Joined] | None = None
        self._lock = threading.RLock()  # results of nodes in threads are digested there

    def of(self, func: Callable[..., Any]) -> CodeFingerprint:
        """Fingerprint a function and all code that it can reach."""
        reached = Reached(self._keep, "", self._effects)
        found = reached.found
        found.targets.update(dict.fromkeys(self._far))
        reached.visit(func, "", getattr(func, "__name__", type(func).__name__))
        if found.foreign:  # a library function is identified by its name
            label = f"{getattr(func, '__module__', '')}:{getattr(func, '__name__', '')}"
            found.pieces[label] = digest_value(sorted(found.foreign))
        with self._lock:
            return self._find(found)

    def digest(self, value: object) -> str:
        """Digest a value; after a space, add the code of the project and package versions in it.

        Raises:
            IndigestibleError: It has no digest.
        """
        inside = Reached(self._keep, "", self._effects)
        digest = digest_value(value, inside.code_in_value)
        if not inside.found.targets and not inside.found.packages:
            return f"value:{digest}"
        with self._lock:
            code = self._find(inside.found)
        return f"value:{digest} {code.digest()}"

    def _find(self, start: Findings) -> CodeFingerprint:
        groups = 0
        for target in start.targets:
            groups |= self._closures.groups(target)
        is_plain = not (start.packages or start.widened or start.outside or start.pieces)
        if not is_plain or groups not in self._known:
            found = self._join(start, groups)
            if not is_plain:
                return found
            self._known[groups] = found
        return self._known[groups]

    def _keep(self, target: Target, value: Any, label: str) -> None:
        self._values.setdefault(target, (value, label))

    def _targets(self, target: Target) -> dict[Target, None]:
        known = self._read.get(target)
        if known is None:
            known = self._read[target] = self._read_target(target)
        return known.targets

    def _read_target(self, target: Target) -> Findings:
        kind, _, name = target
        value, by = self._values.get(target, (None, ""))
        label = by or f"{name}:at import"
        if kind in ("function", "class", "subclasses"):
            label = _label(value)
        elif kind == "far effects":
            label = f"{name}:{FOR_ALL}"
        reached = Reached(self._keep, label, self._effects)
        try:
            _READERS[kind](value, name, reached)
        except Exception as error:  # noqa: BLE001 - objects may raise anything when inspected
            shown = name or label.partition(":")[2]
            why = f"{shown} cannot be looked at: {type(error).__name__}: {error}"
            reached.found.widen((name or label).partition(":")[0], why)
        found = reached.found
        if found.foreign:
            own = name if kind == "data" else label
            found.pieces[own] = digest_value([found.pieces.get(own, ""), sorted(found.foreign)])
        return found

    def _join(self, start: Findings, groups: int) -> CodeFingerprint:
        """Combine what was read of many targets."""
        shared, base = self._join_far()
        if shared & ~groups:
            shared, base = 0, _Joined()
        found = self._add_groups(base.copy(), groups & ~shared)
        found.add(start)
        # Of several with one name, such as closures made by one function, all count.
        doubled = {label: digest_value(sorted(digests)) for label, digests in found.doubled.items()}
        return CodeFingerprint(
            found.pieces | doubled | self._pieces_read(found.read_by),
            versions_behind(sorted(found.packages)),
            tuple(sorted(found.widened)),
            tuple(sorted(found.outside)),
        )

    def _join_far(self) -> tuple[int, "_Joined"]:
        """Combine what all code has in common: most of the code in a large project."""
        if self._far_joined is None:
            groups = 0
            for target in self._far:
                groups |= self._closures.groups(target)
            self._far_joined = groups, self._add_groups(_Joined(), groups)
        return self._far_joined

    def _add_groups(self, found: "_Joined", groups: int) -> "_Joined":
        for number in self._closures.numbers(groups):
            known = self._joined.get(number)
            if known is None:
                known = self._joined[number] = _Joined()
                for target in self._closures.members(number):
                    known.add(self._read[target])
            found.add(known)
        return found

    def _pieces_read(self, modules: set[str]) -> dict[str, str]:
        """Return digests of what modules read during import."""
        if self._now is None:
            return {}
        return {
            f"{module}:{reading.title}": reading.digest
            for module in modules
            for reading in readings_of_import(self._now, module)
        }


class _Joined:
    """The combined code of several targets."""

    def __init__(self) -> None:
        self.pieces: dict[str, str] = {}
        self.packages: set[str] = set()
        self.widened: set[Hint] = set()
        self.outside: set[Hint] = set()
        self.read_by: set[str] = set()
        self.doubled: dict[str, set[str]] = {}

    def copy(self) -> "_Joined":
        """Return a copy with the same targets."""
        other = _Joined()
        other.pieces, other.packages = self.pieces.copy(), self.packages.copy()
        other.widened, other.outside = self.widened.copy(), self.outside.copy()
        other.read_by = self.read_by.copy()
        other.doubled = {label: digests.copy() for label, digests in self.doubled.items()}
        return other

    def add(self, other: "_Joined | Findings") -> None:
        """Add the code of another target."""
        if not self.pieces.keys().isdisjoint(other.pieces):
            for label in self.pieces.keys() & other.pieces.keys():
                if self.pieces[label] != other.pieces[label]:
                    self.doubled.setdefault(label, {self.pieces[label]}).add(other.pieces[label])
        if isinstance(other, _Joined):
            for label, digests in other.doubled.items():
                self.doubled.setdefault(label, set()).update(digests)
        self.pieces.update(other.pieces)
        self.packages |= other.packages
        self.widened |= other.widened
        self.outside |= other.outside
        self.read_by |= other.read_by


_READERS: dict[str, Callable[[Any, str, Reached], None]] = {
    "function": lambda value, _, reached: read_function(value, reached),
    "class": lambda value, _, reached: read_class(value, reached),
    "data": read_data,
    "subclasses": lambda value, _, reached: read_subclasses(value, reached),
    "effects": lambda _, name, reached: read_effects(name, reached),
    "far effects": lambda _, name, reached: read_far_effects(name, reached),
    "module": lambda _, name, reached: read_module(name, reached),
    "package": lambda _, name, reached: read_package(name, reached),
}


def _loaded_modules() -> Iterator[str]:
    """Yield the modules of the project that have been imported."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and str(file).endswith(".py") and origin_of_module(module) == "project":
            yield name


def _label(value: Any) -> str:
    return f"{value.__module__}:{value.__qualname__}"
