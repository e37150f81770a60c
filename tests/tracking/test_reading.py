import math
from datetime import UTC, datetime, timedelta

import pytest

import treadle
from treadle.errors import RunNotFoundError, SearchError


@pytest.fixture
def logged():
    for number in range(3):
        with treadle.start_run(f"r{number}", tags={"even": number % 2 == 0}) as run:
            treadle.log_params({"depth": number, "kind": "ridge"})
            for step in range(500):
                treadle.log_metric("loss", math.sin(step / 9) + number, step)
    return run


def test_runs_are_found_as_records_and_as_frames(logged):
    found = treadle.search_runs("params.depth > 0", sort="params.depth")
    assert [run.name for run in found] == ["r1", "r2"]
    assert found[0].params == {"depth": 1, "kind": "ridge"}
    assert found[:1][0].name == "r1"
    assert repr(found) == "<2 runs: r1, r2>"
    pandas = found.to_frame()
    assert list(pandas["params.depth"]) == [1, 2]
    assert {"id", "name", "metrics.loss", "tags.even"} <= set(pandas.columns)
    chosen = treadle.search_runs(sort="name", columns=["name", "params.depth", "metrics.none"])
    assert list(chosen.to_pandas().columns) == ["name", "params.depth", "metrics.none"]
    assert chosen.to_polars()["params.depth"].to_list() == [0, 1, 2]
    assert len(treadle.search_runs(limit=2)) == 2


def test_what_is_asked_wrongly_is_said(logged):
    with pytest.raises(SearchError, match="is invalid"):
        treadle.search_runs("loss >")
    with pytest.raises(SearchError, match='no column "los"'):
        treadle.search_runs(columns=["los"])
    with pytest.raises(RunNotFoundError):
        treadle.get_run("nothing")


def test_a_run_and_its_points(logged):
    details = treadle.get_run("r2")
    assert details.run.id == logged.id
    points = treadle.metric_history("r2", "loss")
    assert len(points) == 500
    assert points[3].step == 3
    few = treadle.metric_history("r2", "loss", points=40)
    assert len(few) <= 40
    assert max(point.value for point in few) == max(point.value for point in points)
    assert list(few.to_frame().columns) == ["step", "time", "value"]


def test_times_are_times_and_a_run_has_its_duration(logged):
    with treadle.start_run("open"):
        frame = treadle.search_runs().to_pandas()
        for name in ("started", "ended"):
            assert str(frame[name].dtype).endswith(", UTC]")
        assert frame["ended"].isna().tolist() == [True, False, False, False]
        assert frame["duration"].isna().tolist() == [True, False, False, False]
        assert abs(frame["started"][0] - datetime.now(UTC)) < timedelta(minutes=10)
        only = treadle.search_runs("name = 'open'", columns=["ended", "duration"])
        assert str(only.to_pandas()["ended"].dtype).endswith(", UTC]")
        assert str(only.to_polars()["ended"].dtype) == "Datetime(time_unit='us', time_zone='UTC')"
    points = treadle.metric_history("r2", "loss")
    assert str(points.to_pandas()["time"].dtype).endswith(", UTC]")
    assert points.to_polars()["time"][0].tzinfo is not None


def test_texts_that_are_numbers_are_numbers_in_a_frame():
    for lr, version in (("0.5", "1.10"), ("1e-05", "1.9")):
        with treadle.start_run():
            treadle.log_params({"lr": lr, "version": version})
    found = treadle.search_runs(sort="started")
    frame = found.to_pandas()
    assert frame["params.lr"].tolist() == [0.5, 1e-05]
    assert frame["params.version"].tolist() == ["1.10", "1.9"]
    assert found[0].params == {"lr": "0.5", "version": "1.10"}  # a record has what was logged


def test_a_notebook_shows_tables():
    with treadle.start_run("<b>odd</b>") as run:
        treadle.log_params({"a&b": "<script>"})
        treadle.log_metric("loss", math.nan)
        treadle.log_text("x", "notes/a.txt")
    found = treadle.search_runs()
    html = found._repr_html_()
    assert "&lt;b&gt;odd&lt;/b&gt;" in html
    assert "<script>" not in html
    assert run.id in html
    details = treadle.get_run(run.id)
    assert len(repr(details)) < 200
    assert "1 params, 1 metrics, 1 artifacts" in repr(details)
    shown = details._repr_html_()
    for text in ("a&amp;b", "loss", "nan", "notes/a.txt"):
        assert text in shown
    chosen = treadle.search_runs(limit=1, columns=["name", "started"])
    assert chosen._repr_html_().count("<th>") == 2


def test_completion_shows_what_programs_call():
    with treadle.start_run() as run:
        public = [name for name in dir(run) if not name.startswith("_")]
    assert {"log_metric", "log_params", "set_tag", "log_artifact", "end", "id"} <= set(public)
    assert not {"log_entry", "is_adoptable", "is_block", "correct", "activate"} & set(public)
    assert all(hasattr(run, name) for name in public)
