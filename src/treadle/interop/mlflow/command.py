"""Converts the command of an entry point to a list of arguments, to be run without a shell.

A parameter is part of one argument, and is never parsed again. Where a command needs a shell and
the user agrees, parameters are passed to it as variables, so that none of them can become a part of
the command.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

import msgspec

from treadle.errors import ParameterError, ProjectError, nearest

_OPERATORS: Final = frozenset(";&|<>()\n")
_EXPANDED: Final = re.compile(r"[$`*?~]")
# Quoted text, which stays as it is, or a backslash that continues the line.
_CONTINUED: Final = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\\r?\n""", re.DOTALL)
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_BUILTINS: Final = frozenset(
    {"cd", "export", "source", ".", "set", "exec", "eval", "if", "for", "while", "time", "!"}
)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command to start."""

    arguments: list[str]
    variables: dict[str, str] = {}
    """Environment variables, from which a shell reads the parameters."""


def make_command(template: str, values: Mapping[str, str], *, shell: bool = False) -> Command:
    """Substitute the values of parameters into a command.

    Args:
        template: The command, with ``{name}`` in place of a parameter.
        values: The parameters. Those that the command does not name are appended as
            ``--name value``.
        shell: Whether a shell may run it, if it needs one.

    Raises:
        ProjectError: It needs a shell, or cannot be parsed.
        ParameterError: It names an unknown parameter.

    Examples:
        >>> make_command("python train.py --a {alpha}", {"alpha": "1; rm x", "b": "2"}).arguments
        ['python', 'train.py', '--a', '1; rm x', '--b', '2']
    """
    template = _joined(template)
    pieces = list(_pieces(template, values))
    named = {name for _, name in pieces if name}
    more = [(name, value) for name, value in values.items() if name not in named]
    why = _need_of_shell(template, pieces)
    if why and not shell:
        raise ProjectError(
            f"The command needs a shell, because it has {why}: {template.strip()}",
            hint="If you trust the project, let it have one: --shell",
        )
    if why:
        return _for_shell(pieces, values, more)
    arguments = _without_shell(pieces, values)
    return Command(
        arguments=[*arguments, *(part for name, value in more for part in (f"--{name}", value))]
    )


def _joined(template: str) -> str:
    """Return a command with lines that end in a backslash joined, as a shell reads them."""
    return _CONTINUED.sub(lambda match: match[0] if match[0][0] in "'\"" else "", template)


def _pieces(template: str, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Split a template into pairs of literal text and the name of the parameter after it."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise ProjectError(f"The command cannot be read ({error}): {template.strip()}") from error
    for literal, name, form, conversion in parsed:
        if name is not None and (form or conversion or name not in values):
            raise ParameterError(
                f'The command names a parameter "{name}" that is not there.',
                hint=nearest(name, values),
            )
        yield literal, name or ""


def _need_of_shell(template: str, pieces: list[tuple[str, str]]) -> str:
    """Return the first shell syntax of a command, which needs a shell; empty if there is none."""
    text = "".join(literal + ("x" if name else "") for literal, name in pieces)
    try:
        tokens = list(shlex.shlex(text.strip(), posix=False, punctuation_chars=";&|<>()"))
        first = shlex.split(text)[:1]
    except ValueError as error:
        raise ProjectError(f"The command cannot be parsed ({error}): {template.strip()}") from error
    if "\n" in text.strip():
        return "several lines"
    if first and (first[0] in _BUILTINS or _ASSIGNMENT.match(first[0])):
        return f'"{first[0]}"'
    for token in tokens:
        if token[0] in _OPERATORS:
            return f'"{token}"'
    bare = re.sub(r"'[^']*'", "", text)
    match = _EXPANDED.search(bare if re.search(r"[$`]", bare) else re.sub(r'"[^"]*"', "", bare))
    return f'"{match[0]}"' if match else ""


def _without_shell(pieces: list[tuple[str, str]], values: Mapping[str, str]) -> list[str]:
    """Split first, then substitute: characters of a value split nothing."""
    marks = {name: f"\0{number}\0" for number, name in enumerate(values)}
    words = shlex.split("".join(literal + marks.get(name, "") for literal, name in pieces))
    return [_fill(word, {mark: values[name] for name, mark in marks.items()}) for word in words]


def _fill(word: str, values: Mapping[str, str]) -> str:
    """Replace all marks with their values at once: a mark in a value is not replaced again."""
    return re.sub("\0\\d+\0", lambda match: values[match[0]], word)


def _for_shell(
    pieces: list[tuple[str, str]], values: Mapping[str, str], more: list[tuple[str, str]]
) -> Command:
    """Replace parameters with variables, each quoted as its position requires."""
    variables = {name: f"TREADLE_PARAMETER_{number}" for number, name in enumerate(values)}
    text = ""
    quote = ""
    for literal, name in pieces:
        text += literal
        quote = _quote_after(literal, quote)
        if name:
            variable = f"${{{variables[name]}}}"
            text += {"": f'"{variable}"', '"': variable, "'": f"'\"{variable}\"'"}[quote]
    text += "".join(f' {shlex.quote(f"--{name}")} "${{{variables[name]}}}"' for name, _ in more)
    return Command(
        arguments=["bash", "-c", text],
        variables={variables[name]: value for name, value in values.items()},
    )


def _quote_after(text: str, quote: str) -> str:
    """Return the quote that is open at the end of a text, given the one open at its start."""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character == quote:
            quote = ""
        elif character in "'\"" and not quote:
            quote = character
    return quote
