"""What it costs to read a table of runs: parts of it, its order, its names, and groups."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import Row
from benchmarks.search import peer_page
from treadle.records.json_numbers import encode_numbers
from treadle.store import (
    GroupQuery,
    KeyQuery,
    Search,
    locate_store,
    parse,
    parse_columns,
    parse_sort,
)
from treadle.store.sql.sqlite import SqliteStore
from treadle.store.sql.store import SqlStore

__all__ = ["fill", "measure"]

_NAMES = 20
_RARE = 12_000
_RARE_OF_A_RUN = 5
_PART = 5000
_EXPERIMENTS = 20


class Ask(msgspec.Struct, frozen=True):
    """Something that a page asks for."""

    what: str
    read: Callable[[], Any]
    budget: str = ""
    has_peer: bool = False


def fill(store: SqlStore, count: int) -> None:
    """Make runs with 20 params and 20 metrics, and 5 metrics of 12,000, by the shortest way."""
    chance = random.Random(0)
    database = store._database  # noqa: SLF001 - not measured, and the runs have to come from somewhere
    with store.transaction():
        for number in range(_EXPERIMENTS):
            database.execute(
                "INSERT INTO experiment (name, created, updated) VALUES (?, 1, 1)",
                (f"exp{number}",),
            )
    for begin in range(1, count + 1, _PART):
        keys = range(begin, min(count + 1, begin + _PART))
        with store.transaction():
            database.executemany(
                "INSERT INTO run (key, id, experiment_key, name, status, started, ended, kind,"
                " command, user_name, parent, touched)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'code', 'python train.py', ?, '', 0)",
                [
                    (
                        key,
                        f"{key:032x}",
                        1 + key % _EXPERIMENTS,
                        f"run-{key}",
                        "failed" if chance.random() < 0.05 else "finished",
                        1.7e9 + key * 10,
                        1.7e9 + key * 10 + chance.random() * 1000,
                        chance.choice(["ada", "bob", "eve"]),
                    )
                    for key in keys
                ],
            )
            database.executemany(
                "INSERT INTO param VALUES (?, ?, ?, ?, ?)",
                [_param(chance, key, number) for key in keys for number in range(_NAMES)],
            )
            database.executemany(
                "INSERT INTO series (run_key, name, last, last_step, min, max, total, finite,"
                " count, nan_count, last_time, next_position, tail_rows, tail_points,"
                " experiment_key)"
                " VALUES (?, ?, ?, 100, ?, ?, ?, 100, 100, 0, 1.7e9, 0, 0, 0, ?)",
                [
                    (key, name, value, value, value + 1, value * 100, 1 + key % _EXPERIMENTS)
                    for key in keys
                    for name in _metrics(key)
                    for value in (chance.random(),)
                ],
            )


def _param(chance: random.Random, key: int, number: int) -> tuple[Any, ...]:
    """Return a param: a text of few, a number of few, or any number."""
    name = f"p{number:02}"
    if number % 3 == 2:
        text = chance.choice(["ridge", "lasso", "xgb"])
        return key, name, f'"{text}"', text, None
    value = chance.random() if number % 3 == 0 else float(chance.randrange(20))
    return key, name, repr(value), repr(value), value


def _metrics(key: int) -> list[str]:
    own = (f"layer{(key * 7 + place) % _RARE}/weight" for place in range(_RARE_OF_A_RUN))
    return [*(f"m{number:02}" for number in range(_NAMES)), *own]


def asks(store: SqlStore) -> list[Ask]:
    """Return what a page asks for."""
    tables = store.tables
    columns = parse_columns(", ".join(f"metrics.m{one:02}, params.p{one:02}" for one in range(20)))
    middle = tables.order(Search(sort=parse_sort("metrics.m03"))).keys[4000:4100]

    def order(sort: str, where: str = "") -> Callable[[], Any]:
        search = Search(where=parse(where) if where else None, sort=parse_sort(sort))
        return lambda: tables.order(search)

    by, of = (
        parse_columns("params.p02"),
        parse_columns(", ".join(f"metrics.m0{n}" for n in "01234")),
    )
    return [
        Ask("the first 100 rows with 24 columns", lambda: tables.page(Search()), "≤ 20 ms", True),
        Ask("100 rows by key with 40 columns", lambda: tables.rows(middle, columns, None)),
        Ask("the order by a metric", order("-metrics.m03"), "≤ 150 ms", True),
        Ask("the order by a number", order("params.p00"), "≤ 150 ms"),
        Ask("the order by a text", order("params.p02"), "≤ 150 ms"),
        Ask("the order by duration", order("-duration"), "≤ 150 ms"),
        Ask("the order by a metric, filtered", order("-metrics.m03", "metrics.m01 < 0.5")),
        Ask("the order by two fields", order("params.p01, -metrics.m03")),
        Ask("the order by a mean, which has no index", order("mean(metrics.m03)")),
        Ask("50 of 12,000 names", lambda: tables.keys(KeyQuery(family="metrics")), "≤ 100 ms"),
        Ask(
            "12,000 names searched for a word",
            lambda: tables.keys(KeyQuery(family="metrics", text="layer77")),
            "≤ 100 ms",
        ),
        Ask(
            "groups by a param, 5 columns",
            lambda: tables.groups(GroupQuery(by=by, columns=of)),
            "≤ 500 ms",
        ),
    ]


def _time(ask: Ask) -> float:
    """Time an answer with its JSON, warm; milliseconds."""
    encode_numbers(ask.read())
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        encode_numbers(ask.read())
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e3


def measure(*, quick: bool = False) -> list[Row]:
    """Compare with a page of MLflow's of few runs; of more there is none to wait for."""
    compared = 300 if quick else 1000
    theirs = peer_page(compared)
    rows = []
    for count in (10_000,) if quick else (10_000, 100_000):
        with (
            tempfile.TemporaryDirectory() as folder,
            SqliteStore(locate_store(Path(folder) / "x.db")) as store,
        ):
            fill(store, count)
            rows += [
                Row(
                    what=f"a table of {count:,} runs: {ask.what}",
                    peer=f"mlflow, a page of {compared:,} runs" if ask.has_peer else "–",
                    theirs=theirs if ask.has_peer else None,
                    ours=_time(ask),
                    unit="ms",
                    budget=ask.budget,
                )
                for ask in asks(store)
            ]
    return rows
