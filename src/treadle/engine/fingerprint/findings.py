"""What one piece of code refers to: digests, packages, hints, and objects to follow."""

import sys
from collections.abc import Callable
from importlib import util
from typing import Any, Literal

import msgspec

from treadle.engine.fingerprint.unobserved import DYNAMIC, explain_outside
from treadle.engine.fingerprint.used_names import Import
from treadle.engine.modules import find_origin, origin_of_module

Kind = Literal[
    "function", "class", "data", "subclasses", "module", "package", "effects", "far effects"
]
Target = tuple[Kind, int, str]
"""An object to follow: its kind, its id, and its name or that of the module."""


class Hint(msgspec.Struct, frozen=True, order=True):
    """Something about a node's code that its user should know."""

    where: str
    """The function that contains it."""
    what: str
    advice: str


class Findings:
    """The content of one piece of code, and what it refers to.

    Args:
        keep: Remembers the object of a target.
        label: The name of the code in messages.

    Attributes:
        label: The same.
        alias: How the code names what is visited now.
        pieces: Digests of code and values, by label.
        packages: Top-level modules of packages.
        widened: What cannot be followed.
        outside: What depends on the outside world.
        targets: The project objects that it refers to, to be read next.
        foreign: Names that refer to packages and Python, as ``name=module.name``.
        read_by: Modules that read something during import, on which this code may depend.
    """

    def __init__(self, keep: Callable[[Target, Any, str], None], label: str) -> None:
        self.label = label
        self.alias = ""
        self.pieces: dict[str, str] = {}
        self.packages: set[str] = set()
        self.widened: set[Hint] = set()
        self.outside: set[Hint] = set()
        self.targets: dict[Target, None] = {}
        self.read_by: set[str] = set()
        self.foreign: set[str] = set()
        self._keep = keep

    def touch(self, module: str) -> None:
        """Add what a module does when it is imported."""
        if module:
            self.targets["effects", 0, module] = None

    def read_at_import(self, module: str) -> None:
        """Add what a module read during import."""
        self.read_by.add(module)

    def touch_imported(self, given: Import, by: str) -> None:
        """Add the import effects of a project module that another one imports."""
        name = absolute_name(given.module, by)
        for found in (name, f"{name}.{given.attribute}"):
            module = sys.modules.get(found)
            if module is not None and origin_of_module(module) == "project":
                self.touch(found)

    def widen(self, name: str, why: str, where: str = "") -> None:
        """Add a whole module."""
        name = name.partition(":")[0]
        self.widened.add(Hint(where or self.label or name, why, f"All of {name} counts."))
        if name:
            self.targets["module", 0, name] = None

    def is_foreign(self, name: str | None, qualname: str) -> bool:
        """Return whether something belongs to a package or to Python, and note it then."""
        module = sys.modules.get(name or "")
        if module is None and name in ("__main__", None, ""):
            return False
        origin = (
            origin_of_module(module, name or "")
            if module is not None
            else find_origin(name or "") or "project"
        )
        if origin == "package":
            self.packages.add((name or "").partition(".")[0])
        if origin == "project":
            return False
        self.note_outside(f"{name}.{qualname}")
        return True

    def follow(self, kind: Kind, value: Any, name: str) -> None:
        """Add an object to be read next."""
        target: Target = (kind, id(value), name)
        if target not in self.targets:
            self.targets[target] = None
            self._keep(target, value, self.label)

    def note_outside(self, name: str) -> None:
        """Add a name of a package or of Python, with what that means for reuse."""
        name = (
            name.removeprefix("_").replace("posix.", "os.", 1)
            if name.startswith("posix.")
            else name
        )
        self.foreign.add(f"{self.alias}={name}")
        shown = name.removeprefix("builtins.")
        if name in DYNAMIC:
            self._widen_package(f"{shown} reaches code by a computed name")
        advice = explain_outside(name)
        if advice:
            self.outside.add(Hint(self.label, shown, advice))

    def _widen_package(self, why: str) -> None:
        """Add all source files of the package that contains the code; of a lone file, that file."""
        name = self.label.partition(":")[0]
        top = sys.modules.get(name.partition(".")[0])
        self.widened.add(Hint(self.label, why, f"All of {getattr(top, '__name__', name)} counts."))
        if hasattr(top, "__path__"):
            self.targets["package", 0, name.partition(".")[0]] = None
        else:
            self.targets["module", 0, name] = None


def absolute_name(name: str, by: str) -> str:
    """Return the absolute name of a module that another one imports."""
    if not name.startswith("."):
        return name
    package = str(getattr(sys.modules.get(by), "__package__", "") or "")
    return util.resolve_name(name, package) if package else name.lstrip(".")
