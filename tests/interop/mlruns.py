"""Writes stores as MLflow does, file by file and row by row."""

import math

import apsw
import yaml

RUN = "0123456789abcdef0123456789abcdef"


def run_id(number):
    return f"{number:032x}"


class Folder:
    """A file store with one experiment."""

    name = "mlruns"

    def __init__(self, folder):
        self.folder = folder / "mlruns"
        self.experiment = self.folder / "7"
        self.write_meta(self.experiment, experiment_id="7", name="trials", creation_time=1000)

    @staticmethod
    def write_meta(folder, **fields):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "meta.yaml").write_text(yaml.safe_dump(fields))

    def run(self, run, name="run", status=3, stage="active", tags=(), params=(), **fields):
        folder = self.experiment / run
        self.write_meta(
            folder,
            run_id=run,
            run_name=name,
            status=status,
            start_time=5000,
            end_time=9000,
            lifecycle_stage=stage,
            artifact_uri="",
            **fields,
        )
        for kind, values in (("tags", tags), ("params", params)):
            for key, value in dict(values).items():
                (folder / kind).mkdir(exist_ok=True)
                (folder / kind / key).write_text(value)
        return folder

    def points(self, run, key, points):
        """Write a whole history: (milliseconds, value, step)."""
        file = self.experiment / run / "metrics" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{time} {value} {step}\n" for time, value, step in points))


class Database:
    """The tables of MLflow's SQLite store that an import cannot do without."""

    name = "mlflow.db"

    def __init__(self, folder):
        self.database = apsw.Connection(str(folder / self.name))
        self.database.execute(
            """
            CREATE TABLE IF NOT EXISTS experiments (experiment_id INTEGER PRIMARY KEY, name TEXT,
                artifact_location TEXT, lifecycle_stage TEXT, creation_time BIGINT,
                last_update_time BIGINT);
            CREATE TABLE IF NOT EXISTS runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT,
                status TEXT, start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT,
                artifact_uri TEXT, experiment_id INTEGER);
            CREATE TABLE IF NOT EXISTS metrics (key TEXT, value FLOAT, timestamp BIGINT,
                run_uuid TEXT, step BIGINT, is_nan BOOLEAN,
                PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
            CREATE TABLE IF NOT EXISTS tags (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE IF NOT EXISTS params (key TEXT, value TEXT, run_uuid TEXT);
            INSERT OR IGNORE INTO experiments VALUES (7, 'trials', '', 'active', 1000, 1000);
            """,
        )

    def run(self, run, name="run", status="FINISHED", stage="active", tags=(), params=()):
        self.database.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, '', ?, 5000, 9000, ?, '', 7)",
            (run, name, status, stage),
        )
        for table, values in (("tags", tags), ("params", params)):
            self.database.execute(f"DELETE FROM {table} WHERE run_uuid = ?", (run,))
            for key, value in dict(values).items():
                self.database.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (key, value, run))

    def points(self, run, key, points):
        """Write a whole history: (milliseconds, value, step)."""
        self.database.execute("DELETE FROM metrics WHERE run_uuid = ? AND key = ?", (run, key))
        for time, value, step in points:
            is_nan = math.isnan(value)
            row = (key, 0 if is_nan else value, time, run, step, is_nan)
            self.database.execute("INSERT OR IGNORE INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
