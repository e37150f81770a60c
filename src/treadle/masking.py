"""Masking of secrets in logs, errors and the store.

A secret is recognised by its value (from ``credentials``, the user part of an address, or an
environment variable with a secret's name), by its name (``password``, ``api_key`` …), or by its
shape (the password in a URL, tokens of known services, private keys).
"""

import functools
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

MASK: Final = "***"

_Value = TypeVar("_Value")

_NAMES: Final = re.compile(
    r"(?:^|[_\-.])(?:password|passwd|pwd|passphrase|secret|secrets|token|api[_\-]?key|"
    r"access[_\-]?key|account[_\-]?key|private[_\-]?key|credential|credentials|sas[_\-]?token|"
    r"connection[_\-]?string|con[_\-]?str)(?:$|[_\-.])",
    re.IGNORECASE,
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PEM: Final = r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
_PEM_END: Final = r"-----END [A-Z ]*PRIVATE KEY-----"
_WORDS: Final = (
    r"(?:password|passwd|passphrase|pwd|secret|token|api[_\-]?key|access[_\-]?key|"
    r"account[_\-]?key|private[_\-]?key)"
)
_IS: Final = r"['\"]?\s*[=:]\s*"
_HINTS: Final = ("passw", "passphrase", "pwd", "secret", "token", "key")


class _Shape:
    """The shape of one kind of secret.

    Its expression is compiled when a text contains one of the hints: compiling all of them would
    take as long as the start of a command.
    """

    __slots__ = ("_masked", "_pattern", "_source")

    def __init__(self, kept: str, pattern: str, flags: int) -> None:
        self._masked = kept if MASK in kept else f"{kept}{MASK}"
        self._source = pattern, flags
        self._pattern: re.Pattern[str] | None = None

    def replace(self, text: str) -> str:
        """Mask what has this shape in a text."""
        if self._pattern is None:
            self._pattern = re.compile(*self._source)
        return self._pattern.sub(self._masked, text)

    def loosened(self) -> "_Shape":
        """Return the shape for binary files.

        There, the length of a text may precede it, as a byte that looks like a letter, and the next
        value follows at once.
        """
        pattern, flags = self._source
        begin, end = r"(?<![A-Za-z0-9_]{2})", r"(?![A-Za-z0-9_]{2})"
        if pattern.startswith(r"\b"):
            pattern = begin + pattern.removeprefix(r"\b")
        if pattern.endswith(r"\b"):
            pattern = pattern.removesuffix(r"\b") + end
        return _Shape(self._masked, pattern, flags)


# A character that all hints contain, the hints, and the shape.
_Shapes = tuple[tuple[str, tuple[str, ...], _Shape], ...]


def _shapes(*rows: tuple[tuple[str, ...], str, str, int]) -> _Shapes:
    return tuple(
        (_common(hints), hints, _Shape(kept, pattern, flags))
        for hints, kept, pattern, flags in rows
    )


def _common(hints: tuple[str, ...]) -> str:
    return next((one for one in "_-=:." if all(one in hint for hint in hints)), "")


_ANY: Final = re.IGNORECASE
# Each shape with hints that the text in lower case must contain: searching for these is twenty
# times as fast. Long shapes come first, so that no part of them is mistaken for a short one.
_TOKENS: Final = _shapes(
    (("private key-----",), "", rf"{_PEM}.*?(?:{_PEM_END}|\Z)", re.DOTALL),
    (("eyj",), "", r"\beyJ[\w\-]{10,}\.[\w\-]{10,}\.[\w\-]{5,}", _ANY),  # JSON web token
    (("github_pat_",), "", r"\bgithub_pat_\w{30,}", _ANY),
    (("sk-",), "", r"\bsk-[A-Za-z0-9_\-]{20,}", _ANY),
    (("sk_", "rk_"), "", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}", _ANY),  # Stripe
    (("glpat-",), "", r"\bglpat-[\w\-]{20,}", _ANY),
    (("pypi-",), "", r"\bpypi-[\w\-]{40,}", _ANY),
    (("xox",), "", r"\bxox[abeprs]-[A-Za-z0-9\-]{10,}", _ANY),  # Slack
    (("hooks.slack.com/",), r"\g<a>", r"(?P<a>hooks\.slack\.com/services/)[\w/]{20,}", 0),
    (("ghp_", "gho_", "ghu_", "ghr_", "ghs_"), "", r"\bgh[pousr]_[A-Za-z0-9]{30,}", _ANY),
    (("hf_",), "", r"\bhf_[A-Za-z0-9]{30,}", _ANY),
    (("aiza",), "", r"\bAIza[0-9A-Za-z_\-]{35}", 0),  # Google
    (("akia", "asia"), "", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", _ANY),  # AWS
    # The user part of an address: up to the last @ before its path. SQLAlchemy accepts a password
    # with a slash in it, which others would not. A name alone may be a token.
    (("://",), "://", r"://[^/\s:@'\"]*:[^\s/'\"]+(?=@)", 0),
    (("://",), "://", r"(?<!http)(?<!https)://[^/\s:@'\"]+:(?!\d+/)[^\s@'\"]+(?=@)", 0),
    (("://",), "://", r"://(?=[^/\s:@'\"]*\d)[^/\s:@'\"]{20,}(?=@)", 0),
)
_NAMED: Final = (
    rf"(?P<a>(?<![\w\-])--[\w\-]*{_WORDS}[ \t]+(?=[^\s\-])|{_WORDS}{_IS})"
    r"(?:'[^']*'|\"[^\"]*\"|[^\s,;&'\"]+)"
)
_SHAPES: Final = _TOKENS + _shapes(
    (
        ("x-amz-signature=", "x-amz-credential=", "x-amz-security-token=", "sig=", "signature="),
        r"\g<a>",
        r"(?P<a>[?&](?:sig|signature|x-amz-(?:signature|credential|security-token))=)[^&\s'\"]+",
        _ANY,
    ),
    (
        ("authorization",),
        r"\g<a>",
        rf"(?P<a>\bauthorization{_IS}['\"]?(?:(?:basic|bearer|token)\s+)?)[\w+/=.~\-]{{12,}}",
        _ANY,
    ),
    (("bearer ",), r"\g<a>", r"(?P<a>\bbearer\s+)(?=\S*\d)[\w+/=.~\-]{12,}", _ANY),
    (_HINTS, r"\g<a>", _NAMED, _ANY),
)
# In a file of code, a name alone is not enough (``token = tokens[0]``): its value must be a
# string literal, or a bare value of YAML, and look like one that cannot be guessed.
_LITERAL: Final = (
    rf"(?P<a>{_WORDS}['\"]?\s*(?::\s*\w+\s*)?[=:]\s*(?P<quote>['\"]))"
    r"(?=[^'\"]*\d)(?=[^'\"]*[A-Za-z])[^'\"\s{}<>%$*]{8,}(?P<end>(?P=quote))"
)
_BARE: Final = (
    rf"(?P<a>^[ \t]*[\w\-]*{_WORDS}:[ \t]+)"
    r"(?=\S*\d)(?=\S*[A-Za-z])[^'\"\s{}<>%$*()\[\],]{8,}(?P<end>[ \t]*(?:#.*)?$)"
)
_IN_FILES: Final = (
    *_TOKENS,
    *_shapes(
        (_HINTS, rf"\g<a>{MASK}\g<end>", _LITERAL, _ANY),
        (_HINTS, rf"\g<a>{MASK}\g<end>", _BARE, _ANY | re.MULTILINE),
    ),
)
_SHORTEST: Final = 6
_SHORTEST_OF_ENVIRONMENT: Final = 8
_SHORTEST_NUMBER: Final = 8
_LONG_LINE: Final = 16
_OPEN: Final = frozenset(
    [
        "user",
        "username",
        "login",
        "host",
        "hostname",
        "port",
        "database",
        "db",
        "schema",
        "region",
        "region_name",
        "account_name",
        "endpoint",
        "endpoint_url",
        "project",
        "bucket",
        "role",
        "anon",
        "drivername",
        "dialect",
    ]
)

_ADDRESS: Final = re.compile(
    r"(?<![\w+.\-])(?P<scheme>[A-Za-z][\w+.\-]*)://(?:(?P<user>[^\s/]*)@)?"
)
_SETTING: Final = re.compile(r"(?<![\w\-])(?P<name>[\w\-]+)=(?P<value>[^&;\s'\"]+)")
_SEALED: Final = re.compile(r" \(secret [0-9a-f]{16}\)")

# Secrets from credentials, for the lifetime of the process: a secret is still one when a session
# has ended, and the text of an error may outlive it. Longest first, so that no part hides a longer
# one; a tuple, because other threads read it meanwhile.
_known: tuple[str, ...] = ()


def _remember(*secrets: str) -> None:
    global _known  # noqa: PLW0603 - replaced as a whole, see above
    found = set(_known)
    for secret in secrets:
        # As other libraries write it: quoted for an address, for Python or for JSON.
        forms = (secret, quote(secret, safe=""), unquote(secret), repr(secret)[1:-1])
        found.update(form for form in (*forms, *_long_lines(secret)) if len(form) >= _SHORTEST)
    if len(found) > len(_known):
        _known = tuple(sorted(found, key=lambda one: (-len(one), one)))


def _long_lines(secret: str) -> list[str]:
    """Return the lines that identify a multi-line key in text that is printed line by line."""
    if "\n" not in secret:
        return []
    lines = (line.strip() for line in secret.splitlines())
    return [line for line in lines if len(line) >= _LONG_LINE and "-----" not in line]


def remember_secrets(tree: object, key: str = "") -> None:
    """Treat every string in a tree of credentials as a secret, except locations and user names.

    Of a database's address, only the secrets in it are: ``sqlite:///data/x.db`` has none.
    """
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            remember_secrets(value, str(name))
    elif isinstance(tree, list | tuple):
        for value in tree:
            remember_secrets(value, key)
    elif key.lower() in _OPEN:
        return
    elif isinstance(tree, str):
        remember_addresses(tree)
        if not _is_address(tree):
            _remember(tree)
    elif isinstance(tree, int | float) and len(str(tree)) >= _SHORTEST_NUMBER:
        _remember(str(tree))


def remember_named_secrets(tree: object) -> None:
    """Treat the strings of a tree as secrets that have a secret's name or are in an address."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            if is_secret_name(str(name)):
                remember_secrets(value)
            else:
                remember_named_secrets(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            remember_named_secrets(value)
    elif isinstance(tree, str):
        remember_addresses(tree)


def remember_addresses(text: str) -> None:
    """Treat the secrets in the addresses of a text as secrets wherever they appear again.

    A library that fails on an address may show a part of it, without the shape of an address.
    """
    if "://" not in text:
        if ";" in text:  # a connection string of ODBC or Azure
            _remember(*_secret_settings(text))
        return
    _remember(*_secret_settings(text))
    for found in _ADDRESS.finditer(text):
        user = found["user"] or ""
        _, separator, password = user.partition(":")
        if separator and password:
            _remember(user, password)


def _secret_settings(text: str) -> list[str]:
    return [one["value"] for one in _SETTING.finditer(text) if is_secret_name(one["name"])]


def remember_environment() -> None:
    """Treat the values of environment variables with a secret's name as secrets.

    A path is not one: several of those variables name the file that has the secret.
    """
    named = (value for name, value in os.environ.items() if is_secret_name(name))
    secrets = [one for one in named if len(one) >= _SHORTEST_OF_ENVIRONMENT and not one.isalpha()]
    _remember(*(one for one in secrets if not _is_path(one)))
    for value in os.environ.values():
        remember_addresses(value)


def _is_path(text: str) -> bool:
    try:
        return os.sep in text and Path(text).exists()
    except (OSError, ValueError):
        return False


def is_secret_name(name: str) -> bool:
    """Return whether a name indicates that its value is a secret.

    Examples:
        >>> is_secret_name("clientSecret"), is_secret_name("max_tokens")
        (True, False)
    """
    return _NAMES.search(_HUMP.sub("_", name)) is not None


def _is_address(text: str) -> bool:
    """Return whether the secrets of a text have the shape of those in a database's address.

    Those of a webhook are in its path, and have no such shape.
    """
    found = _ADDRESS.match(text)
    is_web = found is not None and found["scheme"].lower() in ("http", "https")
    return found is not None and not is_web and "\n" not in text


def mask(value: _Value, key: str = "") -> _Value:
    """Mask the secrets in a string; other values are returned unchanged.

    A value of any type is masked if its name is a secret's; of an address, only its secrets are.

    Examples:
        >>> mask("postgresql://ada:lovelace@db/runs")
        'postgresql://***@db/runs'
    """
    is_open = value is None or (isinstance(value, str) and _is_address(value))
    if key and not is_open and is_secret_name(key):
        return MASK  # type: ignore[return-value]
    if not isinstance(value, str):
        return value
    return _replace(value, _SHAPES)  # type: ignore[return-value]


def _replace(text: str, shapes: _Shapes) -> str:
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    lower = text.lower()
    for common, hints, shape in shapes:
        if common in lower:
            for hint in hints:
                if hint in lower:
                    text = shape.replace(text)
                    break
    return text


def mask_arguments(arguments: Iterable[str]) -> list[str]:
    """Mask the secrets in the arguments of a command line, also those after ``--api-key``.

    Examples:
        >>> mask_arguments(["--api-key", "abc", "--token=def", "--depth", "3"])
        ['--api-key', '***', '--token=***', '--depth', '3']
    """
    found = []
    before = ""
    for one in arguments:
        is_value = before.startswith("--") and not one.startswith("-") and "=" not in before
        found.append(mask(one, before.removeprefix("--")) if is_value else mask(one))
        before = one
    return found


def mask_content(content: bytes) -> bytes:
    """Mask the secrets in a file: known values, and what has the shape of a secret.

    In code a name is not enough: its value must be a string that looks like it cannot be guessed.

    Examples:
        >>> remember_secrets({"token": "correct-horse"})
        >>> mask_content(b"TOKEN = 'correct-horse'; password = ask(); API_KEY = 'k3y-of-mine'")
        b"TOKEN = '***'; password = ask(); API_KEY = '***'"
    """
    for secret in _known:
        content = content.replace(secret.encode(errors="surrogatepass"), MASK.encode())
    # Latin 1 has a character for every byte, so that any file is restored exactly.
    return _replace(content.decode("latin-1"), _IN_FILES).encode("latin-1")


def has_clear_secret(content: bytes) -> bool:
    r"""Return whether a binary file contains a secret in clear.

    Examples:
        >>> has_clear_secret(b"\x00\x00OAKIAIOSFODNN7EXAMPLEk"), has_clear_secret(b"\x00key")
        (True, False)
    """
    if any(secret.encode(errors="surrogatepass") in content for secret in _known):
        return True
    text = content.decode("latin-1")
    return _replace(text, _in_binary_files()) != text


@functools.cache
def _in_binary_files() -> _Shapes:
    """Return the shapes of secrets in binary files, created once: each compiles its expression."""
    return tuple((common, hints, shape.loosened()) for common, hints, shape in _IN_FILES)


def mask_tree(tree: Any, key: str = "") -> Any:
    """Mask the secrets in a tree of mappings and lists, by name, value and shape."""
    return _walk(tree, key, mask)


def seal(tree: Any, key: str = "") -> Any:
    """Replace the secrets in a tree by digests: they can be compared, but not read.

    Examples:
        >>> seal({"depth": 3, "password": "hunter2"})
        {'depth': 3, 'password': '*** (secret 65b15482f01114ec)'}
    """
    return _walk(tree, key, _seal)


def _seal(value: Any, key: str) -> Any:
    import json

    from blake3 import blake3

    masked = mask(value, key)
    if masked is value or masked == value:
        return value
    content = json.dumps(value, sort_keys=True, default=str).encode()
    return f"{masked} (secret {blake3(content).hexdigest()[:16]})"


def open_text(sealed: str) -> str:
    """Return the part of a text sealed by `seal` that may be shown."""
    return _SEALED.sub("", sealed)


def _walk(tree: Any, key: str, leaf: Callable[[Any, str], Any]) -> Any:
    if key and is_secret_name(key):
        return leaf(tree, key)
    if isinstance(tree, Mapping):
        # Masked trees are recorded as JSON, whose keys are strings.
        names = {name: str(name).lower() if isinstance(name, bool) else str(name) for name in tree}
        return {names[name]: _walk(value, str(name), leaf) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_walk(value, key, leaf) for value in tree]
    return leaf(tree, key)


class LineMask:
    """A mask for text that arrives line by line: a private key has several lines."""

    def __init__(self) -> None:
        self._is_inside = False

    def mask(self, line: str) -> str:
        """Return the line without its secrets."""
        was_inside = self._is_inside
        if was_inside or "PRIVATE KEY-----" in line:
            ends = re.search(_PEM_END, line) is not None
            self._is_inside = not ends and (was_inside or re.search(_PEM, line) is not None)
        return MASK if was_inside else mask(line)
