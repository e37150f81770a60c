"""The statements of queries.sql: each is used, and both databases accept it."""

import contextlib
import re
from pathlib import Path

import psycopg

import treadle.store.sql
from treadle.store.series_columns import LEVELS
from treadle.store.sql.entry_rows import ROWS
from treadle.store.sql.series.write import CHUNK_POINTS
from treadle.store.sql.sqlite import SqliteDatabase
from treadle.store.sql.statements import SQL, Statements

SOURCE = "".join(path.read_text() for path in Path(treadle.store.sql.__file__).parent.rglob("*.py"))
POSTGRESQL_ONLY = {"note_request_of_run"}
PARTS = {"merge_summary"}  # the end of a statement


def test_a_statement_is_one_line_without_comments(tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text("-- about it\n\n-- name: one\n-- why\nSELECT a, -- which\n    b\nFROM c\n")
    assert dict(Statements(path).all) == {"one": "SELECT a, b FROM c"}


def test_every_statement_is_used_and_every_used_one_exists():
    used = set(re.findall(r"""SQL\[["'](\w+)["']\]""", SOURCE))
    used |= {statement for statement, _ in ROWS.values()}
    assert used == set(SQL.all)


def test_sqlite_accepts_every_statement(tmp_path):
    with contextlib.closing(SqliteDatabase(tmp_path / "x.db")) as database:
        for name in set(SQL.all) - PARTS - POSTGRESQL_ONLY:
            text = SQL[name]
            database.execute(f"EXPLAIN {text}", (None,) * text.count("?"))


def test_postgresql_accepts_every_statement(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in set(SQL.all) - PARTS:
            head, *rest = SQL[name].split("?")
            text = "".join([head, *(f"${number}{part}" for number, part in enumerate(rest, 1))])
            connection.execute(f"PREPARE {name} AS {text}".encode())


def test_the_numbers_in_the_outline_of_a_range_are_those_of_the_chunks():
    text = SQL["outline_of_range"]
    assert f" {CHUNK_POINTS} * (" in text
    assert text.count(f"size = {LEVELS[-1]}") == 3
    assert text.count("WHEN count >= ?") == len(LEVELS)
