"""Keeps secrets out of logs, errors and the store.

A secret is known by its value (everything in ``credentials``), by the name that it stands under
(``password``, ``api_key`` …), or by its shape (the password in a URL, tokens of known services).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

__all__ = ["MASK", "is_secret_name", "mask", "mask_content", "mask_tree", "remember_named_secrets", "remember_secrets"]

MASK: Final = "***"

_Value = TypeVar("_Value")

_NAMES: Final = re.compile(
    r"(?:^|[_\-.])(?:password|passwd|pwd|passphrase|secret|secrets|token|api[_\-]?key|access[_\-]?key|private[_\-]?key|"
    r"credential|credentials|sas[_\-]?token|connection[_\-]?string|con[_\-]?str)(?:$|[_\-.])",
    re.IGNORECASE,
)
# Each shape with what a text in lower case has to have in it: to look for that is twenty times as fast. What is long
# comes first, so that nothing in it is taken for something short, and the rest of it is left.
_SHAPES: Final = tuple(
    (hints, re.compile(pattern, flags), f"{kept}{MASK}")
    for hints, kept, pattern, flags in (
        (("eyj",), "", r"\beyJ[\w\-]{10,}\.[\w\-]{10,}\.[\w\-]{5,}", re.IGNORECASE),  # JSON web token
        (("github_pat_",), "", r"\bgithub_pat_\w{30,}", re.IGNORECASE),
        (("sk-",), "", r"\bsk-[A-Za-z0-9_\-]{20,}", re.IGNORECASE),
        (("glpat-",), "", r"\bglpat-[\w\-]{20,}", re.IGNORECASE),
        (("xox",), "", r"\bxox[abprs]-[A-Za-z0-9\-]{10,}", re.IGNORECASE),  # Slack
        (("ghp_", "gho_", "ghu_", "ghr_", "ghs_"), "", r"\bgh[pousr]_[A-Za-z0-9]{30,}", re.IGNORECASE),
        (("hf_",), "", r"\bhf_[A-Za-z0-9]{30,}", re.IGNORECASE),
        (("akia", "asia"), "", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", re.IGNORECASE),  # AWS
        (("://",), "://", r"://[^/\s:@]*:[^/\s@]+(?=@)", 0),
        (
            ("password", "passwd", "secret", "token", "apikey", "api_key", "api-key"),
            r"\g<set>",
            r"(?P<set>(?:password|passwd|secret|token|api[_\-]?key)\s*[=:]\s*)(?:[^\s,;&'\"]+|'[^']*'|\"[^\"]*\")",
            re.IGNORECASE,
        ),
    )
)
_SHORTEST: Final = 6
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

# What credentials hold, for as long as the process lives: a secret does not stop being one when a
# session ends, and the text of an error may outlive it.
_known: set[str] = set()


def remember_secrets(tree: object, key: str = "") -> None:
    """Take every text in a tree of credentials for a secret, less those that say where or who."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            remember_secrets(value, str(name))
    elif isinstance(tree, list | tuple):
        for value in tree:
            remember_secrets(value, key)
    elif isinstance(tree, str) and len(tree) >= _SHORTEST and key.lower() not in _OPEN:
        _known.add(tree)


def remember_named_secrets(tree: object) -> None:
    """Take the texts for secrets that stand under a secret's name, anywhere in a tree."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            if is_secret_name(str(name)):
                remember_secrets(value)
            else:
                remember_named_secrets(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            remember_named_secrets(value)


def is_secret_name(name: str) -> bool:
    """Tell whether what stands under a name is a secret.

    Examples:
        >>> is_secret_name("db.password"), is_secret_name("max_tokens")
        (True, False)
    """
    return _NAMES.search(name) is not None


def mask(value: _Value, key: str = "") -> _Value:
    """Replace the secrets in a text; other values come back as they are, unless their name is a secret's.

    Examples:
        >>> mask("postgresql://ada:lovelace@db/runs")
        'postgresql://***@db/runs'
    """
    if key and value is not None and is_secret_name(key):
        return MASK  # type: ignore[return-value]
    if not isinstance(value, str):
        return value
    text: str = value
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    lower = text.lower()
    for hints, shape, masked in _SHAPES:
        for hint in hints:
            if hint in lower:
                text = shape.sub(masked, text)
                break
    return text  # type: ignore[return-value]


def mask_content(content: bytes) -> bytes:
    """Replace the known secrets in a file; what only looks like one stays, for in code that is rarely one.

    Examples:
        >>> remember_secrets({"token": "correct-horse"})
        >>> mask_content(b"TOKEN = 'correct-horse'; password = ask()")
        b"TOKEN = '***'; password = ask()"
    """
    for secret in _known:
        content = content.replace(secret.encode(), MASK.encode())
    return content


def mask_tree(tree: Any, key: str = "") -> Any:
    """Replace the secrets in a tree of mappings and lists, by name, value and shape."""
    if isinstance(tree, Mapping) and not (key and is_secret_name(key)):
        # What is masked goes into records, which are JSON: its keys are texts.
        return {
            str(name).lower() if isinstance(name, bool) else str(name): mask_tree(value, str(name))
            for name, value in tree.items()
        }
    if isinstance(tree, list | tuple) and not (key and is_secret_name(key)):
        return [mask_tree(value, key) for value in tree]
    return mask(tree, key)
