"""Finds the names that code uses, with the attributes that follow them, and its imports."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType
from typing import Final

import msgspec

from treadle.engine.fingerprint.syntax import children, walk
from treadle.engine.fingerprint.used_parts import item_step


class Import(msgspec.Struct, frozen=True):
    """A name that an import inside a function binds."""

    module: str
    """Module name, with the dots of a relative import."""
    attribute: str
    """The imported attribute; empty for the module itself, ``*`` for all of it."""


class Used(msgspec.Struct, frozen=True):
    """The names that a piece of code uses.

    Attributes:
        chains: Names, with the attributes and items that follow: ``("np", "random", "rand")``.
        imports: Names that imports inside the code bind.
        reflective: Whether it gets attributes by a name that is known only at run time.
    """

    chains: tuple[tuple[str, ...], ...]
    imports: dict[str, Import]
    reflective: tuple[tuple[str, ...], ...]
    """The objects whose attributes it gets by a name that is known only at run time."""
    is_guess: bool = False
    """Whether attributes may belong to other names than these."""
    attributes: frozenset[str] = frozenset()
    """All attributes that it gets of any object."""


_REFLECTIVE: Final = frozenset({"getattr", "hasattr", "attrgetter", "methodcaller", "vars"})


def names_used(*trees: ast.AST) -> Used:
    """Find the outside names that code uses, each once, in the order of the source."""
    finder = _Finder()
    try:
        for tree in trees:
            finder.visit(tree)
    except RecursionError:  # an expression of a thousand terms
        return _names_anywhere(trees)
    return Used(
        tuple(finder.chains),
        finder.imports,
        tuple(finder.reflective),
        attributes=frozenset(finder.attributes),
    )


def names_of_code(code: CodeType) -> Used:
    """Find the names in compiled code: any attribute may belong to any name."""
    names: dict[str, None] = {}
    stack = [code]
    while stack:
        one = stack.pop()
        names.update(dict.fromkeys(one.co_names))
        names.update(dict.fromkeys(one.co_freevars))
        stack += [const for const in one.co_consts if isinstance(const, CodeType)]
    return Used(_all_chains(names), {}, (), is_guess=True)


def _names_anywhere(trees: Iterable[ast.AST]) -> Used:
    """Find the names of code that is nested too deeply to walk by scopes."""
    names: dict[str, None] = {}
    imports = _Finder()
    for inner in (inner for tree in trees for inner in walk(tree)):
        if isinstance(inner, ast.Name):
            names[inner.id] = None
        elif isinstance(inner, ast.Attribute):
            names[inner.attr] = None
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            imports.visit(inner)
    return Used(_all_chains(names), imports.imports, (), is_guess=True)


def _all_chains(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    names = list(names)
    chains: list[tuple[str, ...]] = []
    for name in names:
        chains += [(name, other) for other in names if other != name] or [(name,)]
    return tuple(chains)


_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class _Finder(ast.NodeVisitor):
    """Walks code, and tracks which names are local in which scope."""

    def __init__(self) -> None:
        self.chains: dict[tuple[str, ...], None] = {}
        self.imports: dict[str, Import] = {}
        self.reflective: dict[tuple[str, ...], None] = {}
        self.attributes: set[str] = set()
        self._scopes: list[frozenset[str]] = []

    def generic_visit(self, node: ast.AST) -> None:
        for child in children(node):
            self.visit(child)

    def _is_local(self, name: str) -> bool:
        return any(name in scope for scope in self._scopes)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def _visit_function(self, node: _Function) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
        outer: list[ast.expr | None] = [*arguments.defaults, *arguments.kw_defaults]
        annotations = [one.annotation for one in every]
        if not isinstance(node, ast.Lambda):
            outer += node.decorator_list
            annotations.append(node.returns)
        for part in outer:
            if part is not None:
                self.visit(part)
        for part in annotations:
            if part is not None:
                self._visit_annotation(part)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self._visit_scope({one.arg for one in every}, body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_annotation(node.annotation)
        for part in (node.target, node.value):
            if part is not None:
                self.visit(part)

    def _visit_annotation(self, node: ast.expr) -> None:
        """Visit a type annotation, also one written as a string."""
        self.visit(node)
        for inner in walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                try:
                    self.visit(ast.parse(inner.value, mode="eval").body)
                except SyntaxError:
                    continue  # another string, such as one of ``Literal``

    def _visit_scope(self, names: set[str], body: Sequence[ast.AST]) -> None:
        local, declared = set(names), set()
        for inner in _own_nodes(body):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store | ast.Del):
                local.add(inner.id)
            elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                local.add(inner.name)
            elif isinstance(inner, ast.Global | ast.Nonlocal):
                declared.update(inner.names)
            elif isinstance(inner, ast.ExceptHandler) and inner.name:
                local.add(inner.name)
        self._scopes.append(frozenset(local - declared))
        for part in body:
            self.visit(part)
        self._scopes.pop()

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node)

    def _visit_comprehension(self, node: _Comprehension) -> None:
        self.visit(node.generators[0].iter)  # is evaluated outside
        targets = {
            inner.id
            for one in node.generators
            for inner in walk(one.target)
            if isinstance(inner, ast.Name)
        }
        self._scopes.append(frozenset(targets))
        self.generic_visit(node)
        self._scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        if not self._is_local(node.id) and isinstance(node.ctx, ast.Load):
            self.chains[node.id,] = None

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, rest = _chain(node)
        self.attributes.update(chain[1:] or (node.attr,))
        if chain and not self._is_local(chain[0]):
            self.chains[chain] = None
        if rest is not None:
            self.visit(rest)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Treat ``CONFIG["key"]`` like an attribute: code may use only this part."""
        chain, rest = _chain(node) if _is_item(node) else ((), None)
        if not chain:
            self.generic_visit(node)
            return
        if not self._is_local(chain[0]):
            self.chains[chain] = None
        if rest is not None:
            self.visit(rest)

    def visit_Call(self, node: ast.Call) -> None:
        """Treat ``getattr(x, "name")`` as ``x.name``, and note calls without a literal name."""
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _REFLECTIVE or not node.args:
            self.generic_visit(node)
            return
        chain = tuple(_names_of(node.args[0]))
        key = node.args[1] if len(node.args) > 1 else None
        written = (
            key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
        )
        if name in ("getattr", "hasattr") and chain and written is not None:
            if not self._is_local(chain[0]):
                self.chains[*chain, written] = None
            for rest in (node.func, *node.args[1:]):
                self.visit(rest)
            return
        self.generic_visit(node)
        if written is None:
            self.reflective[chain] = None

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.imports[alias.asname] = Import(alias.name, "")
            else:
                self.imports[alias.name.partition(".")[0]] = Import(
                    alias.name.partition(".")[0], ""
                )
                self.imports.setdefault(alias.name, Import(alias.name, ""))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self.imports[alias.asname or alias.name] = Import(
                "." * node.level + (node.module or ""), alias.name
            )


def _own_nodes(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, without those of inner scopes."""
    stack = list(body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _Function | ast.ClassDef | _Comprehension):
            stack += children(node)


def _is_item(node: ast.expr) -> bool:
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
        return False
    return isinstance(node.slice.value, str)


def _chain(node: ast.Attribute | ast.Subscript) -> tuple[tuple[str, ...], ast.expr | None]:
    """Return a name with the attributes and items after it, and the rest to visit."""
    steps: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute | ast.Subscript):
        if isinstance(inner, ast.Attribute):
            steps.append(inner.attr)
        elif isinstance(inner.slice, ast.Constant) and isinstance(inner.slice.value, str):
            steps.append(item_step(inner.slice.value))
        else:
            break
        inner = inner.value
    if isinstance(inner, ast.Name):
        return (inner.id, *reversed(steps)), None
    if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
        # Path("x").read_text: an attribute of an instance.
        return (inner.func.id, *reversed(steps)), inner
    return (), inner


def _names_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield from _names_of(node.value)
        yield node.attr
    elif isinstance(node, ast.Name):
        yield node.id
