"""Parser of the search grammar: from text to a syntax tree, which each store evaluates.

::

    metrics.r2 > 0.8 and not (params.model = "ridge" or tags.stage in ("dev", "test"))
    status = "failed" and started > "2026-01-31" and params.depth is not null
    name like "train%"

Fields are attributes (`ATTRIBUTES`), ``params.KEY``, ``metrics.KEY`` (the last value), ``tags.KEY``
and ``datasets.name``, ``.digest`` and ``.context`` (of any dataset that the run used); keys with
other characters are quoted or in backticks: ``metrics."val loss"``. ``min(metrics.KEY)``,
``max(…)``, ``mean(…)`` and ``count(…)`` are summaries of a series. A column of a
table of runs can also be the value at a step: ``at(metrics.loss, 100)``.
"""

import contextlib
import re
from datetime import datetime
from typing import Final, get_args

from treadle.errors import SearchError, nearest
from treadle.store.search.tokens import Tokens
from treadle.store.search.tree import (
    ATTRIBUTES,
    DATASET_KEYS,
    And,
    Attribute,
    Comparison,
    Family,
    Field,
    Not,
    Operator,
    Or,
    Sort,
    Summary,
    Tree,
    Value,
    Vocabulary,
)

_MAX_TEXT: Final = 8192
_MAX_DIGITS: Final = 18
_MAX_DEPTH: Final = 20
_MAX_CLAUSES: Final = 50


_RUNS: Final = Vocabulary({name: Attribute(name, kind) for name, kind in ATTRIBUTES.items()})
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
_SUMMARIES: Final[dict[str, Summary]] = {name: name for name in get_args(Summary)}
_AT: Final = "at"
_STEP: Final = re.compile(r"[+-]?[0-9]+")
_COMPARE: Final[dict[str, Operator]] = {
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


def parse_columns(text: str, *, has_steps: bool = False) -> tuple[Field, ...]:
    """Parse the columns to read of each run: fields separated by commas.

    Args:
        text: The columns.
        has_steps: Whether they may be values at a step, as in tables of runs.

    Raises:
        SearchError: The syntax is invalid.

    Examples:
        >>> [field.key for field in parse_columns("name, params.lr, metrics.loss")]
        ['name', 'lr', 'loss']
    """
    return _Parser(text, _RUNS, has_steps=has_steps).fields()


class _Parser:
    """Recursive descent parser with a bounded depth."""

    def __init__(self, text: str, vocabulary: Vocabulary, *, has_steps: bool = False) -> None:
        self._tokens = Tokens(text)
        self._vocabulary = vocabulary
        self._has_steps = has_steps
        self._attribute = Attribute("")  # of the field that was parsed last
        self._depth = 0
        self._clauses = 0

    def whole(self) -> Tree:
        tree = self._either()
        self._tokens.end('"and" or "or" is missing')
        return tree

    def only_field(self) -> Field:
        field = self._field()
        self._tokens.end("one field is expected")
        return field

    def fields(self) -> tuple[Field, ...]:
        found = [self._field()]
        while self._tokens.take(","):
            found.append(self._field())
        self._tokens.end('"," is missing')
        return tuple(found)

    def _either(self) -> Tree:
        parts = [self._all()]
        while self._tokens.take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Tree:
        parts = [self._one()]
        while self._tokens.take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Tree:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._tokens.error(f"it is nested more than {_MAX_DEPTH} deep")
        try:
            if self._tokens.take("not"):
                return Not(self._one())
            if self._tokens.take("("):
                tree = self._either()
                self._tokens.expect(")")
                return tree
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Tree:
        self._clauses += 1
        if self._clauses > _MAX_CLAUSES:
            raise self._tokens.error(f"it has more than {_MAX_CLAUSES} comparisons")
        field = self._field()
        if self._tokens.take("is"):
            negated = self._tokens.take("not")
            self._tokens.expect("null")
            tree: Tree = Comparison(field, "null")
            return Not(tree) if negated else tree
        negated = self._tokens.take("not")
        tree = self._operation(field, negated=negated)
        return Not(tree) if negated else tree

    def _operation(self, field: Field, *, negated: bool) -> Comparison:
        sign = self._tokens.word
        if self._tokens.take("in"):
            self._tokens.expect("(")
            values = [self._value(field)]
            while self._tokens.take(",") and self._tokens.word != ")":  # Python writes ('x',)
                values.append(self._value(field))
            self._tokens.expect(")")
            return Comparison(field, "in", tuple(values))
        if self._tokens.take("like", "ilike"):
            value = self._value(field)
            if not isinstance(value, str):
                raise self._tokens.error(f'"{sign}" compares with a text')
            return Comparison(field, "like" if sign == "like" else "ilike", (value,))
        if not negated and self._tokens.take(*_COMPARE):
            return Comparison(field, _COMPARE[sign], (self._value(field),))
        raise self._tokens.error("a comparison is missing, such as =, !=, <, >, in, like, is null")

    def _field(self) -> Field:
        if self._tokens.next.kind != "word":
            raise self._tokens.error(
                "a field is missing, such as metrics.r2, params.lr, tags.stage or status"
            )
        word = self._tokens.word
        if word in _SUMMARIES and self._tokens.is_followed_by("("):
            return self._summary()
        if word == _AT and self._tokens.is_followed_by("("):
            return self._value_at_step()
        family = _FAMILIES.get(word)
        is_known = family == "attribute" or family in self._vocabulary.families
        if family is None or not is_known or not self._tokens.is_followed_by("."):
            self._tokens.advance()
            return self._named(word)
        self._tokens.advance()
        self._tokens.expect(".")
        key = self._key()
        if family == "datasets" and key not in DATASET_KEYS:
            raise self._tokens.error(f"datasets have {', '.join(DATASET_KEYS)}, and no {key}")
        return self._named(key) if family == "attribute" else Field(family, key)

    def _summary(self) -> Field:
        """Parse a summary of a metric, such as ``min(metrics.loss)``."""
        word = self._tokens.word
        self._tokens.advance()
        self._tokens.expect("(")
        inner = self._field()
        if inner.family != "metrics":
            raise self._tokens.error(f"{word}(…) takes a metric")
        self._tokens.expect(")")
        return Field("metrics", inner.key, _SUMMARIES[word])

    def _value_at_step(self) -> Field:
        """Parse the value of a metric at a step, such as ``at(metrics.loss, 100)``."""
        if not self._has_steps:
            raise self._tokens.error(
                "at(…) is for columns of tables only; use metrics.KEY, min(…) or max(…) here"
            )
        self._tokens.advance()
        self._tokens.expect("(")
        inner = self._field()
        if inner.family != "metrics" or inner.summary != "last" or inner.step is not None:
            raise self._tokens.error("at(…) takes a metric and a step")
        self._tokens.expect(",")
        step = _take_step(self._tokens)
        self._tokens.expect(")")
        return Field("metrics", inner.key, step=step)

    def _named(self, name: str) -> Field:
        """Return the field of an attribute whose name was parsed last."""
        known_as = self._vocabulary.attributes
        found = known_as.get(name) or known_as.get(name.lower())
        if found is None:
            keys = [
                f"{family}.KEY"
                for family in ("params", "metrics", "tags")
                if family in self._vocabulary.families
            ]
            hint = nearest(name, [*known_as, *keys], limit=20).rstrip(".")
            raise self._tokens.error(
                f'there is no field "{name}". {hint}', self._tokens.previous.start
            )
        self._attribute = found
        return Field("attribute", found.key)

    def _key(self) -> str:
        """Parse a key: quoted, or words and numbers separated by dots."""
        token = self._tokens.next
        if token.kind in ("text", "tick"):
            self._tokens.advance()
            return token.value
        start = end = token.start
        while token.start == end and (token.kind in ("word", "number") or token.text == "."):
            end = token.end
            self._tokens.advance()
            token = self._tokens.next
        key = self._tokens.text[start:end]
        if not key or key.endswith("."):
            raise self._tokens.error("a key is missing after the dot")
        return key

    def _value(self, field: Field) -> Value:
        start = self._tokens.next.start
        value = self._literal()
        if field.family == "metrics":
            try:
                return to_number(value)
            except ValueError:
                raise self._tokens.error("a metric compares with a number", start) from None
        if field.family != "attribute":
            return value
        try:
            return _convert(self._attribute, value)
        except (ValueError, OverflowError) as error:
            raise self._tokens.error(str(error), start) from None

    def _literal(self) -> Value:
        """Parse a number, a boolean, or a quoted text."""
        token = self._tokens.next
        if token.kind == "number":
            self._tokens.advance()
            # Numbers with more digits than a database's integers are compared as floats.
            is_float = re.search(r"[.eEn]", token.text) or len(token.text) > _MAX_DIGITS
            return float(token.text) if is_float else int(token.text)
        if self._tokens.word in ("true", "false"):
            self._tokens.advance()
            return token.text.lower() == "true"
        if token.kind not in ("text", "tick"):
            raise self._tokens.error("a value is missing: a number, or a text in quotes")
        self._tokens.advance()
        return token.value


def _take_step(tokens: Tokens) -> int:
    """Skip the step of a metric, and return it."""
    text = tokens.next.text
    if not _STEP.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise tokens.error("a step is missing: an integer")
    tokens.advance()
    return int(text)


def _convert(attribute: Attribute, value: Value) -> Value:
    """Return a value in the form in which an attribute is stored.

    Raises:
        ValueError: It has no such form.
    """
    if attribute.convert is not None:
        return attribute.convert(value)
    if attribute.kind == "time" and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            raise ValueError(
                f'"{value}" is not a time such as 2026-01-31 or 2026-01-31T12:00'
            ) from None
    return value if attribute.kind == "text" else to_number(value)


def to_number(value: Value) -> float:
    """Return a value as a number; a boolean is not a number.

    Raises:
        ValueError: It is not a number.
    """
    if not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            return float(value)
    raise ValueError(f'"{value}" is not a number')
