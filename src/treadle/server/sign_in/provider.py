"""Client of an identity provider: discovers its endpoints and keys, and verifies its tokens.

OpenID Connect Core 1.0 (the code flow), Discovery 1.0, and RFC 7636 (PKCE). Tokens are JSON Web
Tokens with a signature by a key that the provider publishes; signatures by a shared secret are not
accepted.
"""

import base64
import hashlib
import secrets
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final

import msgspec

from treadle.errors import AccessError, ConfigError, MissingExtraError
from treadle.server.sign_in.exchange import fetch
from treadle.server.sign_in.settings import SignInSettings, check_address
from treadle.server.sign_in.signing_keys import SigningKeys

_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_DISCOVERY: Final = "/.well-known/openid-configuration"
_LEEWAY: Final = 60  # seconds that clocks may differ
_MAX_NAME: Final = 200


class Attempt(msgspec.Struct, frozen=True):
    """The state of a sign-in that a browser stores while its user is at the provider."""

    state: str
    nonce: str
    verifier: str
    to: str
    """The path to return to."""


class Identity(msgspec.Struct, frozen=True):
    """A user, as the provider identifies them."""

    id: str
    """The provider and its id of the user, which stays when their name changes."""
    name: str
    """The name of the account; empty where the provider does not assert it."""
    groups: tuple[str, ...] | None
    """None where the provider was not asked for them, and its token lacks them."""


class _Metadata(msgspec.Struct, frozen=True):
    """The provider's metadata (Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Redeemed(msgspec.Struct, frozen=True):
    """The token response for a code."""

    id_token: str
    access_token: str = ""


class Provider:
    """An identity provider; thread-safe, its calls block.

    Args:
        settings: The provider, and this server's registration there.

    Raises:
        MissingExtraError: PyJWT is not installed.
    """

    def __init__(self, settings: SignInSettings) -> None:
        try:
            import jwt
        except ImportError as error:
            raise MissingExtraError("Signing in by OpenID Connect", "PyJWT", "oidc") from error
        self._jwt = jwt
        self.settings = settings
        self._metadata: _Metadata | None = None
        self._keys = SigningKeys(lambda: self.find().jwks_uri)

    def find(self) -> _Metadata:
        """Return the provider's metadata.

        Raises:
            ConfigError: Its issuer is another one, or one of its addresses is not safe.
            StoreUnreachableError: It does not respond.
        """
        if self._metadata is None:
            found = fetch(self.settings.issuer.rstrip("/") + _DISCOVERY, _Metadata)
            if found.issuer != self.settings.issuer:
                raise ConfigError(
                    f"The provider at {self.settings.issuer} calls itself {found.issuer[:200]!r}.",
                    hint="The issuer in the settings has to be the same, to the last slash.",
                )
            for name in (
                "authorization_endpoint",
                "token_endpoint",
                "jwks_uri",
                "userinfo_endpoint",
            ):
                if name != "userinfo_endpoint" or found.userinfo_endpoint:
                    check_address(getattr(found, name), f"The provider's {name}")
            self._metadata = found
        return self._metadata

    def begin(self, to: str) -> tuple[str, Attempt]:
        """Start a sign-in: return the URL for the browser, and the state that it stores meanwhile.

        Raises:
            ConfigError: The provider does not match the settings.
            StoreUnreachableError: It does not respond.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, to)
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": self._back(),
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = self.find().authorization_endpoint
        return f"{address}{'&' if '?' in address else '?'}{urllib.parse.urlencode(asked)}", attempt

    def _back(self) -> str:
        return f"{self.settings.url}/sign-in/done"

    def redeem(self, code: str, attempt: Attempt) -> Identity:
        """Exchange a code for the identity of the user who returned from the provider.

        Raises:
            AccessError: The code is invalid, or the token does not belong to this attempt.
            StoreUnreachableError: The provider does not respond.
        """
        found = self.find()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back(),
            "client_id": self.settings.client,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        if (
            self.settings.secret
            and "client_secret_basic" in found.token_endpoint_auth_methods_supported
        ):
            pair = ":".join(
                map(urllib.parse.quote_plus, (self.settings.client, self.settings.secret))
            )
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif self.settings.secret:
            asked["client_secret"] = self.settings.secret
        answer = fetch(
            found.token_endpoint, _Redeemed, urllib.parse.urlencode(asked).encode(), headers
        )
        claims = self._claims(answer.id_token, (self.settings.client,))
        if (
            claims.get("nonce") != attempt.nonce
            or claims.get("azp", self.settings.client) != self.settings.client
        ):
            raise AccessError("The provider's token does not belong to this sign-in.")
        identity = self._identity(self._completed(claims, answer.access_token))
        return msgspec.structs.replace(identity, groups=identity.groups or ())

    def _completed(self, claims: dict[str, Any], access: str) -> dict[str, Any]:
        """Return the claims with those that the provider omits from its token, as some do."""
        wanted = {
            self.settings.name,
            *([self.settings.groups_claim] if self.settings.groups else []),
        }
        address = self.find().userinfo_endpoint
        if wanted <= claims.keys() or not address or not access:
            return claims
        more = fetch(address, dict[str, Any], headers={"authorization": f"Bearer {access}"})
        if more.get("sub") != claims["sub"]:
            raise AccessError("The identity provider describes another user than its token.")
        return {**more, **claims}

    def identify(self, token: str) -> Identity:
        """Return the identity that a token of the provider's belongs to.

        Raises:
            AccessError: It is not the provider's, has expired, or is not for this server.
            StoreUnreachableError: The provider does not respond.
        """
        return self._identity(self._claims(token, (self.settings.client, *self.settings.audiences)))

    def _claims(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        try:
            header = self._jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            if algorithm not in _ALGORITHMS:
                raise AccessError(f"A token signed with {str(algorithm)[:50]!r} is not accepted.")
            claims: dict[str, Any] = self._jwt.decode(
                token,
                self._keys.find(header.get("kid")),
                algorithms=[algorithm],
                audience=list(audiences),
                issuer=self.settings.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (self._jwt.PyJWTError, TypeError, ValueError) as error:
            raise AccessError(f"The token is invalid: {error}.") from error
        return claims

    def _identity(self, claims: dict[str, Any]) -> Identity:
        name = claims.get(self.settings.name)
        is_sure = self.settings.name != "email" or claims.get("email_verified") is True
        is_name = (
            isinstance(name, str)
            and 0 < len(name) <= _MAX_NAME
            and name.isprintable()
            and ":" not in name
        )
        groups = claims.get(self.settings.groups_claim)
        listed = groups if isinstance(groups, list) else (groups,)
        return Identity(
            f"{self.settings.issuer} {claims['sub']}",
            str(name) if is_sure and is_name else "",
            tuple(one for one in listed if isinstance(one, str)) if groups is not None else None,
        )
