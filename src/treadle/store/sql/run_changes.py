"""Changes of a run by a user: its name, tags, experiment, end and deletion."""

from collections.abc import Mapping, Sequence

from treadle.errors import ConflictError, RunNotFoundError, SearchError
from treadle.records import RunChange, TagsSet
from treadle.store.control_characters import has_control_characters
from treadle.store.sql.apply import EntryApplier
from treadle.store.sql.database import Database
from treadle.store.sql.experiments import SqlExperiments
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.read import find_run_key
from treadle.store.sql.run_states import end_run
from treadle.store.sql.runs import SqlRuns


def change_run(database: Database, run: str, change: RunChange, time: float) -> int:
    """Change a run in the caller's transaction; return its key.

    Args:
        database: The database.
        run: The run, as for `find_run_key`.
        change: The changes.
        time: Seconds since the epoch.

    Raises:
        RunNotFoundError: No run matches, or several.
        ConflictError: The experiment to move to is deleted, or the run has already ended.
        SearchError: The name is invalid.
    """
    key = find_run_key(database, run)
    _change(database, {SqlRuns(database).id_of(key): run}, change, time)
    return key


def change_runs(database: Database, runs: Sequence[str], change: RunChange, time: float) -> int:
    """Change many runs in the caller's transaction; return their number.

    Args:
        database: The database.
        runs: Their ids.
        change: The changes.
        time: Seconds since the epoch.

    Raises:
        RunNotFoundError: A run does not exist.
        ConflictError: The experiment to move to is deleted, or a run has already ended.
        SearchError: The name is invalid.
    """
    own = {run: run for run in runs}
    known: set[str] = set()
    for marks, some in in_parts(list(own)):
        # Locked in the same order by all who change them.
        query = f"SELECT id FROM run WHERE id IN ({marks}) ORDER BY key{database.row_lock}"
        known.update(run for (run,) in database.execute(query, some))
    for run in own:
        if run not in known:
            raise RunNotFoundError(f'There is no run "{run}".')
    _change(database, own, change, time)
    return len(own)


def _change(database: Database, runs: Mapping[str, str], change: RunChange, time: float) -> None:
    """Change runs; each id has the name that the user knows the run by."""
    if change.name is not None and has_control_characters(change.name):
        raise SearchError(
            f"Invalid run name: {change.name[:50]!r}.", hint="A name is all in one line."
        )
    if change.name is not None:
        _set(database, "name", change.name, list(runs))
    for run, known_as in runs.items():
        if change.ended_as is not None and not end_run(database, run, change.ended_as):
            raise ConflictError(
                f'Run "{known_as}" has ended already.',
                hint=f'"treadle runs show {known_as}" says how.',
            )
    if change.tags:
        EntryApplier(database).apply([TagsSet(run, change.tags) for run in runs])
    for tag in change.untag:
        for marks, some in in_parts(list(runs)):
            own = f"SELECT key FROM run WHERE id IN ({marks})"
            database.execute(f"DELETE FROM tag WHERE name = ? AND run_key IN ({own})", [tag, *some])
    if change.experiment is not None:
        SqlRuns(database).move(list(runs), _find_experiment(database, change.experiment, time))
    if change.deleted is not None:
        _set(database, "deleted", time if change.deleted else None, list(runs))


def _set(database: Database, column: str, value: str | float | None, runs: Sequence[str]) -> None:
    """Set a column of runs."""
    for marks, some in in_parts(runs):
        database.execute(f"UPDATE run SET {column} = ? WHERE id IN ({marks})", [value, *some])


def _find_experiment(database: Database, name: str, time: float) -> str:
    """Return the id of the experiment to move a run to, which is created if it does not exist."""
    experiments = SqlExperiments(database)
    known = experiments.find(name)
    if known is None:
        return experiments.create(name, created=time, artifact_location="", tags={}) or "0"
    if known.deleted is not None:
        raise ConflictError(
            f'The experiment "{name}" is deleted.',
            hint=f'"treadle experiments restore {name}" restores it.',
        )
    return known.id
