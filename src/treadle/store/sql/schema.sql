-- The tables of a store, for SQLite and PostgreSQL: PostgreSQL's types are translated from these,
-- and postgresql/schema.sql has what only it needs. A run has a short integer key, to which the
-- other tables refer.

-- Experiments and runs

CREATE TABLE experiment (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    deleted REAL,
    artifact_location TEXT NOT NULL DEFAULT ''
);

CREATE TABLE experiment_tag (
    experiment_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment_key, name)
) WITHOUT ROWID;

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
    error BLOB,                    -- MessagePack of ErrorRecord
    deleted REAL,
    beat REAL                      -- last heartbeat, by the clock of the server
);
CREATE INDEX run_by_start ON run (started);
CREATE INDEX run_by_experiment ON run (experiment_key, started);
CREATE INDEX run_by_status ON run (status);
CREATE INDEX run_by_name ON run (name);
CREATE INDEX run_by_end ON run (ended);
CREATE INDEX run_by_duration ON run ((ended - started));
CREATE INDEX run_by_user ON run (user_name);
CREATE INDEX run_by_kind ON run (kind);
CREATE INDEX run_by_parent ON run (parent) WHERE parent <> '';

CREATE TABLE param (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,           -- JSON
    text TEXT NOT NULL,            -- as it is compared with a text
    number REAL,                   -- as it is compared with a number
    PRIMARY KEY (run_key, name)
) WITHOUT ROWID;
CREATE INDEX param_by_number ON param (name, number, run_key);
-- Only the start of a text: PostgreSQL cannot index more than 2,700 bytes.
CREATE INDEX param_by_text ON param (name, substr(text, 1, 100), run_key);
-- In sort order, where texts come after all numbers.
CREATE INDEX param_by_word ON param (name, substr(text, 1, 100), run_key) WHERE number IS NULL;

CREATE TABLE tag (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_key, name)
) WITHOUT ROWID;
CREATE INDEX tag_by_value ON tag (name, substr(value, 1, 100), run_key);

-- Metrics

CREATE TABLE series (
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    last REAL,                     -- NULL for NaN, as in min and max
    last_step INTEGER NOT NULL,
    min REAL,
    max REAL,
    total REAL NOT NULL,           -- of the numbers that are finite
    finite INTEGER NOT NULL,       -- the number of those
    count INTEGER NOT NULL,
    nan_count INTEGER NOT NULL,
    last_time REAL NOT NULL,
    next_position INTEGER NOT NULL, -- of the next row in chunk
    tail_rows INTEGER NOT NULL,    -- rows in chunk after the last full one
    tail_points INTEGER NOT NULL,
    experiment_key INTEGER NOT NULL, -- the same as of the run
    PRIMARY KEY (run_key, name)
) WITHOUT ROWID;
CREATE INDEX series_by_last ON series (name, last, run_key);
-- To find the best runs of one experiment.
CREATE INDEX series_by_experiment ON series (experiment_key, name, last, run_key);
-- The best value of a run is seldom its last. These also have the experiment, so that runs of other
-- experiments are skipped without reading their rows.
CREATE INDEX series_by_min ON series (name, min, run_key, experiment_key);
CREATE INDEX series_by_max ON series (name, max, run_key, experiment_key);

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

CREATE TABLE level (               -- a downsampled full chunk: four points per group
    run_key INTEGER NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,         -- points per group
    position INTEGER NOT NULL,
    low INTEGER NOT NULL,          -- least step of the chunk
    high INTEGER NOT NULL,         -- greatest step of the chunk
    steps BLOB NOT NULL,
    times BLOB NOT NULL,
    vals BLOB NOT NULL,
    PRIMARY KEY (run_key, name, size, position)
) WITHOUT ROWID;

-- Pipelines and data

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
    key TEXT NOT NULL DEFAULT '',
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
CREATE INDEX dataset_use_by_dataset ON dataset_use (substr(dataset, 1, 100));

CREATE TABLE dataset (             -- inputs as clients describe them, by experiment
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
CREATE INDEX dataset_by_name ON dataset (name);
CREATE INDEX dataset_by_digest ON dataset (digest);

CREATE TABLE dataset_input (
    run_key INTEGER NOT NULL,
    dataset_key INTEGER NOT NULL,
    context TEXT NOT NULL,         -- such as training, evaluation
    tags TEXT NOT NULL,            -- JSON, with the context
    PRIMARY KEY (run_key, dataset_key)
) WITHOUT ROWID;
CREATE INDEX dataset_input_by_dataset ON dataset_input (dataset_key);

CREATE TABLE artifact (
    run_key INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (run_key, path)
) WITHOUT ROWID;

CREATE TABLE free_artifact (       -- those without a run or logged model
    owner_key INTEGER NOT NULL,    -- always 0
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (owner_key, path)
) WITHOUT ROWID;

-- Other records of a run

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

CREATE TABLE reused_value (        -- values of a run that a node logged in an earlier one
    run_key INTEGER NOT NULL,
    kind TEXT NOT NULL,            -- param, metric, tag, artifact, run
    name TEXT NOT NULL,
    origin TEXT NOT NULL,          -- the id of the earlier run
    node TEXT NOT NULL,
    content TEXT NOT NULL,         -- if the run has another value now, that is its own
    PRIMARY KEY (run_key, kind, name, origin)
) WITHOUT ROWID;

-- Delivery

CREATE TABLE writer (
    id TEXT PRIMARY KEY,
    high_water INTEGER NOT NULL    -- the last sequence number that is stored
) WITHOUT ROWID;

CREATE TABLE request (             -- recent ones of clients that have no sequence numbers
    digest TEXT PRIMARY KEY,
    time REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX request_by_time ON request (time);

-- Models

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

CREATE TABLE model_use (           -- logged models that a run reads or creates
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
    deleted REAL,                  -- the row is kept: a number is not reused
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

-- Accounts

CREATE TABLE account (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password TEXT NOT NULL,        -- its hash
    created REAL NOT NULL,
    identity TEXT NOT NULL DEFAULT ''  -- at an identity provider
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

-- Webhooks, uploads and imports

CREATE TABLE webhook (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,          -- separated by spaces
    secret TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL
);

CREATE TABLE webhook_delivery (    -- pending ones
    key INTEGER PRIMARY KEY,
    webhook TEXT NOT NULL,
    body BLOB NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX webhook_delivery_by_due ON webhook_delivery (due);

CREATE TABLE upload (              -- of a file in parts
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,            -- run, model
    owner TEXT NOT NULL,
    path TEXT NOT NULL,
    parts INTEGER NOT NULL,        -- the expected number
    created REAL NOT NULL,
    is_whole INTEGER NOT NULL      -- kept, as a client may repeat the last request
) WITHOUT ROWID;

CREATE TABLE upload_part (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;

CREATE TABLE imported (            -- states of objects in other systems at their last import
    kind TEXT NOT NULL,            -- run, experiment, …
    id TEXT NOT NULL,
    content BLOB NOT NULL,         -- JSON
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
