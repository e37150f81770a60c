"""Parsing of addresses, also of invalid ones, and their normal form."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from treadle.errors import StoreError
from treadle.masking import mask

_PORTS: Final = {"http": 80, "https": 443}
_LOCATION: Final = re.compile(r"(?s)(?:([A-Za-z][\w+.-]*):)?//([^/?#]*)([^?#]*).*", re.ASCII)


def split_address(address: str) -> SplitResult:
    """Split an address for a connection into parts: its host and port are valid.

    Raises:
        StoreError: They are not.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port  # is parsed only now
    except ValueError as error:
        raise StoreError(
            f"The address {mask(address)} is invalid: {error}.",
            hint="Such as https://runs.example.org:5000, or http://[::1]:5000.",
        ) from error
    return parts


def split_location(location: str) -> SplitResult:
    """Split a location that is not connected to into parts: its host may be anything.

    Examples:
        >>> split_location("s3://[models/1/a").scheme, split_location("C:/mlruns/1").scheme
        ('s3', 'c')
    """
    try:
        return urlsplit(location)
    except ValueError:  # only from hosts, such as brackets around what is not an IP address
        found = _LOCATION.fullmatch(location)
        scheme, host, path = found.groups("") if found else ("", "", location)
        return SplitResult(scheme.lower(), host, path, "", "")


def name_host(parts: SplitResult) -> str:
    """Return the host of an address in normal form, without the default port.

    Examples:
        >>> name_host(split_address("http://ada@Runs.example.org:80/"))
        'runs.example.org'
        >>> name_host(split_address("https://[::1]:80/"))
        '[::1]:80'
    """
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, _PORTS.get(parts.scheme)) else f"{host}:{parts.port}"
