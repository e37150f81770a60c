import json
import logging
import math
import pickle
import threading
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from tests.servers import serving

import treadle
from treadle.errors import DataError, StoreError
from treadle.store import ArtifactStore, Search


def test_everything_that_can_be_logged(store, location, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"\x00\x01")
    (tmp_path / "model" / "deep").mkdir()
    (tmp_path / "model" / "deep" / "a.txt").write_text("a")
    with treadle.start_run(
        "first", experiment="exp", tags={"stage": "dev"}, params={"seed": 1}
    ) as run:
        treadle.log_param("lr", 0.1)
        treadle.log_params({"model": {"depth": 3, "layers": [1, 2]}, "on": True})
        treadle.log_metric("loss", 0.5, step=3)
        treadle.log_metric("loss", 0.25)
        treadle.log_metrics({"val": {"loss": 1, "acc": Decimal("0.5")}}, step=7)
        treadle.set_tag("who", "ada")
        treadle.set_tags({"stage": "test", "n": 5})
        treadle.log_artifact(tmp_path / "model" / "weights.bin")
        treadle.log_artifact(tmp_path / "model", "copies")
        treadle.log_artifacts(tmp_path / "model", "flat")
        treadle.log_text("hello", "notes/a.txt")
        treadle.log_dict({"a": [1]}, "b.json")
        treadle.log_dict({"a": [1]}, "c.yaml")
        assert treadle.active_run() is run
    assert treadle.active_run() is None
    details = store.get_run(run.id)
    assert details.run.status == "finished"
    assert (details.run.name, details.run.experiment) == ("first", "exp")
    assert details.run.params == {
        "seed": 1,
        "lr": 0.1,
        "model.depth": 3,
        "model.layers": "[1, 2]",
        "on": True,
    }
    assert details.run.metrics == {"loss": 0.25, "val/loss": 1.0, "val/acc": 0.5}
    assert [(p.step, p.value) for p in store.points(run.id, "loss")] == [(3, 0.5), (4, 0.25)]
    assert details.run.tags == {"stage": "test", "who": "ada", "n": "5"}
    paths = {a.path: a.digest for a in details.artifacts}
    assert sorted(paths) == [
        "b.json",
        "c.yaml",
        "copies/model/deep/a.txt",
        "copies/model/weights.bin",
        "flat/deep/a.txt",
        "flat/weights.bin",
        "notes/a.txt",
        "weights.bin",
    ]
    kept = ArtifactStore(Path(location.artifacts))
    assert kept.locate(paths["weights.bin"]).read_bytes() == b"\x00\x01"
    assert json.loads(kept.locate(paths["b.json"]).read_text()) == {"a": [1]}
    assert kept.locate(paths["c.yaml"]).read_text() == "a:\n- 1\n"
    assert (
        len([p for p in Path(location.artifacts).rglob("*") if p.is_file()]) == 5
    )  # equal contents are kept once
    assert not list(location.journals.iterdir())  # the store has all of it


def test_figures(store):
    from matplotlib.figure import Figure
    from PIL import Image
    from plotly.graph_objects import Figure as Plotly

    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2])
    with treadle.start_run() as run:
        treadle.log_figure(figure, "a.png", dpi=30)
        treadle.log_figure(axes, "b.svg")
        treadle.log_figure(Plotly(), "c.html")
        treadle.log_figure(Plotly(), "c.json")
        treadle.log_figure(Image.new("RGB", (4, 4)), "d.jpg")
        with pytest.raises(DataError, match="int is not a figure"):
            treadle.log_figure(5, "e.png")
    assert [a.path for a in store.get_run(run.id).artifacts] == [
        "a.png",
        "b.svg",
        "c.html",
        "c.json",
        "d.jpg",
    ]


def test_an_exception_ends_the_run_as_failed(store):
    with pytest.raises(ZeroDivisionError), treadle.start_run() as run:
        1 / 0  # noqa: B018
    record = store.get_run(run.id).run
    assert (record.status, record.error.kind) == ("failed", "ZeroDivisionError")
    assert "1 / 0" in record.error.traceback


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), "killed"),
        (SystemExit(1), "failed"),
        (SystemExit("no"), "failed"),
        (SystemExit(0), "finished"),
    ],
)
def test_other_ways_out_of_the_block(store, error, status):
    with pytest.raises(type(error)), treadle.start_run() as run:
        raise error
    assert store.get_run(run.id).run.status == status


def test_what_only_looks_like_a_number_is_a_text(store):
    class Shop:
        def item(self, name):
            raise KeyError(name)

        def __str__(self):
            return "a shop"

    with treadle.start_run() as run:
        run.log_param("shop", Shop())
        with pytest.raises(ValueError, match="is not a number"):
            run.log_metric("shop", Shop())  # type: ignore[arg-type]
    assert store.get_run(run.id).run.params == {"shop": "a shop"}


def test_numbers_of_libraries_are_numbers(store):
    with treadle.start_run() as run:
        run.log_metric("a", np.float32(0.5), step=np.int64(2))
        run.log_metric("a", np.array(1.5), step=3)
        run.log_metric("a", True)
        run.log_metric("b", math.nan)
        run.log_params(
            {
                "a": np.float64(0.1),
                "b": np.int32(3),
                "c": math.inf,
                "d": 2**70,
                "e": (1, 2),
                "f": object,
            }
        )
    details = store.get_run(run.id).run
    assert [(p.step, p.value) for p in store.points(run.id, "a")] == [(2, 0.5), (3, 1.5), (4, 1.0)]
    assert math.isnan(details.metrics["b"])
    assert details.params == {
        "a": 0.1,
        "b": 3,
        "c": "inf",
        "d": str(2**70),
        "e": "[1, 2]",
        "f": "<class 'object'>",
    }


@pytest.mark.parametrize(
    ("key", "value", "step", "message"),
    [
        ("a", "high", None, "'high' is not a number"),
        ("a", None, None, "None is not a number"),
        ("a", 1.0, 0.5, "the step 0.5 is not a whole number"),
        ("a", 1.0, 2**64, "not a whole number of 64 bits"),
        ("a", 1.0, "x", "the step 'x' is not a whole number"),
    ],
)
def test_what_is_no_point_is_refused(key, value, step, message):
    with treadle.start_run() as run, pytest.raises(ValueError, match=message):
        run.log_metric(key, value, step)


@pytest.mark.parametrize("key", ["", "x" * 251, "a\nb", 5])
def test_what_is_no_name_is_refused(key):
    with treadle.start_run() as run:
        for call in (run.log_metric, run.log_param, run.set_tag):
            if call == run.log_param and key == 5:
                continue  # {"layers": {0: …}} is a fine way to write parameters
            with pytest.raises(StoreError, match="cannot be a name"):
                call(key, 1.0)


@pytest.mark.parametrize(
    "path", ["../a", "/a", "a/../b", "", "a//b", "a\\b", "C:/x", "a\x00", "x" * 300, "./a"]
)
def test_what_is_no_artifact_path_is_refused(path):
    with (
        treadle.start_run() as run,
        pytest.raises(StoreError, match="cannot be the path of an artifact"),
    ):
        run.log_text("x", path)


def test_a_missing_artifact_is_named():
    with treadle.start_run() as run:
        with pytest.raises(
            DataError, match=r"nothing\.txt cannot be stored: No such file or directory"
        ):
            run.log_artifact("nothing.txt")
        with pytest.raises(DataError, match="There is no folder nothing"):
            run.log_artifacts("nothing")


def test_the_first_value_of_a_parameter_stays(store, caplog):
    with treadle.start_run() as run:
        run.log_param("a", 1)
        run.log_param("a", 1)
        assert not caplog.records
        run.log_param("a", 2)
    assert "Parameter a of run" in caplog.text
    assert store.get_run(run.id).run.params == {"a": 1}


def test_the_warning_about_a_secret_parameter_has_no_secret(store, caplog):
    with treadle.start_run() as run:
        run.log_param("db.password", "hunter2-first")
        run.log_param("db.password", "hunter2-second")
        run.log_param("nan", float("nan"))
        run.log_param("nan", float("nan"))
    assert not caplog.records
    assert "hunter2" not in str(store.get_run(run.id).run.params)


def test_runs_nest(store):
    with treadle.start_run("outer", experiment="e") as outer:
        with treadle.start_run("inner") as inner:
            treadle.log_metric("m", 1)
        treadle.log_metric("m", 2)
    assert store.get_run("inner").run.parent == outer.id
    assert store.get_run(inner.id).run.experiment == "e"
    assert store.get_run(inner.id).run.metrics == {"m": 1.0}
    assert store.get_run(outer.id).run.metrics == {"m": 2.0}


def test_a_run_without_a_block_ends_when_the_next_one_starts(store, caplog):
    first = treadle.start_run("first")
    second = treadle.start_run("second")
    assert "is ended, because another one starts" in caplog.text
    assert store.get_run(first.id).run.status == "finished"
    second.flush()
    assert store.get_run(second.id).run.status == "running"
    second.end()
    second.end("failed")  # a second end changes nothing
    assert store.get_run(second.id).run.status == "finished"


def test_a_run_can_go_on(store):
    with treadle.start_run("once") as run:
        run.log_metric("m", 1.0)
    with treadle.start_run("once", run_id=run.id) as again:
        again.flush()
        assert store.get_run(run.id).run.status == "running"
        again.log_metric("m", 2.0, step=1)
    assert [p.value for p in store.points(run.id, "m")] == [1.0, 2.0]
    assert len(store.find_runs(Search())) == 1


def test_flush_brings_it_to_the_store_at_once(store):
    with treadle.start_run() as run:
        for value in range(10):
            run.log_metric("m", value)
        assert run.flush(durable=True)
        assert store.get_run(run.id).run.metrics == {"m": 9.0}


def test_threads_log_to_the_run_that_started_them(store):
    ready = threading.Barrier(3)
    found = {}

    def work(name):
        with treadle.start_run(name) as run:
            ready.wait()

            def inner():
                for value in range(200):
                    treadle.log_metric("m", value)
                found[name] = treadle.active_run().id

            threads = [threading.Thread(target=inner) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found[name] == run.id

    workers = [threading.Thread(target=work, args=(f"run{n}",)) for n in range(2)]
    for worker in workers:
        worker.start()
    ready.wait()
    for worker in workers:
        worker.join()
    for name in ("run0", "run1"):
        assert store.get_run(name).metrics[0].count == 600


def test_pickled_it_is_the_same_run(store):
    with treadle.start_run() as run:
        copy = pickle.loads(pickle.dumps(run))
        copy.log_metric("m", 5)
        copy.end()  # not its to end
        assert store.get_run(run.id).run.status == "running"
    assert store.get_run(run.id).run.metrics == {"m": 5.0}
    assert store.get_run(run.id).run.status == "finished"


def test_logging_goes_on_when_nothing_can_be_kept(tmp_path, caplog, monkeypatch):
    (tmp_path / "blocked").write_text("")
    monkeypatch.setenv("TREADLE_STORE", str(tmp_path / "blocked" / "x.db"))
    with treadle.start_run() as run:
        for value in range(100):
            run.log_metric("m", value)
    assert caplog.text.count("cannot be stored") == 1


def test_what_was_dropped_is_counted_on_the_run(store, location):
    with treadle.start_run() as run:
        run.log_metric("m", 1.0)
        run.log_entry(object())  # type: ignore[arg-type]  # nothing that a journal takes
        run.log_entry(object())  # type: ignore[arg-type]
        run.log_metric("m", 2.0)
    record = store.get_run(run.id).run
    assert record.dropped == 2
    assert store.points(run.id, "m")[-1].value == 2.0


def test_a_disk_that_fills_up_in_a_pipeline_run_is_counted_and_stops_nothing(python, store):
    done = python(
        "import resource, treadle\n"
        "from treadle import node, pipeline\n"
        "def work(x):\n"
        "    treadle.log_metric('m', 1.0)\n"
        "    before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))\n"
        "    for n in range(50): treadle.log_metric('m', 2.0)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, before)\n"
        "    treadle.log_metric('m', 3.0)\n"
        "    return x\n"
        "treadle.run(pipeline([node(work, 'x', 'y')]), inputs={'x': 1}, name='r')\n"
    )
    assert done.code == 0, done
    assert done.err.count("cannot be stored: [Errno 27] File too large") == 1
    record = store.get_run("r").run
    assert record.status == "finished"
    assert record.dropped >= 50
    assert [point.value for point in store.points("r", "m")] == [1.0, 3.0]


def test_a_record_that_is_too_long_is_counted(store):
    with treadle.start_run() as run:
        run.set_tag("big", "x" * (65 << 20))
        run.set_tag("small", "x")
    record = store.get_run(run.id).run
    assert (record.dropped, record.tags) == (1, {"small": "x"})


def test_what_a_store_does_not_take_stays_in_the_journal_and_comes_later(store, location, caplog):
    location.folder.mkdir()
    location.database.write_bytes(b"no database" * 500)
    with treadle.start_run() as run:
        run.log_metric("m", 1.0)
        assert not run.flush()
        run.log_metric("m", 2.0)
    assert "is unavailable at the moment" in caplog.text
    assert "Not all of run" in caplog.text
    location.database.unlink()
    (left,) = location.journals.iterdir()
    forget_owner(left)
    assert store.get_run(run.id).metrics[0].count == 2
    assert store.get_run(run.id).run.status == "finished"
    assert not list(location.journals.iterdir())


def forget_owner(journal):
    """Make a journal look as if its process had died: the header's boot is another one."""
    from zlib import crc32

    import msgspec

    from treadle.store.journal import _FRAME

    content = journal.read_bytes()
    length, _ = _FRAME.unpack_from(content)
    header = msgspec.msgpack.decode(content[8 : 8 + length])
    header[-1][2] = "another boot"
    payload = msgspec.msgpack.encode(header)
    journal.write_bytes(_FRAME.pack(len(payload), crc32(payload)) + payload + content[8 + length :])


def test_journals_go_on_in_a_new_file_when_they_are_long(store, location, monkeypatch):
    from treadle.tracking import writer

    monkeypatch.setattr(writer, "_ROTATE", 2000)
    with treadle.start_run() as run:
        for value in range(1000):
            run.log_metric("m", value)
        names = {path.name for path in location.journals.iterdir()}
        assert all(run.id in name for name in names)
    assert [p.step for p in store.points(run.id, "m")] == list(range(1000))
    assert not list(location.journals.iterdir())


def test_secrets_are_masked(store):
    with treadle.start_run() as run:
        run.log_params(
            {"db": {"password": "hunter2", "url": "postgresql://u:hunter2@h/d"}, "max_tokens": 5}
        )
        run.set_tag("api_key", "abc")
        with pytest.raises(ValueError, match="."), treadle.start_run("child"):
            raise ValueError("cannot connect to postgresql://u:hunter2@h/d with token=abcdef")
    details = store.get_run(run.id).run
    assert details.params == {
        "db.password": "***",
        "db.url": "postgresql://***@h/d",
        "max_tokens": 5,
    }
    assert details.tags == {"api_key": "***"}
    child = store.get_run("child").run
    assert "hunter2" not in child.error.message + child.error.traceback
    assert "abcdef" not in child.error.message


def test_the_log_of_a_run_is_its_own(store):
    from treadle.tracking.logs import RunLogs

    log = logging.getLogger("mine")
    log.setLevel(logging.INFO)
    with treadle.start_run() as run, RunLogs(run):
        log.info("one %d", 1)
        log.debug("too fine")
        with treadle.start_run("other"):
            log.info("of the other")
    assert [(r.level, r.logger, r.text) for r in store.get_run(run.id).logs] == [
        ("INFO", "mine", "one 1")
    ]
    assert abs(store.get_run(run.id).logs[0].time - time.time()) < 60


def test_many_files_go_to_a_server(tmp_path):
    with serving(tmp_path / "served.db") as address:
        folder = tmp_path / "files"
        folder.mkdir()
        for number in range(20):
            (folder / f"{number}.bin").write_bytes(bytes([number]) * 100_000)
        with treadle.start_run("r", store=address) as run:
            run.log_artifacts(folder)
            waiting = Path(run.location.artifacts)
        assert not [
            path for path in waiting.rglob("*") if path.is_file()
        ]  # the server has them all
        assert len(treadle.get_run("r", store=address).artifacts) == 20
    kept = ArtifactStore(tmp_path / "served.artifacts")
    assert len([path for path in (kept.folder / "blobs").rglob("*") if path.is_file()]) == 20


def test_many_points_at_once(store):
    with treadle.start_run("r") as run:
        treadle.log_metric("m", 5.0)
        run.log_series("m", [1, 2.5, math.nan])
        run.log_series("m", np.array([3.0, 4.0]), steps=np.array([10, 9]), times=[7.0, 8.0])
        treadle.log_series("long", range(250_000))
        run.log_series("m", [])
        for values, steps, message in [
            (["a"], None, "not all numbers"),
            ([1.0], [0.5], "whole numbers"),
            ([1.0], [1, 2], "1 values have 2 steps"),
        ]:
            with pytest.raises(ValueError, match=message):
                run.log_series("m", values, steps)  # type: ignore[arg-type]
        treadle.log_metric("m", 6.0)
    points = store.points("r", "m")
    assert [point.step for point in points] == [0, 1, 2, 3, 10, 9, 10]
    assert repr([point.value for point in points]) == repr([5.0, 1.0, 2.5, math.nan, 3.0, 4.0, 6.0])
    assert [point.time for point in points[4:6]] == [7.0, 8.0]
    assert [point.value for point in store.points("r", "long")] == list(range(250_000))


def test_runs_are_in_the_experiment_of_their_parent_or_of_the_project(tmp_path, monkeypatch):
    monkeypatch.setenv("TREADLE_STORE", str(tmp_path / "store.db"))
    monkeypatch.delenv("TREADLE_EXPERIMENT", raising=False)
    monkeypatch.chdir(tmp_path)
    steps = treadle.pipeline([treadle.node(len, "x", "n", name="count")])

    def experiments():
        return [run.experiment for run in treadle.search_runs(sort="started")]

    with treadle.start_run("sweep", experiment="s"):
        treadle.run(steps, inputs={"x": [1]})
        with treadle.start_run("inner"):
            pass
    assert experiments() == ["s", "s", "s"]
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "mills"\n[tool.treadle]\npackage = "mills"\n'
    )
    with treadle.start_run():
        pass
    treadle.run(steps, inputs={"x": [1]})
    assert experiments()[3:] == ["mills", "mills"]
    monkeypatch.setenv("TREADLE_EXPERIMENT", "set")
    with treadle.start_run():
        pass
    assert experiments()[5:] == ["set"]
