"""Versions of the tables of a store, and the scripts that upgrade an older store.

``schema.sql`` has the tables of the first version, and each later version is a step in `STEPS`.
Steps are only ever added, and only ever add: an older Treadle never finds a table that it knows in
another form.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from treadle.errors import StoreError

FIRST: Final = 9
"""Version that ``schema.sql`` creates; those before it were never released."""
_SAVED_VIEWS: Final = """
CREATE TABLE saved_view (          -- of pages, for everyone who may see the experiment
    id TEXT PRIMARY KEY,
    page TEXT NOT NULL,            -- runs, run, compare
    name TEXT NOT NULL,
    experiment_key INTEGER NOT NULL, -- -1 for all experiments
    state TEXT NOT NULL,           -- JSON
    is_default INTEGER NOT NULL,
    owner TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    UNIQUE (page, experiment_key, name)
) WITHOUT ROWID;
CREATE UNIQUE INDEX saved_view_default ON saved_view (page, experiment_key) WHERE is_default = 1
"""
STEPS: tuple[str, ...] = (_SAVED_VIEWS,)
"""Scripts from each version to the next, beginning with `FIRST`; both databases run them."""
DEFAULT_EXPERIMENT: Final = (
    "INSERT INTO experiment (key, name, created, updated) VALUES (0, 'default', ?, ?)"
)
"""The first row of a new store; its values are the current time, twice."""

_FILE: Final = Path(__file__).with_name("schema.sql")


def newest() -> int:
    """Return the version that this Treadle reads and writes."""
    return FIRST + len(STEPS)


def scripts(found: int) -> Iterator[str]:
    """Yield the scripts that upgrade a store from a version; from version 0, they create it."""
    if not found:
        yield _FILE.read_text(encoding="utf-8")
    yield from STEPS[max(0, found - FIRST) :]


def check_version(store: str, found: int) -> None:
    """Check that this Treadle can read or upgrade a store with a version.

    Raises:
        StoreError: It is of a newer Treadle, or of one before the first release.
    """
    if found > newest():
        raise StoreError(
            f"The store {store} has version {found}; this Treadle knows up to {newest()}.",
            hint="Update Treadle, or choose another store with --store.",
        )
    if 0 < found < FIRST:
        raise StoreError(
            f"The store {store} has version {found}, of a Treadle before its first release, and "
            "cannot be upgraded.",
            hint="Choose another store with --store.",
        )
