-- What the tables have in PostgreSQL beside schema.sql.

-- PostgreSQL's indexes do not have the key of a row, as SQLite's do: with these, runs are listed
-- without reading their rows.
CREATE INDEX run_of_experiment ON run (experiment_key, key);
CREATE INDEX run_of_status ON run (status, key);

-- Treadle compresses points: PostgreSQL must not, nor move what fits in a page to TOAST.
ALTER TABLE chunk ALTER COLUMN steps SET STORAGE EXTERNAL;
ALTER TABLE chunk ALTER COLUMN times SET STORAGE EXTERNAL;
ALTER TABLE chunk ALTER COLUMN vals SET STORAGE EXTERNAL;
ALTER TABLE chunk SET (toast_tuple_target = 8160);
ALTER TABLE level ALTER COLUMN steps SET STORAGE EXTERNAL;
ALTER TABLE level ALTER COLUMN times SET STORAGE EXTERNAL;
ALTER TABLE level ALTER COLUMN vals SET STORAGE EXTERNAL;
ALTER TABLE level SET (toast_tuple_target = 8160);
