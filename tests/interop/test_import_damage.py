"""What of an MLflow store cannot be read is named and counted, and the rest comes."""

from contextlib import closing

import apsw
import pytest
from tests.interop.mlruns import RUN, Database, Folder, run_id
from tests.servers import serving

import treadle as library
from treadle.store import Search, locate_store, open_store


def found(tmp_path):
    with closing(open_store(locate_store(tmp_path / "kept.db"))) as store:
        return {run.id: run for run in store.find_runs(Search(lifecycle="all"))}


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


# What is broken, with which content (None removes it), and what is said about it.
BROKEN_RUNS = [
    ("meta.yaml", None, "there is no meta.yaml in it"),
    ("meta.yaml", b"", "it is empty"),
    ("meta.yaml", b"{run_id: [", "it is not valid YAML (line 1)"),
    ("meta.yaml", b"- a list", "it is not a mapping of keys to values"),
    ("meta.yaml", b"name: x", "it has no run_id"),
    (
        "meta.yaml",
        b"run_id: another",
        "it has the run_id another, which is not the name of its folder",
    ),
    (
        "meta.yaml",
        f"run_id: '{run_id(2)}'\nstart_time: soon".encode(),
        "could not convert string to float: 'soon'",
    ),
    ("meta.yaml", b"\xff\xfe\x00", "it is not valid YAML"),
]


@pytest.mark.parametrize(("name", "content", "message"), BROKEN_RUNS)
def test_a_run_that_cannot_be_read(tmp_path, treadle, name, content, message):
    store = Folder(tmp_path)
    store.run(RUN)
    broken = store.run(run_id(2)) / name
    store.run(run_id(3))
    if content is None:
        broken.unlink()
        broken.parent.joinpath("metrics").mkdir()
    else:
        broken.write_bytes(content)
    done = treadle("import", "mlflow", "mlruns", "--store", "kept.db")
    assert (done.code, "Traceback" in done.err) == (6, False), done
    assert f"Left out: mlruns/7/{run_id(2)}" in done.err
    assert message in done.err
    assert "1 thing of mlruns could not be read; all the rest was imported." in done.err
    assert "1 experiments, 2 runs" in done.out
    assert set(found(tmp_path)) == {RUN, run_id(3)}


def test_a_run_of_old_times_has_another_name_for_its_id(tmp_path, treadle):
    store = Folder(tmp_path)
    store.write_meta(store.experiment / RUN, run_uuid=RUN, status=3, start_time=5000)
    assert treadle("import", "mlflow", "mlruns", "--store", "kept.db").code == 0
    assert set(found(tmp_path)) == {RUN}


def test_an_experiment_that_cannot_be_read(tmp_path, treadle):
    store = Folder(tmp_path)
    store.run(RUN)
    store.write_meta(tmp_path / "mlruns/8/run", run_id="run")
    store.write_meta(tmp_path / "mlruns/9", experiment_id="9")
    (tmp_path / "mlruns/empty").mkdir()
    done = treadle("import", "mlflow", "mlruns", "--store", "kept.db")
    assert done.code == 6, done
    assert "Left out: mlruns/8: there is no meta.yaml in it." in done.err
    assert "Left out: mlruns/9/meta.yaml: name is missing." in done.err
    assert "2 things of mlruns" in done.err
    assert set(found(tmp_path)) == {RUN}


def test_bad_lines_of_a_metric(tmp_path, treadle):
    folder = Folder(tmp_path).run(RUN, params={"p": "1"})
    lines = b"1000 1.5 0\ngarbage line here\n2000 x 1\n3000 2.5 2\n"
    lines += b"4000 1.0 99999999999999999999\n5000 1.0 a\n\xff\n6\n"
    write(folder, "metrics/loss", lines)
    write(folder, "metrics/good", b"1000 0.5\n")  # without a step, as MLflow's first versions
    write(folder, "params/raw", b"caf\xe9")
    done = treadle("import", "mlflow", "mlruns", "--store", "kept.db")
    assert done.code == 6, done
    assert "metrics/loss: line 2 and 5 more lines are not a point of a metric." in done.err
    assert "6 things of mlruns" in done.err
    run = found(tmp_path)[RUN]
    assert (run.metrics, run.params) == ({"loss": 2.5, "good": 0.5}, {"p": "1", "raw": "caf\\xe9"})
    write(folder, "metrics/loss", b"1000 1.5 0\n3000 2.5 2\n5000 3.5 3\n")  # it is mended
    done = treadle("import", "mlflow", "mlruns", "--store", "kept.db")
    assert (done.code, "new are 1 points" in done.out) == (0, True), done


def test_rows_of_a_database_that_cannot_be_read(tmp_path, treadle):
    store = Database(tmp_path)
    store.run(RUN)
    store.run(run_id(2))
    store.points(RUN, "loss", [(1000, 1.0, 0), (2000, 2.0, 1)])
    store.database.execute("UPDATE metrics SET timestamp = 'soon' WHERE step = 1")
    store.database.execute("UPDATE runs SET start_time = 'soon' WHERE run_uuid = ?", (run_id(2),))
    done = treadle("import", "mlflow", "mlflow.db", "--store", "kept.db")
    assert (done.code, "Traceback" in done.err) == (6, False), done
    assert f"mlflow.db: run {run_id(2)}" in done.err
    assert f"mlflow.db: metric loss of run {RUN}: 1 point of the metric cannot be read." in done.err
    assert "2 things of mlflow.db" in done.err
    assert {key: run.metrics for key, run in found(tmp_path).items()} == {RUN: {"loss": 1.0}}


def test_a_database_that_mlflow_writes_to_meanwhile(tmp_path, treadle):
    store = Database(tmp_path)
    store.run(RUN)
    writer = apsw.Connection("mlflow.db")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE runs SET name = 'later'")
    done = treadle("import", "mlflow", "mlflow.db", "--store", "kept.db")
    writer.execute("COMMIT")
    assert done.code == 0, done
    assert found(tmp_path)[RUN].name == "run"
    assert treadle("import", "mlflow", "mlflow.db", "--store", "kept.db").code == 0
    assert found(tmp_path)[RUN].name == "later"


def test_no_file_of_this_machine_comes_by_a_link_or_a_location(tmp_path, treadle):
    store = Folder(tmp_path)
    secret = tmp_path / "private"
    secret.mkdir()
    (secret / "key.txt").write_text("the-content-of-a-private-file")
    folder = store.run(RUN, params={"fine": "1"})
    (folder / "params" / "stolen").symlink_to(secret / "key.txt")
    (folder / "metrics").mkdir()
    (folder / "metrics" / "m").symlink_to(secret / "key.txt")
    (folder / "artifacts").symlink_to(secret)
    store.write_meta(
        folder,
        run_id=RUN,
        run_name="run",
        status=3,
        start_time=5000,
        end_time=9000,
        lifecycle_stage="active",
        artifact_uri=f"file://{secret}",
    )
    done = treadle("import", "mlflow", "mlruns", "--store", "kept.db")
    assert f"{folder / 'params' / 'stolen'}".removeprefix(f"{tmp_path}/") in done.out + done.err
    run = found(tmp_path)[RUN]
    assert (run.params, run.metrics) == ({"fine": "1"}, {})
    with closing(open_store(locate_store(tmp_path / "kept.db"))) as kept:
        assert kept.get_run(RUN).artifacts == []


def test_artifacts_come_from_where_mlflow_kept_them(tmp_path, treadle):
    store = Folder(tmp_path)
    elsewhere = tmp_path / "other disk" / RUN / "artifacts"
    elsewhere.mkdir(parents=True)
    (elsewhere / "a.txt").write_text("a")
    folder = store.run(RUN)
    store.write_meta(
        folder,
        run_id=RUN,
        run_name="run",
        status=3,
        start_time=5000,
        end_time=9000,
        lifecycle_stage="active",
        artifact_uri=elsewhere.as_uri(),
    )
    assert treadle("import", "mlflow", "mlruns", "--store", "kept.db").code == 0
    with closing(open_store(locate_store(tmp_path / "kept.db"))) as kept:
        assert [one.path for one in kept.get_run(RUN).artifacts] == ["a.txt"]


def test_what_a_server_does_not_answer(tmp_path, treadle):
    with serving(tmp_path / "other.db", artifacts=str(tmp_path / "others")) as address:
        with library.start_run("one", store=address) as run:
            library.log_metric("loss", 0.5)
            library.log_text("here", "a.txt")
            library.log_text("gone", "b.txt")
        for blob in (tmp_path / "others").rglob("*"):
            if blob.is_file() and blob.read_bytes() == b"gone":
                blob.unlink()
        done = treadle("import", "mlflow", address, "--store", "kept.db")
    assert (done.code, "Traceback" in done.err) == (6, False), done
    assert f"Left out: artifact b.txt of run {run.id}: the server answers with status" in done.err
    with closing(open_store(locate_store(tmp_path / "kept.db"))) as store:
        details = store.get_run(run.id)
    assert [one.path for one in details.artifacts] == ["a.txt"]
    assert details.run.metrics == {"loss": 0.5}


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_store_that_came_without_its_artifacts_says_so(tmp_path, treadle, scheme):
    store = Database(tmp_path)
    for number in range(2):
        store.run(run_id(number))
        uri = f"{scheme}/another/machine/mlruns/7/{run_id(number)}/artifacts"
        update = "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?"
        store.database.execute(update, (uri, run_id(number)))
    done = treadle("import", "mlflow", store.name, "--store", "kept.db")
    assert done.code == 6, done
    assert "Left out: /another/machine/mlruns: the artifacts of run" in done.err
    assert "and of 1 more would be there, and are not on this machine" in done.err
    assert len(found(tmp_path)) == 2


def test_runs_without_artifacts_miss_nothing(tmp_path, treadle):
    store = Database(tmp_path)
    store.run(RUN)
    uri = f"{tmp_path}/mlruns/7/{RUN}/artifacts"  # MLflow makes it with the first artifact
    store.database.execute("UPDATE runs SET artifact_uri = ?", (uri,))
    done = treadle("import", "mlflow", store.name, "--store", "kept.db")
    assert done.code == 0, done


@pytest.mark.parametrize("bucket", ["models", "[models"])  # the second is not a valid host
@pytest.mark.parametrize("kind", [Folder, Database])
def test_artifacts_that_are_in_a_bucket_are_named_and_counted(tmp_path, treadle, kind, bucket):
    store = kind(tmp_path)
    for number in range(3):
        uri = f"s3://key:secret1@{bucket}/7/{run_id(number)}/artifacts"
        folder = store.run(run_id(number))
        if kind is Folder:
            meta = folder / "meta.yaml"
            meta.write_text(meta.read_text().replace("artifact_uri: ''", f"artifact_uri: {uri}"))
        else:
            update = "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?"
            store.database.execute(update, (uri, run_id(number)))
    store.run(RUN)
    done = treadle("import", "mlflow", store.name, "--store", "kept.db")
    assert done.code == 6, done
    assert "the artifacts of run" in done.err
    assert "and of 2 more are there, and are not on this machine" in done.err
    assert "s3://" in done.err
    assert "secret1" not in done.err
    assert f"3 things of {store.name} could not be read" in done.err
    assert len(found(tmp_path)) == 4
