"""Operations, and how each API words what is missing or not permitted."""

import http.client
import json
from itertools import chain

import msgspec
import pytest

from treadle.server.access import AfterCommit
from treadle.server.api import experiments, journals, runs, tables
from treadle.server.caller import Caller
from treadle.server.mlflow.routes import OPERATIONS
from treadle.server.operation import operation, operations_of

OWN = operations_of(journals, runs, tables, experiments)


class Ask(msgspec.Struct, kw_only=True):
    one: str
    many: list[str] = []


def read(caller: Caller, ask: Ask) -> list[int]:
    """Return numbers.

    Of no importance.
    """
    return [len(ask.one)]


def log(caller: Caller, ask: Ask) -> AfterCommit[None] | None:
    """Log."""


def test_an_operation_is_described_by_its_function():
    reading = operation("GET", "numbers/{one}")(read)
    assert (reading.methods, reading.summary) == (("GET",), "Return numbers.")
    assert (reading.message, reading.result) == (Ask, list[int])
    assert reading.lists == {"many"}
    assert not reading.writes
    writing = operation(("POST", "PATCH"), "log", role="editor", audited=True)(log)
    assert (writing.methods, writing.result) == (("POST", "PATCH"), None)
    assert writing.writes
    assert not operation("POST", "log", role="admin", writes=False)(log).writes


@pytest.mark.parametrize("operations", [OWN, OPERATIONS], ids=["treadle", "mlflow"])
def test_operations_are_told_apart_and_changes_are_declared(operations):
    addresses = list(chain(*([(one.path, method) for method in one.methods] for one in operations)))
    assert len(addresses) == len(set(addresses))
    for one in operations:
        assert one.summary
        assert one.writes or not (one.is_audited or one.creates), one.path
        assert one.writes or one.role in ("viewer", "admin"), one.path


def ask(client, method, path, body=None):
    connection = http.client.HTTPConnection(client.host, timeout=30)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"content-type": "application/json"})
    response = connection.getresponse()
    found = response.status, json.loads(response.read())
    connection.close()
    return found


MLFLOW = "/api/2.0/mlflow"
RUN = "0" * 32
MISSING = "RESOURCE_DOES_NOT_EXIST"
INVALID = "INVALID_PARAMETER_VALUE"


WORDS = [
    (f"runs/get?run_id={RUN}", MISSING, f"Run with id={RUN} not found"),
    ("experiments/get?experiment_id=77", MISSING, "No Experiment with id=77 exists"),
    ("experiments/get?experiment_id=%C2%B2", INVALID, "Invalid experiment ID '²'."),
    ("experiments/get-by-name?experiment_name=x", MISSING, "with name 'x'"),
    ("logged-models/m-1", MISSING, "Logged model with ID 'm-1' not found."),
    ("registered-models/get?name=m", MISSING, "Registered Model with name=m not found"),
    ("registered-models/get?name=a%2Fb", INVALID, "Names cannot contain '/' or ':'"),
    ("registered-models/get?name=", INVALID, "name cannot be empty"),
    ("model-versions/get?name=m&version=1", MISSING, "(name=m, version=1) not found"),
    ("model-versions/get?name=m&version=-1", MISSING, "(name=m, version=-1) not found"),
    (f"model-versions/get?name=m&version={'9' * 30}", MISSING, "not found"),
    ("model-versions/get?name=m&version=%C2%B2", INVALID, "must be an integer, got '²'"),
    ("model-versions/get?name=.&version=x", INVALID, "It would mean a folder."),
]


def test_mlflow_clients_learn_what_is_missing_or_has_an_invalid_name(client):
    for address, code, message in WORDS:
        _, answer = ask(client, "GET", f"{MLFLOW}/{address}")
        assert (answer["error_code"], message in answer["message"]) == (code, True), answer


def test_own_clients_learn_what_is_missing(client):
    own = "/api/v1"
    events = ask(client, "GET", f"{own}/runs/{RUN}/events")
    missing = {"error": "RunNotFoundError", "message": f'There is no run "{RUN}".', "hint": ""}
    assert events == (404, missing)
    status, problem = ask(client, "POST", f"{own}/experiment/change", {"experiment": "x"})
    assert (status, problem["error"]) == (404, "ExperimentNotFoundError")
    assert problem["message"] == 'There is no experiment "x".'


def test_a_body_that_is_not_utf_8_is_rejected_by_operations_with_a_path(client):
    connection = http.client.HTTPConnection(client.host, timeout=30)
    path = f"{MLFLOW}/logged-models/m-1"
    connection.request("PATCH", path, b'{"status": "\xff"}', {"content-type": "application/json"})
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["error_code"]) == (400, "BAD_REQUEST")
    connection.close()
