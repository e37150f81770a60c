"""Parser of the search grammar: from text to a syntax tree, which each store evaluates.

::

    metrics.r2 > 0.8 and not (params.model = "ridge" or tags.stage in ("dev", "test"))
    status = "failed" and started > "2026-01-31" and params.depth is not null
    name like "train%"

Fields are attributes (`ATTRIBUTES`), ``params.KEY``, ``metrics.KEY`` (the last value), ``tags.KEY``
and ``datasets.name``, ``.digest`` and ``.context`` (of any dataset that the run used); keys with
other characters are quoted or in backticks: ``metrics."val loss"``. ``min(metrics.KEY)``,
``max(…)``, ``mean(…)`` and ``count(…)`` are summaries of a series.
"""

import contextlib
import re
from datetime import datetime
from typing import Final

from treadle.errors import SearchError, nearest
from treadle.store.search.tree import (
    ATTRIBUTES,
    DATASET_KEYS,
    And,
    Attribute,
    Comparison,
    Family,
    Field,
    Not,
    Or,
    Sort,
    Tree,
    Value,
    Vocabulary,
)

_MAX_TEXT: Final = 8192
_MAX_DIGITS: Final = 18
_MAX_DEPTH: Final = 20
_MAX_CLAUSES: Final = 50


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
_DOUBLED: Final = re.compile(r"'[^'\\]+''[^']*'")  # a quote in a text as SQL writes it
_COMPARE: Final = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}


def parse(text: str, vocabulary: Vocabulary = _RUNS) -> Tree:
    """Parse a search.

    Args:
        text: The search.
        vocabulary: The names that it may use.

    Raises:
        SearchError: The syntax is invalid; the message points to the error.

    Examples:
        >>> tree = parse("metrics.r2 > 0.8")
        >>> tree.field.key, tree.operator, tree.values
        ('r2', '>', (0.8,))
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
    """Parse one field to sort by.

    Raises:
        SearchError: The syntax is invalid.
    """
    return _Parser(text, vocabulary).only_field()


def parse_sort(text: str) -> tuple[Sort, ...]:
    """Parse sort keys: fields separated by commas, with ``-`` before one for descending.

    Raises:
        SearchError: The syntax is invalid.

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
    """Parse the columns to read of each run: fields separated by commas.

    Raises:
        SearchError: The syntax is invalid.

    Examples:
        >>> [field.key for field in parse_columns("name, params.lr, metrics.loss")]
        ['name', 'lr', 'loss']
    """
    return _Parser(text, _RUNS).fields()


class _Parser:
    """Recursive descent parser with a bounded depth."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.attribute = Attribute("")  # of the field that was parsed last
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
        place = (
            at
            if at is not None
            else (self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text))
        )
        return SearchError(
            f"The search is invalid: {what}{'' if what.endswith('?') else '.'}\n  {self.text}\n  "
            f"{' ' * place}^",
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
            raise self._error(
                "a field is missing, such as metrics.r2, params.lr, tags.stage or status"
            )
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
            keys = [
                f"{family}.KEY"
                for family in ("params", "metrics", "tags")
                if family in self.vocabulary.families
            ]
            known = [*self.vocabulary.attributes, *keys]
            raise self._error(
                f'there is no field "{name}". {nearest(name, known, limit=20).rstrip(".")}'
            )
        self.attribute = found
        return Field("attribute", found.key)

    def _next_is(self, sign: str) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][:2] == ("sign", sign)

    def _key(self) -> str:
        """Parse a key: quoted, or words and numbers separated by dots."""
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
        """Parse a number, a boolean, or a quoted text."""
        kind, text = self._peek()
        if kind == "number":
            self.at += 1
            # Numbers with more digits than a database's integers are compared as floats.
            return (
                float(text) if re.search(r"[.eEn]", text) or len(text) > _MAX_DIGITS else int(text)
            )
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
                raise ValueError(
                    f'"{value}" is not a time such as 2026-01-31 or 2026-01-31T12:00'
                ) from None
        return value if self.attribute.kind == "text" else to_number(value)


def to_number(value: Value) -> float:
    """Return a value as a number; a boolean is not a number.

    Raises:
        ValueError: It is not a number.
    """
    if not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            return float(value)
    raise ValueError(f'"{value}" is not a number')


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
