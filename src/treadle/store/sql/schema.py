"""Schema for SQLite and PostgreSQL in one text, and the migrations between its versions.

Migrations are only ever added, and only ever add: an older Treadle never finds a table that it
knows in another form. A run has a short integer key, which the other tables refer to.
"""

from typing import Final

from treadle.errors import StoreError

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

_TEAM: Final = """
ALTER TABLE experiment ADD COLUMN updated REAL NOT NULL DEFAULT 0;
ALTER TABLE experiment ADD COLUMN deleted REAL;
ALTER TABLE experiment ADD COLUMN artifact_location TEXT NOT NULL DEFAULT '';
INSERT INTO experiment (key, name, created) VALUES (0, '', 0);
UPDATE run SET experiment_key = 0
WHERE experiment_key = (SELECT key FROM experiment WHERE name = 'default');
DELETE FROM experiment WHERE name = 'default';
UPDATE experiment SET name = 'default' WHERE key = 0;
UPDATE experiment SET updated = created;
CREATE TABLE experiment_tag (
    experiment_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment_key, name)
) WITHOUT ROWID;
ALTER TABLE run ADD COLUMN deleted REAL;
-- When its process said last that it lives, by the server's clock.
ALTER TABLE run ADD COLUMN beat REAL;
ALTER TABLE series ADD COLUMN last_time REAL NOT NULL DEFAULT 0;
ALTER TABLE node_run ADD COLUMN key TEXT NOT NULL DEFAULT '';
-- Where the next row of points goes, and how many rows and points come after the last full chunk.
ALTER TABLE series ADD COLUMN next_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN tail_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN tail_points INTEGER NOT NULL DEFAULT 0;
UPDATE series SET next_position = COALESCE(
    (SELECT max(position) + 1 FROM chunk
     WHERE chunk.run_key = series.run_key AND chunk.name = series.name), 0);
UPDATE series SET tail_points = COALESCE(
    (SELECT chunk.count FROM chunk WHERE chunk.run_key = series.run_key AND chunk.name = series.name
     AND chunk.position = series.next_position - 1 AND chunk.count < 4096), 0);
UPDATE series SET tail_rows = 1 WHERE tail_points > 0;
CREATE INDEX run_by_end ON run (ended);
CREATE INDEX run_by_duration ON run ((ended - started));
CREATE INDEX run_by_user ON run (user_name);
CREATE INDEX series_by_last ON series (name, last, run_key);
CREATE INDEX param_by_number ON param (name, number, run_key);
-- Only the start of a text: PostgreSQL indexes none of more than 2,700 bytes.
CREATE INDEX param_by_text ON param (name, substr(text, 1, 100), run_key);
-- In the order of an order: texts come behind all numbers.
CREATE INDEX param_by_word ON param (name, substr(text, 1, 100), run_key) WHERE number IS NULL;
CREATE INDEX tag_by_value ON tag (name, substr(value, 1, 100), run_key);
CREATE TABLE level (               -- a full chunk, seen from afar
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,         -- how many points four of these stand for
    position INTEGER NOT NULL,
    low INTEGER NOT NULL,          -- least step of the chunk
    high INTEGER NOT NULL,         -- greatest step of the chunk
    steps BLOB NOT NULL,
    times BLOB NOT NULL,
    vals BLOB NOT NULL,
    PRIMARY KEY (run_key, name, size, position)
) WITHOUT ROWID;
CREATE TABLE dataset (             -- of an experiment, as a client describes it
    key INTEGER PRIMARY KEY,
    experiment_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    columns TEXT,                  -- JSON
    profile TEXT,                  -- JSON
    UNIQUE (experiment_key, name, digest)
);
CREATE TABLE dataset_input (
    run_key INTEGER NOT NULL,
    dataset_key INTEGER NOT NULL,
    context TEXT NOT NULL,         -- what for: training, evaluation
    tags TEXT NOT NULL,            -- JSON, context among them
    PRIMARY KEY (run_key, dataset_key)
) WITHOUT ROWID;
CREATE INDEX dataset_input_by_dataset ON dataset_input (dataset_key);
CREATE TABLE logged_model (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    experiment_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,          -- pending, ready, failed
    source_run TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    deleted REAL
);
CREATE INDEX logged_model_by_experiment ON logged_model (experiment_key, created);
CREATE TABLE logged_model_param (
    model_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model_key, name)
) WITHOUT ROWID;
CREATE TABLE logged_model_tag (
    model_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model_key, name)
) WITHOUT ROWID;
CREATE TABLE logged_model_metric (
    key INTEGER PRIMARY KEY,
    model_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    time REAL NOT NULL,
    value REAL,
    run TEXT NOT NULL,
    dataset_name TEXT NOT NULL,
    dataset_digest TEXT NOT NULL
);
CREATE INDEX logged_model_metric_by_model ON logged_model_metric (model_key, name);
CREATE TABLE logged_model_artifact (
    model_key INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (model_key, path)
) WITHOUT ROWID;
CREATE TABLE model_use (           -- a run reads or makes a logged model
    run_key INTEGER NOT NULL,
    role TEXT NOT NULL,            -- input, output
    model TEXT NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (run_key, role, model)
) WITHOUT ROWID;
CREATE TABLE registered_model (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    created REAL NOT NULL,
    updated REAL NOT NULL
);
CREATE TABLE registered_model_tag (
    model_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model_key, name)
) WITHOUT ROWID;
CREATE TABLE model_version (
    model_key INTEGER NOT NULL,
    version INTEGER NOT NULL,
    description TEXT,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    stage TEXT NOT NULL,           -- None, Staging, Production, Archived
    source TEXT NOT NULL,
    location TEXT NOT NULL,        -- where a client loads it from
    run TEXT NOT NULL,
    run_link TEXT NOT NULL,
    logged_model TEXT NOT NULL,
    user_name TEXT NOT NULL,
    deleted REAL,                  -- the row stays: a number is never given twice
    PRIMARY KEY (model_key, version)
) WITHOUT ROWID;
CREATE INDEX model_version_by_run ON model_version (run);
CREATE TABLE model_version_tag (
    model_key INTEGER NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model_key, version, name)
) WITHOUT ROWID;
CREATE TABLE model_alias (
    model_key INTEGER NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (model_key, alias)
) WITHOUT ROWID;
CREATE TABLE account (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password TEXT NOT NULL,        -- its hash
    created REAL NOT NULL
);
CREATE TABLE token (
    key INTEGER PRIMARY KEY,
    account_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    created REAL NOT NULL,
    expires REAL
);
CREATE TABLE permission (
    account_key INTEGER NOT NULL,
    kind TEXT NOT NULL,            -- experiment, model
    target TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (account_key, kind, target)
) WITHOUT ROWID;
CREATE TABLE audit (
    key INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE TABLE webhook (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,          -- with spaces between
    secret TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL
);
CREATE TABLE webhook_delivery (    -- what still has to be sent
    key INTEGER PRIMARY KEY,
    webhook TEXT NOT NULL,
    body BLOB NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX webhook_delivery_by_due ON webhook_delivery (due);
CREATE TABLE upload (              -- of a file that comes in parts
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,            -- run, model
    owner TEXT NOT NULL,
    path TEXT NOT NULL,
    parts INTEGER NOT NULL,        -- how many there will be
    created REAL NOT NULL,
    is_whole INTEGER NOT NULL      -- a client that missed the answer asks again
) WITHOUT ROWID;
CREATE TABLE upload_part (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE request (             -- what clients without sequence numbers may send again
    digest TEXT PRIMARY KEY,
    time REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX request_by_time ON request (time);
"""

_INDEXES: Final = """
CREATE INDEX run_by_kind ON run (kind);
CREATE INDEX run_by_parent ON run (parent) WHERE parent <> '';
CREATE INDEX dataset_by_name ON dataset (name);
CREATE INDEX dataset_by_digest ON dataset (digest);
CREATE INDEX dataset_use_by_dataset ON dataset_use (substr(dataset, 1, 100));
"""

_BY_EXPERIMENT: Final = """
-- Where the run is: people look at the best runs of one experiment.
ALTER TABLE series ADD COLUMN experiment_key INTEGER NOT NULL DEFAULT 0;
UPDATE series SET experiment_key = run.experiment_key FROM run WHERE run.key = series.run_key;
CREATE INDEX series_by_experiment ON series (experiment_key, name, last, run_key);
"""

_BY_EXTREMES: Final = """
-- People look at the best that a run has reached, which is seldom the last. The index also holds
-- the experiment, so that runs of others are passed over without looking at their rows.
CREATE INDEX series_by_min ON series (name, min, run_key, experiment_key);
CREATE INDEX series_by_max ON series (name, max, run_key, experiment_key);
"""

_COVERING: Final = """
-- PostgreSQL's indexes do not hold the key of a row, as SQLite's do: with these, runs are listed
-- without reading their rows.
CREATE INDEX run_of_experiment ON run (experiment_key, key);
CREATE INDEX run_of_status ON run (status, key);
"""

_IDENTITIES: Final = """
ALTER TABLE account ADD COLUMN identity TEXT NOT NULL DEFAULT '';   -- to an identity provider
"""

_IMPORTS: Final = """
CREATE TABLE imported (            -- what came from another system, as it was there
    kind TEXT NOT NULL,            -- run, experiment, …
    id TEXT NOT NULL,
    content BLOB NOT NULL,         -- JSON
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
"""

_FREE: Final = """
CREATE TABLE free_artifact (       -- of no run and no logged model
    owner_key INTEGER NOT NULL,    -- always 0
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (owner_key, path)
) WITHOUT ROWID;
"""

_REUSED: Final = """
CREATE TABLE reused_value (        -- of a run, and logged by a node in an earlier one
    run_key INTEGER NOT NULL,
    kind TEXT NOT NULL,            -- param, metric, tag, artifact, run
    name TEXT NOT NULL,
    origin TEXT NOT NULL,          -- the id of the earlier run
    node TEXT NOT NULL,
    content TEXT NOT NULL,         -- what was there; with something else, it is not of that run
    PRIMARY KEY (run_key, kind, name, origin)
) WITHOUT ROWID;
"""

SQLITE_STEPS: Final = (
    _FIRST,
    _TEAM,
    _INDEXES,
    _BY_EXPERIMENT,
    _BY_EXTREMES,
    _IDENTITIES,
    _IMPORTS,
    _FREE,
    _REUSED,
)
"""Migrations from version n to n + 1 of a SQLite store, starting with an empty database."""

POSTGRES_STEPS: Final = (
    _FIRST,
    _TEAM,
    _INDEXES + _COVERING,
    _BY_EXPERIMENT,
    _BY_EXTREMES,
    _IDENTITIES,
    _IMPORTS,
    _FREE,
    _REUSED,
)
"""Migrations of a PostgreSQL store, whose versions are numbered separately."""


_BEGAN: Final = (
    "COALESCE((SELECT min(started) FROM run WHERE experiment_key = 0 AND started > 0), ?)"
)
DATE_DEFAULT: Final = (
    f"UPDATE experiment SET created = {_BEGAN}, updated = {_BEGAN} WHERE key = 0 AND created = 0"
)
"""Dates the default experiment to its first run, or to now if it has none."""


def explain_newer(store: str, found: int, known: int) -> StoreError:
    """Return the error for a store of a newer Treadle."""
    return StoreError(
        f"The store {store} has version {found}; this Treadle knows up to {known}.",
        hint="Update Treadle, or choose another store with --store.",
    )
