"""Stores of many runs, for Treadle and MLflow: the same runs, made by the databases themselves."""

import math
import sqlite3
from array import array
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.server import Server
from treadle.records import RunEnded, RunStarted, SeriesLogged
from treadle.store import identify, locate_store, open_store
from treadle.store.sql.sqlite import SqliteStore

__all__ = ["Runs", "extremes", "fill", "fill_curves", "fill_large", "fill_mlflow", "run_id"]

RARE: Final = 10_000
_RARE_OF_A_RUN: Final = 5
_STARTED: Final = 1_700_000_000
_SPIKE: Final = 10
# A number from 0 to 1 that depends on a run and a name, and is the same in both stores.
_CHANCE: Final = (
    "(((run.key * 7919 + name.number * 104729 + 17) * 48271 % 2147483647) / 2147483647.0)"
)


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that are alike: how many, and of how many params and metrics."""

    count: int
    params: int = 20
    metrics: int = 20
    has_rare: bool = True
    """Whether each also has a few of 10,000 further metrics."""
    first: int = 1


def run_id(key: int) -> str:
    """Return the id of a run."""
    return f"{key:032x}"


def _names(into: sqlite3.Connection, runs: Runs) -> None:
    """Make the names and keys that are to be filled in, each sorted, so that rows are appended."""
    into.execute("CREATE TEMP TABLE one (key INTEGER PRIMARY KEY)")
    into.execute("CREATE TEMP TABLE p (name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")
    into.execute("CREATE TEMP TABLE m (name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")
    keys = range(runs.first, runs.first + runs.count)
    into.executemany("INSERT INTO one VALUES (?)", ((key,) for key in keys))
    for table, letter, count in (("p", "p", runs.params), ("m", "m", runs.metrics)):
        into.executemany(
            f"INSERT INTO {table} VALUES (?, ?)",
            ((f"{letter}{at:02}", at) for at in range(count)),
        )


def _forget(into: sqlite3.Connection) -> None:
    for table in ("one", "p", "m"):
        into.execute(f"DROP TABLE {table}")


def _rare() -> str:
    """Return the few names of a run among many, as a query beside ``run``."""
    each = f"printf('layer%05d/weight', (run.key * {_RARE_OF_A_RUN} + at.value) % {RARE})"
    return (
        f"SELECT run.key, {each} AS name, 1000 + at.value AS number FROM temp.one AS run"
        f" CROSS JOIN (SELECT key AS value FROM temp.one ORDER BY key LIMIT {_RARE_OF_A_RUN}) AS at"
    )


def _each(table: str) -> str:
    return (
        "SELECT run.key, name.name, name.number FROM temp.one AS run"
        f" CROSS JOIN temp.{table} AS name"
    )


def _metrics(runs: Runs) -> str:
    """Return the query of all metrics of all runs."""
    return f"{_each('m')} UNION ALL {_rare()}" if runs.has_rare else _each("m")


def fill(database: Path, runs: Runs, experiment: int) -> None:
    """Fill a store of Treadle's with runs of one point a metric, without the indexes at first."""
    open_store(locate_store(database)).close()
    into = sqlite3.connect(database, isolation_level=None)
    into.execute("PRAGMA synchronous = OFF")
    into.execute("BEGIN")
    indexes = into.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('run', 'param', 'series')"
    ).fetchall()
    for name, _ in indexes:
        into.execute(f"DROP INDEX {name}")
    _names(into, runs)
    into.execute(
        "INSERT INTO experiment (key, name, created, updated) VALUES (?, ?, 1, 1)",
        (experiment, f"group/{experiment}"),
    )
    into.execute(
        "INSERT INTO run (key, id, experiment_key, name, status, started, ended, kind, command,"
        " user_name, parent, touched) SELECT key, printf('%032x', key), ?, 'run-' || key,"
        " CASE WHEN key % 20 THEN 'finished' ELSE 'failed' END, ? + key * 10, ? + key * 10 + 500,"
        " 'code', 'python train.py', 'ada', '', 1 FROM one",
        (experiment, _STARTED, _STARTED),
    )
    into.execute(
        f"INSERT INTO param SELECT key, name, value, value, value FROM (SELECT run.key, name.name,"
        f" round({_CHANCE}, 6) AS value FROM temp.one AS run CROSS JOIN temp.p AS name)"
    )
    into.execute(
        "INSERT INTO series (run_key, name, last, last_step, min, max, total, finite, count,"
        " nan_count, last_time, next_position, tail_rows, tail_points, experiment_key)"
        " SELECT key, name, value, 9, value - 0.1, value + 0.1, value * 10, 10, 10, 0, ?, 0, 0, 0,"
        " ?"
        f" FROM (SELECT run.key, name.name, {_CHANCE} AS value"
        f" FROM ({_metrics(runs)}) AS name JOIN temp.one AS run USING (key)) ORDER BY key, name",
        (_STARTED, experiment),
    )
    for _, statement in indexes:
        into.execute(statement)
    _forget(into)
    into.execute("COMMIT")
    into.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    into.close()


def fill_large(database: Path, run: str, count: int) -> None:
    """Add a run with many metrics of a few points."""
    steps = array("q", range(20))
    _write(
        database,
        run,
        (
            (f"block{at // 100:03}/layer{at % 100:02}", steps, array("d", [at + s for s in steps]))
            for at in range(count)
        ),
    )


def extremes(number: int) -> tuple[float, float]:
    """Return the least and the greatest value of a long curve, each at one step alone."""
    return -_SPIKE - number / 4, _SPIKE + number / 4


def fill_curves(database: Path, count: int, points: int) -> list[str]:
    """Add runs with one long curve each; return their ids."""
    steps = array("q", range(points))
    wave = array("d", (math.sin(step / 5000) + math.sin(step * step) for step in steps))
    ids = []
    for number in range(count):
        shift = points * number // count
        values = wave[shift:] + wave[:shift]
        least, greatest = extremes(number)
        values[(shift + points // 3) % points] = least
        values[(shift + points // 7) % points] = greatest
        ids.append(run_id(0xC0DE0000 + number))
        _write(database, ids[-1], [("loss", steps, values)])
    return ids


def _write(
    database: Path, run: str, series: Iterable[tuple[str, "array[int]", "array[float]"]]
) -> None:
    with closing(SqliteStore(locate_store(database))) as store:
        start = RunStarted(run, "long", f"long-{run[-3:]}", _STARTED, "code", "", identify())
        store.write([start])
        store.write(
            [
                SeriesLogged(run, name, _STARTED, steps.tobytes(), values.tobytes())
                for name, steps, values in series
            ]
        )
        store.write([RunEnded(run, "finished", _STARTED + 500.0)])


def fill_mlflow(folder: Path, server: Server, groups: dict[int, Runs], large: int) -> None:
    """Fill the database of a server of MLflow's with the same runs, and a run of many metrics.

    Args:
        folder: Where the server runs.
        server: The server, which has made the tables.
        groups: Runs by the number of their experiment, from 1.
        large: The number of metrics of the run, which is alone in the last experiment.
    """
    for experiment in [*groups, len(groups) + 1]:
        server.ask("experiments/create", {"name": f"group{experiment}"})
    into = sqlite3.connect(folder / "mlflow.db", isolation_level=None)
    into.execute("PRAGMA synchronous = OFF")
    into.execute("BEGIN")
    for experiment, runs in groups.items():
        _fill_mlflow(into, runs, experiment)
    key = 1 + max(runs.first + runs.count for runs in groups.values())
    one = Runs(count=1, first=key, params=0, metrics=large, has_rare=False)
    _fill_mlflow(into, one, len(groups) + 1)
    into.execute("COMMIT")
    into.close()


def _fill_mlflow(into: sqlite3.Connection, runs: Runs, experiment: int) -> None:
    _names(into, runs)
    into.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id,"
        " status, start_time, end_time, source_version, lifecycle_stage, artifact_uri,"
        " experiment_id) SELECT printf('%032x', key), 'run-' || key, 'LOCAL', 'train.py', '',"
        " 'ada', CASE WHEN key % 20 THEN 'FINISHED' ELSE 'FAILED' END, (? + key * 10) * 1000,"
        " (? + key * 10 + 500) * 1000, '', 'active',"
        " 'mlflow-artifacts:/x/' || printf('%032x', key), ? FROM one",
        (_STARTED, _STARTED, experiment),
    )
    into.execute(
        "INSERT INTO tags (key, value, run_uuid)"
        " SELECT 'mlflow.runName', 'run-' || key, printf('%032x', key) FROM one"
    )
    into.execute(
        "INSERT INTO params (key, value, run_uuid) SELECT name.name,"
        f" round({_CHANCE}, 6), printf('%032x', run.key) FROM temp.one AS run"
        " CROSS JOIN temp.p AS name"
    )
    into.execute(
        f"CREATE TEMP TABLE values_of AS SELECT name.name, {_CHANCE} AS value,"
        " printf('%032x', run.key) AS id"
        f" FROM ({_metrics(runs)}) AS name JOIN temp.one AS run USING (key)"
    )
    for table in ("metrics", "latest_metrics"):
        into.execute(
            f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid)"
            " SELECT name, value, ?, 9, 0, id FROM values_of",
            (_STARTED * 1000,),
        )
    into.execute("DROP TABLE values_of")
    _forget(into)
