"""What MLflow's own code has stored comes over whole, and only once."""

import math
import os
import subprocess
from pathlib import Path

import pytest
from tests.servers import serving

from treadle.store import ArtifactStore, Search, locate_store
from treadle.store.connect import connect_team_store
from treadle.store.search.listing import Listing, ListingSort
from treadle.store.search.tree import Field

CLIENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


def mlflow(repository, folder, *arguments, uri):
    done = subprocess.run(
        [repository / ".venv-mlflow3/bin/python", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={
            "PATH": os.environ["PATH"],
            "TMPDIR": os.environ["TMPDIR"],
            "HOME": str(folder),
            "MLFLOW_TRACKING_URI": uri,
            **CLIENT,
        },
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(
    params=[
        pytest.param("database", marks=pytest.mark.long),
        "folder",
        pytest.param("server", marks=pytest.mark.long),
    ]
)
def source(request, tmp_path):
    """What is filled, and what is imported from: (address for MLflow, name on the command line)."""
    if request.param == "database":
        yield "sqlite:///mlflow.db", "mlflow.db"
    elif request.param == "folder":
        yield f"file://{tmp_path}/mlruns", "mlruns"
    else:
        with serving(tmp_path / "other.db", artifacts=str(tmp_path / "others")) as address:
            yield address, address


def test_everything_comes_over(repository, tmp_path, treadle, source):
    uri, source = source
    script = Path(__file__).with_name("made_by_mlflow.py")
    run = mlflow(repository, tmp_path, script, uri=uri).splitlines()[-1]
    done = treadle("import", "mlflow", source, "--store", "kept.db")
    assert done.code == 0, done
    again = treadle("import", "mlflow", source, "--store", "kept.db")
    assert "new are 0 points, 0 artifacts and 0 versions" in again.out, again
    location = locate_store(tmp_path / "kept.db")
    store = connect_team_store(location)
    every = {one.name: one for one in store.find_runs(Search(lifecycle="all"))}
    assert set(every) == {"one", "child", "gone", "broken"}
    assert (every["one"].id, every["one"].status, every["one"].experiment) == (
        run,
        "finished",
        "imported",
    )
    assert every["one"].params == {"p": "1", "q": "x"}
    assert every["one"].tags["k"] == "v"
    assert every["child"].parent == run
    assert every["gone"].deleted
    assert (every["broken"].status, every["broken"].experiment) == ("failed", "default")
    assert {one.name: bool(one.deleted) for one in store.experiments.all()} == {
        "default": False,
        "imported": False,
        "deleted": True,
    }
    assert store.experiments.find("imported").tags == {"team": "a"}
    points = {(point.step, repr(point.value)) for point in store.points(run, "train/m")}
    assert points == {(0, "1.0"), (1, repr(math.nan)), (2, repr(math.inf)), (3, "2.5"), (-4, "9.0")}
    details = store.get_run(run)
    (text,) = [one for one in details.artifacts if one.path == "a/b.txt"]
    assert ArtifactStore(Path(location.artifacts)).locate(text.digest).read_text() == "hello"
    assert [(one.name, one.tags["mlflow.data.context"]) for one in details.inputs] == [
        ("ds", "training")
    ]
    assert [one.role for one in details.models] == ["output", "output"]
    model = store.registry.model("twice")
    assert model.aliases == {"champion": 2}
    assert store.registry.model("greeting").aliases == {"production": 1}
    versions, _ = store.registry.find_versions(
        Listing(sort=(ListingSort(Field("attribute", "name")),))
    )
    assert [one.name for one in versions] == ["greeting", "twice"]
    version = versions[1]
    assert (version.version, version.stage, version.tags, version.run) == (
        2,
        "Staging",
        {"checked": "yes"},
        run,
    )
    store.close()
    with serving(tmp_path / "kept.db") as address:
        loaded = (
            "import mlflow; print(mlflow.pyfunc.load_model('models:/twice@champion').predict(21))"
        )
        assert mlflow(repository, tmp_path, "-c", loaded, uri=address).strip().endswith("42")
        prompt = (
            "import mlflow; "
            "print(mlflow.genai.load_prompt('prompts:/greeting@production').template)"
        )
        assert (
            mlflow(repository, tmp_path, "-c", prompt, uri=address)
            .strip()
            .endswith("Hello {{name}}")
        )
    check_changes(repository, tmp_path, treadle, run, uri, source)


def check_changes(repository, tmp_path, treadle, run, uri, source):
    """What MLflow's client changes comes with the next import, less what was changed here, too."""
    assert treadle("runs", "tag", run, "new=mine", "--store", "kept.db").code == 0
    mlflow(repository, tmp_path, Path(__file__).with_name("changed_by_mlflow.py"), run, uri=uri)
    done = treadle("import", "mlflow", source, "--store", "kept.db")
    assert "new are 1 points, 1 artifacts and 0 versions" in done.out, done
    done = treadle("import", "mlflow", source, "--store", "kept.db")
    assert "new are 0 points, 0 artifacts and 0 versions" in done.out, done
    store = connect_team_store(locate_store(tmp_path / "kept.db"))
    steps = sorted(point.step for point in store.points(run, "train/m"))
    assert steps == [-4, 0, 1, 2, 3, 9]
    tags = store.get_run(run).run.tags
    assert (tags["k"], tags["new"]) == ("another", "mine")
    model, version = store.registry.model("twice"), store.registry.version("twice", 2)
    assert (model.description, model.aliases) == ("described", {"champion": 2, "newest": 2})
    assert (version.stage, version.tags) == ("Production", {"checked": "no"})
    store.close()


def test_what_is_no_store_of_mlflow(treadle, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.db").write_text("no database" * 100)
    for source, message in [
        ("none", "none was not found"),
        ("http://127.0.0.1:1", "does not answer"),
        ("empty", "not a file store"),
        ("text.db", "cannot be read"),
    ]:
        done = treadle("import", "mlflow", source)
        assert (done.code, message in done.err) == (6, True), done
