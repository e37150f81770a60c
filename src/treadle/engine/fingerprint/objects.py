"""Reads functions, classes and values of a project: what each is made of, and what it names."""

import builtins
import enum
import inspect
import re
import sys
import types
from collections.abc import Mapping
from typing import Any, Final, get_args

from treadle.engine.fingerprint.names import names_of_code, names_used
from treadle.engine.fingerprint.reached import Reached, Scope
from treadle.engine.fingerprint.sources import Source, digest_code, digest_tree, read_source
from treadle.engine.fingerprint.values import IndigestibleError, digest_value
from treadle.engine.fingerprint.wrappers import parts_of_wrapper

__all__ = ["read_class", "read_data", "read_function", "read_subclasses", "source_of"]

_SLOTS: Final = (types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType)


def read_function(func: types.FunctionType, reached: Reached) -> None:
    """Read a function: its code, what it closes over, its defaults and attributes, and all names in it."""
    label = f"{func.__module__}:{func.__qualname__}"
    reached.touch(func.__module__ or "")
    source = read_source(func.__code__.co_filename)
    tree = source.function(func.__code__) if source and source.is_loaded(func.__code__) else None
    reached.pieces[label] = digest_tree(tree) if tree is not None else digest_code(func.__code__)
    cells = _read_state(func, label, reached)
    scope = Scope(func.__module__ or "", label, (cells, func.__globals__, vars(builtins)))
    reached.follow(names_used(tree) if tree is not None else names_of_code(func.__code__), scope)


def _read_state(func: types.FunctionType, label: str, reached: Reached) -> dict[str, Any]:
    """Read what a function carries beside its code, and return what it closes over."""
    cells = {}
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or (), strict=False):
        try:
            cells[name] = cell.cell_contents
        except ValueError:
            continue  # not filled yet
    for name, value in cells.items():
        if name != "__class__":  # of ``super()``
            reached.visit(value, label, name)
    for value in (*(func.__defaults__ or ()), *(func.__kwdefaults__ or {}).values()):
        reached.visit(value, label, "default")
    for name, value in [*func.__dict__.items()]:  # what it wraps, or the functions that it chooses from
        reached.visit(value, label, name)
    _visit_annotations(func, label, reached)
    return cells


def _visit_annotations(value: types.FunctionType | type, label: str, reached: Reached) -> None:
    """Visit the classes in annotations: what their names stood for then, they may not stand for now."""
    try:
        waiting = list(inspect.get_annotations(value).values())
    except Exception:  # noqa: BLE001 - Python 3.14 evaluates them here
        return
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        if isinstance(one, type) and not get_args(one):
            reached.visit(one, label, one.__name__)


def read_class(cls: type, reached: Reached) -> None:
    """Read a class: its code, and its members as they are now, wherever they come from."""
    label = f"{cls.__module__}:{cls.__qualname__}"
    reached.touch(cls.__module__)
    module = sys.modules.get(cls.__module__)
    source = read_source(str(getattr(module, "__file__", "") or ""))
    tree = source.class_(cls.__qualname__) if source else None
    scope = Scope(cls.__module__, label, (vars(module) if module else {}, vars(builtins)))
    reached.pieces[label] = digest_tree(tree) if tree is not None else ""
    if tree is not None:
        used = names_used(tree)
        reached.follow(used, scope)
        if "__subclasses__" in used.attributes:
            reached.visit(cls, cls.__module__, cls.__qualname__, ("__subclasses__",))
    for name, member in [*vars(cls).items()]:
        if not _is_of_python(cls, name, member):
            _read_member(cls, name, member, source if tree is not None else None, reached)
    _visit_annotations(cls, label, reached)
    for base in (*cls.__bases__, type(cls)):
        if base not in (object, type):
            reached.visit(base, label, base.__name__)


def _is_of_python(cls: type, name: str, member: Any) -> bool:
    """Whether a member is made by Python or by the standard library, out of the rest of the class."""
    if name == "_abc_impl" or isinstance(member, _SLOTS):
        return True
    if isinstance(member, types.FunctionType):
        # That of attrs has a number in it that is another one in each process.
        return name == "__hash__" and member.__code__.co_filename.startswith("<attrs generated")
    if issubclass(cls, enum.Enum) and (name.startswith("_") or isinstance(member, cls)):
        return not isinstance(member, cls)
    return name.startswith("__")


def _read_member(cls: type, name: str, member: Any, source: Source | None, reached: Reached) -> None:
    """Read a member: of a method in the class's own code what it carries beside that, all of anything else."""
    label = f"{cls.__module__}:{cls.__qualname__}"
    inner = parts_of_wrapper(member)
    if inner is not None:
        for part in inner:
            _read_member(cls, name, part, source, reached)
        return
    if isinstance(member, types.FunctionType):
        qualname = f"{cls.__qualname__}.{member.__code__.co_name}"
        if source is not None and source.is_method(member.__code__, cls.__qualname__):
            _read_state(member, f"{cls.__module__}:{qualname}", reached)
            if not source.is_loaded(member.__code__):
                reached.pieces[f"{label}.{name}"] = digest_code(member.__code__)
        elif member.__code__.co_filename != "<string>":  # else it is made of the fields, as dataclasses do
            reached.visit(member, label, name)
        return
    if source is not None and not isinstance(member, type | types.FunctionType | types.ModuleType):
        try:
            reached.pieces[f"{label}.{name}"] = digest_value(member, reached.code_in_value)
        except IndigestibleError:
            reached.read_at_import(cls.__module__)  # how it is made is in the code of the class
        return
    reached.visit(member, label, name)


def read_subclasses(cls: type, reached: Reached) -> None:
    """Read the classes that are derived from one now: a registry that Python keeps."""
    derived: list[type] = cls.__subclasses__()
    for one in derived:
        reached.visit(one, cls.__module__, one.__qualname__, ("__subclasses__",))


def read_data(value: Any, label: str, reached: Reached) -> None:
    """Read what a value is, or else how its module makes it."""
    kind = type(value)
    own, _, name = label.partition(":")
    if kind.__module__ not in ("builtins", "_io"):
        reached.visit(kind, own, name)
    try:
        reached.pieces[label] = digest_value(value, reached.code_in_value)
    except IndigestibleError:
        _read_making(own, name, kind, reached)


def _read_making(module: str, name: str, kind: type, reached: Reached) -> None:
    source = source_of(module)
    made = source.assignments(name) if source else []
    if source and not made:
        made = source.assignments(re.split(r"[.\[]", name, maxsplit=1)[0])
    if made:
        label = f"{module}:{name}"
        reached.pieces[label] = digest_tree(*made)
        reached.read_at_import(module)
        scope: Mapping[str, Any] = vars(sys.modules[module])
        reached.follow(names_used(*made), Scope(module, label, (scope, vars(builtins))))
    else:
        reached.widen(module, f"{name} is a {kind.__name__}, which cannot be compared")


def source_of(name: str) -> Source | None:
    """Return the source of a module that is imported; None where it has none."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return read_source(str(file)) if file and str(file).endswith(".py") else None
