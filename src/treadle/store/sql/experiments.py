"""Storage of experiments in a database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from treadle.errors import ConflictError, ExperimentNotFoundError, SearchError, nearest
from treadle.records import ExperimentChange, ExperimentRecord, ExperimentSummary
from treadle.store.identifiers import read_key
from treadle.store.search.listing import Listing
from treadle.store.sql.database import MAX_NAME, Database, Row
from treadle.store.sql.named_values import NamedValues
from treadle.store.sql.search.listing import Subject, find_rows
from treadle.store.sql.statements import SQL

_COLUMNS: Final = "SELECT key, name, created, updated, deleted, artifact_location FROM experiment"

_DEFAULT: Final = "0"
_SUBJECT: Final = Subject(
    source="experiment",
    columns="key, name, created, updated, deleted, artifact_location",
    attributes={
        "id": "experiment.key",
        "name": "experiment.name",
        "created": "experiment.created",
        "updated": "experiment.updated",
        # The name for MLflow's clients, where the default experiment is called "Default".
        "mlflow_name": "CASE experiment.name WHEN 'default' THEN 'Default'"
        " WHEN 'Default' THEN 'default' ELSE experiment.name END",
    },
    families={
        "tags": "(SELECT value FROM experiment_tag WHERE experiment_key = experiment.key AND name "
        "= ?)"
    },
    scope="experiment.key",
    deleted="experiment.deleted",
    tie=(("experiment.key", False),),
    numbers=frozenset({"id", "created", "updated"}),
)


class SqlExperiments:
    """Experiments and their tags."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tags = NamedValues(database, "experiment_tag", "experiment_key")

    def all(self) -> list[ExperimentRecord]:
        """List all experiments, deleted ones too."""
        return self._records(self._database.execute(f"{_COLUMNS} ORDER BY key"))

    def find_page(self, listing: Listing) -> tuple[list[ExperimentRecord], str]:
        """Return a page of experiments, and the token of the next page (empty on the last)."""
        rows, following = find_rows(self._database, _SUBJECT, listing)
        return self._records(rows), following

    def get(self, experiment: str) -> ExperimentRecord | None:
        """Return the experiment with an id, if there is one."""
        return self._one("key = ?", read_key(experiment))

    def find(self, name: str) -> ExperimentRecord | None:
        """Return the experiment with a name, if there is one."""
        return self._one("name = ?", name)

    def _one(self, condition: str, value: object) -> ExperimentRecord | None:
        records = self._records(self._database.execute(f"{_COLUMNS} WHERE {condition}", (value,)))
        return records[0] if records else None

    def _records(self, rows: Sequence[Row]) -> list[ExperimentRecord]:
        tags = self._tags.read([row[0] for row in rows])
        return [_record(row, tags.get((row[0],), {})) for row in rows]

    def create(
        self, name: str, *, created: float, artifact_location: str, tags: Mapping[str, str]
    ) -> str | None:
        """Create an experiment; return its id, or None if any experiment has the name."""
        rows = self._database.execute(
            "INSERT INTO experiment (name, created, updated, artifact_location) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO NOTHING RETURNING key",
            (name, created, created, artifact_location),
        )
        if not rows:
            return None
        self.set_tags(str(rows[0][0]), tags)
        return str(rows[0][0])

    def rename(self, experiment: str, name: str, time: float) -> bool:
        """Rename an experiment; return whether the new name was free."""
        if (known := self.find(name)) is not None and known.id != experiment:
            return False
        self._database.execute(
            "UPDATE experiment SET name = ?, updated = ? WHERE key = ?",
            (name, time, int(experiment)),
        )
        return True

    def delete(self, experiment: str, time: float) -> None:
        """Delete an experiment and its runs (restorable)."""
        key = int(experiment)
        self._database.execute(
            "UPDATE experiment SET deleted = ?, updated = ? WHERE key = ?", (time, time, key)
        )
        self._database.execute(
            "UPDATE run SET deleted = ? WHERE experiment_key = ? AND deleted IS NULL", (time, key)
        )

    def restore(self, experiment: str, time: float) -> None:
        """Restore an experiment and all of its runs."""
        key = int(experiment)
        self._database.execute(
            "UPDATE experiment SET deleted = NULL, updated = ? WHERE key = ?", (time, key)
        )
        self._database.execute("UPDATE run SET deleted = NULL WHERE experiment_key = ?", (key,))

    def summaries(self) -> list[ExperimentSummary]:
        """List all experiments with summaries of their runs, deleted ones too."""
        rows = self._database.execute(SQL["summarise_experiments"])
        found = {str(key): (count, newest) for key, count, newest in rows}
        return [
            ExperimentSummary(experiment=one, runs=count, newest=newest)
            for one in self.all()
            for count, newest in (found.get(one.id, (0, None)),)
        ]

    def change(self, experiment: str, change: ExperimentChange, time: float) -> ExperimentRecord:
        """Rename, tag, delete or restore an experiment, in the caller's transaction.

        Args:
            experiment: Its name, or its id if no experiment has that name.
            change: The changes.
            time: Seconds since the epoch.
        """
        found = self.find(experiment) or self.get(experiment)
        if found is None:
            known = [one.name for one in self.all()]
            raise ExperimentNotFoundError(
                f'There is no experiment "{experiment}".', hint=nearest(experiment, known)
            )
        if change.deleted is False and found.deleted is not None:
            self.restore(found.id, time)
        if change.name is not None and change.name != found.name:
            self._rename(
                found,
                change.name,
                time,
                is_binned=found.deleted is not None and change.deleted is not False,
            )
        if change.tags:
            self.set_tags(found.id, change.tags)
        for tag in change.untag:
            self.delete_tag(found.id, tag)
        if change.deleted and found.deleted is None:
            if found.id == _DEFAULT:
                raise ConflictError(
                    f'The experiment "{found.name}" cannot be deleted: it has the runs that name '
                    "none."
                )
            self.delete(found.id, time)
        return self.get(found.id) or found

    def _rename(self, found: ExperimentRecord, name: str, time: float, *, is_binned: bool) -> None:
        if is_binned:
            raise ConflictError(
                f'The experiment "{found.name}" is deleted.',
                hint=f'"treadle experiments restore {found.name}" first.',
            )
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise SearchError(
                f'Invalid experiment name: "{name[:50]}".',
                hint=f"A name has 1 to {MAX_NAME} characters, all in one line.",
            )
        if not self.rename(found.id, name, time):
            known = self.find(name)
            is_deleted = known is not None and known.deleted is not None
            raise ConflictError(
                f'There is an experiment "{name}" '
                f"already{', which is deleted' if is_deleted else ''}.",
                hint='"treadle runs move" moves runs from one experiment to another.',
            )

    def set_tags(self, experiment: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        self._tags.set((int(experiment),), tags)

    def delete_tag(self, experiment: str, key: str) -> bool:
        """Delete a tag; return whether it existed."""
        return self._tags.delete((int(experiment),), key)


def _record(row: Sequence[Any], tags: dict[str, str]) -> ExperimentRecord:
    key, name, created, updated, deleted, location = row
    return ExperimentRecord(
        id=str(key),
        name=name,
        created=created,
        updated=updated,
        deleted=deleted,
        artifact_location=location,
        tags=tags,
    )
