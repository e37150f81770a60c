"""Judges what a module does when it is imported, apart from defining names.

A top-level statement of a module can change something that other code sees. If that belongs to the
project, such as a registry or a class, its value counts for all code that reads it. If it belongs
to a library or to Python, such as ``decimal.getcontext().prec`` or ``pandas.options``, no node
names it, and every node may depend on it.
"""

import ast
import builtins
import enum
import inspect
import os
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence, MutableSet
from itertools import chain
from typing import Any, Final

from treadle.engine.fingerprint.graph import Closures
from treadle.engine.fingerprint.sources import read_source
from treadle.engine.fingerprint.syntax import children
from treadle.engine.fingerprint.values import IndigestibleError, digest_value
from treadle.engine.modules import find_origin

_MISSING: Final = object()


class Effect(enum.IntEnum):
    """Which code a statement affects."""

    NONE = 0
    """Only code that uses the names it defines."""
    NEAR = 1
    """All code that uses its module."""
    FAR = 2
    """All code."""


_QUIET_MODULES: Final = frozenset(
    {"logging", "warnings", "typing", "abc", "atexit", "treadle", "__future__"}
)
"""Modules whose calls only report or check, and change no result."""
_SETS: Final = re.compile(
    r"_*(set|reset|register|install|enable|disable|use|seed|patch|configure|init|add|insert|append|extend|update|remove|"
    r"unregister|inject|putenv|unsetenv|load_dotenv|activate|switch|push|pop|clear|put|write|apply|mock|chdir|umask|seterr|settrace)"
    r"(?![a-z])",
)
"""Names of functions that change their arguments or global state."""
_SHARED: Final = re.compile(r"_*(get|current|default|root|instance)")
"""Names of functions that return global state, such as ``decimal.getcontext``."""
_LOOKS: Final = frozenset(
    {"get", "items", "keys", "values", "copy", "index", "count", "isdisjoint", "union"}
)
"""Methods of lists, dicts and sets that change nothing."""
_REGISTERING: Final = frozenset({"YAMLObjectMetaclass"})
"""Metaclasses by which a library finds a class that no code names."""
_OWN_DATA: Final = (list, dict, set, frozenset, tuple, str, bytes, int, float, bool, type(None))


class Effects:
    """Which code the top-level statements of modules affect; each function is judged once."""

    def __init__(self) -> None:
        self._modules: dict[str, dict[Effect, list[ast.stmt]]] = {}
        self._functions: dict[types.FunctionType, tuple[Effect, list[types.FunctionType]]] = {}
        self._closures = Closures(lambda function: self._read(function)[1])
        self._known: dict[int, Effect] = {}

    def of_module(
        self, name: str, statements: Iterable[ast.stmt], names: Mapping[str, Any]
    ) -> dict[Effect, list[ast.stmt]]:
        """Group top-level statements of a module by the code that they affect.

        Args:
            name: The module.
            statements: The statements.
            names: The names of the module, with their current values.
        """
        if name not in self._modules:
            found: dict[Effect, list[ast.stmt]] = {effect: [] for effect in Effect}
            for one in statements:
                found[self.of_statement(one, names)].append(one)
            self._modules[name] = found
        return self._modules[name]

    def of_statement(self, statement: ast.stmt, names: Mapping[str, Any]) -> Effect:
        """Judge a top-level statement of a module.

        Args:
            statement: The statement.
            names: The names of the module, with their current values.
        """
        judge = _Judge(names)
        own = judge.judge(statement)
        return max([own, *map(self._of_function, judge.callees)])

    def _of_function(self, function: types.FunctionType) -> Effect:
        """Judge a function by what it and all its callees do."""
        groups = self._closures.groups(function)
        if groups not in self._known:
            reached = chain.from_iterable(
                map(self._closures.members, self._closures.numbers(groups))
            )
            self._known[groups] = max(self._read(one)[0] for one in reached)
        return self._known[groups]

    def _read(self, function: types.FunctionType) -> tuple[Effect, list[types.FunctionType]]:
        """Judge what a function does itself, and return the functions that it calls."""
        known = self._functions.get(function)
        if known is None:
            known = self._functions[function] = _judge_body(function)
        return known


def _judge_body(function: types.FunctionType) -> tuple[Effect, list[types.FunctionType]]:
    code = function.__code__
    source = read_source(code.co_filename)
    tree = source.function(code) if source else None
    if not isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):  # a lambda
        return Effect.NEAR if any(map(_SETS.match, code.co_names)) else Effect.NONE, []
    local = frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
    judge = _Judge(function.__globals__, local)
    return max(map(judge.judge, tree.body), default=Effect.NONE), judge.callees


class _Judge:
    """Judges statements of one module, or of one of its functions.

    Args:
        names: The names of the module, with their current values.
        local: Names that belong to the function.

    Attributes:
        callees: The functions of the project that are called.
    """

    def __init__(self, names: Mapping[str, Any], local: frozenset[str] = frozenset()) -> None:
        self.callees: list[types.FunctionType] = []
        self._names = names
        self._local = local
        self._shared: set[str] = set()  # local names of global state

    def judge(self, statement: ast.stmt) -> Effect:
        """Judge a statement, with the statements inside it."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self._judge_definition(statement)
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
            return self._judge_assignment(statement)
        if isinstance(statement, ast.Expr):
            return self._judge_expression(statement.value, is_thrown_away=True)
        if isinstance(statement, ast.If) and _is_for_others(statement.test):
            return max(map(self.judge, statement.orelse), default=Effect.NONE)
        found = Effect.NONE
        for part in _parts(statement):
            judged = (
                self.judge(part) if isinstance(part, ast.stmt) else self._judge_expression(part)
            )
            found = max(found, judged)
        return found

    def _judge_definition(
        self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> Effect:
        """Judge what runs at a definition: decorators, defaults, the body of a class."""
        found = [*map(self._judge_decorator, statement.decorator_list)]
        if isinstance(statement, ast.ClassDef):
            given = [*statement.bases, *(one.value for one in statement.keywords)]
            found += map(self.judge, statement.body)
            if type(self._names.get(statement.name)).__name__ in _REGISTERING:
                found.append(Effect.FAR)
        else:
            given = [
                *statement.args.defaults,
                *(one for one in statement.args.kw_defaults if one is not None),
            ]
        return max([*found, *map(self._judge_expression, given)], default=Effect.NONE)

    def _judge_assignment(
        self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete
    ) -> Effect:
        targets = (
            statement.targets
            if isinstance(statement, ast.Assign | ast.Delete)
            else [statement.target]
        )
        found = max((self._judge_target(one) for one in targets), default=Effect.NONE)
        value = None if isinstance(statement, ast.Delete) else statement.value
        if value is None:
            return found
        if isinstance(value, ast.Call) and self._returns_shared(value):
            self._shared |= {one.id for one in targets if isinstance(one, ast.Name)}
        return max(found, self._judge_expression(value))

    def _judge_target(self, target: ast.expr) -> Effect:
        if isinstance(target, ast.Tuple | ast.List):
            return max(map(self._judge_target, target.elts), default=Effect.NONE)
        if isinstance(target, ast.Starred):
            return self._judge_target(target.value)
        return Effect.NONE if isinstance(target, ast.Name) else self._judge_owner(target)

    def _judge_owner(self, expression: ast.expr) -> Effect:
        """Judge a change to the object that an expression begins with."""
        root = expression
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Call):
            callee = self._find(root.func)
            if _name_of(callee) in ("globals", "vars", "locals"):
                return Effect.NONE
            return Effect.NONE if _is_own(callee) else Effect.FAR
        if not isinstance(root, ast.Name):
            return Effect.NEAR
        if root.id in self._shared:
            return Effect.FAR
        if root.id in self._local:
            return Effect.NONE
        value = self._names.get(root.id, _MISSING)
        if value is _MISSING:
            return Effect.NEAR
        if not _is_visible(value):
            return Effect.FAR
        if (
            isinstance(value, types.ModuleType)
            and _is_own(value)
            and isinstance(expression, ast.Attribute)
        ):
            return self._judge_owner_of_module(expression, value)
        return Effect.NONE if _is_own(value) else Effect.FAR

    def _judge_owner_of_module(self, expression: ast.Attribute, module: types.ModuleType) -> Effect:
        """Judge a change to something in another module of the project."""
        chain = _chain(expression)[1:-1]
        value: Any = module
        for name in chain:
            value = (
                getattr(value, name, _MISSING)
                if isinstance(value, types.ModuleType | type)
                else _MISSING
            )
        return Effect.NONE if value is _MISSING or _is_own(value) else Effect.FAR

    def _judge_expression(self, expression: ast.expr, *, is_thrown_away: bool = False) -> Effect:
        found = Effect.NONE
        waiting: list[ast.AST] = [expression]
        while waiting:
            inner = waiting.pop()
            if isinstance(inner, ast.Call):
                is_statement = is_thrown_away and inner is expression
                found = max(found, self._judge_call(inner, is_statement=is_statement))
            if not isinstance(inner, ast.Lambda):  # it is defined, not called
                waiting += children(inner)
        return found

    def _judge_decorator(self, expression: ast.expr) -> Effect:
        callee = expression.func if isinstance(expression, ast.Call) else expression
        return self._judge_callee(callee, (), is_statement=False)

    def _judge_call(self, call: ast.Call, *, is_statement: bool) -> Effect:
        return self._judge_callee(call.func, call.args, is_statement=is_statement)

    def _judge_callee(
        self, callee: ast.expr, arguments: Iterable[ast.expr], *, is_statement: bool
    ) -> Effect:
        value = self._find(callee)
        given = [*arguments]
        if value is _MISSING:
            return self._judge_method(callee, is_statement)
        if getattr(value, "__module__", "") == "builtins" or (
            isinstance(value, type) and value in _OWN_DATA
        ):
            name = _name_of(value)
            if name in ("setattr", "delattr"):
                return self._judge_owner(ast.Attribute(given[0], "x")) if given else Effect.NEAR
            return Effect.NEAR if name in ("exec", "eval") else Effect.NONE
        if _is_own(value):
            return self._judge_function(value)
        if _top_module(value) in _QUIET_MODULES:
            return Effect.NONE
        return Effect.FAR if is_statement or _SETS.match(_name_of(value)) else Effect.NONE

    def _judge_method(self, callee: ast.expr, is_statement: bool) -> Effect:
        """Judge a call whose target is known only at run time, such as a method of a value."""
        chain = _chain(callee)
        if not chain or chain[0] in self._local:
            return self._judge_owner(callee) if is_statement and chain else Effect.NONE
        value = self._names.get(chain[0], _MISSING)
        if self._is_change_of_shared(value, chain[1:]):
            return Effect.FAR
        if not is_statement and not _SETS.match(chain[-1]):
            return Effect.NONE
        if value is _MISSING or isinstance(value, _OWN_DATA):
            return Effect.NONE
        if isinstance(value, types.ModuleType):
            return (
                Effect.FAR
                if not _is_own(value) and _top_module(value) not in _QUIET_MODULES
                else Effect.NONE
            )
        if _top_module(type(value)) in _QUIET_MODULES:
            return Effect.NONE
        if _is_own(value) and not _is_visible(value):
            return Effect.FAR
        method = getattr(type(value), chain[-1], None) if len(chain) == 2 else None  # noqa: PLR2004
        if isinstance(method, types.FunctionType) and _is_own(method):
            return self._judge_function(method)
        return Effect.NONE if _is_own(value) else Effect.NEAR

    @staticmethod
    def _is_change_of_shared(value: Any, names: list[str]) -> bool:
        """Return whether a method changes a library's list, dict or set, such as ``os.environ``."""
        if isinstance(value, types.ModuleType) and not _is_own(value):
            for name in names[:-1]:
                value = getattr(value, name, None)
        elif not any(value is shared for shared in (os.environ, sys.path, sys.modules)):
            return False
        return (
            isinstance(value, MutableMapping | MutableSequence | MutableSet)
            and names[-1] not in _LOOKS
        )

    def _judge_function(self, value: Any) -> Effect:
        """Note a project function that is called; of a class, those that create an instance."""
        self.callees += [
            function
            for function in _functions_of(value)
            if function.__code__.co_filename != "<string>"  # generated, as by dataclasses
        ]
        return Effect.NONE

    def _find(self, expression: ast.expr) -> Any:
        """Find the object that a dotted name refers to, without running any code."""
        chain = _chain(expression)
        if not chain or chain[0] in self._local:
            return _MISSING
        value = self._names.get(chain[0], _MISSING)
        if value is _MISSING:
            return _builtin(chain)
        for name in chain[1:]:
            if not isinstance(value, types.ModuleType | type):
                return _MISSING
            value = getattr(value, name, _MISSING)
        return value

    def _returns_shared(self, call: ast.Call) -> bool:
        callee = self._find(call.func)
        return (
            callee is not _MISSING
            and not _is_own(callee)
            and _SHARED.match(_name_of(callee)) is not None
        )


def _parts(statement: ast.AST) -> Iterator[Any]:
    """Yield the statements and expressions in a statement, also in its handlers and cases."""
    for child in children(statement):
        if isinstance(child, ast.stmt | ast.expr):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case | ast.withitem):
            yield from _parts(child)


def _is_for_others(test: ast.expr) -> bool:
    """Return whether a condition is for scripts or type checkers only, and so false in a run."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        sides = {ast.dump(test.left), ast.dump(test.comparators[0])}
        return sides == {
            ast.dump(ast.Name("__name__", ast.Load())),
            ast.dump(ast.Constant("__main__")),
        }
    return _chain(test)[-1:] == ["TYPE_CHECKING"]


def _chain(expression: ast.expr) -> list[str]:
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    return [expression.id, *reversed(names)] if isinstance(expression, ast.Name) else []


def _builtin(chain: list[str]) -> Any:
    return vars(builtins).get(chain[0], _MISSING) if len(chain) == 1 else _MISSING


def _functions_of(value: Any) -> list[types.FunctionType]:
    """Return the project functions that run when an object is called."""
    if isinstance(value, type):
        members = [getattr(value, name, None) for name in ("__new__", "__init__", "__post_init__")]
    else:
        inner = inspect.unwrap(value)
        inner = getattr(inner, "__func__", inner)
        members = [
            inner if isinstance(inner, types.FunctionType) else vars(type(inner)).get("__call__")
        ]
    return [one for one in members if isinstance(one, types.FunctionType) and _is_own(one)]


def _name_of(value: Any) -> str:
    return str(getattr(value, "__name__", type(value).__name__))


def _top_module(value: Any) -> str:
    name = (
        value.__name__
        if isinstance(value, types.ModuleType)
        else getattr(value, "__module__", None)
    )
    return str(name or "").partition(".")[0]


def _is_visible(value: Any) -> bool:
    """Return whether the digest of a project object includes its state."""
    if isinstance(value, (*_OWN_DATA, types.ModuleType, type, types.FunctionType)) or not _is_own(
        value
    ):
        return True
    try:
        digest_value(value, lambda inner: _name_of(inner) if callable(inner) else None)
    except (IndigestibleError, RecursionError):
        return False
    return True


def _is_own(value: Any) -> bool:
    """Return whether an object is defined by the project, so that its state is part of it."""
    if isinstance(value, _OWN_DATA):
        return True
    if not isinstance(value, types.ModuleType | type | types.FunctionType | types.MethodType):
        value = (
            value
            if getattr(value, "__module__", None) and hasattr(value, "__name__")
            else type(value)
        )
    top = _top_module(value)
    return bool(top) and top not in ("builtins", "treadle") and find_origin(top) == "project"
