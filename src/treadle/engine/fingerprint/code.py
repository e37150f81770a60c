"""Fingerprints a function: its own code, and all code of the project that it can reach.

It starts at the function and follows names: from the source they are taken with the attributes behind them, and
looked up among the objects that they stand for in this process. Functions and classes of the project are followed in
turn, other values are digested, and of packages the version counts. What cannot be followed counts as a whole: the
module, or the package, that it is in.
"""

import builtins
import functools
import sys
import types
from collections import deque
from collections.abc import Callable, Mapping
from importlib import import_module, util
from pathlib import Path
from typing import Any, Final

import msgspec

from treadle.engine.fingerprint.modules import find_origin, origin_of_module, version_of
from treadle.engine.fingerprint.names import Import, Used, names_of_code, names_used
from treadle.engine.fingerprint.outside import DYNAMIC, explain_outside
from treadle.engine.fingerprint.sources import Source, digest_code, digest_tree, read_source
from treadle.engine.fingerprint.values import IndigestibleError, digest_value
from treadle.engine.fingerprint.wrappers import parts_of_wrapper
from treadle.pipelines import Node

__all__ = ["CodeFingerprint", "Hint", "fingerprint_code"]

_MISSING: Final = object()


class Hint(msgspec.Struct, frozen=True, order=True):
    """Something about a node's code that its user should know."""

    where: str
    """The function that it is in."""
    what: str
    advice: str


class CodeFingerprint(msgspec.Struct, frozen=True):
    """What a function is made of."""

    pieces: dict[str, str]
    """Functions, classes, values and modules of the project, as ``module:name``, to their digests."""
    packages: dict[str, str]
    """Top-level modules of the packages that this code uses, to their versions."""
    widened: tuple[Hint, ...]
    """What could not be followed, and therefore counts as a whole."""
    outside: tuple[Hint, ...]
    """What reaches outside, and is not seen."""


def fingerprint_code(func: Callable[..., Any]) -> CodeFingerprint:
    """Fingerprint a function and all that it can reach."""
    walk = _Walk()
    walk.visit(func, "", "")
    walk.finish()
    return CodeFingerprint(
        dict(sorted(walk.pieces.items())),
        {name: version_of(name) for name in sorted(walk.packages)},
        tuple(sorted(walk.widened)),
        tuple(sorted(walk.outside)),
    )


class _Place(msgspec.Struct, frozen=True):
    """Where names are looked up."""

    module: str
    label: str
    """Of the function or class, for what is said of it."""
    scopes: tuple[Mapping[str, Any], ...]

    def find(self, name: str) -> Any:
        return next((scope[name] for scope in self.scopes if name in scope), _MISSING)


class _Visit(msgspec.Struct, frozen=True):
    """A value that waits to be followed, and where it was named."""

    value: Any
    module: str
    name: str
    chain: tuple[str, ...]
    label: str


class _Walk:
    """One walk over code; it remembers where it was."""

    def __init__(self) -> None:
        self.pieces: dict[str, str] = {}
        self.packages: set[str] = set()
        self.widened: set[Hint] = set()
        self.outside: set[Hint] = set()
        self._seen: dict[int, Any] = {}  # kept alive, so that no other object gets its id
        self._whole: set[str] = set()
        self._touched: dict[str, None] = {}
        self._waiting: deque[_Visit] = deque()
        self._label = ""  # of the code whose names are looked up now

    def finish(self) -> None:
        """Follow all that was visited, and then what the modules do when they are imported."""
        done: set[str] = set()
        while True:
            while self._waiting:
                self._take(self._waiting.popleft())
            todo = [name for name in self._touched if name not in done]
            if not todo:
                return
            for name in todo:
                done.add(name)
                self._add_effects(name)

    def visit(self, value: Any, module: str, name: str, chain: tuple[str, ...] = ()) -> None:
        """Note a value that code names, to be followed in its turn: code may be as deep as it likes.

        Args:
            value: The object.
            module: The module that names it.
            name: What it is called there.
            chain: The attributes that are taken from it.
        """
        self._waiting.append(_Visit(value, module, name, chain, self._label))

    def _take(self, one: _Visit) -> None:
        self._label = one.label
        try:
            self._follow_value(one.value, one.module, one.name, one.chain)
        except Exception as error:  # noqa: BLE001 - objects may do anything when they are looked at
            why = f"{one.name} cannot be looked at: {type(error).__name__}: {error}"
            self._widen(one.module, one.label or one.module, why)

    def _follow_value(self, value: Any, module: str, name: str, chain: tuple[str, ...]) -> None:
        if isinstance(value, types.ModuleType):
            self._visit_module(value, chain)
            return
        is_again = id(value) in self._seen and not (chain and isinstance(value, type))
        if is_again or _is_own(value):
            return
        self._seen[id(value)] = value
        inner = parts_of_wrapper(value)
        if inner is not None:
            for part in inner:
                self.visit(part, module, name)
        elif isinstance(value, types.FunctionType):
            self._visit_function(value)
        elif isinstance(value, type):
            self._visit_class(value, chain)
        elif isinstance(value, types.BuiltinFunctionType | types.BuiltinMethodType | types.MethodDescriptorType):
            self._visit_builtin(value)
        else:
            self._visit_data(value, module, name)

    def _visit_module(self, value: types.ModuleType, chain: tuple[str, ...]) -> None:
        label = self._label
        origin = origin_of_module(value)
        if value.__name__.partition(".")[0] == "treadle":
            return
        if origin == "package":
            self.packages.add(value.__name__.partition(".")[0])
        if origin != "project":
            self._note_outside(".".join((value.__name__, *chain)), label)
            return
        if not chain:
            self._widen(value.__name__, label, f"the module {value.__name__} is used as a value")
            return
        found = getattr(value, chain[0], _MISSING)
        if found is _MISSING:
            self._widen(value.__name__, label, f"{value.__name__} has no {chain[0]} now")
            return
        self._touched[value.__name__] = None
        self.visit(found, value.__name__, chain[0], chain[1:])

    def _visit_function(self, func: types.FunctionType) -> None:
        module = sys.modules.get(func.__module__ or "")
        if self._is_foreign(module, func.__module__, func.__qualname__):
            return
        label = f"{func.__module__}:{func.__qualname__}"
        self._touched[func.__module__ or ""] = None
        source = read_source(func.__code__.co_filename)
        tree = source.function(func.__code__) if source else None
        self._add(label, digest_tree(tree) if tree is not None else digest_code(func.__code__))
        cells = {}
        for name, cell in zip(func.__code__.co_freevars, func.__closure__ or (), strict=False):
            try:
                cells[name] = cell.cell_contents
            except ValueError:
                continue  # not filled yet
        place = _Place(func.__module__ or "", label, (cells, func.__globals__, vars(builtins)))
        for name, value in cells.items():
            self.visit(value, label, name)
        for value in (*(func.__defaults__ or ()), *(func.__kwdefaults__ or {}).values()):
            self.visit(value, label, "default")
        for name, value in [*func.__dict__.items()]:  # what it wraps, or the functions that it chooses from
            self.visit(value, label, name)
        self._follow(names_used(tree) if tree is not None else names_of_code(func.__code__), place)

    def _visit_class(self, cls: type, chain: tuple[str, ...]) -> None:
        module = sys.modules.get(cls.__module__)
        if self._is_foreign(module, cls.__module__, ".".join((cls.__qualname__, *chain))):
            return
        label = f"{cls.__module__}:{cls.__qualname__}"
        if label in self.pieces:
            return
        self._touched[cls.__module__] = None
        source = read_source(str(getattr(module, "__file__", "") or ""))
        tree = source.class_(cls.__qualname__) if source else None
        place = _Place(cls.__module__, label, (vars(module) if module else {}, vars(builtins)))
        if tree is not None:
            self._add(label, digest_tree(tree))
            self._follow(names_used(tree), place)
        else:
            self.pieces[label] = ""
        for name, member in [*vars(cls).items()]:
            func = getattr(member, "__func__", member)
            is_function = isinstance(func, types.FunctionType)
            if is_function and (tree is None or not func.__qualname__.startswith(f"{cls.__qualname__}.")):
                self.visit(func, label, name)  # of no source, or put there from elsewhere
            elif tree is None and not name.startswith("__") and not is_function:
                self.visit(member, label, name)
        for base in (*cls.__bases__, type(cls)):
            if base not in (object, type):
                self.visit(base, label, base.__name__)

    def _visit_builtin(self, value: Any) -> None:
        owner = getattr(value, "__self__", None)
        module = (
            getattr(value, "__module__", None) or getattr(owner, "__module__", None) or getattr(owner, "__name__", "")
        )
        name = f"{module}.{getattr(value, '__qualname__', value.__name__)}"
        self._is_foreign(sys.modules.get(str(module)), str(module), name.partition(".")[2])

    def _visit_data(self, value: Any, module: str, name: str) -> None:
        """Take what a value is, or else how its module makes it."""
        kind = type(value)
        if kind.__module__ not in ("builtins", "_io"):
            self.visit(kind, module, name)
        label = f"{module}.{name}" if ":" in module else f"{module}:{name}"
        try:
            self._add(label, digest_value(value, self._reach))
        except IndigestibleError:
            self._visit_making(module, name, kind)

    def _reach(self, value: Any) -> str | None:
        """Follow code that is part of a value."""
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

    def _visit_making(self, module: str, name: str, kind: type) -> None:
        own, _, _ = module.partition(":")
        source = _source_of(own)
        made = source.assignments(name) if source else []
        if made:
            label = f"{own}:{name}"
            self._add(label, digest_tree(*made))
            scope = vars(sys.modules[own])
            self._follow(names_used(*made), _Place(own, label, (scope, vars(builtins))))
        else:
            self._widen(own, module, f"{name} is a {kind.__name__}, which cannot be compared")

    def _is_foreign(self, module: types.ModuleType | None, name: str | None, qualname: str) -> bool:
        """Tell whether something is of a package or of Python, and note it."""
        if module is None and name in ("__main__", None, ""):
            return False
        origin = origin_of_module(module, name or "") if module is not None else find_origin(name or "") or "project"
        if origin == "package":
            self.packages.add((name or "").partition(".")[0])
        if origin == "project":
            return False
        self._note_outside(f"{name}.{qualname}", "")
        return True

    def _follow(self, used: Used, place: _Place) -> None:
        imports = used.imports
        for alias, one in imports.items():
            if any(chain[0] == alias for chain in used.chains):
                continue
            if one.attribute in ("", "*"):
                self._load(one, place)  # for what it does then
                self._touch_imported(one, place.module)
            else:
                self._visit_import(one, (), place)
        for chain in used.chains:
            imported = imports.get(chain[0])
            if imported is not None:
                self._visit_import(imported, chain[1:], place)
                continue
            value = place.find(chain[0])
            if used.is_guess and isinstance(value, types.ModuleType) and not hasattr(value, chain[-1]):
                continue
            if value is not _MISSING:
                self._label = place.label
                self.visit(value, place.module, chain[0], chain[1:])
        for chain in used.reflective:
            self._visit_reflection(chain, place)

    def _visit_import(self, given: Import, chain: tuple[str, ...], place: _Place) -> None:
        """Follow what is imported inside of a function, without importing packages."""
        name = _absolute(given.module, place.module)
        origin = find_origin(name)
        chain = (given.attribute, *chain) if given.attribute and given.attribute != "*" else chain
        if origin == "package":
            self.packages.add(name.partition(".")[0])
        if origin != "project":
            self._label = place.label
            self._note_outside(".".join((name, *chain)), place.label)
            return
        try:
            module = import_module(name)
            if chain and not hasattr(module, chain[0]):
                module, chain = import_module(f"{name}.{chain[0]}"), chain[1:]
        except Exception as error:  # noqa: BLE001 - the node will say what is wrong with it
            self._widen(place.module, place.label, f"{name} cannot be imported: {error}")
            return
        self._label = place.label
        self._visit_module(module, chain)

    def _load(self, given: Import, place: _Place) -> None:
        """Import a module of the project that a function imports and does not name: its own code will do it, too."""
        name = _absolute(given.module, place.module)
        if find_origin(name) != "project":
            return
        try:
            import_module(name)
        except Exception as error:  # noqa: BLE001 - the node will say what is wrong with it
            self._widen(place.module, place.label, f"{name} cannot be imported: {error}")

    def _visit_reflection(self, chain: tuple[str, ...], place: _Place) -> None:
        value = place.find(chain[0]) if chain else _MISSING
        if isinstance(value, types.ModuleType):
            if origin_of_module(value) == "project":
                self._widen(value.__name__, place.label, f"attributes of {value.__name__} are taken by computed names")
            return
        of = ".".join(chain) or "a value"
        self._widen(place.module, place.label, f"attributes of {of} are taken by computed names")

    def _note_outside(self, name: str, label: str) -> None:
        name = name.removeprefix("_").replace("posix.", "os.", 1) if name.startswith("posix.") else name
        where = label or self._label
        if name in DYNAMIC:
            self._widen_package(
                where.partition(":")[0], where, f"{name.removeprefix('builtins.')} reaches code by a computed name"
            )
        advice = explain_outside(name)
        if advice:
            self.outside.add(Hint(where, name.removeprefix("builtins."), advice))

    def _widen(self, name: str, where: str, why: str) -> None:
        """Take a whole module."""
        name = name.partition(":")[0]
        self.widened.add(Hint(where or name, why, f"All of {name} counts."))
        self._take_module(name)

    def _take_module(self, name: str) -> None:
        if name in self._whole:
            return
        self._whole.add(name)
        module = sys.modules.get(name)
        file = str(getattr(module, "__file__", "") or "")
        source = _source_of(name)
        if source is None:
            self._add(f"{name}:*", _digest_of_file(file))
            return
        self._add(f"{name}:*", digest_tree(source.tree))
        place = _Place(name, f"{name}:*", (vars(module) if module else {}, vars(builtins)))
        used = names_used(source.tree)
        self._follow(msgspec.structs.replace(used, reflective=()), place)

    def _widen_package(self, name: str, where: str, why: str) -> None:
        """Take all source files of the package that a module is in; of a single file, that file."""
        top = sys.modules.get(name.partition(".")[0])
        folders = list(getattr(top, "__path__", []))
        self.widened.add(Hint(where, why, f"All of {getattr(top, '__name__', name)} counts."))
        if not folders:
            self._take_module(name)
            return
        for folder in folders:
            for path in sorted(Path(folder).rglob("*.py")):
                relative = path.relative_to(Path(folder).parent).as_posix()
                if f"{relative}:*" in self.pieces:
                    continue
                source = read_source(str(path))
                self._add(f"{relative}:*", digest_tree(source.tree) if source else _digest_of_file(str(path)))
                if source:
                    self._add_imported_packages(source)

    def _add_imported_packages(self, source: Source) -> None:
        for one in names_used(source.tree).imports.values():
            if not one.module.startswith(".") and find_origin(one.module) == "package":
                self.packages.add(one.module.partition(".")[0])

    def _add_effects(self, name: str) -> None:
        source = _source_of(name)
        if source is None:
            module = sys.modules.get(name)
            file = str(getattr(module, "__file__", "") or "")
            if file and not file.endswith(".py"):
                self.widened.add(Hint(name, "it is not written in Python", f"All of {Path(file).name} counts."))
                self._add(f"{name}:*", _digest_of_file(file))
            return
        for parent in _parents(name):
            self._touched[parent] = None
        for one in names_used(*source.imports()).imports.values():
            self._touch_imported(one, name)
        effects = source.effects()
        if effects and name not in self._whole:
            self._add(f"{name}:at import", digest_tree(*effects))
            scope = vars(sys.modules[name])
            self._follow(names_used(*effects), _Place(name, f"{name}:at import", (scope, vars(builtins))))

    def _touch_imported(self, given: Import, by: str) -> None:
        """Reach a module of the project that another one imports: what it does then counts."""
        name = _absolute(given.module, by)
        for found in (name, f"{name}.{given.attribute}"):
            module = sys.modules.get(found)
            if module is not None and origin_of_module(module) == "project":
                self._touched[found] = None

    def _add(self, label: str, digest: str) -> None:
        """Add a piece; of several of one name, such as closures made by one function, all count."""
        known = self.pieces.get(label)
        if known is None or known == digest:
            self.pieces[label] = digest
        else:
            self.pieces[label] = digest_value((known, digest))


def _is_own(value: Any) -> bool:
    """Tell what is Treadle's own, such as ``param(…)``: its version does not make a result stale."""
    return not isinstance(value, Node) and str(getattr(value, "__module__", "")).startswith("treadle.")


def _absolute(name: str, by: str) -> str:
    """Give the whole name of a module that another one imports."""
    if not name.startswith("."):
        return name
    package = str(getattr(sys.modules.get(by), "__package__", "") or "")
    return util.resolve_name(name, package) if package else name.lstrip(".")


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _source_of(name: str) -> Source | None:
    file = getattr(sys.modules.get(name), "__file__", None)
    return read_source(str(file)) if file and str(file).endswith(".py") else None


def _digest_of_file(file: str) -> str:
    from blake3 import blake3

    try:
        return blake3(Path(file).read_bytes()).hexdigest()[:32]
    except OSError:
        return ""
