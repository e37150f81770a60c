"""Statements to PostgreSQL that wait.

Nothing differs from sending each at once, except when a failure is said.
"""

import contextlib
from array import array

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treadle.records import Series
from treadle.store import locate_store
from treadle.store.sql.postgresql.database import PostgresDatabase, PostgresStore
from treadle.store.sql.postgresql.write_behind import WriteBehind

PUT = b"INSERT INTO thing VALUES ($1, $2)"
SIZE = b"SELECT count(*) FROM thing"
SET = b"INSERT INTO thing VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


@pytest.fixture
def connection(postgres):
    with psycopg.connect(postgres, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute("CREATE TABLE thing (key BIGINT PRIMARY KEY, value BIGINT NOT NULL)")
        yield connection


@pytest.fixture
def link(connection):
    return WriteBehind(connection)


def kept(link):
    return dict(link.ask(b"SELECT key, value FROM thing", ()))


def test_what_is_told_is_kept_and_seen_by_the_next_question(link):
    with link.transaction():
        link.tell(PUT, (1, 10))
        link.tell_each(PUT, [(2, 20), (3, 30)])
        assert kept(link) == {1: 10, 2: 20, 3: 30}
        link.tell(PUT, (4, 40))
        assert link.ask_all([(PUT + b" RETURNING value", (5, 50)), (SIZE, ())]) == [[(50,)], [(5,)]]
    assert kept(link) == {1: 10, 2: 20, 3: 30, 4: 40, 5: 50}
    link.tell(PUT, (7, 70))
    assert kept(link)[7] == 70


def test_what_is_posted_goes_out_with_the_end(link, connection):
    with link.transaction():
        first = link.post_all([(PUT + b" RETURNING value", (1, 10)), (SIZE, ())])
        with link.transaction():
            second = link.post_all([(PUT + b" RETURNING value", (2, 20)), (SIZE, ())])
        assert (
            connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )  # BEGIN waits, too
    assert (first(), second(), first()) == ([[(10,)], [(1,)]], [[(20,)], [(2,)]], [[(10,)], [(1,)]])
    assert kept(link) == {1: 10, 2: 20}


def test_what_is_posted_is_sent_when_it_is_asked_for(link):
    with link.transaction():
        link.tell(PUT, (1, 10))
        posted = link.post_all([(SIZE, ())])
        link.tell(PUT, (2, 20))
        assert posted() == [[(1,)]]
        assert link.ask(SIZE, ()) == [(2,)]
    assert link.post_all([(SIZE, ())])() == [[(2,)]]  # outside of a transaction, at once
    with link.transaction():
        counted = [
            link.post_all([(PUT + b" RETURNING key", (number, 0))]) for number in range(3, 1000)
        ]
    assert [one() for one in counted] == [[[(number,)]] for number in range(3, 1000)]


def test_what_is_posted_is_taken_back_with_its_part(link):
    with link.transaction():
        link.post_all([(PUT, (1, 10))])
        with pytest.raises(StoppedError), link.transaction():
            link.tell(PUT, (2, 20))
            taken = link.post_all([(SIZE, ())])
            raise StoppedError
        with pytest.raises(RuntimeError, match="rolled back"):
            taken()
    assert kept(link) == {1: 10}


@pytest.mark.parametrize("asks", [False, True])
def test_what_is_posted_and_fails_fails_the_whole(link, asks):
    with pytest.raises(psycopg.Error), link.transaction():
        link.tell(PUT, (1, 10))
        with link.transaction():
            link.post_all([(PUT, (1, 11))])
        with contextlib.suppress(psycopg.Error), link.transaction():
            link.tell(PUT, (2, 20))
            if asks:
                link.ask(SIZE, ())
    assert kept(link) == {}


def test_no_question_sends_nothing(link):
    with link.transaction():
        link.tell(PUT, (1, 10))
        assert link.ask_all([]) == []
        assert (
            link.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )  # BEGIN waits, too
    assert kept(link) == {1: 10}


def test_several_statements_outside_of_a_transaction_are_one(link):
    link.tell_all([(PUT, (1, 10)), (PUT, (2, 20))])
    with pytest.raises(psycopg.errors.UniqueViolation):
        link.tell_all([(PUT, (3, 30)), (PUT, (1, 11))])
    assert kept(link) == {1: 10, 2: 20}


def test_many_rows(link):
    with link.transaction():
        link.tell(PUT, (0, 0))
        link.tell_each(PUT, [(number, number) for number in range(1, 1000)])
        for number in range(1000, 2000):
            link.tell(PUT, (number, number))
    assert len(kept(link)) == 2000


def test_an_empty_transaction_is_not_begun(link, connection):
    with link.transaction(), link.transaction():
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_failing_write_is_said_at_the_end_of_its_own_part(link):
    with link.transaction():
        with link.transaction():
            link.tell(PUT, (1, 10))
        with pytest.raises(psycopg.errors.UniqueViolation), link.transaction():
            link.tell(PUT, (2, 20))
            link.tell(PUT, (1, 11))
        with link.transaction():
            link.tell(PUT, (3, 30))
    assert kept(link) == {1: 10, 3: 30}


def test_a_write_before_a_part_is_not_blamed_on_it(link):
    reached = []
    with pytest.raises(psycopg.errors.UniqueViolation), link.transaction():
        link.tell_each(PUT, [(1, 10), (1, 11)])
        with link.transaction():
            reached.append(1)
    assert (reached, kept(link)) == ([], {})


def test_a_failed_commit_takes_all_back(link, connection):
    with pytest.raises(psycopg.errors.UniqueViolation), link.transaction():
        link.tell_each(PUT, [(1, 10), (1, 11)])
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert kept(link) == {}


def test_a_failure_that_is_passed_over_is_not_committed(link):
    with pytest.raises(psycopg.errors.InFailedSqlTransaction), link.transaction():
        link.ask(PUT + b" RETURNING key", (1, 10))
        with pytest.raises(psycopg.errors.UniqueViolation):
            link.ask(PUT + b" RETURNING key", (1, 10))
    assert kept(link) == {}


class StoppedError(Exception):
    """What a program raises in the middle."""


keys = st.integers(0, 4)
steps = st.recursive(
    st.tuples(st.sampled_from(["set", "put", "ask", "each", "post"]), keys) | st.just(("stop", 0)),
    lambda inner: st.tuples(st.just("part"), st.lists(inner, max_size=5)),
    max_leaves=20,
)


def play(link, program):
    """Run a program; a part of it that fails is passed over."""
    for step, what in program:
        if step == "part":
            if link.depth:
                link.ask(
                    b"SELECT 1", ()
                )  # what failed before the part is said here, and not passed over
            try:
                with link.transaction():
                    play(link, what)
            except (StoppedError, psycopg.errors.UniqueViolation):
                continue
        elif step == "set":
            link.tell(SET, (what, 1))
        elif step == "put":
            link.tell(PUT, (what, 2))
        elif step == "each":
            link.ask_all(
                [(SET + b" RETURNING key", (what, 3)), (SET + b" RETURNING key", (what + 1, 3))]
            )
        elif step == "post":
            link.post_all([(SET + b" RETURNING key", (what, 4))])
        elif step == "ask":
            link.ask(b"SELECT value FROM thing WHERE key = $1", (what,))
        else:
            raise StoppedError


def expect(before, program):
    """Return what a program leaves in the tables, or None if it fails."""
    now = dict(before)
    for step, what in program:
        if step == "part":
            inner = expect(now, what)
            now = now if inner is None else inner
        elif step == "set":
            now[what] = 1
        elif step == "put":
            if what in now:
                return None
            now[what] = 2
        elif step == "each":
            now |= {what: 3, what + 1: 3}
        elif step == "post":
            now[what] = 4
        elif step == "stop":
            return None
    return now


@given(st.lists(steps, max_size=6))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_program_keeps_what_it_would_without_waiting(link, program):
    link.tell(b"DELETE FROM thing", ())
    play(link, [("part", program)])
    assert kept(link) == (expect({}, program) or {})


def test_a_server_that_goes_away_is_an_error_and_not_a_hang(link, connection):
    with psycopg.connect(
        connection.info.dsn, password=connection.info.password, autocommit=True
    ) as other:
        with pytest.raises(psycopg.OperationalError), link.transaction():
            link.ask(PUT + b" RETURNING key", (1, 10))
            other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
            link.tell(PUT, (2, 20))
        assert other.execute("SELECT count(*) FROM thing").fetchone() == (0,)
    assert link.depth == 0


def test_a_server_that_hung_up_while_nobody_asked_is_called_again(postgres, monkeypatch):
    monkeypatch.setattr("treadle.store.sql.postgresql.database._IDLE", 0.0)
    with (
        PostgresStore(locate_store(postgres)) as store,
        psycopg.connect(postgres, autocommit=True) as other,
    ):
        database = store._database
        assert isinstance(database, PostgresDatabase)
        first = database._connection.info.backend_pid
        database.execute("LISTEN somebody")
        other.execute("NOTIFY somebody")  # what a server says unasked is not always its farewell
        assert database.execute("SELECT pg_backend_pid()") == [(first,)]
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
        with store.transaction():
            store.runs.create("a" * 32, "0", name="n", started=1.0, user="", command="", parent="")
        assert store.runs.state("a" * 32) is not None
        assert database._connection.info.backend_pid != first


@pytest.mark.parametrize("count", [1, 40])
def test_points_of_a_request_are_one_round_trip(postgres, count):
    run = "a" * 32
    points = Series(array("q", [0]), array("d", [5.0]), array("d", [1.0]))
    with PostgresStore(locate_store(postgres)) as store:
        store.runs.create(run, "0", name="n", started=1.0, user="", command="", parent="")
        database = store._database
        assert isinstance(database, PostgresDatabase)
        link = database._alive()
        for number in range(2):
            sent = link._sent
            with store.transaction():
                log = store.runs.open_log(
                    run, {f"m{one}": points for one in range(count)}, digest=f"d{number}", time=10.0
                )
            assert link._sent == sent + 1
            assert (log.state.is_deleted, log.is_repeated) == (False, False)
        assert len(store.runs.series(run, "m0").steps) == 2
