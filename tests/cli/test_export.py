import csv
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import treadle

TEXTS = {
    "clip": "-0.5",
    "depth": "8",
    "version": "1.10",
    "code": "007",
    "formula": "=1+1",
    "phone": "+1 555",
}


@pytest.fixture
def runs():
    with treadle.start_run("first") as run:
        treadle.log_params(TEXTS)
        treadle.log_metrics({"nan": math.nan, "inf": math.inf, "low": -math.inf, "loss": -0.25})
    with treadle.start_run("second"):
        treadle.log_params({"clip": "1e-05", "depth": 4})
    return run


def test_numbers_are_numbers_in_csv(runs, treadle):
    assert treadle("export", "runs.csv").code == 0
    with Path("runs.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    first = rows["first"]
    assert {key: first[f"params.{key}"] for key in TEXTS} == {
        "clip": "-0.5",
        "depth": "8",
        "version": "1.10",
        "code": "007",
        "formula": "'=1+1",
        "phone": "'+1 555",
    }
    assert (first["metrics.loss"], first["metrics.low"]) == ("-0.25", "-inf")
    frame = pd.read_csv("runs.csv", parse_dates=["started"])
    assert frame["params.clip"].tolist() == [1e-05, -0.5]
    assert str(frame["started"].dtype).endswith(", UTC]")
    assert (frame["duration"] > 0).all()


def test_json_and_parquet_have_the_same(runs, treadle):
    assert treadle("export", "runs.json").code == 0
    assert treadle("export", "runs.parquet").code == 0
    (row,) = (row for row in json.loads(Path("runs.json").read_bytes()) if row["name"] == "first")
    assert (row["params.clip"], row["params.depth"], row["params.code"]) == (-0.5, 8, "007")
    assert [row[f"metrics.{key}"] for key in ("nan", "inf", "low")] == [
        "NaN",
        "Infinity",
        "-Infinity",
    ]
    assert datetime.fromisoformat(row["started"]).tzinfo is not None
    table = pq.read_table("runs.parquet")
    assert str(table.schema.field("started").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("params.depth").type) == "int64"
    assert table["started"].to_pylist()[0].tzinfo is not None


def test_points_have_times(runs, treadle):
    assert treadle("export", "points.csv", "--points", "--where", "name = 'first'").code == 0
    frame = pd.read_csv("points.csv", parse_dates=["time"])
    assert str(frame["time"].dtype).endswith(", UTC]")
    assert abs((frame["time"][0] - datetime.now(UTC)).total_seconds()) < 600


def test_every_json_tells_nan_and_infinities_apart(runs, treadle):
    expected = {"nan": "NaN", "inf": "Infinity", "low": "-Infinity", "loss": -0.25}
    listed = treadle("runs", "--where", "name = 'first'", "--json").json
    assert listed[0]["metrics"] == expected
    shown = treadle("runs", "show", "first", "--json").json
    assert shown["run"]["metrics"] == expected
    assert {one["key"]: one["last"] for one in shown["metrics"]} == expected
    changed = treadle("diff", "second", "first", "--json").json["metrics"]
    assert {one["name"]: one["new"] for one in changed} == expected
