"""Identifiers that writers create themselves and that sort by time."""

import secrets
import time


def new_id() -> str:
    """Return a new identifier: a UUIDv7 (RFC 9562) as 32 hex digits, which sorts by time."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    high = (milliseconds << 16) | 0x7000 | (random >> 62)
    low = (0b10 << 62) | (random & ((1 << 62) - 1))
    return f"{high:016x}{low:016x}"
