import pytest

import treadle as library


@pytest.fixture
def sweep():
    for depth in (1, 2, 3):
        tags = {"stage": "dev" if depth < 3 else "test", "team": "a=b"}
        with library.start_run(f"d{depth}", experiment="sweep", tags=tags):
            library.log_params({"depth": depth, "seed": 7})
            library.log_metric("loss", depth / 10)
    with library.start_run("other", experiment="it's"):
        library.log_params({"c": 1})


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
    done = treadle("runs", "--experiment", "sweep", "--tag", "stage=none")
    assert (done.code, done.out) == (0, "No run matches.\n")
    done = treadle("runs", "--experiment", "swep")
    assert (done.code, 'Did you mean "sweep"?' in done.err) == (8, True)


def test_a_long_name_does_not_widen_the_tables(treadle):
    with library.start_run("r" * 300, experiment="e" * 400):
        pass
    for command in ("runs", "experiments"):
        assert max(map(len, treadle(command).out.split("\n"))) < 150
    assert treadle("experiments", "--json").json[0]["experiment"]["name"] == "e" * 400


def test_the_way_out_of_a_damaged_store_can_be_pasted(tmp_path, treadle):
    (tmp_path / "my runs.db").write_text("no database" * 100)
    done = treadle("runs", "--store", "my runs.db")
    assert "(mv '" in done.err
    assert "my runs.db' '" in done.err
