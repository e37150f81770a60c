"""Settings of OpenID Connect: a TOML file, for ``treadle server --oidc``."""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from treadle.errors import ConfigError
from treadle.records import Role
from treadle.server.guard import is_loopback
from treadle.server.proxy_headers import is_prefix

SECRET: Final = "TREADLE_OIDC_SECRET"  # noqa: S105 - the name of a variable
"""The environment variable of the client's secret."""


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The registration of this server at the identity provider, and the roles of its users."""

    issuer: str
    """The provider's address, exactly as in its metadata."""
    client: str
    """The client id of this server at the provider."""
    url: str
    """The URL by which browsers reach this server, with its path behind a proxy; the provider
    redirects them to ``/sign-in/done`` there."""
    secret: str = ""
    """The client's secret; public clients have none."""
    audiences: tuple[str, ...] = ()
    """Audiences other than the client whose tokens are accepted, such as that of CI jobs."""
    name: str = "email"
    """The claim that becomes the name of an account. An email address counts only if the
    provider has verified it."""
    role: Role = "none"
    """The role of a new user who is in none of the groups below; with ``none``, users have to be
    invited."""
    groups_claim: str = "groups"
    """The claim that lists a user's groups."""
    groups: dict[str, Role] = {}
    """Roles by group; of several, the highest."""


def read_settings(path: Path) -> SignInSettings:
    """Read the file, and the secret from the environment.

    Raises:
        ConfigError: It cannot be read, has a missing or unknown key, or an invalid address.
    """
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=SignInSettings)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: {error}.",
            hint=f"It takes {', '.join(SignInSettings.__struct_fields__)}; issuer, client and url "
            "have to be there.",
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
    """Reject an address whose responses could be forged.

    Raises:
        ConfigError: It is neither ``https``, nor ``http`` on this machine.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(f"{what}: {address[:200]!r} is not a valid address.") from error
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ConfigError(f"{what}: {address[:200]!r} has to be an https address.")
