"""Tables of runs over HTTP: what is asked and answered, and what a caller may see and change."""

import contextlib
import http.client
import json
import math
import time

import pytest
from tests.servers import serving

from treadle.records import MetricLogged, ParamsLogged, Role, RunStarted
from treadle.server.passwords import digest_token, hash_password, make_token
from treadle.store import identify, locate_store
from treadle.store.connect import connect_team_store


class Client:
    """The native API as one account uses it."""

    def __init__(self, address, token):
        self._host = address.removeprefix("http://")
        self._headers = {
            "content-type": "application/json",
            **({"authorization": f"Bearer {token}"} if token else {}),
        }

    def __call__(self, method, path, **body):
        connection = http.client.HTTPConnection(self._host, timeout=30)
        content = json.dumps(body) if method == "POST" else None
        connection.request(method, f"/api/v1/{path}", content, self._headers)
        response = connection.getresponse()
        found = json.loads(response.read())
        connection.close()
        return found if response.status == 200 else (response.status, found["message"])


def run_id(number):
    return f"{number:032x}"


def fill(store):
    """Store two runs in each of two experiments; give the ids of these."""
    for number, experiment in enumerate(("mine", "mine", "theirs", "theirs"), 1):
        run = run_id(number)
        loss = math.nan if number == 2 else float(number)
        store.write(
            [
                RunStarted(
                    run, experiment, f"n{number}", float(number), "code", "", identify(), "ada"
                ),
                ParamsLogged(run, {"p": number % 2, experiment: "text"}),
                MetricLogged(run, "loss", 0, 1.0, loss),
                MetricLogged(run, f"{experiment}/acc", 0, 1.0, 0.5),
            ]
        )
    return tuple(store.experiments.find(name).id for name in ("mine", "theirs"))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else str(tmp_path / "store.db")
    )


@pytest.fixture
def people(place):
    """A client of each account, and the ids of the experiments."""
    tokens = {}
    with contextlib.closing(connect_team_store(locate_store(place))) as store:
        mine, theirs = fill(store)
        roles: dict[str, Role] = {"eve": "editor", "vic": "viewer", "own": "none", "one": "none"}
        for name, role in roles.items():
            tokens[name] = make_token()
            secret = hash_password(f"{name} long password")
            store.accounts.add(name, role=role, password=secret, created=1.0)
            store.accounts.add_token(
                name,
                name="",
                digest=digest_token(tokens[name]),
                created=1.0,
                expires=time.time() + 100,
            )
        store.accounts.grant("own", "experiment", mine, "editor")
        store.accounts.grant("one", "experiment", mine, "viewer")
    with serving(place) as address:
        yield {name: Client(address, token) for name, token in tokens.items()}, mine, theirs


def test_a_table_is_answered_by_column(people):
    (clients, mine, _) = people
    found = clients["eve"]("POST", "runs/table", columns=["metrics.loss", "params.p"], limit=3)
    assert found["columns"][0] == {
        "field": "metrics.loss",
        "family": "metrics",
        "key": "loss",
        "summary": "last",
        "step": None,
        "kind": "number",
    }
    assert found["cells"] == [[4.0, 3.0, "NaN"], [0, 1, 0]]
    assert found["rows"][2] | {"key": 0} == {
        "key": 0,
        "id": run_id(2),
        "name": "n2",
        "experiment": "mine",
        "experiment_id": mine,
        "status": "running",
        "started": 2.0,
        "ended": None,
        "user": "ada",
        "kind": "code",
        "parent": "",
        "children": 0,
        "deleted": None,
    }


def test_an_order_has_the_keys_of_the_rows(people):
    (clients, _, _) = people
    for sort in ("-started", "metrics.loss", "-params.p, name"):
        order = clients["vic"]("POST", "runs/order", sort=sort)
        table = clients["vic"]("POST", "runs/table", sort=sort, columns=[])
        assert order == {"total": 4, "keys": [row["key"] for row in table["rows"]]}
        again = clients["vic"]("POST", "runs/table", keys=order["keys"][::-1], columns=[])
        assert again["rows"] == table["rows"][::-1]


def test_who_sees_one_experiment_finds_nothing_of_others(people):
    (clients, mine, theirs) = people
    every = clients["vic"]("POST", "runs/order")["keys"]
    one = clients["one"]
    own = one("POST", "runs/order")
    assert (own["total"], len(own["keys"])) == (2, 2)
    assert [row["name"] for row in one("POST", "runs/table")["rows"]] == ["n2", "n1"]
    rows = one("POST", "runs/table", keys=every)["rows"]
    assert {row["experiment_id"] for row in rows} == {mine}
    assert one("POST", "runs/order", experiments=[theirs]) == {"total": 0, "keys": []}
    assert clients["vic"]("POST", "runs/order", experiments=[theirs])["total"] == 2
    keys = one("GET", "keys?family=metrics")
    assert [(key["name"], key["count"], key["max"]) for key in keys["keys"]] == [
        *(("loss", 2, 1.0), ("mine/acc", 2, 0.5))
    ]
    assert one("GET", f"keys?family=metrics&experiments={theirs}")["keys"] == []
    assert one("GET", "keys?family=params&text=theirs")["total"] == 0
    groups = one("POST", "runs/groups", by=["experiment"], columns=["metrics.loss"])
    assert [(group["values"], group["count"]) for group in groups["groups"]] == [(["mine"], 2)]
    assert groups["groups"][0]["cells"][0]["max"] == 1.0


def test_groups_are_sorted_by_count_values_or_a_column(people):
    (clients, _, _) = people
    ask = {"by": ["params.p"], "columns": ["metrics.loss"]}
    for sort, first in (("-count", 0), ("-by", 1), ("metrics.loss", 1), ("-metrics.loss", 0)):
        found = clients["vic"]("POST", "runs/groups", sort=sort, **ask)
        assert found["groups"][0]["values"] == [first], sort
    status, message = clients["vic"]("POST", "runs/groups", sort="name", **ask)
    assert (status, message) == (400, 'Groups cannot be sorted by "name".')


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("runs/table", {"columns": ["params.a, params.b"]}, "is not one column"),
        ("runs/table", {"columns": ["metric"]}, 'there is no field "metric"'),
        ("runs/table", {"limit": 1001}, "`$.limit`"),
        ("runs/table", {"keys": [1] * 1001}, "`$.keys`"),
        ("runs/order", {"sort": "at(metrics.loss, 1)"}, "at(…) is for columns of tables only"),
        ("runs/order", {"where": "at(metrics.loss, 1) > 2"}, "at(…) is for columns of tables only"),
        ("runs/groups", {"by": []}, "`$.by`"),
    ],
)
def test_what_is_invalid_is_one_clear_error(people, path, body, message):
    (clients, _, _) = people
    status, found = clients["vic"]("POST", path, **body)
    assert status == 400
    assert message in found


def names(client):
    return {row["name"] for row in client("POST", "runs/table")["rows"]}


def test_many_runs_are_changed_at_once(people):
    (clients, _, _) = people
    runs = [run_id(number) for number in (1, 2, 3, 1)]
    change = {"tags": {"stage": "dev", "x": "1"}, "deleted": True}
    assert clients["eve"]("POST", "runs/change-all", runs=runs, change=change) == {"changed": 3}
    found = clients["eve"](
        "POST", "runs/table", lifecycle="deleted", columns=["tags.stage", "tags.x"]
    )
    assert found["cells"] == [["dev"] * 3, ["1"] * 3]
    change = {"untag": ["x"], "deleted": False, "name": "again", "experiment": "new"}
    assert clients["eve"]("POST", "runs/change-all", runs=runs, change=change) == {"changed": 3}
    found = clients["eve"]("POST", "runs/table", columns=["tags.stage", "tags.x", "experiment"])
    assert names(clients["eve"]) == {"again", "n4"}
    assert found["cells"] == [
        *([None, *["dev"] * 3], [None] * 4, ["theirs", *["new"] * 3]),
    ]


def test_a_change_of_many_runs_is_whole_or_not_at_all(people):
    (clients, _, _) = people
    ends = {"name": "changed", "ended_as": "killed"}
    for run in (run_id(77), "n2", "latest"):
        found = clients["eve"](
            "POST", "runs/change-all", runs=[run_id(1), run], change={"name": "changed"}
        )
        assert found == (404, f'There is no run "{run}".')
    assert clients["eve"]("POST", "runs/change-all", runs=[run_id(4)], change=ends) == {
        "changed": 1
    }
    status, message = clients["eve"](
        "POST", "runs/change-all", runs=[run_id(3), run_id(4)], change=ends
    )
    assert (status, message) == (409, f'Run "{run_id(4)}" has ended already.')
    assert names(clients["eve"]) == {"n1", "n2", "n3", "changed"}


def test_only_own_runs_are_changed(people):
    (clients, _, _) = people
    change = {"name": "changed"}
    both = [run_id(1), run_id(3)]
    assert clients["own"]("POST", "runs/change-all", runs=both, change=change) == (
        *(404, f'There is no run "{run_id(3)}".'),
    )
    status, _ = clients["one"]("POST", "runs/change-all", runs=both, change=change) or (0, "")
    assert status == 403
    moved = {"experiment": "theirs"}
    status, _ = clients["own"]("POST", "runs/change-all", runs=[run_id(1)], change=moved)
    assert status == 403
    assert names(clients["eve"]) == {"n1", "n2", "n3", "n4"}
    found = clients["own"]("POST", "runs/change-all", runs=[run_id(1), run_id(2)], change=change)
    assert found == {"changed": 2}
