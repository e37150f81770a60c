"""Going on with a run that ended, or whose process died."""

import subprocess

import pytest
from tests.servers import serving

import treadle
from treadle.errors import ConflictError, RunNotFoundError
from treadle.records import RunChange
from treadle.store import Search


@pytest.fixture(params=["sqlite", "server", "postgresql"])
def address(request, tmp_path, location):
    if request.param == "server":
        with serving(tmp_path / "served.db") as served:
            yield served
    else:
        yield (
            request.getfixturevalue("postgres")
            if request.param == "postgresql"
            else str(location.database)
        )


@pytest.fixture
def ended(address, monkeypatch):
    monkeypatch.setenv("TREADLE_STORE", address)
    with (
        treadle.start_run("sweep", experiment="flights") as parent,
        treadle.start_run("base") as run,
    ):
        for number in range(5):
            treadle.log_metric("a", number)
        treadle.log_metrics({"b": 1.0, "c": 2.0}, step=9)
        treadle.log_series("d", [1.0, 2.0])
        treadle.log_params({"lr": 0.1})
        treadle.set_tag("stage", "dev")
    return parent, run


def test_nothing_of_it_changes_but_what_is_logged(ended):
    parent, run = ended
    before = treadle.get_run(run.id).run
    with treadle.start_run(run_id=run.id) as again:
        assert (again.id, again.name, again.experiment) == (run.id, "base", "flights")
        again.flush()
        assert treadle.get_run(run.id).run.status == "running"
        for number in range(5, 8):
            treadle.log_metric("a", number)
        treadle.log_metrics({"b": 3.0, "c": 4.0})
        treadle.log_series("d", [3.0])
    after = treadle.get_run(run.id).run
    assert (after.name, after.experiment, after.parent) == ("base", "flights", parent.id)
    assert (after.started, after.command, after.tags) == (
        before.started,
        before.command,
        before.tags,
    )
    assert (after.status, after.params) == ("finished", {"lr": 0.1})
    history = treadle.metric_history(run.id, "a")
    assert [(point.step, point.value) for point in history] == [(n, float(n)) for n in range(8)]
    assert after.metrics == {"a": 7.0, "b": 3.0, "c": 4.0, "d": 3.0}
    assert [point.step for point in treadle.metric_history(run.id, "b")] == [9, 10]
    assert [point.step for point in treadle.metric_history(run.id, "d")] == [0, 1, 2]
    assert {one.id for one in treadle.search_runs('experiment = "flights"')} == {parent.id, run.id}


def test_what_is_given_changes(ended):
    _, run = ended
    with treadle.start_run("better", run_id=run.id, experiment="moved"):
        pass
    record = treadle.get_run(run.id).run
    assert (record.name, record.experiment, record.metrics["a"]) == ("better", "moved", 4.0)
    assert [one.id for one in treadle.search_runs('experiment = "moved"', sort="-metrics.a")] == [
        run.id
    ]


def test_a_run_is_meant_as_by_every_command(ended):
    parent, run = ended
    for word in ("base", run.id[-8:], run.id, "latest"):
        with treadle.start_run(run_id=word) as again:
            assert again.id == (run.id if word != "latest" else treadle.get_run("latest").run.id)
    assert len(treadle.search_runs()) == 2
    for word, message in (
        ("nonsense", "There is no run"),
        (parent.id[:4], "matches several"),
        ("", "There is no run"),
    ):
        with pytest.raises(RunNotFoundError, match=message):
            treadle.start_run(run_id=word)
    assert len(treadle.search_runs()) == 2


def test_within_another_run_it_stays_where_it_was(ended):
    parent, run = ended
    with treadle.start_run("outer", experiment="elsewhere"), treadle.start_run(run_id=run.id):
        treadle.log_metric("a", 5)
    record = treadle.get_run(run.id).run
    assert (record.parent, record.experiment, record.metrics["a"]) == (parent.id, "flights", 5.0)


def test_one_that_is_open_here_or_in_the_bin_is_refused(store):
    with (
        treadle.start_run("r") as run,
        pytest.raises(ConflictError, match="open in this process already"),
    ):
        treadle.start_run(run_id=run.id)
    store.change_run(run.id, RunChange(deleted=True), 1.0)
    with pytest.raises(ConflictError, match="is deleted"):
        treadle.start_run(run_id=run.id)


def test_an_error_of_before_goes_and_one_of_now_comes(store):
    with pytest.raises(ZeroDivisionError), treadle.start_run("r") as run:
        1 / 0  # noqa: B018
    with treadle.start_run(run_id=run.id):
        pass
    assert (store.get_run("r").run.status, store.get_run("r").run.error) == ("finished", None)


def test_a_process_that_died_is_gone_on_with(python, store):
    done = python(
        "import os, treadle\n"
        "r = treadle.start_run('r', experiment='e')\n"
        "for n in range(3): r.log_metric('m', n)\n"
        "os._exit(9)"
    )
    assert done.code == 9
    with treadle.start_run(run_id="r", system_metrics=False):
        treadle.log_metric("m", 3)
    assert [point.step for point in store.points("r", "m")] == [0, 1, 2, 3]
    assert store.get_run("r").run.experiment == "e"


def test_system_metrics_go_on(store, python):
    code = (
        "import sys, treadle\n"
        "with treadle.start_run('r', run_id=sys.argv[1] if len(sys.argv) > 1 else None, "
        "system_metrics=0.1) as run:\n"
        "    while run._steps.get('system/disk_usage_percentage', -1) < int(sys.argv[-1]): pass\n"
    )
    assert python(code.replace("sys.argv[1] if len(sys.argv) > 1 else None", "None"), 1).code == 0
    assert python(code, "latest", 3).code == 0
    steps = [point.step for point in store.points("r", "system/disk_usage_percentage")]
    assert len(steps) >= 4
    assert steps == list(range(len(steps)))


def test_a_script_under_treadle_run_goes_on_with_the_run_that_it_names(treadle, store, tmp_path):
    import treadle as library

    with library.start_run("first", experiment="e") as run:
        run.log_metric("m", 1)
    (tmp_path / "train.py").write_text(
        "import treadle\nwith treadle.start_run(run_id='first'):\n    treadle.log_metric('m', 2)\n"
    )
    assert treadle("run", "train.py").code == 0
    record = store.get_run("first").run
    assert (record.id, record.experiment, record.metrics) == (run.id, "e", {"m": 2.0})
    assert sorted(one.name for one in store.find_runs(Search())) == ["first", "train"]


def test_without_its_store_a_whole_id_is_enough(tmp_path, caplog):
    with (
        serving(tmp_path / "served.db") as address,
        treadle.start_run("base", experiment="e", store=address) as run,
    ):
        run.log_metric("m", 1)
    with pytest.raises(Exception, match="."):
        treadle.start_run(run_id="base", store=address)
    with treadle.start_run(run_id=run.id, store=address) as again:
        again.log_metric("m", 2, step=1)
    assert "its store cannot be read now" in caplog.text
    (journal,) = again.location.journals.glob("*.log")
    port = address.rpartition(":")[2]
    assert port in address
    assert journal.stat().st_size


def test_clients_of_mlflow_go_on_with_ours_and_we_with_theirs(tmp_path, repository):
    with serving(tmp_path / "served.db") as address:
        with treadle.start_run("ours", experiment="flights", store=address) as run:
            run.log_metric("a", 0)
        code = (
            "import mlflow, sys\n"
            "mlflow.set_tracking_uri(sys.argv[1])\n"
            "with mlflow.start_run(run_id=sys.argv[2]): mlflow.log_metric('a', 1, step=1)\n"
            "mlflow.set_experiment('theirs')\n"
            "with mlflow.start_run(run_name='made') as run: mlflow.log_metric('a', 0, step=0)\n"
            "print(run.info.run_id)\n"
        )
        program = repository / ".venv-mlflow3" / "bin" / "python"
        done = subprocess.run(
            [program, "-c", code, address, run.id],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        made = done.stdout.split()[-1]
        with treadle.start_run(run_id=made, store=address):
            treadle.log_metric("a", 1)
        ours = treadle.get_run(run.id, store=address).run
        theirs = treadle.get_run(made, store=address).run
        assert (ours.name, ours.experiment, ours.status, ours.metrics) == (
            "ours",
            "flights",
            "finished",
            {"a": 1.0},
        )
        assert (theirs.name, theirs.experiment, theirs.status) == ("made", "theirs", "finished")
        assert [p.step for p in treadle.metric_history(made, "a", store=address)] == [0, 1]
