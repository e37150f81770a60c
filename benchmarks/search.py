"""What it costs to find a page of runs, and to draw long series."""

import http.client
import math
import random
import statistics
import tempfile
import time
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from benchmarks.measure import Row
from benchmarks.server import Server, mlflow_server, postgres, running
from treadle.records import RunStarted, SeriesLogged
from treadle.store import Search, identify, locate_store, parse, parse_sort
from treadle.store.sql.sqlite import SqliteStore
from treadle.store.sql.store import SqlStore

__all__ = ["fill", "measure"]

_SHARED_BUFFERS = "2GB"
"""What the how-to about servers tells to give PostgreSQL where there are many runs.

A million take 3 GB.
"""
_RANGE = (400_000, 401_999)
"""Steps that somebody looks at more closely."""


class Question(msgspec.Struct, frozen=True):
    """What somebody looks for."""

    where: str
    sort: str
    experiment: str = ""
    """Of twenty; in all of them if not given."""


QUESTIONS = (
    Question("", "-started"),
    Question("metrics.loss < 0.1", "metrics.loss"),
    Question("metrics.loss < 0.1", "-started"),
    Question("metrics.loss < 0.1 and params.model = 'ridge'", "-metrics.acc"),
    Question("params.depth = 3 and tags.stage = 'prod'", "-metrics.auc"),
    Question("metrics.loss < 0.001", "-metrics.acc"),
    Question("status = 'failed'", "-metrics.acc"),
    Question("name = 'run-77'", "-metrics.acc"),
    Question("params.depth = 3", "params.lr"),
    Question("not (params.depth = 3) and tags.stage like 'pro%'", "tags.stage"),
    Question("status = 'failed'", "-started"),
    Question("user = 'ada' and status = 'failed'", "-started"),
    Question("experiment = 'exp7' and metrics.loss < 0.1", "-started"),
    Question("", "-started", experiment="7"),
    Question("", "-metrics.acc", experiment="7"),
    Question("metrics.loss < 0.1", "-started", experiment="7"),
    Question("metrics.loss < 0.1", "-metrics.acc", experiment="7"),
    Question("", "-started,metrics.acc"),
    Question("", "min(metrics.loss)"),
    Question("min(metrics.loss) < 0.1", "-metrics.acc"),
    Question("params.model = 'ridge'", "min(metrics.loss)", experiment="7"),
)
HARD = (
    # Common each, rare together; not to be told from an index; no index; all of them long ago.
    Question("params.depth = 3 and tags.stage = 'prod' and params.model = 'xgb'", "-metrics.auc"),
    Question("min(metrics.loss) < 0.01 and tags.stage = 'dev'", "-metrics.auc"),
    Question(
        "params.depth in (3, 4) and tags.stage = 'prod' and status = 'failed'", "-metrics.auc"
    ),
    Question("params.depth = 3 and tags.stage = 'prod'", "-metrics.acc", experiment="7"),
    Question("", "mean(metrics.loss)", experiment="7"),
    Question("user = 'ada' and name like 'run-77%'", "-started"),
)


def fill(store: SqlStore, count: int) -> None:
    """Make runs with 3 params, 4 metrics and a tag, by the shortest way."""
    chance = random.Random(0)
    database = store._database  # noqa: SLF001 - not measured, and a million runs have to come from somewhere
    with store.transaction():
        for number in range(20):
            database.execute(
                "INSERT INTO experiment (name, created) VALUES (?, ?)",
                (f"exp{number}", float(number)),
            )
        for begin in range(1, count + 1, 20_000):
            keys = range(begin, min(count + 1, begin + 20_000))
            database.executemany(
                "INSERT INTO run (key, id, experiment_key, name, status, started, ended, kind, "
                "command, user_name, parent,"
                " touched) VALUES (?, ?, ?, ?, ?, ?, ?, 'code', 'python train.py', 'ada', '', 0)",
                [
                    (
                        key,
                        f"{key:032x}",
                        1 + key % 20,
                        f"run-{key}",
                        "failed" if chance.random() < 0.05 else "finished",
                        1.7e9 + key * 10,
                        1.7e9 + key * 10 + 5,
                    )
                    for key in keys
                ],
            )
            params = []
            for key in keys:
                rate, depth = chance.choice([1e-2, 1e-3, 1e-4]), chance.randrange(1, 20)
                model = chance.choice(["ridge", "lasso", "xgb"])
                params += [
                    (key, "depth", str(depth), str(depth), float(depth)),
                    (key, "lr", str(rate), str(rate), rate),
                    (key, "model", f'"{model}"', model, None),
                ]
            database.executemany("INSERT INTO param VALUES (?, ?, ?, ?, ?)", params)
            database.executemany(
                "INSERT INTO tag VALUES (?, 'stage', ?)",
                [(key, chance.choice(["dev", "test", "prod"])) for key in keys],
            )
            values = [
                (key, name, chance.random())
                for key in keys
                for name in ("acc", "auc", "loss", "val_loss")
            ]
            database.executemany(
                "INSERT INTO series (run_key, name, last, last_step, min, max, total, finite, "
                "count, nan_count, last_time,"
                " experiment_key)"
                " VALUES (?, ?, ?, 100, ?, ?, ?, 100, 100, 0, 1.7e9, ?)",
                [
                    (key, name, value, value, value + 1, value * 100, 1 + key % 20)
                    for key, name, value in values
                ],
            )


def pages(store: SqlStore, questions: Sequence[Question] = QUESTIONS) -> list[float]:
    """Time each question's first and second page of 100 runs, warm; milliseconds."""
    times = []
    for one in questions:
        search = Search(
            where=parse(one.where) if one.where else None,
            sort=parse_sort(one.sort),
            limit=100,
            experiments=(one.experiment,) if one.experiment else None,
        )
        for _ in range(2):
            found = store.runs.page(search)
            taken = []
            for _ in range(5):
                began = time.perf_counter()
                found = store.runs.page(search)
                taken.append(time.perf_counter() - began)
            times.append(statistics.median(taken) * 1e3)
            if not found.next:
                break
            search = msgspec.structs.replace(search, after=found.next)
    return times


def peer_page(count: int) -> float:
    """Time MLflow's page of 100 of some runs, filtered and sorted, over its own server."""
    with tempfile.TemporaryDirectory() as folder:
        arguments, port = mlflow_server(folder)
        with running(arguments, folder, port) as server:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda number: _log_one(server, number), range(count)))
            return _ask(server)


def _log_one(server: Server, number: int) -> None:
    chance = random.Random(number)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    made = server.ask("runs/create", {"experiment_id": "0", "start_time": number + 1}, connection)
    server.ask(
        "runs/log-batch",
        {
            "run_id": made["run"]["info"]["run_id"],
            "metrics": [
                {"key": key, "value": chance.random(), "timestamp": 1, "step": 1}
                for key in ("acc", "auc", "loss", "val_loss")
            ],
            "params": [
                {"key": "depth", "value": str(number % 20)},
                {"key": "model", "value": "ridge"},
            ],
            "tags": [{"key": "stage", "value": "prod"}],
        },
        connection,
    )
    connection.close()


def _ask(server: Server) -> float:
    body = {
        "experiment_ids": ["0"],
        "filter": "metrics.loss < 0.1",
        "order_by": ["metrics.acc DESC"],
        "max_results": 100,
    }
    taken = []
    for _ in range(10):
        began = time.perf_counter()
        server.ask("runs/search", body)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:]) * 1e3


def chart(store: SqlStore, points: int) -> dict[str, float]:
    """Time outlines of each of 10 series; milliseconds by what is looked at."""
    chance = random.Random(1)
    store.write([RunStarted("chart", "e", "chart", 1.0, "code", "", identify())])
    for number in range(10):
        for begin in range(0, points, 100_000):
            steps = array("q", range(begin, begin + 100_000))
            values = array("d", [math.sin(s / 5000) + chance.gauss(0, 0.1) for s in steps])
            store.write(
                [SeriesLogged("chart", f"m{number}", 1.0, steps.tobytes(), values.tobytes())]
            )
    times = {}
    looks = {
        "500 groups": (500, None),
        "1000 groups": (1000, None),
        "2,000 steps of it": (500, _RANGE),
    }
    for look, (groups, within) in looks.items():
        taken = []
        for _ in range(5):
            began = time.perf_counter()
            for number in range(10):
                store.runs.outline("chart", f"m{number}", groups, within)
            taken.append(time.perf_counter() - began)
        times[look] = statistics.median(taken) * 1e3
    return times


def _rows(store: SqlStore, count: int, theirs: float, where: str) -> list[Row]:
    fill(store, count)
    if where:
        for command in ("VACUUM", "ANALYZE"):  # as PostgreSQL does by itself after a while
            store._database.execute(command)  # noqa: SLF001
    times, hard = pages(store), pages(store, HARD)
    figures = {
        f"median of {len(times)}": (statistics.median(times), "≤ 20 ms"),
        f"slowest of {len(times)}": (max(times), "≤ 20 ms"),
        f"slowest of {len(hard)} hard ones": (max(hard), ""),
    }
    return [
        Row(
            what=f"a page of 100 of {count:,} runs{where}, {what}",
            peer="mlflow, 3,000 runs",
            theirs=theirs,
            ours=ours,
            unit="ms",
            budget=budget,
        )
        for what, (ours, budget) in figures.items()
    ]


def measure(*, quick: bool = False) -> list[Row]:
    """Compare pages of few runs with MLflow's.

    Of many there is no peer that could be waited for.
    """
    from treadle.store.sql.postgresql.database import PostgresStore

    theirs = peer_page(300 if quick else 3000)
    rows = []
    counts = (3000, 100_000) if quick else (3000, 100_000, 1_000_000)
    for count in counts:
        with (
            tempfile.TemporaryDirectory() as folder,
            SqliteStore(locate_store(Path(folder) / "x.db")) as store,
        ):
            rows += _rows(store, count, theirs, "")
    for count in counts:
        with (
            tempfile.TemporaryDirectory(prefix="treadle-pg-") as folder,
            postgres(folder, _SHARED_BUFFERS) as uri,
            PostgresStore(locate_store(uri)) as store,
        ):
            rows += _rows(store, count, theirs, " on PostgreSQL")
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteStore(locate_store(Path(folder) / "x.db")) as store,
    ):
        rows += _charts(store, "")
    with (
        tempfile.TemporaryDirectory(prefix="treadle-pg-") as folder,
        postgres(folder) as uri,
        PostgresStore(locate_store(uri)) as store,
    ):
        rows += _charts(store, " on PostgreSQL")
    return rows


def _charts(store: SqlStore, where: str) -> list[Row]:
    return [
        Row(
            what=f"a chart of 10 series of 1,000,000 points{where}, {look}",
            peer="–",
            theirs=None,
            ours=ours,
            unit="ms",
            budget="≤ 50 ms",
        )
        for look, ours in chart(store, 1_000_000).items()
    ]
