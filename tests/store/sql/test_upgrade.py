"""Older stores are upgraded as a whole, after a backup; here by a step made up for the test."""

import apsw
import psycopg
import pytest

from treadle.errors import StoreError
from treadle.records import MetricLogged, RunStarted, TagsSet
from treadle.store import identify, locate_store
from treadle.store.connect import connect_team_store
from treadle.store.sql import schema

NOW = schema.newest()
STEP = """
ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE TABLE remark (key INTEGER PRIMARY KEY, text TEXT NOT NULL, size REAL) -- with a comment
"""


class Sqlite:
    def __init__(self, folder):
        self.address = str(folder / "team.db")
        self._backup = folder / f"team.db.v{NOW}.backup"

    def execute(self, statement, file=None):
        connection = apsw.Connection(str(file or self.address))
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def version(self):
        return self.execute("PRAGMA user_version")[0][0]

    def set_version(self, version):
        self.execute(f"PRAGMA user_version = {version}")

    def columns(self, table):
        return [row[1:4] for row in self.execute(f"PRAGMA table_info({table})")]

    def backup(self, column, table):
        return self.execute(f"SELECT {column} FROM {table}", self._backup)

    def version_of_backup(self):
        return self.backup("user_version", "pragma_user_version")

    def has_backup(self):
        return self._backup.exists()


class Postgresql:
    def __init__(self, address):
        self.address = address

    def execute(self, statement):
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def version(self):
        return self.execute("SELECT version FROM treadle_schema")[0][0]

    def set_version(self, version):
        self.execute(f"UPDATE treadle_schema SET version = {version}")

    def columns(self, table):
        return self.execute(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
            f" WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
        )

    def backup(self, column, table):
        return self.execute(f"SELECT {column} FROM treadle_v{NOW}_backup.{table}")

    def version_of_backup(self):
        return self.backup("version", "treadle_schema")

    def has_backup(self):
        return bool(self.execute("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'treadle_v%'"))


def another(request, folder):
    """Return a new database of the kind of the `database` fixture."""
    if request.node.callspec.params["database"] == "sqlite":
        folder.mkdir(exist_ok=True)
        return Sqlite(folder)
    return Postgresql(request.getfixturevalue("postgres_server").create(empty=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    return another(request, tmp_path)


def connect(database):
    return connect_team_store(locate_store(database.address))


def fill(database):
    with connect(database) as store:
        started = RunStarted("aa", "other", "one", 10.0, "code", "", identify(), "ada")
        points = [MetricLogged("aa", "m", step, 11.0, float(step)) for step in range(2)]
        store.write([started, TagsSet("aa", {"k": "v"}), *points])


def check(store):
    details = store.get_run("aa")
    assert (details.run.experiment, details.run.metrics) == ("other", {"m": 1.0})
    assert details.run.tags == {"k": "v"}
    assert [(point.step, point.value) for point in store.points("aa", "m")] == [(0, 0.0), (1, 1.0)]
    assert store.outline("aa", "m", 10) == store.points("aa", "m")
    assert [one.name for one in store.experiments.all()] == ["default", "other"]


def test_a_new_store_has_the_default_experiment_and_the_newest_version(database):
    with connect(database) as store:
        (default,) = store.experiments.all()
    assert (default.id, default.name, default.created) == ("0", "default", default.updated)
    assert default.created > 1e9
    assert (database.version(), database.has_backup()) == (NOW, False)


def test_an_older_store_is_upgraded_after_a_backup(database, monkeypatch):
    fill(database)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, STEP))
    with connect(database) as store:
        check(store)
    assert database.version() == NOW + 1
    assert database.execute("SELECT note FROM run") == [("",)]
    assert database.version_of_backup() == [(NOW,)]
    assert database.backup("id", "run") == [("aa",)]
    assert database.backup("count", "chunk") == [(2,)]
    with connect(database) as store:
        check(store)
        made = store.experiments.create("new", created=1.0, artifact_location="", tags={})
        assert int(made) > 1


def test_a_store_of_the_first_version_gets_what_came_later(database, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(schema, "STEPS", ())
        fill(database)
    assert database.version() == schema.FIRST
    assert database.columns("saved_view") == []
    with connect(database) as store:
        check(store)
        assert store.views.all() == []
    assert database.version() == NOW
    assert database.columns("saved_view") != []


def test_an_upgraded_store_has_the_same_tables_as_a_new_one(
    database, monkeypatch, tmp_path, request
):
    fill(database)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, STEP))
    connect(database).close()
    new = another(request, tmp_path / "new")
    connect(new).close()
    assert new.version() == NOW + 1
    for table in ("run", "remark", "series"):
        assert new.columns(table) == database.columns(table) != []


def test_a_newer_store_is_rejected_and_not_changed(database, monkeypatch):
    fill(database)
    with monkeypatch.context() as newer:
        newer.setattr(schema, "STEPS", (*schema.STEPS, STEP))
        connect(database).close()
    with pytest.raises(StoreError, match=f"has version {NOW + 1}; this Treadle knows up to"):
        connect(database)
    assert database.version() == NOW + 1


def test_a_store_of_before_the_first_release_is_rejected(database):
    fill(database)
    database.set_version(schema.FIRST - 1)
    with pytest.raises(StoreError, match="before its first release, and cannot be upgraded"):
        connect(database)
    assert (database.version(), database.has_backup()) == (schema.FIRST - 1, False)


def test_a_step_that_fails_changes_nothing(database, monkeypatch):
    fill(database)
    with monkeypatch.context() as broken:
        broken.setattr(schema, "STEPS", (*schema.STEPS, f"{STEP};\nINSERT INTO nowhere VALUES (1)"))
        with pytest.raises(StoreError, match="nowhere"):
            connect(database)
    assert database.version() == NOW
    assert database.columns("remark") == []
    with connect(database) as store:
        check(store)


def test_a_postgresql_that_cannot_be_copied_is_not_changed(postgres_server, monkeypatch):
    database = Postgresql(postgres_server.create(empty=True))
    fill(database)
    database.execute("DROP ROLE IF EXISTS guest")
    database.execute("CREATE ROLE guest LOGIN")
    database.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO guest")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, STEP))
    guest = Postgresql(database.address.replace("//postgres:", "//guest:"))
    with pytest.raises(StoreError, match="cannot be copied before it is upgraded") as caught:
        connect(guest)
    assert "permission denied" in str(caught.value)
    assert f"the schema treadle_v{NOW}_backup" in caught.value.hint
    assert (database.version(), database.has_backup()) == (NOW, False)
