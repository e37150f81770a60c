"""A node is a function: a test calls it."""

from pathlib import Path

import pandas as pd
import treadle
from flights.pipelines.prepare import departures

PROJECT = Path(__file__).parent.parent


def test_flights_that_did_not_leave_are_left_out():
    times = {"time_hour": ["2013-01-01T05:00:00Z"] * 2, "dep_delay": [2.0, None]}
    found = departures(pd.DataFrame({**times, "arr_delay": [11.0, None]}))
    assert found["arr_delay"].tolist() == [11.0]


def test_the_pipelines_can_be_loaded():
    project = treadle.open_project(PROJECT)
    assert set(project.pipelines) == {"prepare", "model"}
    assert (
        "features" in project.pipelines["prepare"].outputs() | project.pipelines["model"].inputs()
    )
