"""Serializes parameters as readable text that differs whenever values or types differ.

The text is JSON. A value that JSON cannot express is an object with one key, which names the
type: ``{"!date": "2024-01-31"}``.
"""

import dataclasses
import datetime as dt
import decimal
import enum
import math
import pathlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from treadle.engine.fingerprint import IndigestibleError, digest_value
from treadle.masking import mask, open_text, seal

_TAG: Final = "!"
_LARGEST: Final = 1 << 63  # the largest integer that every JSON reader accepts
_SHOWN: Final = (dt.date, dt.time, dt.timedelta, decimal.Decimal, pathlib.PurePath, uuid.UUID)


def write_parameter(name: str, value: object) -> str:
    """Serialize the value of a parameter; of a secret, only its digest.

    Args:
        name: The name in nodes: ``params:model.depth``. It may mark the value as a secret.
        value: The value.

    Examples:
        >>> write_parameter("params:start", {"on": dt.date(2024, 1, 31), 1: 0.5})
        '{"!dict":[["on",{"!date":"2024-01-31"}],[1,0.5]]}'
    """
    return msgspec.json.encode(seal(_plain(value), name.removeprefix("params:"))).decode()


def show_parameter(text: str) -> str:
    """Return a serialized parameter for display: without type marks where the type is clear."""
    try:
        value = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return open_text(text)
    if isinstance(value, dict) and _is_tagged(value):
        ((tag, inner),) = value.items()
        shown = inner if isinstance(inner, str) else msgspec.json.encode(inner).decode()
        return open_text(f"{shown} ({tag.removeprefix(_TAG)})")
    return open_text(text)


def flatten_parameters(params: Mapping[str, str]) -> dict[str, str]:
    """Flatten trees of serialized parameters, so that the differing value can be named."""
    found: dict[str, str] = {}

    def add(name: str, text: str) -> None:
        try:
            inner = (
                msgspec.json.decode(text, type=dict[str, msgspec.Raw])
                if text.startswith("{")
                else {}
            )
        except msgspec.MsgspecError:
            inner = {}
        if not inner or _is_tagged(inner):
            found[name] = text
            return
        for marked, value in inner.items():
            key = marked.removeprefix(_TAG)
            add(f"{name}.{key}" if name else key, bytes(value).decode())

    for name, text in params.items():
        add("" if name == "parameters" else name.removeprefix("params:"), text)
    return found


def _is_tagged(value: Mapping[str, object]) -> bool:
    key = next(iter(value), "")
    return len(value) == 1 and key.startswith(_TAG) and not key.startswith(_TAG * 2)


def _plain(value: Any) -> Any:
    """Return a value as JSON types."""
    kind = type(value)
    if value is None or kind in (bool, str) or (kind is int and -_LARGEST <= value < _LARGEST):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"!float": repr(value)}
    if kind is list:
        return [_plain(one) for one in value]
    if kind is dict:
        return _plain_dict(value)
    return _plain_object(value)


def _plain_object(value: Any) -> Any:
    """Return a value outside JSON's types as JSON types."""
    kind = type(value)
    if kind is tuple:
        return {"!tuple": [_plain(one) for one in value]}
    if kind in (set, frozenset):
        return {
            f"!{kind.__name__}": sorted((_plain(one) for one in value), key=msgspec.json.encode)
        }
    if isinstance(value, enum.Enum):
        return {f"!{kind.__qualname__}": value.name}
    if isinstance(value, _SHOWN):
        return {f"!{kind.__name__}": _shown(value)}
    if isinstance(value, msgspec.Struct):
        return {field: _plain(getattr(value, field)) for field in kind.__struct_fields__}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name, None))
            for field in dataclasses.fields(value)
        }
    return {f"!{kind.__qualname__}": _digest(value)}


def _plain_dict(value: dict[Any, Any]) -> Any:
    if not all(type(key) is str for key in value):
        # The name of a value does not precede it here, so secrets in it are replaced at once.
        return {"!dict": [[_plain(key), seal(_plain(one), str(key))] for key, one in value.items()]}
    # A key that looks like a type mark gets one more sign.
    return {
        f"{_TAG}{key}" if key.startswith(_TAG) else key: _plain(one) for key, one in value.items()
    }


def _shown(value: Any) -> str:
    zone = getattr(value, "tzinfo", None)
    return (
        f"{value} {zone!r}" + (" fold" if getattr(value, "fold", 0) else "")
        if zone is not None
        else str(value)
    )


def _digest(value: object) -> str:
    try:
        return digest_value(value)
    except IndigestibleError:
        return mask(repr(value))
