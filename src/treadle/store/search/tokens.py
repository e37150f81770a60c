"""Tokens of a search, which the parser takes one after another."""

import re
from typing import Final

import msgspec

from treadle.errors import SearchError

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


_WORDS: Final = ("word", "sign")


class Token(msgspec.Struct, frozen=True):
    """Part of a search: a text in quotes or backticks, a number, a word or a sign."""

    kind: str
    text: str
    start: int
    """Index of its first character in the search."""
    word: str = ""
    """Its text in lower case, if it is a word or a sign."""

    @property
    def end(self) -> int:
        """Index after its last character."""
        return self.start + len(self.text)

    @property
    def value(self) -> str:
        """Its text without the quotes or backticks."""
        inner = self.text[1:-1]
        return re.sub(r"\\(.)", r"\1", inner) if self.kind == "text" else inner


class Tokens:
    """Tokens of a search, and the position of the parser among them.

    Args:
        text: The search.

    Raises:
        SearchError: A character does not begin a token.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._position = 0
        self._tokens: list[Token] = []
        start, end = 0, len(text.rstrip())
        while start < end:
            match = _TOKEN.match(text, start)
            if match is None or match.lastgroup is None:
                raise self.error(f"{text[start:].strip()[:1]!r} has no meaning here", start)
            kind, found = match.lastgroup, match[match.lastgroup]
            word = found.lower() if kind in _WORDS else ""
            self._tokens.append(Token(kind, found, match.start(kind), word))
            start = match.end()
        self._tokens.append(Token("end", "", len(text)))

    def error(self, what: str, start: int | None = None) -> SearchError:
        """Return the error for the next token, or for the character at an index."""
        place = self.next.start if start is None else start
        return SearchError(
            f"The search is invalid: {what}{'' if what.endswith('?') else '.'}\n  {self.text}\n  "
            f"{' ' * place}^",
            hint='Example: metrics.r2 > 0.8 and status = "finished"',
        )

    @property
    def next(self) -> Token:
        """The next token, of the kind ``end`` after the last one."""
        return self._tokens[self._position]

    @property
    def previous(self) -> Token:
        """The token that was taken last."""
        return self._tokens[self._position - 1]

    @property
    def word(self) -> str:
        """The next token if it is a word or sign, in lower case; else an empty text."""
        return self._tokens[self._position].word

    def take(self, *wanted: str) -> bool:
        """Skip the next token if it is one of some words or signs; return whether it is."""
        is_wanted = self._tokens[self._position].word in wanted
        if is_wanted:
            self._position += 1
        return is_wanted

    def advance(self) -> None:
        """Skip the next token."""
        self._position += 1

    def expect(self, sign: str) -> None:
        """Skip a sign, which must be there.

        Raises:
            SearchError: It is not.
        """
        if not self.take(sign):
            raise self.error(f'"{sign}" is missing')

    def end(self, what: str) -> None:
        """Check that there are no more tokens.

        Raises:
            SearchError: There are; ``what`` describes what is wrong.
        """
        if self.next.kind != "end":
            raise self.error(what)

    def is_followed_by(self, sign: str) -> bool:
        """Return whether the token after the next one, which is not the end, is a sign."""
        return self._tokens[self._position + 1].word == sign
