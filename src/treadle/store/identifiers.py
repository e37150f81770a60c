"""Identifiers: those that writers create, which sort by time, and keys of a database."""

import secrets
import time
from typing import Final

_MAX_DIGITS: Final = 18  # which every 64-bit integer can have


def new_id() -> str:
    """Return a new identifier: a UUIDv7 (RFC 9562) as 32 hex digits, which sorts by time."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    high = (milliseconds << 16) | 0x7000 | (random >> 62)
    low = (0b10 << 62) | (random & ((1 << 62) - 1))
    return f"{high:016x}{low:016x}"


def read_key(identifier: str) -> int | None:
    """Return the key in the database for the id of an experiment or token; None if invalid."""
    is_key = identifier.isascii() and identifier.isdigit() and len(identifier) <= _MAX_DIGITS
    return int(identifier) if is_key else None
