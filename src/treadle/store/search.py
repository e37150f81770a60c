"""The search grammar, from text to a tree; what it means is the store's business.

::

    metrics.r2 > 0.8 and not (params.model = "ridge" or tags.stage in ("dev", "test"))
    status = "failed" and started > "2026-01-31" and params.depth is not null
    name like "train%"

Fields are attributes (`ATTRIBUTES`), ``params.KEY``, ``metrics.KEY`` (the last value), ``tags.KEY``
and ``datasets.name``, ``.digest`` and ``.context`` (of any that the run used); keys with other
characters stand in double quotes or backticks: ``metrics."val loss"``. ``min(metrics.KEY)``, ``max(…)``, ``mean(…)`` and ``count(…)`` ask for a series' summary.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec

from treadle.errors import SearchError, nearest

__all__ = [
    "ATTRIBUTES",
    "DATASET_KEYS",
    "And",
    "Attribute",
    "Comparison",
    "Field",
    "Lifecycle",
    "Not",
    "Or",
    "Search",
    "Sort",
    "Tree",
    "Value",
    "Vocabulary",
    "parse",
    "parse_columns",
    "parse_field",
    "parse_sort",
    "to_number",
]

Kind = Literal["text", "time", "number"]

ATTRIBUTES: Final[dict[str, Kind]] = {
    "id": "text",
    "name": "text",
    "experiment": "text",
    "status": "text",
    "kind": "text",
    "command": "text",
    "user": "text",
    "parent": "text",
    "started": "time",
    "ended": "time",
    "duration": "number",
}
"""The attributes of a run that can be searched and sorted by, and what they hold."""

DATASET_KEYS: Final = ("name", "digest", "context")
"""What can be asked about a run's datasets."""

_MAX_TEXT: Final = 8192
_MAX_DIGITS: Final = 18
_MAX_DEPTH: Final = 20
_MAX_CLAUSES: Final = 50

Family = Literal["attribute", "params", "metrics", "tags", "datasets"]
Summary = Literal["last", "min", "max", "mean", "count"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "like", "ilike", "in", "null"]
Value = str | int | float | bool
Lifecycle = Literal["active", "deleted", "all"]


class Field(msgspec.Struct, frozen=True):
    """What is compared or sorted by."""

    family: Family
    key: str
    summary: Summary = "last"


class Comparison(msgspec.Struct, frozen=True):
    """A field against a value; ``in`` has several, ``null`` none."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()


class And(msgspec.Struct, frozen=True):
    """All of them hold."""

    parts: tuple["Tree", ...]


class Or(msgspec.Struct, frozen=True):
    """Any of them holds."""

    parts: tuple["Tree", ...]


class Not(msgspec.Struct, frozen=True):
    """It does not hold."""

    part: "Tree"


Tree = And | Or | Not | Comparison


class Attribute(msgspec.Struct, frozen=True):
    """An attribute as a grammar names it: what it means, and how its values are written."""

    key: str
    kind: Kind = "text"
    convert: Callable[[Value], Value] | None = None
    """Turns a value as it is written into one that is stored."""


class Vocabulary(msgspec.Struct, frozen=True):
    """What a search may be about: the store's own words, or those of another front."""

    attributes: Mapping[str, Attribute]
    families: frozenset[Family] = frozenset({"params", "metrics", "tags", "datasets"})


class Sort(msgspec.Struct, frozen=True):
    """One key of an order; runs without the value come last either way."""

    field: Field
    descending: bool = False


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A question to the store."""

    where: Tree | None = None
    sort: tuple[Sort, ...] = (Sort(Field("attribute", "started"), descending=True),)
    limit: int = 100
    experiments: tuple[str, ...] | None = None
    """Ids of the experiments to look in; all if None."""
    lifecycle: Lifecycle = "active"
    """Whether to look at what is not deleted, at what is, or at both."""
    after: str = ""
    """Where the page before ended: its ``next``."""
    columns: tuple[Field, ...] | None = None
    """Which params, last metrics and tags are read of each run; all of them if None. Attributes always are."""


_RUNS: Final = Vocabulary({name: Attribute(name, kind) for name, kind in ATTRIBUTES.items()})
_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<tick>`[^`]*`)
    | (?P<number>[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf\b))
    | (?P<word>[A-Za-z_][\w/\-]*)
    | (?P<sign>!=|<=|>=|<>|==|[=<>(),.])
    )""",
    re.VERBOSE,
)
_FAMILIES: Final[dict[str, Family]] = {
    "param": "params",
    "params": "params",
    "parameter": "params",
    "parameters": "params",
    "metric": "metrics",
    "metrics": "metrics",
    "tag": "tags",
    "tags": "tags",
    "dataset": "datasets",
    "datasets": "datasets",
    "attribute": "attribute",
    "attributes": "attribute",
    "attr": "attribute",
    "run": "attribute",
}
_DOUBLED: Final = re.compile(r"'[^'\\]+''[^']*'")  # as SQL has a quote in a text
_COMPARE: Final = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def parse(text: str, vocabulary: Vocabulary = _RUNS) -> Tree:
    """Read a search.

    Args:
        text: What was asked.
        vocabulary: What it may be about.

    Raises:
        SearchError: It cannot be understood; the message points at the place.

    Examples:
        >>> parse('metrics.r2 > 0.8')
        Comparison(field=Field(family='metrics', key='r2', summary='last'), operator='>', values=(0.8,))
    """
    if len(text) > _MAX_TEXT:
        raise SearchError(f"The search has {len(text)} characters; {_MAX_TEXT} are allowed.")
    try:
        return _Parser(text, vocabulary).whole()
    except SearchError as error:
        if not _DOUBLED.search(text):
            raise
        hint = "A quote in a text is written \\' or in other quotes: 'it\\'s', \"it's\"."
        raise SearchError(error.message, hint=hint) from None


def parse_field(text: str, vocabulary: Vocabulary = _RUNS) -> Field:
    """Read one field, to sort by.

    Raises:
        SearchError: It cannot be understood.
    """
    return _Parser(text, vocabulary).only_field()


def parse_sort(text: str) -> tuple[Sort, ...]:
    """Read an order: fields with commas between, each with ``-`` before it for descending.

    Raises:
        SearchError: It cannot be understood.

    Examples:
        >>> [(sort.field.key, sort.descending) for sort in parse_sort("-metrics.r2, name")]
        [('r2', True), ('name', False)]
    """
    sorts = []
    for part in text.split(","):
        name = part.strip()
        sorts.append(Sort(parse_field(name.lstrip("+-")), descending=name.startswith("-")))
    return tuple(sorts)


def parse_columns(text: str) -> tuple[Field, ...]:
    """Read what of each run is wanted: fields with commas between.

    Raises:
        SearchError: It cannot be understood.

    Examples:
        >>> [field.key for field in parse_columns("name, params.lr, metrics.loss")]
        ['name', 'lr', 'loss']
    """
    return _Parser(text, _RUNS).fields()


class _Parser:
    """Recursive descent with a bounded depth."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.attribute = Attribute("")  # that the field read last is
        self.tokens = list(self._tokenize())
        self.at = 0
        self.depth = 0
        self.clauses = 0

    def _tokenize(self) -> "list[tuple[str, str, int]]":
        tokens = []
        at = 0
        end = len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None or match.lastgroup is None:
                raise self._error(f"{self.text[at:].strip()[:1]!r} has no meaning here", at)
            tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        return tokens

    def _error(self, what: str, at: int | None = None) -> SearchError:
        place = at if at is not None else (self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text))
        return SearchError(
            f"The search is invalid: {what}{'' if what.endswith('?') else '.'}\n  {self.text}\n  {' ' * place}^",
            hint='Example: metrics.r2 > 0.8 and status = "finished"',
        )

    def _peek(self) -> tuple[str, str]:
        kind, text, _ = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", 0)
        return (kind, text.lower() if kind == "word" else text)

    def _take(self, *wanted: str) -> bool:
        if self._peek()[0] in ("word", "sign") and self._peek()[1] in wanted:
            self.at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error(f'"{sign}" is missing')

    def whole(self) -> Tree:
        tree = self._either()
        if self.at < len(self.tokens):
            raise self._error('"and" or "or" is missing')
        return tree

    def only_field(self) -> Field:
        field = self._field()
        if self.at < len(self.tokens):
            raise self._error("one field is expected")
        return field

    def fields(self) -> tuple[Field, ...]:
        found = [self._field()]
        while self._take(","):
            found.append(self._field())
        if self.at < len(self.tokens):
            raise self._error('"," is missing')
        return tuple(found)

    def _either(self) -> Tree:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Tree:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Tree:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self._error(f"it is nested more than {_MAX_DEPTH} deep")
        try:
            if self._take("not"):
                return Not(self._one())
            if self._take("("):
                tree = self._either()
                self._expect(")")
                return tree
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Tree:
        self.clauses += 1
        if self.clauses > _MAX_CLAUSES:
            raise self._error(f"it has more than {_MAX_CLAUSES} comparisons")
        field = self._field()
        if self._take("is"):
            negated = self._take("not")
            if not self._take("null"):
                raise self._error('"null" is missing')
            tree: Tree = Comparison(field, "null")
            return Not(tree) if negated else tree
        negated = self._take("not")
        tree = self._operation(field, negated=negated)
        return Not(tree) if negated else tree

    def _operation(self, field: Field, *, negated: bool) -> Comparison:
        _, sign = self._peek()
        if self._take("in"):
            self._expect("(")
            values = [self._value(field)]
            while self._take(",") and self._peek() != ("sign", ")"):  # Python writes ('x',)
                values.append(self._value(field))
            self._expect(")")
            return Comparison(field, "in", tuple(values))
        if self._take("like", "ilike"):
            value = self._value(field)
            if not isinstance(value, str):
                raise self._error(f'"{sign}" compares with a text')
            return Comparison(field, "like" if sign == "like" else "ilike", (value,))
        if not negated and sign in _COMPARE:
            self.at += 1
            return Comparison(field, _COMPARE[sign], (self._value(field),))  # type: ignore[arg-type]
        raise self._error("a comparison is missing, such as =, !=, <, >, in, like, is null")

    def _field(self) -> Field:
        kind, word = self._peek()
        if kind != "word":
            raise self._error("a field is missing, such as metrics.r2, params.lr, tags.stage or status")
        if word in ("min", "max", "mean", "count", "last") and self._next_is("("):
            self.at += 2
            inner = self._field()
            if inner.family != "metrics":
                raise self._error(f"{word}(…) takes a metric")
            self._expect(")")
            return Field("metrics", inner.key, word)  # type: ignore[arg-type]
        family = _FAMILIES.get(word)
        if family is not None and family != "attribute" and family not in self.vocabulary.families:
            family = None
        if family is not None and self._next_is("."):
            self.at += 2
            key = self._key()
            if family == "datasets" and key not in DATASET_KEYS:
                raise self._error(f"datasets have {', '.join(DATASET_KEYS)}, and no {key}")
            return self._attribute(key) if family == "attribute" else Field(family, key)
        self.at += 1
        return self._attribute(word)

    def _attribute(self, name: str) -> Field:
        known_as = self.vocabulary.attributes
        found = known_as.get(name) or known_as.get(name.lower())
        if found is None:
            self.at -= 1
            keys = [f"{family}.KEY" for family in ("params", "metrics", "tags") if family in self.vocabulary.families]
            known = [*self.vocabulary.attributes, *keys]
            raise self._error(f'there is no field "{name}". {nearest(name, known, limit=20).rstrip(".")}')
        self.attribute = found
        return Field("attribute", found.key)

    def _next_is(self, sign: str) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][:2] == ("sign", sign)

    def _key(self) -> str:
        """Read a key: quoted, or words and numbers with dots between."""
        kind, raw, end = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", 0)
        if kind in ("text", "tick"):
            self.at += 1
            return _unquote(raw) if kind == "text" else raw[1:-1]
        start = end
        while self.at < len(self.tokens):
            kind, raw, place = self.tokens[self.at]
            if place != end or not (kind in ("word", "number") or raw == "."):
                break
            end = place + len(raw)
            self.at += 1
        key = self.text[start:end]
        if not key or key.endswith("."):
            raise self._error("a key is missing behind the dot")
        return key

    def _value(self, field: Field) -> Value:
        start = self.at
        value = self._literal()
        if field.family == "metrics":
            try:
                return to_number(value)
            except ValueError:
                self.at = start
                raise self._error("a metric compares with a number") from None
        if field.family != "attribute":
            return value
        try:
            return self.attribute.convert(value) if self.attribute.convert else self._convert(value)
        except (ValueError, OverflowError) as error:
            self.at = start
            raise self._error(str(error)) from None

    def _literal(self) -> Value:
        """Read a number, a truth value, or a text in quotes."""
        kind, text = self._peek()
        if kind == "number":
            self.at += 1
            # More digits than a database's whole numbers have are compared as near as a float comes.
            return float(text) if re.search(r"[.eEn]", text) or len(text) > _MAX_DIGITS else int(text)
        if kind == "word" and text in ("true", "false"):
            self.at += 1
            return text == "true"
        if kind not in ("text", "tick"):
            raise self._error("a value is missing: a number, or a text in quotes")
        self.at += 1
        return _unquote(text) if kind == "text" else text[1:-1]

    def _convert(self, value: Value) -> Value:
        if self.attribute.kind == "time" and isinstance(value, str):
            try:
                return datetime.fromisoformat(value).timestamp()
            except ValueError:
                raise ValueError(f'"{value}" is not a time such as 2026-01-31 or 2026-01-31T12:00') from None
        return value if self.attribute.kind == "text" else to_number(value)


def to_number(value: Value) -> float:
    """Return a value as a number; a truth value is none.

    Raises:
        ValueError: It is not a number.
    """
    if not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            return float(value)
    raise ValueError(f'"{value}" is not a number')


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
