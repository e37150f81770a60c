"""Statements that insert several rows."""

import pytest

from treadle.store.sql.postgresql.multirow import is_insert, widen

SET = (
    "INSERT INTO tag (key, value) VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET value = ? "
    "RETURNING key"
)


@pytest.mark.parametrize("count", [1, 2, 16, 17, 40])
def test_all_rows_are_there_once_and_what_they_share_once_a_statement(count):
    rows = [(number, f"v{number}", "shared") for number in range(count)]
    seen = []
    for text, values in widen(SET, rows):
        own = (len(values) - 1) // 2
        assert text == SET.replace("(?, 1, ?)", ", ".join(["(?, 1, ?)"] * own))
        assert values[-1] == "shared"
        seen += [(values[place], values[place + 1]) for place in range(0, own * 2, 2)]
    assert seen == [row[:2] for row in rows]


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (SET, True),
        ("INSERT INTO chunk VALUES (?, ?)", True),
        ("INSERT INTO chunk SELECT ?, ?", False),
        ("INSERT INTO tag VALUES (?, lower(?))", True),
        ("INSERT INTO tag VALUES (?, (SELECT max(key) FROM tag))", False),
        ("WITH given (key) AS (SELECT ?) INSERT INTO tag SELECT key FROM given", False),
        ("UPDATE tag SET value = ? WHERE key = ?", False),
    ],
)
def test_what_can_be_widened(statement, answer):
    assert is_insert(statement) == answer


def test_rows_that_are_given_to_a_query():
    text = (
        "WITH given (k, v) AS (VALUES (?, CAST(? AS REAL))) INSERT INTO tag SELECT k, v FROM "
        "given WHERE ? = k"
    )
    wide = text.replace("(?, CAST(? AS REAL))", "(?, CAST(? AS REAL)), (?, CAST(? AS REAL))")
    assert list(widen(text, [(1, 2.0, 1), (2, None, 1)])) == [(wide, [1, 2.0, 2, None, 1])]


def test_what_cannot_be_widened_is_refused():
    with pytest.raises(ValueError, match="no statement that inserts a row: DELETE"):
        list(widen("DELETE FROM tag WHERE key = ?", [(1,)]))
