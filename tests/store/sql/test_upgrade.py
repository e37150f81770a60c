"""Stores of older versions come along, whole."""

import apsw
import msgspec
import psycopg
import pytest

from treadle.errors import StoreError
from treadle.store import Search, locate_store, parse, parse_sort
from treadle.store.sql.postgresql.database import PostgresStore, _translate
from treadle.store.sql.schema import POSTGRES_STEPS, SQLITE_STEPS
from treadle.store.sql.sqlite import SqliteStore

VERSION = len(POSTGRES_STEPS)
ROWS = [
    "INSERT INTO experiment (key, name, created) VALUES (3, 'default', 5.0), (4, 'other', 6.0)",
    (
        "INSERT INTO run (key, id, experiment_key, name, status, started, kind, command, "
        "user_name, parent, touched)"
        " VALUES (1, 'aa', 3, 'one', 'finished', 10.0, 'code', '', 'ada', '', 11.0),"
        " (2, 'bb', 4, 'two', 'failed', 12.0, 'code', '', 'ada', '', 13.0)"
    ),
    "INSERT INTO series VALUES (1, 'm', 2.0, 1, 1.0, 2.0, 3.0, 2, 2, 0)",
    "INSERT INTO tag VALUES (1, 'k', 'v')",
]
POINTS = (
    b"\0" * 8 + b"\1" + b"\0" * 7,  # steps 0 and 1
    b"\0" * 16,
    b"\0\0\0\0\0\0\xf0?" + b"\0\0\0\0\0\0\0@",  # 1.0 and 2.0
)


def check(store):
    runs = {run.id: run for run in store.find_runs(Search())}
    assert {run.id: (run.experiment, run.experiment_id) for run in runs.values()} == {
        "aa": ("default", "0"),
        "bb": ("other", "4"),
    }
    assert (runs["aa"].metrics, runs["aa"].tags) == ({"m": 2.0}, {"k": "v"})
    assert [(point.step, point.value) for point in store.points("aa", "m")] == [(0, 1.0), (1, 2.0)]
    best = Search(sort=parse_sort("-metrics.m"), experiments=("0",), limit=1)
    assert [run.id for run in store.find_runs(best)] == ["aa"]
    assert not store.find_runs(
        msgspec.structs.replace(best, where=parse("metrics.m < 2"), experiments=("4",))
    )
    assert store.outline("aa", "m", 10) == store.points("aa", "m")
    assert {one.id: one.name for one in store.experiments.all()} == {"0": "default", "4": "other"}
    assert {one.id: one.created for one in store.experiments.all()} == {
        "0": 10.0,
        "4": 6.0,
    }  # of the first run
    made = store.experiments.create("new", created=1.0, artifact_location="", tags={})
    assert int(made) > 4


def test_sqlite_of_version_1(location):
    location.folder.mkdir()
    old = apsw.Connection(str(location.database))
    old.execute(SQLITE_STEPS[0])
    for row in ROWS:
        old.execute(row)
    old.execute("INSERT INTO chunk VALUES (1, 'm', 0, 2, ?, ?, ?)", POINTS)
    old.pragma("user_version", 1)
    old.close()
    with SqliteStore(location) as store:
        check(store)
    backup = apsw.Connection(
        str(location.database.with_name("treadle.db.v1.backup")), flags=apsw.SQLITE_OPEN_READONLY
    )
    assert backup.pragma("user_version") == 1
    assert len(list(backup.execute("SELECT id FROM run"))) == 2
    backup.close()


def of_version_1(postgres_server):
    uri = postgres_server.create(empty=True)
    with psycopg.connect(uri, autocommit=True) as old:
        old.execute(_translate(POSTGRES_STEPS[0]))
        for row in ROWS:
            old.execute(
                row.replace(
                    "(key, name, created) VALUES",
                    "(key, name, created) OVERRIDING SYSTEM VALUE VALUES",
                )
            )
        old.execute("INSERT INTO chunk VALUES (1, 'm', 0, 2, %s, %s, %s)", POINTS)
        old.execute("SELECT setval(pg_get_serial_sequence('experiment', 'key'), 4)")
        old.execute("CREATE TABLE treadle_schema (version BIGINT NOT NULL)")
        old.execute("INSERT INTO treadle_schema VALUES (1)")
    return uri


def test_postgresql_of_version_1(postgres_server):
    uri = of_version_1(postgres_server)
    with PostgresStore(locate_store(uri)) as store:
        check(store)
    with psycopg.connect(uri) as backup:
        assert backup.execute(
            "SELECT version FROM treadle_v1_backup.treadle_schema"
        ).fetchall() == [(1,)]
        assert backup.execute("SELECT id FROM treadle_v1_backup.run ORDER BY id").fetchall() == [
            ("aa",),
            ("bb",),
        ]
        assert backup.execute(
            "SELECT steps, times, vals FROM treadle_v1_backup.chunk"
        ).fetchall() == [POINTS]
    with psycopg.connect(uri, autocommit=True) as newer:
        newer.execute("UPDATE treadle_schema SET version = %s", (VERSION + 1,))
    with pytest.raises(
        StoreError, match=f"has version {VERSION + 1}; this Treadle knows up to {VERSION}"
    ):
        PostgresStore(locate_store(uri))


def test_postgresql_of_the_version_before(postgres_server):
    uri = of_version_1(postgres_server)
    with psycopg.connect(uri, autocommit=True) as old:
        for step in POSTGRES_STEPS[1:-1]:
            old.execute(_translate(step))
        old.execute("UPDATE treadle_schema SET version = %s", (VERSION - 1,))
    with PostgresStore(locate_store(uri)) as store:
        check(store)
    with psycopg.connect(uri) as backup:
        assert backup.execute(
            f"SELECT id FROM treadle_v{VERSION - 1}_backup.run ORDER BY id"
        ).fetchall() == [
            ("aa",),
            ("bb",),
        ]
        indexes = {
            row[0]
            for row in backup.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
            )
        }
    assert {"run_of_experiment", "run_of_status", "series_by_min", "series_by_max"} <= indexes


def test_a_postgresql_that_cannot_be_copied_stays_as_it_was(postgres_server):
    uri = of_version_1(postgres_server)
    with psycopg.connect(uri, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS guest")
        owner.execute("CREATE ROLE guest LOGIN")
        owner.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO guest")
    with pytest.raises(StoreError, match="cannot be copied before it is brought to") as caught:
        PostgresStore(locate_store(uri.replace("//postgres:", "//guest:")))
    assert "the schema treadle_v1_backup" in caught.value.hint
    with psycopg.connect(uri) as same:
        assert same.execute("SELECT version FROM treadle_schema").fetchall() == [(1,)]
