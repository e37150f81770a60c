"""Webhooks: told of every change that was committed, signed, and never sent behind the server."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import queue
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.server.test_access import Client
from tests.servers import serving

from treadle.errors import StoreError
from treadle.server.mlflow.calls import webhooks
from treadle.server.mlflow.calls.webhooks import example_of
from treadle.server.webhooks import check_url

API = "/api/2.0/mlflow"
EVENTS = [
    {"entity": "REGISTERED_MODEL", "action": "CREATED"},
    {"entity": "MODEL_VERSION", "action": "CREATED"},
    {"entity": "MODEL_VERSION_TAG", "action": "SET"},
    {"entity": "MODEL_VERSION_TAG", "action": "DELETED"},
    {"entity": "MODEL_VERSION_ALIAS", "action": "CREATED"},
    {"entity": "MODEL_VERSION_ALIAS", "action": "DELETED"},
]


@contextlib.contextmanager
def listening(statuses):
    """A receiver; gives its address and what it gets, and answers with statuses in turn."""
    got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.put((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.send_header("content-length", "5")
            self.end_headers()
            self.wfile.write(b"taken")

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_every_change_is_told_and_signed(tmp_path):
    with listening([500]) as (host, got), serving(tmp_path / "x.db", webhooks=(host,)) as address:
        client = Client(address)
        body = {
            "name": "told",
            "url": f"http://{host}/hook?a=b",
            "events": EVENTS,
            "secret": "shared",
        }
        assert client("POST", f"{API}/webhooks", body) == 200
        made = client.json["webhook"]
        assert (made["status"], "secret" in made) == ("ACTIVE", False)
        client("POST", f"{API}/runs/create", {})
        run = client.json["run"]["info"]["run_id"]
        client("POST", f"{API}/registered-models/create", {"name": "m"})
        client("POST", f"{API}/registered-models/create", {"name": "m"})  # refused, and so not told
        client(
            "POST",
            f"{API}/model-versions/create",
            {"name": "m", "source": f"runs:/{run}/x", "run_id": run},
        )
        client(
            "POST",
            f"{API}/model-versions/set-tag",
            {"name": "m", "version": "1", "key": "k", "value": "v"},
        )
        client(
            "DELETE", f"{API}/model-versions/delete-tag", {"name": "m", "version": "1", "key": "k"}
        )
        client(
            "POST", f"{API}/registered-models/alias", {"name": "m", "alias": "a", "version": "1"}
        )
        client("DELETE", f"{API}/registered-models/alias", {"name": "m", "alias": "a"})
        seen: list[tuple[str, str]] = []
        while len(seen) < 7:  # six, of which the first is tried again
            headers, raw = got.get(timeout=30)
            lower = {key.lower(): value for key, value in headers.items()}
            signed = (
                f"{lower['x-mlflow-delivery-id']}.{lower['x-mlflow-timestamp']}.".encode() + raw
            )
            expected = base64.b64encode(
                hmac.new(b"shared", signed, hashlib.sha256).digest()
            ).decode()
            assert lower["x-mlflow-signature"] == f"v1,{expected}"
            found = json.loads(raw)
            seen.append((f"{found['entity']}.{found['action']}", found["data"]["name"]))
        told = [f"{one['entity']}.{one['action']}".lower() for one in EVENTS]
        assert sorted(seen) == sorted((one, "m") for one in [*told, "registered_model.created"])
        path = f"{API}/webhooks/{made['webhook_id']}"
        assert client("POST", f"{path}/test", {}) == 200
        result = {"success": True, "response_status": 200, "response_body": "taken"}
        assert client.json["result"] == result
        assert json.loads(got.get(timeout=30)[1])["data"] == {
            "name": "example_model",
            "tags": {"example_key": "example_value"},
            "description": "An example registered model",
        }
        assert client("PATCH", path, {"status": "DISABLED"}) == 200
        client("POST", f"{API}/registered-models/create", {"name": "silent"})
        assert client("GET", path) == 200
        assert client.json["webhook"]["status"] == "DISABLED"
        assert client("DELETE", path, {}) == 200
        assert client("GET", path) == 404
        assert client("GET", f"{API}/webhooks") == 200
        assert client.json == {}
        assert got.empty()


def test_changes_of_prompts_have_names_of_their_own(tmp_path):
    names = [
        "prompt.created",
        "prompt_tag.set",
        "prompt_tag.deleted",
        "prompt_version.created",
        "prompt_version_tag.set",
        "prompt_version_tag.deleted",
        "prompt_alias.created",
        "prompt_alias.deleted",
    ]
    wanted = [
        {"entity": entity, "action": action}
        for entity, _, action in (one.upper().partition(".") for one in names)
    ]
    with listening([]) as (host, got), serving(tmp_path / "x.db", webhooks=(host,)) as address:
        client = Client(address)
        body = {"name": "told", "url": f"http://{host}/", "events": [*EVENTS, *wanted]}
        assert client("POST", f"{API}/webhooks", body) == 200
        tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "team", "value": "a"}]
        text = {"key": "mlflow.prompt.text", "value": "Hello {{x}}"}
        for method, path, asked in (
            ("POST", "registered-models/create", {"name": "p", "tags": tags}),
            ("POST", "registered-models/set-tag", {"name": "p", "key": "k", "value": "v"}),
            ("DELETE", "registered-models/delete-tag", {"name": "p", "key": "k"}),
            (
                "POST",
                "model-versions/create",
                {"name": "p", "source": "dummy-source", "tags": [*tags, text]},
            ),
            (
                "POST",
                "model-versions/set-tag",
                {"name": "p", "version": "1", "key": "k", "value": "v"},
            ),
            ("DELETE", "model-versions/delete-tag", {"name": "p", "version": "1", "key": "k"}),
            ("POST", "registered-models/alias", {"name": "p", "alias": "a", "version": "1"}),
            ("DELETE", "registered-models/alias", {"name": "p", "alias": "a"}),
        ):
            assert client(method, f"{API}/{path}", asked) == 200, client.json
        told = {}
        for _ in names:
            found = json.loads(got.get(timeout=30)[1])
            told[f"{found['entity']}.{found['action']}"] = found["data"]
        assert sorted(told) == sorted(names)
        assert told["prompt.created"] == {"name": "p", "tags": {"team": "a"}, "description": None}
        assert told["prompt_version.created"] == {
            "name": "p",
            "version": "1",
            "template": "Hello {{x}}",
            "tags": {"team": "a"},
            "description": None,
        }
        assert told["prompt_alias.created"] == {"name": "p", "alias": "a", "version": "1"}
        assert (
            client(
                "POST",
                f"{API}/model-versions/create",
                {"name": "p", "source": "s3://x/y", "tags": tags},
            )
            == 400
        )
        assert "Prompt sources must use an MLflow placeholder" in client.json["message"]
        assert got.empty()


def test_a_server_tells_nobody_unless_it_is_asked_to(tmp_path):
    with serving(tmp_path / "x.db") as address:
        client = Client(address)
        body = {"name": "told", "url": "https://example.org/", "events": EVENTS}
        assert client("POST", f"{API}/webhooks", body) == 403


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org",
        "https://user:secret@example.org/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://example.org:port/",
        "https://",
        "nonsense",
        "https://[2002:0a00:0001::]/",
    ],
)
def test_addresses_behind_the_server_are_refused(tmp_path, url):
    with pytest.raises(StoreError):
        check_url(url, ("inside:80",))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/x?y",
        "https://8.8.8.8/",
        "http://inside:80/",
        "http://inside/",
        "http://near/",
        "http://near:8080/x",
        "https://near:9/",
    ],
)
def test_addresses_on_the_internet_are_not(url):
    assert check_url(url, ("inside:80", "near")) == url


@pytest.mark.parametrize("name", ["a", "A.b-c_9", "0" * 63])
def test_names(tmp_path, name):
    with serving(tmp_path / "x.db", webhooks=()) as address:
        client = Client(address)
        body = {"name": name, "url": "https://example.org/", "events": EVENTS}
        assert client("POST", f"{API}/webhooks", body) == 200


def test_what_no_webhook_can_be_is_refused_in_mlflows_words(tmp_path):
    good = {"name": "a", "url": "https://example.org/", "events": EVENTS}
    wrong = {"entity": "REGISTERED_MODEL", "action": "SET"}
    with serving(tmp_path / "x.db", webhooks=()) as address:
        client = Client(address)
        names = ("", "_a", "a_", "-a", "a.", "a b", "é", "0" * 64, "a\n")
        bad_name = "It must start and end with a letter or digit"
        changes: list[tuple[dict[str, object], str]] = [({"name": one}, bad_name) for one in names]
        changes += [
            ({"url": " "}, "Webhook URL cannot be empty or just whitespace: ' '"),
            ({"url": "ftp://x"}, "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: https."),
            ({"url": "https:///x"}, "Webhook URL must include a hostname"),
            ({"url": "https://10.0.0.1"}, "must not resolve to a non-public IP address"),
            ({"events": []}, "Webhook events must be a non-empty list of WebhookEvent objects"),
            ({"events": [wrong]}, "Invalid action 'set' for entity 'registered_model'."),
        ]
        for change, words in changes:
            assert client("POST", f"{API}/webhooks", {**good, **change}) == 400, change
            assert words in client.json["message"], change
            assert client.json["error_code"] == "INVALID_PARAMETER_VALUE"
        assert client("GET", f"{API}/webhooks?max_results=1001") == 400
        assert client.json["message"] == "max_results must be between 1 and 1000."


def test_the_example_of_each_event_is_mlflows(repository):
    """Ask MLflow itself for its example of every event."""
    code = """
import json
from mlflow.entities.webhook import WebhookEvent
from mlflow.webhooks.types import EVENT_TO_PAYLOAD_CLASS, get_example_payload_for_event
print(json.dumps({
    f"{entity.value}.{action.value}": get_example_payload_for_event(WebhookEvent(entity, action))
    for entity, action in EVENT_TO_PAYLOAD_CLASS
}))
"""
    done = subprocess.run(
        [repository / ".venv-mlflow3/bin/python", "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    theirs = json.loads(done.stdout.splitlines()[-1])
    theirs.pop("budget_policy.exceeded", None)
    assert {event: example_of(event) for event in webhooks.EVENTS} == theirs


def test_a_name_that_leads_behind_the_server_is_not_followed(tmp_path):
    from treadle.records import WebhookRecord
    from treadle.server.webhooks import send

    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        hook = WebhookRecord(
            id="1",
            name="n",
            description="",
            url=f"https://localhost:{trap.getsockname()[1]}/",
            events=["x"],
            secret="",
            is_active=True,
            created=0.0,
            updated=0.0,
        )
        assert send(hook, b"{}", ()) == (0, "", "The host localhost is not on the internet.")
        with pytest.raises(TimeoutError):
            trap.accept()


def test_mlflows_own_client_makes_them(repository, tmp_path):
    code = """
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookStatus
client = MlflowClient()
made = client.create_webhook("told", "https://example.org/hook", [WebhookEvent("model_version",
    "created")], secret="s")
assert client.get_webhook(made.webhook_id).name == "told"
client.update_webhook(made.webhook_id, status=WebhookStatus.DISABLED)
assert [one.status for one in client.list_webhooks()] == [WebhookStatus.DISABLED]
client.delete_webhook(made.webhook_id)
assert list(client.list_webhooks()) == []
"""
    with serving(tmp_path / "x.db", webhooks=()) as address:
        done = subprocess.run(
            [repository / ".venv-mlflow3/bin/python", "-c", code],
            capture_output=True,
            text=True,
            timeout=120,
            env={
                "PATH": os.environ["PATH"],
                "TMPDIR": os.environ["TMPDIR"],
                "HOME": str(tmp_path),
                "MLFLOW_TRACKING_URI": address,
                "MLFLOW_DISABLE_TELEMETRY": "true",
            },
        )
    assert done.returncode == 0, done.stderr[-3000:]
