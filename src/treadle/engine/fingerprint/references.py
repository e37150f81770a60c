"""Collects what one piece of code refers to, by looking up its names in its scopes."""

import functools
import types
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final

import msgspec

from treadle.engine.fingerprint.effects import Effects
from treadle.engine.fingerprint.findings import Findings, Target, absolute_name
from treadle.engine.fingerprint.global_random import name_of_shared_chance
from treadle.engine.fingerprint.used_names import Import, Used
from treadle.engine.fingerprint.used_parts import narrow
from treadle.engine.fingerprint.wrappers import parts_of_wrapper
from treadle.engine.modules import find_origin, origin_of_module
from treadle.engine.observed.wrapping import original_of
from treadle.pipelines import Node

_MISSING: Final = object()


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
    """Visits everything that one piece of code refers to.

    Args:
        keep: Remembers the object of a target.
        label: The name of the code in messages.
        effects: Judges top-level statements of modules.

    Attributes:
        effects: The same.
        found: What was found.
    """

    def __init__(
        self, keep: Callable[[Target, Any, str], None], label: str, effects: Effects
    ) -> None:
        self.effects = effects
        self.found = Findings(keep, label)

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
            self.found.widen(module, f"{name} cannot be looked at: {type(error).__name__}: {error}")

    def follow(self, used: Used, scope: Scope) -> None:
        """Visit everything that some code refers to."""
        imports = used.imports
        for alias, one in imports.items():
            if any(chain[0] == alias for chain in used.chains):
                continue
            if one.attribute in ("", "*"):
                # For its effects on import.
                if find_origin(name := absolute_name(one.module, scope.module)) == "project":
                    self._import(name, scope)
                self.found.touch_imported(one, scope.module)
            else:
                self._visit_import(one, (), scope)
        for chain in used.chains:
            self.found.alias = ".".join(chain)
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
        self.found.alias = ""
        for chain in used.reflective:
            self._visit_reflection(chain, scope)

    def code_in_value(self, value: Any) -> str | None:
        """Follow code that is part of a value, and return its name; None for data."""
        value = original_of(value)
        if name := name_of_shared_chance(value):
            self.found.note_outside(name)
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

    def _visit(self, value: Any, module: str, name: str, chain: tuple[str, ...]) -> None:
        if isinstance(value, types.ModuleType):
            self._visit_module(value, chain)
            return
        if _is_treadles(value):
            return
        if shared := name_of_shared_chance(value):
            self.found.note_outside(shared)
            return
        inner = parts_of_wrapper(value)
        if inner is not None:
            for part in inner:
                self.visit(part, module, name)
        elif isinstance(value, types.FunctionType):
            if not self.found.is_foreign(value.__module__, value.__qualname__):
                self.found.follow("function", value, "")
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
            self.found.follow(
                "data", part, f"{module}.{name}" if ":" in module else f"{module}:{name}"
            )

    def _visit_class(self, cls: type, chain: tuple[str, ...]) -> None:
        if self.found.is_foreign(cls.__module__, ".".join((cls.__qualname__, *chain))):
            return
        part, count = narrow(cls, chain)
        if count:
            self.found.touch(cls.__module__)
            self.visit(
                part, cls.__module__, _extend(cls.__qualname__, chain[:count]), chain[count:]
            )
            return
        self.found.follow("class", cls, "")
        if "__subclasses__" in chain:
            self.found.follow("subclasses", cls, "")

    def _visit_module(self, value: types.ModuleType, chain: tuple[str, ...]) -> None:
        origin = origin_of_module(value)
        if value.__name__.partition(".")[0] == "treadle":
            return
        if origin == "package":
            self.found.packages.add(value.__name__.partition(".")[0])
        if origin != "project":
            self.found.note_outside(".".join((value.__name__, *chain)))
            return
        if not chain:
            self.found.widen(value.__name__, f"the module {value.__name__} is used as a value")
            return
        found = getattr(value, chain[0], _MISSING)
        if found is _MISSING:
            self.found.widen(value.__name__, f"{value.__name__} has no {chain[0]} now")
            return
        self.found.touch(value.__name__)
        self.visit(found, value.__name__, chain[0], chain[1:])

    def _visit_builtin(self, value: Any) -> None:
        owner = getattr(value, "__self__", None)
        module = (
            getattr(value, "__module__", None)
            or getattr(owner, "__module__", None)
            or getattr(owner, "__name__", "")
        )
        self.found.is_foreign(str(module), getattr(value, "__qualname__", value.__name__))

    def _visit_import(self, given: Import, chain: tuple[str, ...], scope: Scope) -> None:
        """Follow imports inside a function, without importing packages."""
        name = absolute_name(given.module, scope.module)
        origin = find_origin(name)
        chain = (given.attribute, *chain) if given.attribute and given.attribute != "*" else chain
        if origin == "package":
            self.found.packages.add(name.partition(".")[0])
        if origin != "project":
            self.found.note_outside(".".join((name, *chain)))
            return
        module = self._import(name, scope)
        if module is not None and chain and not hasattr(module, chain[0]):
            module, chain = self._import(f"{name}.{chain[0]}", scope), chain[1:]
        if module is not None:
            self._visit_module(module, chain)

    def _import(self, name: str, scope: Scope) -> types.ModuleType | None:
        try:
            return import_module(name)
        except Exception as error:  # noqa: BLE001 - the node itself will report it
            why = f"{name} cannot be imported: {error}"
            self.found.widen(scope.module, why, scope.label)
            return None

    def _visit_reflection(self, chain: tuple[str, ...], scope: Scope) -> None:
        value = scope.find(chain[0]) if chain else _MISSING
        of, module = ".".join(chain) or "a value", scope.module
        if isinstance(value, types.ModuleType):
            if origin_of_module(value) != "project":
                return
            of = module = value.__name__
        self.found.widen(module, f"attributes of {of} are taken by computed names", scope.label)


def _is_treadles(value: Any) -> bool:
    """Return whether it is Treadle's own, such as ``param(…)``: its version changes no result."""
    return not isinstance(value, Node) and str(getattr(value, "__module__", "")).startswith(
        "treadle."
    )


def _extend(name: str, steps: Iterable[str]) -> str:
    return name + "".join(step if step.startswith("[") else f".{step}" for step in steps)
