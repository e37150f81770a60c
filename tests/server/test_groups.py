"""Changes that many clients ask for at once: one transaction, and each as if it were alone."""

import asyncio
import threading
from array import array

import psycopg
import pytest

from treadle.errors import StoreError, StoreUnreachableError
from treadle.records import Series
from treadle.server.access import AfterCommit, StoreAccess
from treadle.store import locate_store
from treadle.store.connect import connect_team_store

RUN = "a" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    return (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else str(tmp_path / "store.db")
    )


@pytest.fixture
def store(place):
    store = connect_team_store(locate_store(place))
    store.runs.create(RUN, "0", name="n", started=1.0, user="", command="", parent="")
    yield store
    store.close()


def log(digest, run=RUN, key="m"):
    """Log a point whose run is known after the commit."""

    def change(store):
        points = Series(array("q", [0]), array("d", [5.0]), array("d", [1.0]))
        opened = store.runs.open_log(run, {key: points}, digest=digest, time=10.0)

        def answer():
            if opened.state is None:
                raise LookupError(run)
            return opened.is_repeated

        return AfterCommit(answer)

    return change


def tag(value):
    return lambda store: store.runs.update(RUN, name=value)


def stop(store):
    store.runs.update(RUN, name="never")
    raise ValueError("stop")


def break_off(store):
    """Have a statement fail, whose writer finds out when it waits for an answer."""
    store._database.execute("INSERT INTO run (key) VALUES (NULL)")
    return store.runs.state(RUN)


def spoil(store):
    """Have a statement fail that nobody waits for: others may be told first."""
    store._database.ask_later([("INSERT INTO run (key) VALUES (NULL) RETURNING key", ())])


def ask_together(place, changes):
    """Have changes wait until all of them are there; give what each was answered."""
    begin = threading.Event()

    async def ask():
        access = StoreAccess(lambda: connect_team_store(locate_store(place)))
        try:
            first = asyncio.ensure_future(access.write(lambda _: begin.wait(30)))
            others = [asyncio.ensure_future(access.write(change)) for change in changes]
            await asyncio.sleep(0)  # they are in the queue
            begin.set()
            _, *answers = await asyncio.gather(first, *others, return_exceptions=True)
            return answers
        finally:
            begin.set()
            access.close()

    return asyncio.run(ask())


def points(store, key="m"):
    return len(store.runs.series(RUN, key).steps)


def test_points_go_in_together_and_once(place, store):
    assert ask_together(place, [log("d1"), log("d2"), log("d1"), log("d3", key="n")]) == [
        False,
        False,
        True,
        False,
    ]
    assert (points(store), points(store, "n")) == (2, 1)


def test_what_fails_after_the_commit_fails_alone(place, store):
    one, missing, two = ask_together(place, [log("d1"), log("d2", run="b" * 32), log("d3")])
    assert (one, type(missing), two, points(store)) == (False, LookupError, False, 2)


@pytest.mark.parametrize("culprit", [stop, break_off, spoil])
def test_what_fails_before_the_commit_fails_alone(place, store, culprit):
    answers = ask_together(
        place, [log("d1"), tag("before"), log("d2"), culprit, log("d3"), tag("after"), log("d1")]
    )
    failed = answers.pop(3)
    assert isinstance(failed, ValueError if culprit is stop else StoreError)
    assert answers == [False, None, False, False, None, True]
    assert points(store) == 3
    found = store.runs.get(RUN)
    assert found.run.name == "after"


def test_one_change_alone(place, store):
    assert ask_together(place, [log("d1")]) == [False]
    (missing,) = ask_together(place, [log("d2", run="b" * 32)])
    assert isinstance(missing, LookupError)
    assert points(store) == 1


def test_where_the_database_is_stays_with_the_server(postgres_server, caplog):
    address = postgres_server.create()
    name = address.rpartition("?")[0].rpartition("/")[2]

    def state(store):
        return store.runs.state(RUN)

    async def ask(access):
        assert await access.read(state) is None
        assert await access.write(state) is None
        with psycopg.connect(address.replace(name, "postgres", 1), autocommit=True) as other:
            other.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for call in (access.read, access.write, access.read, access.write):
            with pytest.raises(StoreUnreachableError) as raised:
                await call(state)
            assert raised.value.message == "The database of this server does not answer."

    access = StoreAccess(lambda: connect_team_store(locate_store(address)))
    asyncio.run(ask(access))
    access.close()
    assert name in caplog.text
