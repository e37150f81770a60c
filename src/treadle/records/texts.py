"""Cleaning of texts with bytes that are not UTF-8, as in arguments and file names."""

from typing import Any

import msgspec


def clean_text(text: str) -> str:
    r"""Return a text that UTF-8 can encode, with other bytes escaped like ``\xe9``.

    Examples:
        >>> clean_text("caf\udce9.csv")
        'caf\\xe9.csv'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(map(_escape, text))
    return text


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - how `surrogateescape` represents a byte
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if 0xD800 <= code <= 0xDFFF else character  # noqa: PLR2004


def clean_texts(value: Any) -> Any:
    """Return records and containers as plain values, with every text cleaned."""
    return _clean(msgspec.to_builtins(value, builtin_types=(bytes,), enc_hook=str))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple | set) else value


def encode_json(value: object) -> bytes:
    """Encode a document as JSON; values without a JSON type become their text."""
    try:
        return msgspec.json.encode(value, enc_hook=str)
    except UnicodeEncodeError:
        return msgspec.json.encode(clean_texts(value))
