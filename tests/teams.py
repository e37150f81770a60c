"""A server with accounts, and an HTTP client for each of its users."""

import contextlib
import http.client
import json
import time
from urllib.parse import urlencode

from tests.servers import serving
from treadle.server.passwords import digest_token, make_token
from treadle.store import locate_store
from treadle.store.connect import connect_team_store

API = "/api/v1/"


class Reply:
    """A response, with its body as bytes and as JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.content = response.read()

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def ok(self):
        """The body of a response that must be a success."""
        assert self.status == 200, self.content
        return self.json


class User:
    """A client of the native API."""

    def __init__(self, address, token=""):
        self.address = address
        self.token = token
        self._host = address.removeprefix("http://")
        self._sent = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path, /, headers=None, **query):
        return self._ask("GET", path, query, None, headers or {})

    def post(self, path, /, body):
        sent = {"content-type": "application/json"}
        return self._ask("POST", path, {}, json.dumps(body), sent)

    def put(self, path, /, content):
        return self._ask("PUT", path, {}, content, {})

    def _ask(self, method, path, query, body, headers):
        connection = http.client.HTTPConnection(self._host, timeout=30)
        asked = path if path.startswith("/") else f"{API}{path}"
        if query:
            asked += f"?{urlencode(query, doseq=True)}"
        try:
            connection.request(method, asked, body, {**self._sent, **headers})
            return Reply(connection.getresponse())
        finally:
            connection.close()


@contextlib.contextmanager
def team(store, **roles):
    """Run a server with accounts; give a client for each name.

    Args:
        store: The location of the store.
        roles: The default role of each account, or a dict with its roles by experiment: its
            default role is none then.
    """
    tokens = {}
    with contextlib.closing(connect_team_store(locate_store(store))) as opened:
        for name, role in roles.items():
            grants = role if isinstance(role, dict) else {}
            opened.accounts.add(
                name, role="none" if grants else role, password="", created=1.0, identity=""
            )
            for experiment, own in grants.items():
                opened.accounts.grant(name, "experiment", experiment, own)
            tokens[name] = make_token()
            opened.accounts.add_token(
                name,
                name="",
                digest=digest_token(tokens[name]),
                created=1.0,
                expires=time.time() + 1000,
            )
    with serving(store) as address:
        yield {name: User(address, token) for name, token in tokens.items()}


def add_experiment(store, name):
    """Create an experiment before the server runs; give its id."""
    with contextlib.closing(connect_team_store(locate_store(store))) as opened:
        return opened.experiments.create(name, created=1.0, artifact_location="", tags={})


def create_run(user, experiment="0", **metrics):
    """Create a run with series, as MLflow's clients do; give its id."""
    made = user.post("/api/2.0/mlflow/runs/create", {"experiment_id": experiment}).ok
    run = made["run"]["info"]["run_id"]
    points = [
        {"key": key, "value": value, "timestamp": 1, "step": step}
        for key, values in metrics.items()
        for step, value in enumerate(values)
    ]
    body = {"run_id": run, "metrics": points}
    assert user.post("/api/2.0/mlflow/runs/log-batch", body).status == 200
    return run
