import pytest

import treadle


@pytest.fixture
def sweep():
    for depth in (1, 2, 3):
        tags = {"stage": "dev" if depth < 3 else "test", "team": "a=b"}
        with treadle.start_run(f"d{depth}", experiment="sweep", tags=tags):
            treadle.log_params({"depth": depth, "seed": 7})
            treadle.log_metric("loss", depth / 10)
    with treadle.start_run("other", experiment="it's"):
        treadle.log_params({"c": 1})


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--experiment", "sweep"], ["d3", "d2", "d1"]),
        (["--experiment", "it's"], ["other"]),
        (["--tag", "stage=dev"], ["d2", "d1"]),
        (["--tag", "stage=dev", "--tag", "team=a=b"], ["d2", "d1"]),
        (["--experiment", "sweep", "--tag", "stage=test"], ["d3"]),
        (["--experiment", "sweep", "--where", "params.depth = 1 or name = 'other'"], ["d1"]),
        (["--tag", "stage="], []),
    ],
)
def test_runs_of_an_experiment_and_with_tags(sweep, treadle, options, names):
    assert [run["name"] for run in treadle("runs", *options, "--json").json] == names


def test_a_tag_without_a_value(treadle):
    done = treadle("runs", "--tag", "stage")
    assert (done.code, '"stage" is not KEY=VALUE.' in done.err) == (2, True)


def test_params_that_differ_are_columns(sweep, treadle):
    done = treadle("runs")
    head, first, *_ = done.out.split("\n")
    assert head.split() == ["id", "name", "status", "started", "duration", "loss", "depth"]
    assert first.split()[1] == "other"
    assert done.out.split("\n")[2].split()[-2:] == ["0.3", "3"]
    assert "depth" not in treadle("runs", "--where", "name = 'd1'").out


def test_nothing_matches(sweep, treadle):
    assert treadle("runs", "--experiment", "none").out == "No run matches.\n"
