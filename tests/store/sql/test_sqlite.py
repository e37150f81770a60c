import os
import threading

import apsw
import pytest

from treadle.errors import StoreError
from treadle.records import (
    MetricLogged,
    RunStarted,
    TagsSet,
)
from treadle.store import identify, locate_store, new_id
from treadle.store.sql.series.write import CHUNK_POINTS
from treadle.store.sql.sqlite import SqliteStore
from treadle.store.sql.sqlite_file import has_wal_reset_bug


@pytest.fixture
def sqlite(location):
    with SqliteStore(location) as opened:
        yield opened


def started(run="r1", name="one", at=100.0, experiment="e", **options):
    return RunStarted(
        run, experiment, name, at, "code", "python x.py", identify(), "ada", **options
    )


@pytest.mark.parametrize("damage", ["garbage", "torn"])
def test_a_damaged_store_is_not_touched(location, damage):
    with SqliteStore(location) as opened:
        opened.apply("w", 1, [started(), *(TagsSet("r1", {f"t{n}": "x" * 90}) for n in range(500))])
    content = location.database.read_bytes()
    content = (
        b"this is no database" * 99
        if damage == "garbage"
        else content[:4096] + os.urandom(8192) + content[12288:]
    )
    location.database.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as caught, SqliteStore(location) as opened:
        opened.get_run("r1")
    assert "Move it aside" in str(caught.value)
    assert location.database.read_bytes() == content


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be created: Not a directory"):
        SqliteStore(locate_store(tmp_path / "file" / "deeper" / "x.db"))


def test_a_new_store_is_opened_by_several_at_once(tmp_path):
    failures = []

    def open_it(location, start):
        start.wait()
        try:
            SqliteStore(location).close()
        except Exception as error:
            failures.append(error)

    for number in range(40):  # without a retry one in twenty fails
        location, start = locate_store(tmp_path / f"{number}.db"), threading.Barrier(4)
        threads = [threading.Thread(target=open_it, args=(location, start)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert not list(tmp_path.glob("*.backup"))  # who comes second has nothing to bring up to date


def test_threads_write_at_once(location):
    SqliteStore(location).close()
    failures = []

    def write(number):
        try:
            with SqliteStore(location) as mine:
                mine.apply(f"w{number}", 1, [started(f"run{number}")])
                for at in range(20):
                    mine.apply(
                        f"w{number}",
                        at + 2,
                        [MetricLogged("shared", f"m{number}", at, 1.0, float(at))],
                    )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with SqliteStore(location) as opened:
        assert {m.key: (m.count, m.last) for m in opened.get_run("shared").metrics} == {
            f"m{number}": (20, 19.0) for number in range(8)
        }
        assert opened.check() == []


def test_identifiers_sort_by_time():
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(len(one) == 32 and one[12] == "7" and one[16] in "89ab" for one in made)
    assert [one[:12] for one in made] == sorted(one[:12] for one in made)


def test_known_bad_versions_of_sqlite():
    assert has_wal_reset_bug("3.51.2")
    assert has_wal_reset_bug("3.50.6")
    assert not has_wal_reset_bug("3.50.7")
    assert not has_wal_reset_bug(apsw.sqlite_lib_version())


def test_other_schemes_are_refused():

    with pytest.raises(StoreError, match="no such kind of store"):
        locate_store("ftp://db/x")
    assert str(locate_store("sqlite:////abs/x.db").database) == "/abs/x.db"
    assert locate_store("/abs/x.db").journals.name == "x.journal.d"


def test_points_go_into_chunks(sqlite):
    count = 2 * CHUNK_POINTS + 5
    sqlite.apply(
        "w", 1, [started(), *(MetricLogged("r1", "m", step, 1.0, 1.0) for step in range(count))]
    )
    chunks = [
        row[0] for row in apsw.Connection(str(sqlite.location)).execute("SELECT count FROM chunk")
    ]
    assert chunks == [CHUNK_POINTS, CHUNK_POINTS, 5]
