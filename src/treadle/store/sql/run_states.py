"""States of runs: started, resumed, ended, lost and killed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from treadle.records import ProcessIdentity, RunEnded, RunResumed, RunStarted, Status
from treadle.store.control_characters import without_control_characters
from treadle.store.sql.database import MAX_NAME, Database
from treadle.store.sql.locked_runs import LockedRuns
from treadle.store.sql.statements import SQL

_pack = msgspec.msgpack.encode
_read_owner: Final = msgspec.msgpack.Decoder(ProcessIdentity).decode


def store_start(database: Database, runs: LockedRuns, entry: RunStarted) -> None:
    """Store the start of a run, or its continuation in another process."""
    key = runs.lock(entry.run).key
    experiment = _experiment(database, entry.experiment, entry.started)
    database.execute(
        SQL["start_run"],
        (
            experiment,
            _plain(entry.name),
            entry.started,
            entry.kind,
            entry.command,
            entry.user[:MAX_NAME],
            entry.parent[:MAX_NAME],
            _pack(entry.owner),
            key,
        ),
    )
    runs.move(entry.run, experiment)
    runs.touch(entry.run, entry.started)


def store_resumption(database: Database, runs: LockedRuns, entry: RunResumed) -> None:
    """Store the continuation of a run; change only the given fields."""
    key = runs.lock(entry.run).key
    if entry.owner is not None:
        database.execute(SQL["resume_run"], (_pack(entry.owner), entry.time, key))
    if entry.name:
        database.execute("UPDATE run SET name = ? WHERE key = ?", (_plain(entry.name), key))
    if entry.experiment:
        experiment = _experiment(database, entry.experiment, entry.time)
        database.execute("UPDATE run SET experiment_key = ? WHERE key = ?", (experiment, key))
        runs.move(entry.run, experiment)
    runs.touch(entry.run, entry.time)


def store_end(database: Database, runs: LockedRuns, entry: RunEnded) -> None:
    """Store the end of a run."""
    error = _pack(entry.error) if entry.error else None
    database.execute(
        "UPDATE run SET status = ?, ended = ?, error = ? WHERE key = ?",
        (entry.status, entry.ended, error, runs.lock(entry.run).key),
    )
    runs.touch(entry.run, entry.ended)


def _experiment(database: Database, name: str, created: float) -> int:
    """Return the key of an experiment, which is created or restored."""
    name = _plain(name)
    query = "SELECT key, deleted FROM experiment WHERE name = ?"
    rows = database.execute(query, (name,))
    if not rows:
        database.execute(
            "INSERT INTO experiment (name, created, updated) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO NOTHING",
            (name, created, created),
        )
        rows = database.execute(query, (name,))
    key, deleted = rows[0]
    if deleted is not None:  # it has a run again; its other runs stay deleted
        database.execute(
            "UPDATE experiment SET deleted = NULL, updated = ? WHERE key = ?", (created, key)
        )
    return int(key)


def _plain(name: str) -> str:
    """Return a name in its stored form: entries of a journal can no longer be rejected."""
    return without_control_characters(name[:MAX_NAME])


def end_run(database: Database, run: str, status: Status) -> bool:
    """End a run at the time of its newest entry; return whether it was still running."""
    ended = database.execute(SQL["end_run_at_its_newest_entry"], (status, run))
    for (key,) in ended:
        database.execute(SQL["kill_nodes_of_run"], (key, key))
    return bool(ended)


def lose_runs(database: Database, before: float) -> list[str]:
    """Mark running runs without a heartbeat since a time as lost; return their ids."""
    rows = database.execute(
        "UPDATE run SET status = 'lost' WHERE status = 'running' AND beat < ? RETURNING id",
        (before,),
    )
    return [row[0] for row in rows]


def list_running(database: Database) -> list[tuple[str, ProcessIdentity]]:
    """List the runs that count as running, with the processes that own them."""
    query = "SELECT id, owner FROM run WHERE status IN ('running', 'lost') AND owner IS NOT NULL"
    return [(run, _read_owner(owner)) for run, owner in database.execute(query)]


def beat(database: Database, runs: Sequence[str], time: float) -> None:
    """Record a heartbeat of runs; one that was marked as lost is running again."""
    database.executemany(SQL["beat"], [(time, run) for run in runs])
