"""Who may use a server is said on the command line, and each change is noted."""

import base64
import http.client
import json
import re
import subprocess
import sys

import pytest
from tests.identity import CLIENT, IdentityProvider
from tests.servers import running, serving

from treadle.store import locate_store


@pytest.fixture
def people(treadle, location):
    """Runs a command about users; gives what it says."""

    def run(*arguments, code=0):
        done = treadle("server", "--store", str(location.database), *arguments)
        assert done.code == code, done.err
        return done.err if code else done.out

    return run


def noted(people):
    return [(one["action"], one["subject"]) for one in json.loads(people("audit", "--json"))]


def ask(address, **headers):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request("GET", "/api/v1/runs", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_users_come_change_and_go(people, location):
    assert (
        "There are no users: without --oidc, whoever reaches the server may do everything."
        in people("user", "list")
    )
    assert (
        people("user", "add", "ada", "--role", "admin", "--password", "four random words here")
        == "ada is admin now.\n"
    )
    assert "A token lets them in: treadle server token create bob" in people(
        "user", "add", "bob", "--password", ""
    )
    assert "They can sign in" in people(
        "user", "add", "eve@example.org", "--role", "viewer", "--oidc"
    )
    assert people("user", "role", "bob", "viewer") == "bob is viewer now.\n"
    assert (
        people("user", "grant", "bob", "editor", "--model", "churn")
        == "bob is editor of model churn now.\n"
    )
    assert (
        people("user", "grant", "bob", "none", "--experiment", "default")
        == "bob is none of experiment default now.\n"
    )
    people("user", "password", "bob", "--password", "other four random words")
    listed = [
        {key: one[key] for key in one if key != "created"}
        for one in json.loads(people("user", "list", "--json"))
    ]
    assert listed == [
        {
            "name": "ada",
            "role": "admin",
            "signs_in_by": "password",
            "experiments": {},
            "models": {},
        },
        {
            "name": "bob",
            "role": "viewer",
            "signs_in_by": "password",
            "experiments": {"0": "none"},
            "models": {"churn": "editor"},
        },
        {
            "name": "eve@example.org",
            "role": "viewer",
            "signs_in_by": "OIDC, not yet",
            "experiments": {},
            "models": {},
        },
    ]
    assert "editor of churn" in people("user", "list")
    with serving(location.database) as address:
        pair = base64.b64encode(b"ada:four random words here").decode()
        assert (ask(address), ask(address, authorization=f"Basic {pair}")) == (401, 200)
    people("user", "remove", "bob")
    assert noted(people) == [
        ("user/remove", "bob"),
        ("user/password", "bob"),
        ("user/grant", "bob none experiment default"),
        ("user/grant", "bob editor model churn"),
        ("user/role", "bob viewer"),
        ("user/add", "eve@example.org viewer"),
        ("user/add", "bob editor"),
        ("user/add", "ada admin"),
    ]
    assert "(command line)" in people("audit")


def test_tokens_come_and_go(people, location):
    people("user", "add", "ada", "--password", "")
    token = people("token", "create", "ada", "--name", "laptop", "--days", "3").strip()
    (listed,) = json.loads(people("token", "list", "--json"))
    assert (listed["account"], listed["name"]) == ("ada", "laptop")
    assert listed["expires"] - listed["created"] == 3 * 86400
    assert token not in people("token", "list")
    with serving(location.database) as address:
        assert ask(address, authorization=f"Bearer {token}") == 200
    people("token", "revoke", listed["id"])
    with serving(location.database) as address:
        assert ask(address, authorization=f"Bearer {token}") == 401
    assert noted(people)[:2] == [("token/revoke", listed["id"]), ("token/create", "ada laptop")]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("user", "add", "ada", "--password", "x" * 12), 9, 'There is a user "ada" already'),
        (("user", "add", "a:b", "--password", ""), 8, "cannot be the name of a user"),
        (("user", "add", "bob", "--password", "short"), 8, "needs at least 12 characters"),
        (("user", "remove", "bob"), 8, 'There is no user "bob"'),
        (("user", "role", "bob", "viewer"), 8, '"treadle server user list" shows'),
        (("user", "role", "ada", "boss"), 2, "'boss' is not one of"),
        (("user", "password", "bob", "--password", "x" * 12), 8, 'There is no user "bob"'),
        (("user", "grant", "ada", "viewer"), 2, "Name one of --experiment and --model"),
        (
            ("user", "grant", "ada", "viewer", "--experiment", "none"),
            8,
            'There is no experiment "none"',
        ),
        (("token", "create", "bob"), 8, 'There is no user "bob"'),
        (("token", "revoke", "77"), 8, "There is no token 77"),
        (("token", "revoke", "x"), 8, "There is no token x"),
    ],
)
def test_what_cannot_be_changes_and_notes_nothing(people, arguments, code, said):
    people("user", "add", "ada", "--password", "")
    before = people("user", "list", "--json"), noted(people)
    assert said in people(*arguments, code=code)
    assert (people("user", "list", "--json"), noted(people)) == before


def test_a_server_with_an_identity_provider(treadle, tmp_path):
    """Started as an admin does, on all addresses, for it asks everybody who they are."""
    provider = IdentityProvider()
    with running(provider.app) as provider.address:
        settings = (
            f'issuer = "{provider.address}"\nclient = "{CLIENT}"\nurl = "http://localhost"\nrole '
            '= "viewer"\n'
        )
        (tmp_path / "oidc.toml").write_text(settings)
        command = [
            sys.executable,
            "-m",
            "treadle",
            "server",
            "--host",
            "0.0.0.0",
            "--port",
            "0",
            "--oidc",
            "oidc.toml",
        ]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            (port,) = next(
                found
                for line in server.stdout
                if (found := re.findall(r"http://0.0.0.0:(\d+)", line))
            )
            try:
                address = f"http://127.0.0.1:{port}"
                assert ask(address) == 401
                assert ask(address, authorization=f"Bearer {provider.token()}") == 200
                assert ask(address, authorization=f"Bearer {provider.token(aud='x')}") == 401
            finally:
                server.terminate()
    place = str(locate_store(tmp_path / ".treadle" / "treadle.db").database)
    assert "OIDC" in treadle("server", "--store", place, "user", "list").out
    provider.metadata = {"issuer": "https://other.example"}
    with running(provider.app) as provider.address:
        (tmp_path / "oidc.toml").write_text(
            settings.replace("issuer = ", f'issuer = "{provider.address}" # ')
        )
        done = treadle("server", "--port", "0", "--oidc", "oidc.toml")
        assert done.code == 3
        assert "calls itself 'https://other.example'" in done.err
    done = treadle("server", "--port", "0", "--oidc", "nothing.toml")
    assert done.code == 3
    assert "nothing.toml cannot be read" in done.err
