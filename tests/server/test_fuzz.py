"""Requests that nobody would write.

Whatever comes, nothing breaks, and nobody gets further than they may.
"""

import json
import time
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.test_access import Client
from tests.servers import serving

from treadle.errors import SearchError
from treadle.records import Role
from treadle.server.api.dialect import TREADLE
from treadle.server.api.operations import OPERATIONS as NATIVE
from treadle.server.mlflow.dialect import MLFLOW
from treadle.server.mlflow.routes import OPERATIONS
from treadle.server.openapi import document
from treadle.server.passwords import digest_token, make_token
from treadle.store import Search, locate_store, parse, parse_sort
from treadle.store.search.grammar import parse as parse_search
from treadle.store.search.text import word, word_sort
from treadle.store.sql.sqlite import SqliteStore

READS = {f"{TREADLE.prefixes[0]}/{one.path}" for one in NATIVE if one.role == "viewer"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("fuzz") / "store.db"
    tokens = {}
    with SqliteStore(locate_store(place)) as store:
        for role in get_args(Role):
            store.accounts.add(role, role=role, password="", created=1.0)
            tokens[role] = make_token()
            store.accounts.add_token(
                role,
                name="",
                digest=digest_token(tokens[role]),
                created=1.0,
                expires=time.time() + 1000,
            )
    with serving(place) as address:
        clients = {role: Client(address, token) for role, token in tokens.items()}
        clients["admin"]("POST", "/api/2.0/mlflow/runs/create", {})
        yield clients, address, clients["admin"].json["run"]["info"]["run_id"]


@pytest.mark.parametrize("role", ["none", "viewer", "editor", "admin"])
def test_the_openapi_document_describes_what_happens(server, role):
    """Schemathesis, over every call.

    No status of 500 or more, and answers as they are described.
    """
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance

    clients, address, _ = server
    raw = document(((TREADLE, NATIVE), (MLFLOW, OPERATIONS)))
    schema = schemathesis.openapi.from_dict(raw)
    headers = {"authorization": f"Bearer {clients[role].token}"}

    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=4, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        def check(case):
            response = case.call(base_url=address, headers=headers)
            checks: list[Any] = [not_a_server_error]
            if case.path.startswith("/api/v1"):
                checks.append(response_schema_conformance)
            case.validate_response(response, checks=checks)
            is_read = case.path in READS or "search" in case.path
            if role in ("none", "viewer") and case.method != "GET" and not is_read:
                assert response.status_code in (400, 403, 404) or "get-latest-versions" in case.path

        check()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "0",
            "1",
            "a" * 32,
            "\0",
            "\ud800".encode("utf-8", "surrogatepass").decode("latin1"),
            "9" * 30,
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted({field for call in OPERATIONS for field in call.message.__struct_fields__})


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    call=st.sampled_from(OPERATIONS),
    body=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6) | VALUES,
    data=st.data(),
)
def test_no_message_breaks_the_protocol(server, call, body, data):
    clients, _, run = server
    if isinstance(body, dict) and data.draw(st.booleans()):
        body = {
            **body,
            "run_id": run,
            "experiment_id": "0",
            "key": "k",
            "timestamp": 1,
            "experiment_ids": ["0"],
        }
    method = data.draw(st.sampled_from(call.methods))
    path = f"/api/2.0/mlflow/{call.path}".replace("{model_id}", "m-1").replace("{tag_key}", "t")
    status = clients["admin"](
        method, path, json.dumps(body).encode(), **{"content-type": "application/json"}
    )
    assert status < 500 or clients["admin"].json["error_code"] == "INVALID_STATE", clients[
        "admin"
    ].content


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    raw=st.binary(max_size=200),
    path=st.sampled_from(["journals/w?first=1", "running/dead", "runs/x/heartbeat"]),
)
def test_no_bytes_break_the_api(server, raw, path):
    clients, _, _ = server
    status = clients["admin"](
        "POST", f"/api/v1/{path}", raw, **{"content-type": "application/msgpack"}
    )
    assert status < 500, clients["admin"].content


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
KEYS = TEXTS.filter(bool)
NUMBERS = st.floats(allow_nan=False) | st.integers(-(10**17), 10**17)
FIELDS_OF_RUNS = st.one_of(
    KEYS.map(lambda key: (f'metrics."{_escape(key)}"', NUMBERS)),
    KEYS.map(lambda key: (f'max(metrics."{_escape(key)}")', NUMBERS)),
    KEYS.map(lambda key: (f'params."{_escape(key)}"', NUMBERS | TEXTS)),
    KEYS.map(lambda key: (f'tags."{_escape(key)}"', TEXTS)),
    st.sampled_from(
        ["name", "status", "user", "experiment", "datasets.name", "datasets.digest"]
    ).map(lambda f: (f, TEXTS)),
    st.sampled_from(["started", "ended", "duration"]).map(lambda f: (f, NUMBERS)),
)


def _escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _literal(value):
    return f'"{_escape(value)}"' if isinstance(value, str) else repr(value).replace("inf", "1e999")


@st.composite
def comparisons(draw):
    field, values = draw(FIELDS_OF_RUNS)
    kind = draw(st.sampled_from(["=", "!=", "<", ">=", "in", "null", "like"]))
    if kind == "null":
        return f"{field} is {draw(st.sampled_from(['', 'not ']))}null"
    if kind == "in":
        return (
            f"{field} in "
            f"({', '.join(map(_literal, draw(st.lists(values, min_size=1, max_size=3))))})"
        )
    if kind == "like":
        return (
            f"{field} = {_literal(draw(values))}"
            if values is NUMBERS
            else f"{field} like {_literal(str(draw(TEXTS)))}"
        )
    return f"{field} {kind} {_literal(draw(values))}"


SEARCHES = st.recursive(
    comparisons(),
    lambda inner: (
        st.builds(
            lambda a, b, word: f"({a}) {word} ({b})", inner, inner, st.sampled_from(["and", "or"])
        )
        | inner.map(lambda one: f"not ({one})")
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(SEARCHES)
def test_a_search_is_worded_back_to_itself(text):
    try:
        tree = parse(text)
    except SearchError:
        return
    assert parse(word(tree)) == tree


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=SEARCHES,
    sort=st.lists(FIELDS_OF_RUNS.filter(lambda f: "datasets" not in f[0]), min_size=1, max_size=2),
)
def test_every_search_that_is_understood_is_answered(fuzzed_store, text, sort):
    try:
        search = Search(
            where=parse(text),
            sort=parse_sort(
                ", ".join(f"-{field}" for field, _ in sort if "," not in field) or "name"
            ),
        )
    except SearchError:
        return
    assert parse_sort(word_sort(search.sort)) == search.sort
    for store in fuzzed_store:
        store.runs.page(search)


@pytest.fixture(scope="module")
def fuzzed_store(tmp_path_factory, postgres_server):
    from treadle.store.sql.postgresql.database import PostgresStore

    folder = tmp_path_factory.mktemp("searched")
    stores = [
        SqliteStore(locate_store(folder / "x.db")),
        PostgresStore(locate_store(postgres_server.create())),
    ]
    yield stores
    for store in stores:
        store.close()


@settings(max_examples=500, deadline=None)
@given(
    st.text(max_size=60)
    | st.text("()'\"`\\ andornotinlikeis<>=!.,0123456789eE-+metrics", max_size=80)
)
def test_any_text_is_a_search_or_a_clear_error(text):
    begun = time.perf_counter()
    try:
        parse_search(text)
    except SearchError as error:
        assert "search" in error.message.lower()
    assert time.perf_counter() - begun < 1
