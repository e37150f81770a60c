"""The tables, as one text for SQLite and PostgreSQL, and the steps from one version to the next.

Steps are only ever added, and only ever add: an older Treadle never meets a table it knows in
another shape. A run has a short integer key of its own, which the other tables refer to.
"""

from typing import Final

__all__ = ["STEPS", "VERSION"]

_FIRST: Final = """
CREATE TABLE experiment (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created REAL NOT NULL
);
CREATE TABLE run (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    experiment_key INTEGER NOT NULL REFERENCES experiment (key),
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    kind TEXT NOT NULL,
    command TEXT NOT NULL,
    user_name TEXT NOT NULL,
    parent TEXT NOT NULL,
    owner BLOB,                    -- MessagePack of ProcessIdentity
    touched REAL NOT NULL,         -- time of the newest entry
    dropped INTEGER NOT NULL DEFAULT 0,
    error BLOB                     -- MessagePack of ErrorRecord
);
CREATE INDEX run_by_start ON run (started);
CREATE INDEX run_by_experiment ON run (experiment_key, started);
CREATE INDEX run_by_status ON run (status);
CREATE INDEX run_by_name ON run (name);
CREATE TABLE param (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,           -- JSON
    text TEXT NOT NULL,            -- as it is compared with a text
    number REAL,                   -- as it is compared with a number
    PRIMARY KEY (run_key, name)
) WITHOUT ROWID;
CREATE TABLE tag (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_key, name)
) WITHOUT ROWID;
CREATE TABLE series (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    last REAL,                     -- NULL stands for NaN, here and below
    last_step INTEGER NOT NULL,
    min REAL,
    max REAL,
    total REAL NOT NULL,           -- of the numbers that are finite
    finite INTEGER NOT NULL,       -- how many those are
    count INTEGER NOT NULL,
    nan_count INTEGER NOT NULL,
    PRIMARY KEY (run_key, name)
) WITHOUT ROWID;
CREATE TABLE chunk (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    count INTEGER NOT NULL,
    steps BLOB NOT NULL,           -- int64, little endian
    times BLOB NOT NULL,           -- float64, little endian
    vals BLOB NOT NULL,            -- float64, little endian
    PRIMARY KEY (run_key, name, position)
);
CREATE TABLE node_run (
    run_key INTEGER NOT NULL,
    node TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    cpu REAL NOT NULL DEFAULT 0,
    peak INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    error BLOB,
    PRIMARY KEY (run_key, node)
) WITHOUT ROWID;
CREATE TABLE dataset_use (
    key INTEGER PRIMARY KEY,
    run_key INTEGER NOT NULL,
    node TEXT NOT NULL,
    dataset TEXT NOT NULL,
    role TEXT NOT NULL,
    type TEXT NOT NULL,
    location TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL NOT NULL
);
CREATE INDEX dataset_use_by_run ON dataset_use (run_key);
CREATE INDEX dataset_use_by_digest ON dataset_use (digest);
CREATE TABLE artifact (
    run_key INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (run_key, path)
) WITHOUT ROWID;
CREATE TABLE snapshot (
    run_key INTEGER NOT NULL,
    kind TEXT NOT NULL,
    content BLOB NOT NULL,         -- JSON
    PRIMARY KEY (run_key, kind)
);
CREATE TABLE log_line (
    key INTEGER PRIMARY KEY,
    run_key INTEGER NOT NULL,
    time REAL NOT NULL,
    level TEXT NOT NULL,
    logger TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX log_line_by_run ON log_line (run_key);
CREATE TABLE writer (
    id TEXT PRIMARY KEY,
    high_water INTEGER NOT NULL    -- the last sequence number that is stored
) WITHOUT ROWID;
"""

STEPS: Final = (_FIRST,)
"""What leads from version n to n + 1, starting with an empty database."""

VERSION: Final = len(STEPS)
"""The version that this Treadle reads and writes."""
