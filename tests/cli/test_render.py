import json
import subprocess
import sys
from typing import Any

import pytest

from treadle.cli import tables
from treadle.cli.render import Cell, Coloured
from treadle.cli.tables import Column, print_records, row_columns, table

TABLES: dict[str, tuple[list[str], list[list[Cell]], list[str]]] = {
    "short": (["id", "name", "loss"], [["a", "first", "0.5"], ["bb", "", "12.25"]], ["loss"]),
    "wide characters": (
        ["name", "値"],
        [["日本語", "1"], ["e\u0301a", "22"], ["\U0001f680", "333"]],
        ["値"],
    ),
    "coloured": (["status", "took"], [[Coloured("failed", "red"), "1 s"]], []),
    "no rows": (["id", "name"], [], []),
    "markup": (["name"], [["loss[val]"], ["[red]x[/red]"], ["a\x1b[2Jb"]], []),
    "last column right": (["name", "count"], [["x", "1"], ["y", "10000"]], ["count"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_fits_looks_like_one_that_is_folded(name, capsys, monkeypatch):
    columns, rows, numbers = TABLES[name]
    table(row_columns(*columns, numeric=numbers), rows)
    plain = capsys.readouterr().out
    assert plain.count("\n") == len(rows) + 1
    monkeypatch.setattr(tables, "_width", lambda cell: tables._UNBOUNDED)
    table(row_columns(*columns, numeric=numbers), rows)
    assert capsys.readouterr().out == plain


def test_lines_of_a_cell_stay_in_their_column(capsys):
    table(row_columns("key", "value"), [["a", "one\ntwo"], ["b", "three"]])
    assert capsys.readouterr().out.splitlines() == [
        "key  value",
        "a    one",
        "     two",
        "b    three",
    ]


def test_a_table_that_does_not_fit_is_folded(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "20")
    table(row_columns("id", "name"), [["12345678", "a name of many words"]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 20 + len("\x1b[1m\x1b[0m") * 4


def test_a_table_that_fits_loads_no_library():
    code = (
        "import sys; from treadle.cli.tables import row_columns, table; "
        "table(row_columns('a'), [['b']]); assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_records_are_printed_as_a_table_as_json_or_as_the_reason_why_there_are_none(capsys):
    columns: list[Column[dict[str, Any]]] = [
        Column("name", lambda record: record["name"].upper()),
        Column("loss", lambda record: f"{record['loss']:.1f}", is_numeric=True),
    ]
    records = [{"name": "a", "loss": 0.25}, {"name": "b", "loss": 10.0}]
    print_records(records, columns, as_json=False)
    assert capsys.readouterr().out.splitlines() == ["name  loss", "A      0.2", "B     10.0"]
    print_records(records, columns, as_json=True)
    assert json.loads(capsys.readouterr().out) == records
    print_records([], columns, as_json=False, empty="None.")
    assert capsys.readouterr().out == "None.\n"
    print_records([], columns, as_json=True, empty="None.")
    assert json.loads(capsys.readouterr().out) == []
