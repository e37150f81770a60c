"""Changes of a run by a user: its name, tags, experiment, end and deletion."""

from treadle.errors import ConflictError, SearchError
from treadle.records import RunChange, TagsSet
from treadle.store.control_characters import has_control_characters
from treadle.store.sql.apply import EntryApplier
from treadle.store.sql.database import Database
from treadle.store.sql.experiments import SqlExperiments
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
    if change.name is not None and has_control_characters(change.name):
        raise SearchError(
            f"Invalid run name: {change.name[:50]!r}.", hint="A name is all in one line."
        )
    key = find_run_key(database, run)
    runs = SqlRuns(database)
    found = runs.id_of(key)
    runs.update(found, name=change.name)
    if change.ended_as is not None and not end_run(database, found, change.ended_as):
        raise ConflictError(
            f'Run "{run}" has ended already.', hint=f'"treadle runs show {run}" says how.'
        )
    if change.tags:
        EntryApplier(database).apply([TagsSet(found, change.tags)])
    for tag in change.untag:
        runs.delete_tag(found, tag)
    if change.experiment is not None:
        runs.move([found], _find_experiment(database, change.experiment, time))
    if change.deleted is not None:
        runs.bin(found, time if change.deleted else None)
    return key


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
