"""A server on each database, and a client of it."""

import http.client
import json
from urllib.parse import urlencode

import pytest
from tests.servers import serving

ROOT = "/api/2.0/mlflow/"


class Client:
    """Plain HTTP."""

    def __init__(self, address):
        self.host = address.removeprefix("http://")

    def __call__(self, method, path, /, body=None, **query):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        asked = f"{ROOT}{path}{'?' + urlencode(query, doseq=True) if query else ''}"
        connection.request(
            method,
            asked,
            None if body is None else json.dumps(body),
            {"content-type": "application/json"},
        )
        response = connection.getresponse()
        content = json.loads(response.read())
        connection.close()
        assert response.status == 200 or "error_code" in content, content
        return content

    def run(self, **fields):
        return self("POST", "runs/create", {"experiment_id": "0", **fields})["run"]["info"][
            "run_id"
        ]

    def names(self, **search):
        found = self("POST", "runs/search", {"experiment_ids": ["0"], **search})
        assert "error_code" not in found, found
        return [run["info"]["run_name"] for run in found.get("runs", [])]


@pytest.fixture(params=["sqlite", "postgresql"])
def client(request, tmp_path):
    store = (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else tmp_path / "store.db"
    )
    with serving(store) as address:
        yield Client(address)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """The location of a new store in each database."""
    return (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else str(tmp_path / "store.db")
    )
