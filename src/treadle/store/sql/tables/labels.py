"""Values that runs have in common: params, tags and attributes to group and sort by.

An index lists the runs of a name by the start of their text, but in SQLite the text itself would be
looked up for each run. Few texts differ, so the places where one follows another are searched for
by halving the list: a few lookups for each text, and not one for each run.
"""

import contextlib
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from treadle.records import Cell
from treadle.store.search.tree import Field
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import PREFIX, TABLES, run_column
from treadle.store.sql.tables.matching import list_keys
from treadle.store.sql.tables.values import is_few, read_some

_TEXTS: Final = {"param": "text", "tag": "value"}
_MOST: Final = 2000
"""Parts of a list that are halved at once; more texts are read for each run."""
_EXACT: Final = 2**53
"""Integers up to it are exact as floats."""


class EqualStart(msgspec.Struct, frozen=True):
    """Runs whose text has the same start."""

    start: str
    keys: list[int]


class Labels(msgspec.Struct, frozen=True):
    """Values of runs by code."""

    cells: list[Cell]
    """The value of each code; code 0 is that of runs without a value."""
    codes: dict[int, int]
    """The code of each run, perhaps also of others."""


def list_by_text(database: Database, table: str, name: str) -> list[int]:
    """Return the keys of all runs with a param or tag, by the start of its text, then by key."""
    source = database.by_text.get(table)
    if source is not None:
        return list_keys(database, f"SELECT run_key FROM {source} WHERE name = ?", [name])
    order = f"ORDER BY substr({_TEXTS[table]}, 1, {PREFIX}), run_key"
    return list_keys(database, f"SELECT run_key FROM {table} WHERE name = ? {order}", [name])


def split_by_start(
    database: Database, table: str, name: str, keys: Sequence[int]
) -> list[EqualStart]:
    """Split a list of runs by the start of the text of a param or tag.

    Args:
        database: The database.
        table: The table.
        name: The name of the param or tag.
        keys: The keys of runs that have it, as `list_by_text` sorts them.
    """
    if not keys:
        return []
    starts = _find_changes(database, table, name, keys)
    if starts is None:
        texts = _read_starts(database, table, name, keys)
        known = list(map(texts.__getitem__, keys))
        starts = {
            place: text for place, text in enumerate(known) if not place or text != known[place - 1]
        }
    begins = sorted(starts)
    ends = [*begins[1:], len(keys)]
    return [
        EqualStart(starts[begin], list(keys[begin:end]))
        for begin, end in zip(begins, ends, strict=True)
    ]


def _find_changes(
    database: Database, table: str, name: str, keys: Sequence[int]
) -> dict[int, str] | None:
    """Return the places in a sorted list where a new text begins; None if there are too many."""
    texts: dict[int, str] = {}
    wanted = {0, len(keys) - 1}
    parts = [(0, len(keys) - 1)]
    while wanted:
        found = _read_starts(database, table, name, [keys[place] for place in wanted])
        texts |= {place: found[keys[place]] for place in wanted}
        open_parts = [
            (low, high) for low, high in parts if high > low + 1 and texts[low] != texts[high]
        ]
        if len(open_parts) > _MOST:
            return None
        halves = [(low, (low + high) // 2, high) for low, high in open_parts]
        wanted = {middle for _, middle, _ in halves}
        parts = [part for low, mid, high in halves for part in ((low, mid), (mid, high))]
    places = sorted(texts)
    before = [None, *(texts[place] for place in places)]
    return {
        place: texts[place]
        for place, previous in zip(places, before[:-1], strict=True)
        if texts[place] != previous
    }


def _read_starts(
    database: Database, table: str, name: str, keys: Collection[int]
) -> dict[int, str]:
    query = f"SELECT run_key, substr({_TEXTS[table]}, 1, {PREFIX}) FROM {table} WHERE name = ?"
    if len(keys) > _MOST:
        return dict(database.execute(query, [name]))
    return dict(read_some(database, query, [name], "run_key", keys))


def read_labels(database: Database, field: Field, keys: Collection[int]) -> Labels:
    """Return the values of a param, tag or attribute of runs."""
    if field.family == "attribute":
        column = run_column(field.key)
        query = f"SELECT key, {column} FROM run WHERE {column} IS NOT NULL"
        if is_few(database, keys):
            return _number_rows(read_some(database, query, [], "key", keys))
        equal = (
            f"SELECT {column}, string_agg(CAST(key AS TEXT), ',') FROM run"
            f" WHERE {column} IS NOT NULL GROUP BY {column}"
        )
        return _number(_split_keys(database.execute(equal)))
    table = TABLES[field.family]
    if is_few(database, keys):
        query = f"SELECT run_key, {_TEXTS[table]} FROM {table} WHERE name = ?"
        rows = read_some(database, query, [field.key], "run_key", keys)
        is_param = field.family == "params"
        return _number_rows((key, _as_cell(text) if is_param else text) for key, text in rows)
    if field.family == "tags":
        listed = list_by_text(database, table, field.key)
        return _number(_read_texts(database, table, field.key, listed))
    return _read_params(database, field.key)


def _read_params(database: Database, name: str) -> Labels:
    """Return the values of a param of all runs: numbers, then the texts of the others."""
    equal = (
        "SELECT number, string_agg(CAST(run_key AS TEXT), ',') FROM param"
        " WHERE name = ? AND number IS NOT NULL GROUP BY number"
    )
    parts: list[tuple[Cell, Sequence[int]]] = [
        (int(number) if abs(number) < _EXACT and number == int(number) else number, keys)
        for number, keys in _split_keys(database.execute(equal, [name]))
    ]
    numbers = {key for _, keys in parts for key in keys}
    # Booleans are stored as numbers, too: here they come last, and so are not 1 and 0.
    own = "SELECT run_key FROM param WHERE name = ? AND substr(text, 1, 100) = ?"
    booleans = [(value, list_keys(database, own, [name, text])) for text, value in _BOOLEANS]
    listed = [key for key in list_by_text(database, "param", name) if key not in numbers]
    texts = [
        (_as_cell(str(text)), keys) for text, keys in _read_texts(database, "param", name, listed)
    ]
    return _number([*parts, *texts, *booleans])


_BOOLEANS: Final[tuple[tuple[str, Cell], ...]] = (("true", True), ("false", False))


def _read_texts(
    database: Database, table: str, name: str, keys: Sequence[int]
) -> list[tuple[Cell, Sequence[int]]]:
    """Return the texts of runs, each with its runs; the whole text where the start is cut."""
    found: list[tuple[Cell, Sequence[int]]] = []
    whole = f"SELECT run_key, {_TEXTS[table]} FROM {table} WHERE name = ?"
    for part in split_by_start(database, table, name, keys):
        if len(part.start) < PREFIX:
            found.append((part.start, part.keys))
        else:
            rows = read_some(database, whole, [name], "run_key", part.keys)
            found += [(text, [key]) for key, text in rows]
    return found


def _split_keys(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, Sequence[int]]]:
    """Return values with the keys of their runs, which come as one text."""
    decode = msgspec.json.Decoder(list[int]).decode
    return [(value, decode(f"[{keys}]")) for value, keys in rows]


def _number_rows(rows: Iterable[Sequence[Any]]) -> Labels:
    """Return the values of runs by code, from rows of a key and a value."""
    return _number((value, (key,)) for key, value in rows)


def _number(parts: Iterable[tuple[Cell, Sequence[int]]]) -> Labels:
    """Return the values of runs by code, from values with their runs; later ones replace."""
    known: dict[tuple[bool, Cell], int] = {(False, None): 0}
    cells: list[Cell] = [None]
    codes: dict[int, int] = {}
    for cell, keys in parts:
        code = known.setdefault((isinstance(cell, bool), cell), len(cells))  # 1 is not true
        if code == len(cells):
            cells.append(cell)
        codes.update(dict.fromkeys(keys, code))
    return Labels(cells, codes)


def _as_cell(text: str) -> Cell:
    """Return the number, boolean or None that the text of a param is; else the text."""
    value: Any = text
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        value = msgspec.json.decode(text)
    if value is None or isinstance(value, bool):
        return value
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text if math.isnan(number) else number
    return int(number) if abs(number) < _EXACT and number == int(number) else number
