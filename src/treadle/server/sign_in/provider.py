"""Client of an identity provider: discovers its endpoints and keys, and verifies its tokens.

OpenID Connect Core 1.0 (the code flow), Discovery 1.0, and RFC 7636 (PKCE). Tokens are JSON Web
Tokens with a signature by a key that the provider publishes; signatures by a shared secret are not
accepted.
"""

import base64
import hashlib
import http.client
import logging
import math
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final, TypeVar

import msgspec

from treadle.errors import AccessError, ConfigError, MissingExtraError, StoreUnreachableError
from treadle.server.sign_in.settings import SignInSettings, check_address

_log = logging.getLogger(__name__)

T = TypeVar("T")

_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_DISCOVERY: Final = "/.well-known/openid-configuration"
_TIMEOUT: Final = 10.0
_MAX_ANSWER: Final = 1 << 20  # bytes
_LEEWAY: Final = 60  # seconds that clocks may differ
_FRESH: Final = 3600.0  # seconds after which keys are fetched again, for some may have been revoked
_PAUSE: Final = 10.0  # seconds between fetches for an unknown key: anyone may send one
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


class _Keys(msgspec.Struct, frozen=True):
    """A JSON Web Key Set."""

    keys: list[dict[str, Any]]


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
        self._lock = threading.Lock()
        self._metadata: _Metadata | None = None
        self._keys: dict[str, Any] = {}
        self._looked = -math.inf

    def find(self) -> _Metadata:
        """Return the provider's metadata.

        Raises:
            ConfigError: Its issuer is another one, or one of its addresses is not safe.
            StoreUnreachableError: It does not respond.
        """
        if self._metadata is None:
            found = _fetch(self.settings.issuer.rstrip("/") + _DISCOVERY, _Metadata)
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
        answer = _fetch(
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
        more = _fetch(address, dict[str, Any], headers={"authorization": f"Bearer {access}"})
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
                self._key(header.get("kid")),
                algorithms=[algorithm],
                audience=list(audiences),
                issuer=self.settings.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (self._jwt.PyJWTError, TypeError, ValueError) as error:
            raise AccessError(f"The token is invalid: {error}.") from error
        return claims

    def _key(self, identifier: object) -> Any:
        found = self._known(identifier)
        if found is None or time.monotonic() - self._looked >= _FRESH:
            with self._lock:  # one fetches, the others wait; known keys do not need the lock
                age = time.monotonic() - self._looked
                if age >= _FRESH or (age >= _PAUSE and self._known(identifier) is None):
                    self._look_up_keys()
            found = self._known(identifier)
        if found is None:
            raise AccessError("The token is signed with a key that the provider does not have.")
        return found

    def _known(self, identifier: object) -> Any:
        keys = self._keys
        if identifier is None and len(keys) == 1:
            return next(iter(keys.values()))
        return keys.get(str(identifier))

    def _look_up_keys(self) -> None:
        before = self._looked
        self._looked = time.monotonic()  # those whose keys are known need not wait meanwhile
        try:
            found = _fetch(self.find().jwks_uri, _Keys).keys
        except StoreUnreachableError as error:
            if not self._keys:
                self._looked = before
                raise
            _log.warning("The provider's keys cannot be looked up again: %s", error)
            return
        keys = {}
        for one in found:
            try:
                if one.get("kty") != "oct" and one.get("use", "sig") == "sig":
                    keys[str(one.get("kid"))] = self._jwt.PyJWK(one).key
            except self._jwt.PyJWTError:
                continue  # of an unsupported kind
        self._keys = keys

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


class _Stay(urllib.request.HTTPRedirectHandler):
    """A handler that follows no redirect, which would lead to an unchecked address."""

    def redirect_request(self, *_: Any) -> None:
        """Return no request."""


def _fetch(
    address: str, kind: type[T], body: bytes | None = None, headers: dict[str, str] | None = None
) -> T:
    sent = {"accept": "application/json", **(headers or {})}
    request = urllib.request.Request(address, body, sent)  # noqa: S310
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=_TIMEOUT) as response:
            return msgspec.json.decode(response.read(_MAX_ANSWER), type=kind)
    except urllib.error.HTTPError as error:
        with error:
            if error.code < 500 and body is not None:  # noqa: PLR2004
                said = _reason(error)
                _log.warning(
                    "The identity provider refuses what this server asks at %s: %s", address, said
                )
                raise AccessError(f"The identity provider refuses: {said}.") from error
        raise StoreUnreachableError(
            f"The identity provider at {address} answers {error.code}."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason: object = getattr(error, "reason", error)
        raise StoreUnreachableError(
            f"The identity provider at {address} cannot be reached: {reason}."
        ) from error
    except msgspec.MsgspecError as error:
        raise StoreUnreachableError(
            f"What the identity provider at {address} answers is not understood: {error}."
        ) from error


def _reason(error: urllib.error.HTTPError) -> str:
    """Return the provider's error description (RFC 6749 5.2), or the status."""
    try:
        said = msgspec.json.decode(error.read(_MAX_ANSWER), type=dict[str, Any])
        return str(said.get("error_description") or said["error"])[:200].rstrip(".")
    except (msgspec.MsgspecError, KeyError, OSError):
        return f"status {error.code}"
