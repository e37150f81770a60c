"""How people sign in by OpenID Connect: a file of TOML, which ``treadle server --oidc`` takes."""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from treadle.errors import ConfigError
from treadle.records import Role
from treadle.server.forwarded import is_prefix
from treadle.server.guard import is_loopback

__all__ = ["SECRET", "SignInSettings", "read_settings"]

SECRET: Final = "TREADLE_OIDC_SECRET"  # noqa: S105 - the name of a variable
"""The environment variable that has the client's secret."""


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the identity provider and this server know of each other."""

    issuer: str
    """The provider's address, exactly as it calls itself."""
    client: str
    """What the provider calls this server."""
    url: str
    """Where browsers find this server, with its path behind a proxy; the provider sends them back
    to ``/sign-in/done`` there."""
    secret: str = ""
    """The client's secret; public clients have none."""
    audiences: tuple[str, ...] = ()
    """Other audiences than the client whose tokens are taken, such as that of CI jobs."""
    name: str = "email"
    """The claim that becomes the name of an account. An email address counts if the provider says that it is verified."""
    role: Role = "none"
    """Of somebody who comes for the first time, and is in none of the groups below; who has none has to be invited."""
    groups_claim: str = "groups"
    """The claim that lists somebody's groups."""
    groups: dict[str, Role] = {}
    """Roles by group; of several, the highest."""


def read_settings(path: Path) -> SignInSettings:
    """Read the file, and the secret from the environment.

    Raises:
        ConfigError: It cannot be read, something in it is missing or unknown, or an address will not do.
    """
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=SignInSettings)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: {error}.",
            hint=f"It takes {', '.join(SignInSettings.__struct_fields__)}; issuer, client and url have to be there.",
        ) from error
    for name in ("issuer", "url"):
        check_address(getattr(settings, name), f"{path}: {name}")
    parts = urlsplit(settings.url)
    if parts.query or parts.fragment or not is_prefix(parts.path.rstrip("/")):
        raise ConfigError(
            f"{path}: url: {settings.url[:200]!r} is not the address of a server.",
            hint="Use a name and, behind a proxy, a path: https://example.org/ml/flow.",
        )
    return msgspec.structs.replace(
        settings, url=settings.url.rstrip("/"), secret=settings.secret or os.environ.get(SECRET, "")
    )


def check_address(address: str, what: str) -> None:
    """Refuse an address over which somebody else could answer.

    Raises:
        ConfigError: It is not ``https``, nor ``http`` on this machine.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(f"{what}: {address[:200]!r} is not a valid address.") from error
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ConfigError(f"{what}: {address[:200]!r} has to be an https address.")
