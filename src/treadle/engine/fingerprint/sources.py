"""Reads definitions from source files, ignoring comments, layout and docstrings."""

import ast
import functools
import inspect
import os
import time
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any, Final

from blake3 import blake3

from treadle.engine.fingerprint.syntax import children, walk
from treadle.store.process import seconds_since_start

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Source:
    """A parsed module's source.

    Attributes:
        tree: The syntax tree of the module, without docstrings.
    """

    def __init__(self, text: str, path: str) -> None:
        self.tree = _without_docstrings(ast.parse(text, filename=path))
        self._text = text
        self._path = path

    @functools.cached_property
    def _definitions(self) -> tuple[dict[tuple[str, int], _Definition], dict[str, ast.ClassDef]]:
        """Functions by their name and first line, and classes by their qualified name."""
        functions: dict[tuple[str, int], _Definition] = {}
        classes: dict[str, ast.ClassDef] = {}
        stack: list[tuple[ast.AST, str]] = [(self.tree, "")]
        while stack:
            tree, prefix = stack.pop()
            for child in children(tree):
                inner = prefix
                if isinstance(child, ast.ClassDef):
                    classes[f"{prefix}{child.name}"] = child
                    inner = f"{prefix}{child.name}."
                elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                    first = min([child.lineno, *(one.lineno for one in child.decorator_list)])
                    functions[child.name, first] = child
                    inner = f"{prefix}{child.name}.<locals>."
                if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                    stack.append((child, inner))
        return functions, classes

    @functools.cached_property
    def _compiled(self) -> dict[tuple[str, int], set[str]]:
        """Digests of the code that Python compiles from this source, by name and first line."""
        found: dict[tuple[str, int], set[str]] = {}
        stack = [compile(self._text, self._path, "exec", dont_inherit=True)]
        while stack:
            code = stack.pop()
            found.setdefault((code.co_name, code.co_firstlineno), set()).add(digest_code(code))
            stack += [one for one in code.co_consts if isinstance(one, CodeType)]
        return found

    def is_loaded(self, code: CodeType) -> bool:
        """Return whether code in this process was compiled from this source.

        It was not if the file was edited after the import, or if Python used compiled code of
        another text with the same size and second. Where the file times rule out both, nothing is
        compiled.
        """
        if not may_be_stale(self._path):
            return True
        return digest_code(code) in self._compiled.get((code.co_name, code.co_firstlineno), ())

    @functools.cached_property
    def digest(self) -> str:
        """Return the digest of the whole module."""
        return digest_tree(self.tree)

    def function(self, code: CodeType) -> ast.AST | None:
        """Find the definition of a function's code."""
        return self._definitions[0].get((code.co_name, code.co_firstlineno))

    def is_method(self, code: CodeType, qualname: str) -> bool:
        """Return whether a function's code is part of a class definition."""
        own, tree = self.class_(qualname), self.function(code)
        return own is not None and tree in own.body

    def class_(self, qualname: str) -> ast.ClassDef | None:
        """Find the definition of a class."""
        return self._definitions[1].get(qualname)

    def assignments(self, name: str) -> list[ast.stmt]:
        """Find the top-level statements that assign a name."""
        return [statement for statement in _top(self.tree) if name in _targets(statement)]

    def imports(self) -> list[ast.stmt]:
        """Find the top-level imports."""
        return [one for one in _top(self.tree) if isinstance(one, ast.Import | ast.ImportFrom)]

    def imports_anywhere(self) -> list[ast.AST]:
        """Find all imports."""
        return [one for one in walk(self.tree) if isinstance(one, ast.Import | ast.ImportFrom)]


def _top(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the top-level statements, also those inside conditions."""
    stack: list[ast.stmt] = list(reversed(tree.body))
    while stack:
        statement = stack.pop()
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
            stack += reversed([one for one in children(statement) if isinstance(one, ast.stmt)])


def _targets(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Assign):
        given: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        given = [statement.target]
    else:
        return []
    return [one.id for target in given for one in walk(target) if isinstance(one, ast.Name)]


@functools.lru_cache(maxsize=4096)
def _parse(path: str, signature: tuple[int, int]) -> Source | None:
    try:
        return Source(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def read_source(path: str) -> Source | None:
    """Read a module's source; None if Python cannot read it."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - faster; called for each function
    except OSError:
        return None
    return _parse(path, (stat.st_mtime_ns, stat.st_size))


def may_be_stale(path: str) -> bool:
    """Return whether a file's times allow that it changed since Python loaded it."""
    try:
        changed = os.stat(path).st_ctime_ns  # noqa: PTH116
    except OSError:
        return True
    if changed > _STARTED:
        return True
    try:
        return os.stat(cache_from_source(path)).st_mtime_ns < changed  # noqa: PTH116
    except (OSError, NotImplementedError):
        return False  # it was compiled when it was imported


_STARTED: Final = int((time.time() - seconds_since_start() - 1) * 1_000_000_000)
"""Latest possible start of this process, in nanoseconds since the epoch."""


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for inner in walk(tree):
        if (
            isinstance(inner, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and inner.body
        ):
            first = inner.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                inner.body[0] = ast.copy_location(ast.Pass(), first)
                if len(inner.body) > 1 or isinstance(inner, ast.Module):
                    del inner.body[0]
    return tree


def digest_tree(*trees: ast.AST) -> str:
    """Digest definitions independently of layout."""
    return blake3(
        "\n".join(_written(tree) for tree in trees).encode("utf-8", "surrogatepass")
    ).hexdigest()[:32]


def _written(tree: ast.AST) -> str:
    """Serialize a tree unambiguously: each node with the number of its parts, then the parts.

    Unlike ``ast.dump``, it accepts trees of any depth.
    """
    parts: list[str] = []
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.AST):
            fields = [getattr(node, name, None) for name in node._fields]
            parts.append(f"{type(node).__name__}({len(fields)}")
            stack += reversed(fields)
        elif isinstance(node, list):
            parts.append(f"[{len(node)}")
            stack += reversed(node)
        else:
            parts.append(f"{node:x}" if type(node) is int else f"{type(node).__name__} {node!r}")
    return " ".join(parts)


def digest_code(code: CodeType) -> str:
    """Digest compiled code without a source: a lambda, a notebook cell, an exec string."""
    return blake3(repr(_parts(code)).encode()).hexdigest()[:32]


def _parts(code: CodeType) -> tuple[Any, ...]:
    consts = [_parts(one) if inspect.iscode(one) else _constant(one) for one in code.co_consts]
    if code.co_consts and isinstance(code.co_consts[0], str) and code.co_name != "<lambda>":
        consts[0] = "'docstring'"
    return (
        code.co_code,
        tuple(consts),
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_flags,
    )


def _constant(value: object) -> object:
    """Sort sets, as their order in memory differs between processes."""
    return (
        f"frozenset({sorted(map(repr, value))})"
        if isinstance(value, frozenset)
        else f"int {value:x}"
        if type(value) is int
        else f"{type(value).__name__} {value!r}"
    )
