import subprocess
import sys

import pytest

from treadle.cli import render
from treadle.cli.render import Cell, Coloured, table

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
    table(columns, rows, numbers=numbers)
    plain = capsys.readouterr().out
    assert plain.count("\n") == len(rows) + 1
    monkeypatch.setattr(render, "_width", lambda cell: render._UNBOUNDED)
    table(columns, rows, numbers=numbers)
    assert capsys.readouterr().out == plain


def test_lines_of_a_cell_stay_in_their_column(capsys):
    table(["key", "value"], [["a", "one\ntwo"], ["b", "three"]])
    assert capsys.readouterr().out.splitlines() == [
        "key  value",
        "a    one",
        "     two",
        "b    three",
    ]


def test_a_table_that_does_not_fit_is_folded(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "20")
    table(["id", "name"], [["12345678", "a name of many words"]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 20 + len("\x1b[1m\x1b[0m") * 4


def test_a_table_that_fits_loads_no_library():
    code = (
        "import sys; from treadle.cli.render import table; table(['a'], [['b']]); assert 'rich' "
        "not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
