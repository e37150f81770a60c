"""Collects what one piece of code refers to, by looking up its names in its scopes."""

import functools
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module, util
from typing import Any, Final, Literal

import msgspec

from treadle.engine.fingerprint.effects import Effects
from treadle.engine.fingerprint.global_random import name_of_shared_chance
from treadle.engine.fingerprint.unobserved import DYNAMIC, explain_outside
from treadle.engine.fingerprint.used_names import Import, Used
from treadle.engine.fingerprint.used_parts import narrow
from treadle.engine.fingerprint.wrappers import parts_of_wrapper
from treadle.engine.modules import find_origin, origin_of_module
from treadle.engine.observed.wrapping import original_of
from treadle.pipelines import Node

_MISSING: Final = object()

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


class Scope(msgspec.Struct, frozen=True):
    """Where names are looked up."""

    module: str
    label: str
    """The function or class, for messages."""
    scopes: tuple[Mapping[str, Any], ...]

    def find(self, name: str) -> Any:
        """Return the object of a name; a sentinel if there is none."""
        return next((scope[name] for scope in self.scopes if name in scope), _MISSING)


class Reached:
    """The content of one piece of code, and the targets that it refers to.

    Args:
        keep: Remembers the object of a target.
        label: The name of the code in messages.
        effects: Judges top-level statements of modules.

    Attributes:
        effects: The same.
        pieces: Digests of code and values, by label.
        packages: Top-level modules of packages.
        widened: What cannot be followed.
        outside: What depends on the outside world.
        targets: The project objects that it refers to, to be read next.
        foreign: Names that refer to packages and Python, as ``name=module.name``.
        read_by: Modules that read something during import, on which this code may depend.
    """

    def __init__(
        self,
        keep: Callable[[Target, Any, str], None],
        label: str,
        effects: Effects,
    ) -> None:
        self.effects = effects
        self.pieces: dict[str, str] = {}
        self.packages: set[str] = set()
        self.widened: set[Hint] = set()
        self.outside: set[Hint] = set()
        self.targets: dict[Target, None] = {}
        self.read_by: set[str] = set()
        self.foreign: set[str] = set()
        self._alias = ""
        self._keep = keep
        self._label = label

    def visit(self, value: Any, module: str, name: str, chain: tuple[str, ...] = ()) -> None:
        """Visit a value that code refers to.

        Args:
            value: The object.
            module: The module that refers to it, or the label of the code there.
            name: Its name there.
            chain: The attributes that code gets from it.
        """
        try:
            self._visit(value, module, name, chain)
        except Exception as error:  # noqa: BLE001 - objects may raise anything when inspected
            self.widen(module, f"{name} cannot be looked at: {type(error).__name__}: {error}")

    def follow(self, used: Used, scope: Scope) -> None:
        """Visit everything that some code refers to."""
        imports = used.imports
        for alias, one in imports.items():
            if any(chain[0] == alias for chain in used.chains):
                continue
            if one.attribute in ("", "*"):
                self._load(one, scope)  # for its effects on import
                self.touch_imported(one, scope.module)
            else:
                self._visit_import(one, (), scope)
        for chain in used.chains:
            self._alias = ".".join(chain)
            imported = imports.get(chain[0])
            if imported is not None:
                self._visit_import(imported, chain[1:], scope)
                continue
            value = scope.find(chain[0])
            if (
                used.is_guess
                and isinstance(value, types.ModuleType)
                and not hasattr(value, chain[-1])
            ):
                continue
            if value is not _MISSING:
                self.visit(value, scope.module, chain[0], chain[1:])
        self._alias = ""
        for chain in used.reflective:
            self._visit_reflection(chain, scope)

    def code_in_value(self, value: Any) -> str | None:
        """Follow code that is part of a value, and return its name; None for data."""
        value = original_of(value)
        if name := name_of_shared_chance(value):
            self._note_outside(name)
            return name
        if isinstance(value, types.ModuleType):
            self.visit(value, "", value.__name__, ("__doc__",))
            return value.__name__
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
            if isinstance(getattr(value, "__self__", None), types.ModuleType | None | type):
                self.visit(value, "", value.__name__)
                return f"{value.__module__}:{value.__qualname__}"
            return None  # a method of a value: the value counts, too
        if isinstance(value, functools.partial | types.MethodType):
            return None
        if parts_of_wrapper(value) is not None:
            self.visit(value, "", "")
            return type(value).__name__
        if type(value).__module__ != "builtins":
            self.visit(type(value), "", type(value).__name__)
        return None

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
        self.widened.add(Hint(where or self._label or name, why, f"All of {name} counts."))
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
        self._note_outside(f"{name}.{qualname}")
        return True

    def _visit(self, value: Any, module: str, name: str, chain: tuple[str, ...]) -> None:
        if isinstance(value, types.ModuleType):
            self._visit_module(value, chain)
            return
        if _is_treadles(value):
            return
        if shared := name_of_shared_chance(value):
            self._note_outside(shared)
            return
        inner = parts_of_wrapper(value)
        if inner is not None:
            for part in inner:
                self.visit(part, module, name)
        elif isinstance(value, types.FunctionType):
            if not self.is_foreign(value.__module__, value.__qualname__):
                self._name("function", value, "")
        elif isinstance(value, type):
            self._visit_class(value, chain)
        elif isinstance(
            value, types.BuiltinFunctionType | types.BuiltinMethodType | types.MethodDescriptorType
        ):
            self._visit_builtin(value)
        else:
            self._visit_data(value, module, name, chain)

    def _visit_data(self, value: Any, module: str, name: str, chain: tuple[str, ...]) -> None:
        """Add a value, or the part of it that is used."""
        part, count = narrow(value, chain)
        if count:
            name = _extend(name, chain[:count])
        if count and (isinstance(part, type | types.FunctionType | types.ModuleType)):
            self.visit(part, module, name, chain[count:])
        else:
            self._name("data", part, f"{module}.{name}" if ":" in module else f"{module}:{name}")

    def _name(self, kind: Kind, value: Any, name: str) -> None:
        target: Target = (kind, id(value), name)
        if target not in self.targets:
            self.targets[target] = None
            self._keep(target, value, self._label)

    def _visit_class(self, cls: type, chain: tuple[str, ...]) -> None:
        if self.is_foreign(cls.__module__, ".".join((cls.__qualname__, *chain))):
            return
        part, count = narrow(cls, chain)
        if count:
            self.touch(cls.__module__)
            self.visit(
                part, cls.__module__, _extend(cls.__qualname__, chain[:count]), chain[count:]
            )
            return
        self._name("class", cls, "")
        if "__subclasses__" in chain:
            self._name("subclasses", cls, "")

    def _visit_module(self, value: types.ModuleType, chain: tuple[str, ...]) -> None:
        origin = origin_of_module(value)
        if value.__name__.partition(".")[0] == "treadle":
            return
        if origin == "package":
            self.packages.add(value.__name__.partition(".")[0])
        if origin != "project":
            self._note_outside(".".join((value.__name__, *chain)))
            return
        if not chain:
            self.widen(value.__name__, f"the module {value.__name__} is used as a value")
            return
        found = getattr(value, chain[0], _MISSING)
        if found is _MISSING:
            self.widen(value.__name__, f"{value.__name__} has no {chain[0]} now")
            return
        self.touch(value.__name__)
        self.visit(found, value.__name__, chain[0], chain[1:])

    def _visit_builtin(self, value: Any) -> None:
        owner = getattr(value, "__self__", None)
        module = (
            getattr(value, "__module__", None)
            or getattr(owner, "__module__", None)
            or getattr(owner, "__name__", "")
        )
        self.is_foreign(str(module), getattr(value, "__qualname__", value.__name__))

    def _visit_import(self, given: Import, chain: tuple[str, ...], scope: Scope) -> None:
        """Follow imports inside a function, without importing packages."""
        name = absolute_name(given.module, scope.module)
        origin = find_origin(name)
        chain = (given.attribute, *chain) if given.attribute and given.attribute != "*" else chain
        if origin == "package":
            self.packages.add(name.partition(".")[0])
        if origin != "project":
            self._note_outside(".".join((name, *chain)))
            return
        try:
            module = import_module(name)
            if chain and not hasattr(module, chain[0]):
                module, chain = import_module(f"{name}.{chain[0]}"), chain[1:]
        except Exception as error:  # noqa: BLE001 - the node itself will report it
            self.widen(scope.module, f"{name} cannot be imported: {error}", scope.label)
            return
        self._visit_module(module, chain)

    def _load(self, given: Import, scope: Scope) -> None:
        """Import a project module that a function imports and does not name: so does its code."""
        name = absolute_name(given.module, scope.module)
        if find_origin(name) != "project":
            return
        try:
            import_module(name)
        except Exception as error:  # noqa: BLE001 - the node itself will report it
            self.widen(scope.module, f"{name} cannot be imported: {error}", scope.label)

    def _visit_reflection(self, chain: tuple[str, ...], scope: Scope) -> None:
        value = scope.find(chain[0]) if chain else _MISSING
        if isinstance(value, types.ModuleType):
            if origin_of_module(value) == "project":
                why = f"attributes of {value.__name__} are taken by computed names"
                self.widen(value.__name__, why, scope.label)
            return
        of = ".".join(chain) or "a value"
        self.widen(scope.module, f"attributes of {of} are taken by computed names", scope.label)

    def _note_outside(self, name: str) -> None:
        name = (
            name.removeprefix("_").replace("posix.", "os.", 1)
            if name.startswith("posix.")
            else name
        )
        self.foreign.add(f"{self._alias}={name}")
        shown = name.removeprefix("builtins.")
        if name in DYNAMIC:
            self._widen_package(f"{shown} reaches code by a computed name")
        advice = explain_outside(name)
        if advice:
            self.outside.add(Hint(self._label, shown, advice))

    def _widen_package(self, why: str) -> None:
        """Add all source files of the package that contains the code; of a lone file, that file."""
        name = self._label.partition(":")[0]
        top = sys.modules.get(name.partition(".")[0])
        self.widened.add(Hint(self._label, why, f"All of {getattr(top, '__name__', name)} counts."))
        if hasattr(top, "__path__"):
            self.targets["package", 0, name.partition(".")[0]] = None
        else:
            self.targets["module", 0, name] = None


def _is_treadles(value: Any) -> bool:
    """Return whether it is Treadle's own, such as ``param(…)``: its version changes no result."""
    return not isinstance(value, Node) and str(getattr(value, "__module__", "")).startswith(
        "treadle."
    )


def _extend(name: str, steps: Iterable[str]) -> str:
    return name + "".join(step if step.startswith("[") else f".{step}" for step in steps)


def absolute_name(name: str, by: str) -> str:
    """Return the absolute name of a module that another one imports."""
    if not name.startswith("."):
        return name
    package = str(getattr(sys.modules.get(by), "__package__", "") or "")
    return util.resolve_name(name, package) if package else name.lstrip(".")
