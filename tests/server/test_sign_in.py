"""People come in by an identity provider, their programs by its tokens, and nobody else does."""

import base64
import contextlib
import hmac
import http.client
import json
import re
import subprocess
import sys
import time
import urllib.parse
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.identity import CLIENT, SECRET, IdentityProvider
from tests.server.test_proxy_headers import FORWARDED, PREFIX, proxying
from tests.servers import running

from treadle.errors import ConfigError
from treadle.server.app import ServerSettings, create_app
from treadle.server.sign_in.provider import Provider
from treadle.server.sign_in.settings import SECRET as VARIABLE
from treadle.server.sign_in.settings import SignInSettings, read_settings
from treadle.store import locate_store
from treadle.store.connect import connect_team_store

RUNS = "/api/v1/runs"


class Browser:
    """Holds cookies and goes where it is sent, as browsers do."""

    def __init__(self, address):
        self.address = address
        self.cookies = {}

    def ask(self, method, url, **headers):
        """Ask once."""
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.address, url))
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        cookies = self.cookies.setdefault(parts.netloc, {})
        sent = {
            "accept": "text/html",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        if cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if method == "POST":
            sent.setdefault("origin", f"{parts.scheme}://{parts.netloc}")
        connection.request(method, f"{parts.path or '/'}?{parts.query}", headers=sent)
        response = connection.getresponse()
        self.text, self.headers = response.read().decode(), response.headers
        self.set = [value for name, value in response.getheaders() if name == "set-cookie"]
        for value in self.set:
            name, _, rest = value.partition("=")
            cookies[name] = rest.partition(";")[0].strip('"')
            if "Max-Age=0" in value:
                del cookies[name]
        connection.close()
        self.at = urllib.parse.urlunsplit(parts)
        return response.status

    def visit(self, url, **headers):
        """Ask, and follow."""
        status = self.ask("GET", url, **headers)
        while status == 303:
            status = self.ask(
                "GET", urllib.parse.urljoin(self.at, self.headers["location"]), **headers
            )
        return status


@pytest.fixture
def provider():
    found = IdentityProvider()
    with running(found.app) as found.address:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else tmp_path / "store.db"
    )


@pytest.fixture
def accounts(place):
    with contextlib.closing(connect_team_store(locate_store(place))) as store:
        yield store.accounts


class Late:
    """A server that learns its own address as it starts."""

    app: Any = None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@contextlib.contextmanager
def serving(place, provider, **more):
    """Run a server that knows a provider."""
    late = Late()
    late.app = create_app(
        ServerSettings(store=str(place))
    )  # it starts, and is closed by the server's end
    with running(late) as address:
        settings = {
            "issuer": provider.address,
            "client": CLIENT,
            "secret": SECRET,
            "url": address,
            **more,
        }
        late.app = create_app(ServerSettings(store=str(place), sign_in=SignInSettings(**settings)))
        try:
            yield Browser(address)
        finally:
            late.app.close()


def test_somebody_signs_in_makes_a_token_and_signs_out(place, provider, accounts):
    with serving(place, provider, role="editor") as browser:
        assert browser.visit("/?a=1") == 200
        assert browser.at == f"{browser.address}/?a=1"
        assert "You are ada@example.org (editor)" in browser.text
        (account,) = accounts.all()
        assert (account.name, account.role, account.identity) == (
            "ada@example.org",
            "editor",
            f"{provider.address} 1",
        )
        host = urllib.parse.urlsplit(browser.address).netloc
        assert list(browser.cookies[host]) == ["treadle_session"]
        assert browser.ask("GET", RUNS) == 200
        assert browser.ask("GET", "/api/v1/me") == 200
        me = json.loads(browser.text)
        assert (me["name"], me["role"], me["is_known"]) == ("ada@example.org", "editor", True)
        assert me["has_sign_out"]
        assert browser.ask("POST", "/token") == 200
        token = re.search(r"TREADLE_TOKEN=(trd_[\w-]+)", browser.text)[1]
        program = Browser(browser.address)
        assert program.ask("GET", RUNS, authorization=f"Bearer {token}") == 200
        assert (
            program.ask("POST", "/token", authorization=f"Bearer {token}") == 403
        )  # no token makes tokens
        session = browser.cookies[host]["treadle_session"]
        assert browser.ask("POST", "/sign-out") == 200
        assert browser.cookies[host] == {}
        assert [one.name for one in accounts.tokens()] == ["programs"]
        provider.claims["sub"] = "1"
        assert browser.visit("/") == 200  # the provider still knows them
        assert browser.cookies[host]["treadle_session"] != session
        assert len(accounts.all()) == 1
    assert {one.action for one in accounts.audited(10)} == {
        "sign-in/create-user",
        "sign-in/create-token",
    }


def test_cookies_are_for_this_server_alone(tmp_path, provider):
    with serving(tmp_path / "store.db", provider, url="https://runs.example.org") as browser:
        browser.ask("GET", "/sign-in")
        assert all(
            word in browser.set[0]
            for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/sign-in")
        )
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(browser.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://runs.example.org/sign-in/done"]
    with serving(tmp_path / "store.db", provider, role="viewer") as browser:
        browser.ask("GET", "/sign-in")
        browser.ask("GET", browser.headers["location"])
        browser.ask("GET", browser.headers["location"])
        session = next(one for one in browser.set if one.startswith("treadle_session"))
        assert all(
            word in session for word in ("HttpOnly", "SameSite=lax", "Path=/;", "Max-Age=43200")
        )


def test_a_session_changes_nothing_from_elsewhere(place, provider):
    with serving(place, provider, role="editor") as browser:
        browser.visit("/")
        made = "/api/2.0/mlflow/experiments/create"
        host = urllib.parse.urlsplit(browser.address).netloc
        (cookie,) = [f"{name}={value}" for name, value in browser.cookies[host].items()]

        def post(**headers):
            connection = http.client.HTTPConnection(host, timeout=30)
            sent = {"content-type": "application/json", "cookie": cookie, **headers}
            connection.request("POST", made, json.dumps({"name": f"e{time.time()}"}), sent)
            status = connection.getresponse().status
            connection.close()
            return status

        assert post(origin=browser.address) == 200
        assert post() == 401
        assert post(origin="http://evil.example") == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "other"}, "does not belong to a sign-in"),
        ({"state": ""}, "does not belong to a sign-in"),
        ({"code": "other"}, "The code is not good"),
        (
            {"error": "access_denied", "error_description": "<b>Ada</b> said no"},
            "&lt;b&gt;Ada&lt;/b&gt; said no",
        ),
    ],
)
def test_an_answer_that_is_not_the_providers_lets_nobody_in(tmp_path, provider, change, said):
    with serving(tmp_path / "store.db", provider, role="editor") as browser:
        browser.ask("GET", "/sign-in")
        browser.ask("GET", browser.headers["location"])
        way = urllib.parse.urlsplit(browser.headers["location"])
        asked = {**dict(urllib.parse.parse_qsl(way.query)), **change}
        assert browser.ask("GET", f"/sign-in/done?{urllib.parse.urlencode(asked)}") == 403
        assert said in browser.text
        assert browser.visit(RUNS) == 401


def test_an_attempt_of_another_browser_and_a_code_that_was_used(tmp_path, provider):
    with serving(tmp_path / "store.db", provider, role="editor") as browser:
        browser.ask("GET", "/sign-in")
        kept = {host: dict(cookies) for host, cookies in browser.cookies.items()}
        browser.ask("GET", browser.headers["location"])
        way = browser.headers["location"]
        assert Browser(browser.address).ask("GET", way) == 403
        other = Browser(browser.address)
        other.ask("GET", "/sign-in")
        assert other.ask("GET", way) == 403
        assert browser.ask("GET", way) == 303
        browser.cookies = kept
        assert browser.ask("GET", way) == 403
        assert "The code is not good" in browser.text


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "runs"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(tmp_path, provider, to):
    with serving(tmp_path / "store.db", provider, role="editor") as browser:
        assert browser.visit(f"/sign-in?{urllib.parse.urlencode({'to': to})}") == 200
        assert browser.at.rstrip("/") == browser.address


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": 4_000_000_000},
        {"aud": None},
        {"iat": 4_000_000_000},
    ],
    ids=str,
)
def test_tokens_that_are_not_for_us(tmp_path, provider, change):
    with serving(tmp_path / "store.db", provider, role="editor") as browser:
        assert browser.ask("GET", RUNS, authorization=f"Bearer {provider.token()}") == 200
        assert (
            browser.ask(
                "GET", RUNS, authorization=f"Bearer {provider.token(**change)}", accept="*/*"
            )
            == 401
        )


def test_signatures_that_anybody_could_make(tmp_path, provider):
    stranger = IdentityProvider()
    stranger.address = provider.address
    public = (
        provider.keys["first"]
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    claims = provider.token().split(".")[1]
    shared = f"{encoded(json.dumps({'alg': 'HS256', 'kid': 'first'}).encode())}.{claims}"
    tokens = [
        stranger.token(),  # another key under the same name
        provider.token(key="", algorithm="none"),
        provider.token(key="x" * 40, algorithm="HS256"),
        # The key that all may know, as a secret
        f"{shared}.{encoded(hmac.digest(public, shared.encode(), 'sha256'))}",
        provider.token()[:-8] + "AAAAAAAA",
        "a.b.c",
        "..",
    ]
    with serving(tmp_path / "store.db", provider, role="editor") as browser:
        for token in tokens:
            assert browser.ask("GET", RUNS, authorization=f"Bearer {token}", accept="*/*") == 401, (
                token
            )


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_keys_that_the_provider_changes(tmp_path, provider, monkeypatch):
    settings = SignInSettings(issuer=provider.address, client=CLIENT, url="http://localhost")
    found = Provider(settings)
    assert found.identify(provider.token()).name == "ada@example.org"
    provider.add_elliptic_key("second")
    token = provider.token(key="second", algorithm="ES256")
    with pytest.raises(PermissionError, match="a key that the provider does not have"):
        found.identify(token)  # it has looked a moment ago, and anybody can name a key
    monkeypatch.setattr("treadle.server.sign_in.signing_keys._PAUSE", 0.0)
    assert found.identify(token).name == "ada@example.org"
    del provider.keys["first"]
    asked = len(provider.asked)
    found.identify(token)
    assert len(provider.asked) == asked  # it is known
    monkeypatch.setattr("treadle.server.sign_in.signing_keys._FRESH", 0.0)
    provider.answers = False
    found.identify(token)  # it cannot be looked up again now
    provider.answers = True
    found.identify(token)
    provider.add_elliptic_key("second")
    with pytest.raises(PermissionError, match="The token is invalid"):
        found.identify(token)  # of the key that it had


def test_a_provider_that_is_away_or_somebody_else(tmp_path, provider):
    provider.answers = False
    with serving(tmp_path / "store.db", provider, role="editor") as browser:
        assert browser.visit("/") == 503
        assert "answers 500" in browser.text
        assert browser.ask("GET", RUNS, authorization=f"Bearer {provider.token()}") == 503
        provider.answers = True
        assert browser.visit("/") == 200
        settings = SignInSettings(issuer=provider.address, client=CLIENT, url="http://localhost")
        provider.metadata = {"issuer": "https://other.example"}
        with pytest.raises(ConfigError, match="calls itself 'https://other.example'"):
            Provider(settings).find()
        provider.metadata = {"token_endpoint": "http://other.example/token"}
        with pytest.raises(ConfigError, match="token_endpoint: .* has to be an https address"):
            Provider(settings).find()


def test_who_is_not_invited_stays_out(place, provider, accounts):
    with serving(place, provider) as browser:
        assert browser.visit("/") == 403
        assert "Nobody has let ada@example.org in yet" in browser.text
        assert "treadle server user add" in browser.text
        assert (
            browser.ask("GET", RUNS, authorization=f"Bearer {provider.token()}", accept="*/*")
            == 401
        )
        assert not accounts.all()
        accounts.add("ada@example.org", role="viewer", password="", created=1.0, identity="invited")
        assert browser.visit("/") == 200
        assert accounts.all()[0].identity == f"{provider.address} 1"
        provider.claims = {"sub": "2", "email": "ada@example.org", "email_verified": True}
        assert (
            Browser(browser.address).visit("/") == 403
        )  # the address went to somebody else, the account did not
        provider.claims = {"sub": "1", "email": "countess@example.org", "email_verified": True}
        other = Browser(browser.address)
        assert other.visit("/") == 200
        assert "You are ada@example.org" in other.text


def test_a_name_that_is_not_sure_or_not_free(place, provider, accounts):
    accounts.add("ada@example.org", role="admin", password="", created=1.0)
    with serving(place, provider, role="editor") as browser:
        assert browser.visit("/") == 403
        assert (
            "There is a user ada@example.org already, who signs in in another way" in browser.text
        )
        for claims in (
            {"email_verified": False},
            {"email_verified": None},
            {"email": "a:b"},
            {"email": ["x"]},
        ):
            provider.claims = {
                "sub": "3",
                "email": "eve@example.org",
                "email_verified": True,
                **claims,
            }
            assert browser.visit("/") == 403
            assert "does not say your email, or not that it is verified" in browser.text
    with serving(place, provider, role="editor", name="nick") as browser:
        provider.claims = {"sub": "3", "nick": "eve"}
        assert browser.visit("/") == 200
    assert {one.name: one.role for one in accounts.all()} == {
        "ada@example.org": "admin",
        "eve": "editor",
    }


def test_roles_follow_groups(place, provider, accounts):
    groups = {"research": "editor", "platform": "admin"}

    def role(*found):
        provider.claims["groups"] = list(found)
        Browser(browser.address).visit("/")
        return [one.role for one in accounts.all()]

    with serving(place, provider, role="none", groups=groups) as browser:
        assert role() == []
        assert role("other") == []
        assert role("research") == ["editor"]
        assert role("research", "platform") == ["admin"]
        accounts.grant("ada@example.org", "model", "m", "viewer")
        assert role("other") == ["none"]
        assert role("research") == ["editor"]
        provider.in_token = False  # the token has the number of the user alone
        assert role("platform") == ["admin"]
        assert (
            browser.ask("GET", RUNS, authorization=f"Bearer {provider.token(groups=['research'])}")
            == 200
        )
        assert accounts.all()[0].role == "editor"
        assert (
            browser.ask("GET", RUNS, authorization=f"Bearer {provider.token(groups=None)}") == 200
        )
        assert accounts.all()[0].role == "editor"  # not every token tells the groups
        provider.claims["groups"] = "platform"
        Browser(browser.address).visit("/")
        del provider.claims["groups"]
        Browser(browser.address).visit("/")
        assert (
            accounts.all()[0].role == "none"
        )  # the provider was asked for them, and there are none
        assert accounts.all()[0].models == {"m": "viewer"}
    noted = [one.subject for one in accounts.audited(100) if one.action == "sign-in/change-role"]
    assert noted == ["none", "admin", "editor", "admin", "editor", "none", "admin"]


def test_tokens_of_other_audiences(tmp_path, provider):
    with serving(tmp_path / "store.db", provider, role="editor", audiences=("ci",)) as browser:
        for audience, status in (("ci", 200), (["x", "ci"], 200), ("x", 401)):
            token = provider.token(aud=audience, azp="a pipeline")
            assert browser.ask("GET", RUNS, authorization=f"Bearer {token}", accept="*/*") == status
        provider.claims["_token"] = {"aud": "ci"}
        assert browser.visit("/") == 403  # for people it has to be the client's
        provider.claims["_token"] = {"nonce": "of another attempt"}
        assert browser.visit("/") == 403
        assert "does not belong to this sign-in" in browser.text


def test_users_are_asked_for_also_where_nobody_is_there_yet(tmp_path, provider):
    public = {"/health", "/healthz", "/sign-in", "/sign-in/done", "/sign-out"}
    settings = SignInSettings(issuer=provider.address, client=CLIENT, url="http://localhost")
    app = create_app(ServerSettings(store=str(tmp_path / "other.db"), sign_in=settings))
    app.close()
    with serving(tmp_path / "store.db", provider) as browser:
        for route in app.router.routes:
            path = re.sub(r"\{\w+(:path)?\}", "x", route.path)
            if path not in public:
                assert {browser.ask(method, path, accept="*/*") for method in route.methods} == {
                    401
                }, path
        for path in ("/", "/nothing"):
            assert browser.ask("GET", path) == 303
            assert browser.headers["location"] == f"/sign-in?to={urllib.parse.quote(path, safe='')}"
        assert browser.ask("GET", "/health") == 200


def test_a_provider_that_is_not_ours(tmp_path):
    """The flow with a provider made by others."""
    ada = json.dumps({"sub": "ada", "email": "ada@example.org", "email_verified": True})
    command = [
        sys.executable,
        "-m",
        "oidc_provider_mock",
        "--port",
        "0",
        "--require-nonce",
        "--user-claims",
        ada,
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as theirs:
        assert theirs.stderr is not None
        (address,) = next(
            found for line in theirs.stderr if (found := re.findall(r"http://127.0.0.1:\d+", line))
        )
        try:
            with serving(
                tmp_path / "store.db", SimpleNamespace(address=address), role="viewer"
            ) as browser:
                assert browser.visit("/") == 200
                connection = http.client.HTTPConnection(
                    urllib.parse.urlsplit(address).netloc, timeout=30
                )
                kind = {"content-type": "application/x-www-form-urlencoded"}
                connection.request("POST", browser.at.removeprefix(address), "sub=ada", kind)
                way = connection.getresponse().headers["location"]
                connection.close()
                assert browser.visit(way) == 200
                assert "You are ada@example.org (viewer)" in browser.text
        finally:
            theirs.terminate()


GOOD = (
    'issuer = "https://login.example.org"\nclient = "treadle"\nurl = "https://runs.example.org/"\n'
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field `issuer`"),
        (f"{GOOD}colour = 1", "unknown field `colour`"),
        (f'{GOOD}role = "boss"', "Invalid enum value 'boss'"),
        (
            GOOD.replace("https://login", "http://login"),
            "issuer: 'http://login.example.org' has to be an https address",
        ),
        (
            GOOD.replace("https://runs.example.org/", "runs"),
            "url: 'runs' has to be an https address",
        ),
        (GOOD.replace("org/", "org/?a"), "url: 'https://runs.example.org/?a' is not the address"),
        (GOOD.replace("org/", "org/../b"), "'https://runs.example.org/../b' is not the address"),
        ("= 1", "Invalid"),
    ],
)
def test_settings_that_are_wrong(tmp_path, text, said):
    (tmp_path / "oidc.toml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_settings(tmp_path / "oidc.toml")


@pytest.mark.parametrize("says", [FORWARDED, ("X-Forwarded-Host",), ()])
def test_signing_in_behind_a_proxy_under_a_path(tmp_path, provider, says):
    """Whatever the proxy says of itself: the address is in the settings."""
    late = Late()
    late.app = create_app(ServerSettings(store=str(tmp_path / "x.db")))
    with running(late) as address, proxying(address, says) as front:
        settings = SignInSettings(
            issuer=provider.address,
            client=CLIENT,
            secret=SECRET,
            url=f"{front}{PREFIX}",
            role="editor",
        )
        late.app = create_app(ServerSettings(store=str(tmp_path / "x.db"), sign_in=settings))
        browser = Browser(front)
        try:
            assert browser.ask("GET", f"{PREFIX}/?a=1") == 303
            assert browser.headers["location"].startswith(f"{PREFIX}/sign-in?to=")
            browser.ask("GET", browser.headers["location"])
            assert f"Path={PREFIX}/sign-in;" in browser.set[0]
            asked = urllib.parse.urlsplit(browser.headers["location"]).query
            done = f"{front}{PREFIX}/sign-in/done"
            assert urllib.parse.parse_qs(asked)["redirect_uri"] == [done]
            browser.ask("GET", browser.headers["location"])
            assert browser.headers["location"].startswith(done)
            browser.ask("GET", browser.headers["location"])
            session = next(one for one in browser.set if one.startswith("treadle_session"))
            assert f"Path={PREFIX}/;" in session
            assert browser.headers["location"] == f"{PREFIX}/?a=1"
            assert browser.ask("GET", browser.headers["location"]) == 200
            assert "You are ada@example.org (editor)" in browser.text
            assert f"MLFLOW_TRACKING_URI={front}{PREFIX} python" in browser.text
            ways = re.findall(r'formaction="([^"]+)"', browser.text)
            assert ways == [f"{PREFIX}/token", f"{PREFIX}/sign-out"]
            assert browser.ask("POST", ways[0], origin="http://evil.example") == 403
            assert browser.ask("POST", ways[0]) == 200
            token = re.search(r"TREADLE_TOKEN=(trd_[\w-]+)", browser.text)[1]
            program = Browser(front)
            assert program.ask("GET", f"{PREFIX}{RUNS}", authorization=f"Bearer {token}") == 200
            assert browser.ask("POST", ways[1]) == 200
            assert browser.cookies[urllib.parse.urlsplit(front).netloc] == {}
        finally:
            late.app.close()


def test_settings(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "hush")
    (tmp_path / "oidc.toml").write_text(f'{GOOD}[groups]\nresearch = "editor"\n')
    found = read_settings(tmp_path / "oidc.toml")
    assert (found.secret, found.url) == ("hush", "https://runs.example.org")
    assert found.groups == {"research": "editor"}
    (tmp_path / "oidc.toml").write_text(GOOD.replace("org/", "org/ml/flow/"))
    assert read_settings(tmp_path / "oidc.toml").url == "https://runs.example.org/ml/flow"
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings(tmp_path / "other.toml")
