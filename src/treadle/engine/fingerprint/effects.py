"""Judges what a module does when it is imported, apart from defining names.

A top-level statement of a module can change something that other code sees. If that belongs to the
project, such as a registry or a class, its value counts for all code that reads it. If it belongs
to a library or to Python, such as ``decimal.getcontext().prec`` or ``pandas.options``, no node
names it, and every node may depend on it.
"""

import ast
import enum
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from treadle.engine.fingerprint.graph import Closures
from treadle.engine.fingerprint.named_objects import (
    MISSING,
    OWN_DATA,
    Names,
    chain_of,
    functions_called,
    is_change_of_shared,
    is_own,
    is_visible,
    name_of,
    top_module,
)
from treadle.engine.fingerprint.sources import read_source
from treadle.engine.fingerprint.syntax import children


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
_REGISTERING: Final = frozenset({"YAMLObjectMetaclass"})
"""Metaclasses by which a library finds a class that no code names."""


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
        judge = _Judge(Names(names))
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
    judge = _Judge(Names(function.__globals__, local))
    return max(map(judge.judge, tree.body), default=Effect.NONE), judge.callees


class _Judge:
    """Judges statements of one module, or of one of its functions.

    Args:
        names: The names that they can use.

    Attributes:
        callees: The functions of the project that are called.
    """

    def __init__(self, names: Names) -> None:
        self.callees: list[types.FunctionType] = []
        self._names = names
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
            callee = self._names.find(root.func)
            if name_of(callee) in ("globals", "vars", "locals"):
                return Effect.NONE
            return Effect.NONE if is_own(callee) else Effect.FAR
        if not isinstance(root, ast.Name):
            return Effect.NEAR
        if root.id in self._shared:
            return Effect.FAR
        if root.id in self._names.local:
            return Effect.NONE
        value = self._names.get(root.id)
        if value is MISSING:
            return Effect.NEAR
        if not is_visible(value):
            return Effect.FAR
        if (
            isinstance(value, types.ModuleType)
            and is_own(value)
            and isinstance(expression, ast.Attribute)
        ):
            return self._judge_owner_of_module(expression, value)
        return Effect.NONE if is_own(value) else Effect.FAR

    def _judge_owner_of_module(self, expression: ast.Attribute, module: types.ModuleType) -> Effect:
        """Judge a change to something in another module of the project."""
        chain = chain_of(expression)[1:-1]
        value: Any = module
        for name in chain:
            value = (
                getattr(value, name, MISSING)
                if isinstance(value, types.ModuleType | type)
                else MISSING
            )
        return Effect.NONE if value is MISSING or is_own(value) else Effect.FAR

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
        value = self._names.find(callee)
        given = [*arguments]
        if value is MISSING:
            return self._judge_method(callee, is_statement)
        if getattr(value, "__module__", "") == "builtins" or (
            isinstance(value, type) and value in OWN_DATA
        ):
            name = name_of(value)
            if name in ("setattr", "delattr"):
                return self._judge_owner(ast.Attribute(given[0], "x")) if given else Effect.NEAR
            return Effect.NEAR if name in ("exec", "eval") else Effect.NONE
        if is_own(value):
            return self._judge_function(value)
        if top_module(value) in _QUIET_MODULES:
            return Effect.NONE
        return Effect.FAR if is_statement or _SETS.match(name_of(value)) else Effect.NONE

    def _judge_method(self, callee: ast.expr, is_statement: bool) -> Effect:
        """Judge a call whose target is known only at run time, such as a method of a value."""
        chain = chain_of(callee)
        if not chain or chain[0] in self._names.local:
            return self._judge_owner(callee) if is_statement and chain else Effect.NONE
        value = self._names.get(chain[0])
        if is_change_of_shared(value, chain[1:]):
            return Effect.FAR
        if not is_statement and not _SETS.match(chain[-1]):
            return Effect.NONE
        if value is MISSING or isinstance(value, OWN_DATA):
            return Effect.NONE
        if isinstance(value, types.ModuleType):
            return (
                Effect.FAR
                if not is_own(value) and top_module(value) not in _QUIET_MODULES
                else Effect.NONE
            )
        if top_module(type(value)) in _QUIET_MODULES:
            return Effect.NONE
        if is_own(value) and not is_visible(value):
            return Effect.FAR
        method = getattr(type(value), chain[-1], None) if len(chain) == 2 else None  # noqa: PLR2004
        if isinstance(method, types.FunctionType) and is_own(method):
            return self._judge_function(method)
        return Effect.NONE if is_own(value) else Effect.NEAR

    def _judge_function(self, value: Any) -> Effect:
        """Note a project function that is called; of a class, those that create an instance."""
        self.callees += [
            function
            for function in functions_called(value)
            if function.__code__.co_filename != "<string>"  # generated, as by dataclasses
        ]
        return Effect.NONE

    def _returns_shared(self, call: ast.Call) -> bool:
        callee = self._names.find(call.func)
        return (
            callee is not MISSING
            and not is_own(callee)
            and _SHARED.match(name_of(callee)) is not None
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
    return chain_of(test)[-1:] == ["TYPE_CHECKING"]
