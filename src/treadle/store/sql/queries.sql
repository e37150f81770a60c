-- The longer statements of both databases; the shorter ones are where they are executed, and those
-- of searches are compiled (search/). SQLite reads ?; the connection of PostgreSQL writes $1, $2.

-- Runs

-- name: add_run
-- A run that another writer starts later has no values yet.
INSERT INTO run (
    id, experiment_key, name, status, started, kind, command, user_name, parent, touched
)
VALUES (?, ?, ?, 'running', ?, 'code', ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING

-- name: lock_run_at
-- The UPDATE also locks the row; "touched" is the time of its newest entry.
UPDATE run SET touched = CASE WHEN touched < ? THEN ? ELSE touched END
WHERE id = ?
RETURNING key, experiment_key

-- name: lock_active_run_at
-- As lock_run_at, but a deleted run is not changed.
UPDATE run SET touched = CASE WHEN touched < ? AND deleted IS NULL THEN ? ELSE touched END
WHERE id = ?
RETURNING key, experiment_key, deleted

-- name: start_run
-- It may be the continuation of a run in another process.
UPDATE run SET
    experiment_key = ?, name = ?, status = 'running', ended = NULL, error = NULL,
    started = CASE WHEN started = 0 THEN ? ELSE started END,
    kind = ?, command = ?, user_name = ?, parent = ?, owner = ?
WHERE key = ?

-- name: resume_run
UPDATE run SET
    status = 'running', ended = NULL, error = NULL, owner = ?,
    started = CASE WHEN started = 0 THEN ? ELSE started END
WHERE key = ?

-- name: end_run_at_its_newest_entry
UPDATE run SET status = ?, ended = touched
WHERE id = ? AND status IN ('running', 'lost')
RETURNING key

-- name: kill_nodes_of_run
UPDATE node_run SET status = 'killed', ended = (SELECT touched FROM run WHERE key = ?)
WHERE run_key = ? AND status = 'running'

-- name: beat
-- A heartbeat shows that a run that was marked as lost is running.
UPDATE run SET beat = ?, status = CASE WHEN status = 'lost' THEN 'running' ELSE status END
WHERE id = ?

-- name: runs
SELECT run.key, run.id, run.name, experiment.name, run.status, run.started, run.ended, run.kind,
    run.command, run.user_name, run.parent, run.error, run.dropped, run.deleted,
    run.experiment_key, run.owner IS NOT NULL
FROM run JOIN experiment ON experiment.key = run.experiment_key

-- name: find_by_part_of_id
SELECT key, id FROM run
WHERE id LIKE ? ESCAPE '\' OR id LIKE ? ESCAPE '\'
ORDER BY key DESC LIMIT 6

-- name: reused_values
-- The values from earlier runs that the run did not replace since.
SELECT reused.kind, reused.name, reused.node, reused.origin FROM reused_value reused
LEFT JOIN param ON reused.kind = 'param' AND param.run_key = reused.run_key
    AND param.name = reused.name
LEFT JOIN tag ON reused.kind = 'tag' AND tag.run_key = reused.run_key AND tag.name = reused.name
LEFT JOIN artifact ON reused.kind = 'artifact' AND artifact.run_key = reused.run_key
    AND artifact.path = reused.name
WHERE reused.run_key = ? AND (reused.kind IN ('metric', 'run')
    OR reused.content = COALESCE(param.text, tag.value, artifact.digest))
ORDER BY reused.kind, reused.name, reused.origin

-- Journal entries: one row each

-- name: log_param
INSERT INTO param VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO NOTHING

-- name: log_tag
INSERT INTO tag VALUES (?, ?, ?)
ON CONFLICT (run_key, name) DO UPDATE SET value = excluded.value

-- name: log_artifact
INSERT INTO artifact VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run_key, path) DO UPDATE SET
    digest = excluded.digest, size = excluded.size, time = excluded.time

-- name: log_snapshot
INSERT INTO snapshot VALUES (?, ?, ?)
ON CONFLICT (run_key, kind) DO UPDATE SET content = excluded.content

-- name: log_node
INSERT INTO node_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_key, node) DO UPDATE SET
    status = excluded.status, started = excluded.started, ended = excluded.ended,
    cpu = excluded.cpu, peak = excluded.peak, reason = excluded.reason, error = excluded.error,
    key = excluded.key

-- name: log_dataset_use
INSERT INTO dataset_use (
    run_key, node, dataset, role, type, location, version, digest, size, time
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: log_line
INSERT INTO log_line (run_key, time, level, logger, text) VALUES (?, ?, ?, ?, ?)

-- name: log_reused_value
INSERT INTO reused_value (run_key, kind, name, origin, node, content) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run_key, kind, name, origin) DO UPDATE SET
    node = excluded.node, content = excluded.content

-- name: count_dropped
UPDATE run SET dropped = dropped + ? WHERE key = ?

-- Requests of clients without sequence numbers

-- name: note_request
-- It returns a row unless the request is a repeated one.
INSERT INTO request VALUES (?, ?) ON CONFLICT (digest) DO NOTHING RETURNING digest

-- name: note_request_of_run
-- As note_request, if the run is active. The statement that stores the points is sent before the
-- result of this one arrives, so it reads the setting: the digest, or '' for a repeated request.
WITH noted AS (
    INSERT INTO request SELECT CAST(? AS TEXT), CAST(? AS DOUBLE PRECISION)
    FROM run WHERE id = ? AND deleted IS NULL
    ON CONFLICT (digest) DO NOTHING RETURNING digest
)
SELECT set_config('treadle.noted', COALESCE((SELECT digest FROM noted), ''), TRUE)

-- Metric series

-- name: merge_summary
-- The end of an INSERT of the summary of a batch of points: adds it to that of the series. The last
-- value is the one at the highest step, there the newest, and of these the largest; NaN is the
-- smallest, for which each ? is -infinity.
ON CONFLICT (run_key, name) DO UPDATE SET
    last = CASE WHEN (excluded.last_step, excluded.last_time, COALESCE(excluded.last, ?))
        >= (series.last_step, series.last_time, COALESCE(series.last, ?))
        THEN excluded.last ELSE series.last END,
    last_time = CASE WHEN (excluded.last_step, excluded.last_time, COALESCE(excluded.last, ?))
        >= (series.last_step, series.last_time, COALESCE(series.last, ?))
        THEN excluded.last_time ELSE series.last_time END,
    last_step = CASE WHEN excluded.last_step > series.last_step
        THEN excluded.last_step ELSE series.last_step END,
    min = CASE WHEN series.min <= excluded.min OR excluded.min IS NULL
        THEN series.min ELSE excluded.min END,
    max = CASE WHEN series.max >= excluded.max OR excluded.max IS NULL
        THEN series.max ELSE excluded.max END,
    total = series.total + excluded.total,
    finite = series.finite + excluded.finite,
    count = series.count + excluded.count,
    nan_count = series.nan_count + excluded.nan_count,
    next_position = series.next_position + 1,
    tail_rows = series.tail_rows + 1,
    tail_points = series.tail_points + excluded.tail_points
RETURNING run_key, name, next_position, tail_rows, tail_points

-- name: part_of_series
-- The chunks with some points by index, and the number of all points. CROSS keeps SQLite from
-- swapping the two tables; PostgreSQL treats it as a plain join.
WITH place AS (
    SELECT run_key, name, position,
        CAST(SUM(count) OVER (ORDER BY position) AS BIGINT) AS upto
    FROM chunk WHERE run_key = ? AND name = ?
)
SELECT (SELECT max(upto) FROM place), upto - count, count, steps, times, vals
FROM place CROSS JOIN chunk
WHERE chunk.run_key = place.run_key AND chunk.name = place.name
    AND chunk.position = place.position AND upto > ? AND upto - count < ?
ORDER BY chunk.position

-- name: outline_of_series
-- The rows of the level that suits the length of a series (their count is 0), and the points after
-- its last row: the tail. Unsorted: sorting them in Python is faster than merging them here.
WITH chosen AS MATERIALIZED (
    SELECT run_key,
        CASE WHEN count >= ? THEN ? WHEN count >= ? THEN ? WHEN count >= ? THEN ? ELSE 1 END AS size
    FROM series WHERE name = ? AND run_key = (SELECT key FROM run WHERE id = ?)
)
SELECT (SELECT size FROM chosen), position, 0 AS count, steps, times, vals FROM level
WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND size = (SELECT size FROM chosen)
UNION ALL
SELECT (SELECT size FROM chosen), position, count, steps, times, vals FROM chunk
WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND position > (
    SELECT COALESCE(max(position), -1) FROM level
    WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND size = (SELECT size FROM chosen)
)

-- name: outline_of_range
-- As outline_of_series, of a range of steps. Its length is that of the chunks that it touches (of
-- 4,096 points), which the level of size 1,024 tells: its rows are the shortest. Points are also
-- read of chunks that are partly in the range, or if it is too short for levels.
WITH chosen AS MATERIALIZED (
    SELECT run_key,
        CASE WHEN count >= ? THEN ? WHEN count >= ? THEN ? WHEN count >= ? THEN ? ELSE 1 END AS size
    FROM (
        SELECT key AS run_key, 4096 * (
            SELECT count(*) FROM level
            WHERE run_key = run.key AND name = ? AND size = 1024 AND high >= ? AND low <= ?
        ) AS count
        FROM run WHERE id = ?
    ) AS counted
),
part AS MATERIALIZED (
    SELECT position FROM level
    WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND size = 1024
        AND high >= ? AND low <= ? AND (low < ? OR high > ? OR (SELECT size FROM chosen) = 1)
)
SELECT (SELECT size FROM chosen), position, 0 AS count, steps, times, vals FROM level
WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND size = (SELECT size FROM chosen)
    AND low >= ? AND high <= ?
UNION ALL
SELECT (SELECT size FROM chosen), position, count, steps, times, vals FROM chunk
WHERE run_key = (SELECT run_key FROM chosen) AND name = ?
    AND position >= (SELECT min(position) FROM part)
    AND position <= (SELECT max(position) FROM part)
    AND position IN (SELECT position FROM part)
UNION ALL
SELECT (SELECT size FROM chosen), position, count, steps, times, vals FROM chunk
WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND position > (
    SELECT COALESCE(max(position), -1) FROM level
    WHERE run_key = (SELECT run_key FROM chosen) AND name = ? AND size = 1024
)

-- Datasets, models and experiments

-- name: add_dataset
INSERT INTO dataset (experiment_key, name, digest, source_type, source, columns, profile)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (experiment_key, name, digest) DO NOTHING

-- name: summarise_experiments
-- Deleted runs count in a deleted experiment only.
SELECT experiment_key, count(*), max(started)
FROM run JOIN experiment ON experiment.key = experiment_key
WHERE run.deleted IS NULL OR experiment.deleted IS NOT NULL
GROUP BY experiment_key

-- name: log_model_metric
INSERT INTO logged_model_metric (
    model_key, name, step, time, value, run, dataset_name, dataset_digest
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: copy_permissions
-- A renamed model keeps its permissions, which replace those of an earlier model of that name.
INSERT INTO permission
SELECT account_key, kind, ?, role FROM permission WHERE kind = 'model' AND target = ?
ON CONFLICT (account_key, kind, target) DO UPDATE SET role = excluded.role

-- Webhooks

-- name: put_webhook
INSERT INTO webhook (id, name, description, url, events, secret, is_active, created, updated)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, description = excluded.description, url = excluded.url,
    events = excluded.events, secret = excluded.secret, is_active = excluded.is_active,
    updated = excluded.updated
