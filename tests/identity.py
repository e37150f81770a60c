"""An identity provider for tests.

The code flow with PKCE, by its book, and whatever else a test has it say.
"""

import base64
import hashlib
import time
import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT, SECRET = "treadle", "a secret of both"


class IdentityProvider:
    """Everybody who comes to it is the user that it has at the moment."""

    def __init__(self):
        self.address = ""
        self.claims: dict[str, Any] = {
            "sub": "1",
            "email": "ada@example.org",
            "email_verified": True,
        }
        self.in_token = True  # whether the token has the claims, or only the page for them
        self.metadata = {}
        self.answers = True
        self.asked = []
        self._codes = {}
        self.keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {
            "first": rsa.generate_private_key(public_exponent=65537, key_size=2048)
        }
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._show_keys),
                Route("/authorize", self._authorize),
                Route("/token", self._redeem, methods=["POST"]),
                Route("/person", self._tell),
            ]
        )

    def token(self, *, key="first", algorithm="RS256", **claims):
        """Return an identity token of a person."""
        now = int(time.time())
        said = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 600,
            **self.claims,
            **claims,
        }
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            self.keys.get(key, key),
            algorithm=algorithm,
            headers={"kid": key} if key in self.keys else {},
        )

    def add_elliptic_key(self, name):
        self.keys[name] = ec.generate_private_key(ec.SECP256R1())

    async def _describe(self, request):
        self.asked.append("metadata")
        if not self.answers:
            return JSONResponse({}, 500)
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "userinfo_endpoint": f"{self.address}/person",
                **self.metadata,
            }
        )

    async def _show_keys(self, request):
        self.asked.append("keys")
        if not self.answers:
            return JSONResponse({}, 500)
        shown = []
        for name, key in self.keys.items():
            public: Any = key.public_key()
            kind = (
                jwt.algorithms.RSAAlgorithm
                if isinstance(key, rsa.RSAPrivateKey)
                else jwt.algorithms.ECAlgorithm
            )
            shown.append({**kind.to_jwk(public, as_dict=True), "kid": name, "use": "sig"})
        return JSONResponse({"keys": [{"kty": "quantum", "kid": "new"}, *shown]})

    async def _authorize(self, request):
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == (
            "code",
            CLIENT,
            "S256",
        )
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = uuid.uuid4().hex
        self._codes[code] = asked
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303
        )

    async def _redeem(self, request):
        sent = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(sent["code"], None)  # a code is good once
        proof = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(sent["code_verifier"].encode()).digest()
        ).rstrip(b"=")
        if (
            asked is None
            or sent["redirect_uri"] != asked["redirect_uri"]
            or challenge.decode() != asked["code_challenge"]
            or request.headers.get("authorization") != f"Basic {proof}"
        ):
            return JSONResponse(
                {"error": "invalid_grant", "error_description": "The code is not good."}, 400
            )
        hidden = {} if self.in_token else dict.fromkeys(self.claims.keys() - {"sub"})
        token = self.token(
            **{"nonce": asked["nonce"], **hidden, **self.claims.get("_token", {}), "_token": None}
        )
        return JSONResponse({"id_token": token, "access_token": "opaque", "token_type": "Bearer"})

    async def _tell(self, request):
        assert request.headers["authorization"] == "Bearer opaque"
        return JSONResponse(self.claims)
