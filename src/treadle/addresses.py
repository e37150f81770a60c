"""Reads addresses, also those that are invalid, and writes each in its one form."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from treadle.errors import StoreError
from treadle.masking import mask

__all__ = ["name_host", "split_address", "split_location"]

_PORTS: Final = {"http": 80, "https": 443}
_LOCATION: Final = re.compile(r"(?s)(?:([A-Za-z][\w+.-]*):)?//([^/?#]*)([^?#]*).*", re.ASCII)


def split_address(address: str) -> SplitResult:
    """Return the parts of an address that somebody connects to: its host and port can be read.

    Raises:
        StoreError: They cannot.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port  # is read only now
    except ValueError as error:
        raise StoreError(
            f"The address {mask(address)} is invalid: {error}.",
            hint="Such as https://runs.example.org:5000, or http://[::1]:5000.",
        ) from error
    return parts


def split_location(location: str) -> SplitResult:
    """Return the parts of a location that nobody connects to: its host may be anything.

    Examples:
        >>> split_location("s3://[models/1/a").scheme, split_location("C:/mlruns/1").scheme
        ('s3', 'c')
    """
    try:
        return urlsplit(location)
    except ValueError:  # of hosts only, such as brackets around what is not a number
        found = _LOCATION.fullmatch(location)
        scheme, host, path = found.groups("") if found else ("", "", location)
        return SplitResult(scheme.lower(), host, path, "", "")


def name_host(parts: SplitResult) -> str:
    """Return the host of an address in its one form, without a port that goes without saying.

    Examples:
        >>> name_host(split_address("http://ada@Runs.example.org:80/"))
        'runs.example.org'
        >>> name_host(split_address("https://[::1]:80/"))
        '[::1]:80'
    """
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, _PORTS.get(parts.scheme)) else f"{host}:{parts.port}"
