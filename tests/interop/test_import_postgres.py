"""An import into PostgreSQL is the same as one into SQLite."""

from contextlib import closing

from tests.interop.mlruns import RUN, Folder, run_id

from treadle.store import Search, locate_store, open_store


def test_importing_again_into_postgresql(tmp_path, postgres, treadle):
    store = Folder(tmp_path)
    folder = store.run(RUN, tags={"a": "1", "nul": "a\0b"}, params={"p": "x\0"})
    store.run(run_id(2))
    (folder / "artifacts").mkdir()
    (folder / "artifacts/a.txt").write_text("a")
    points = [(1000 + step, float(step), step) for step in range(5)]
    store.points(RUN, "loss", points)
    done = treadle("import", "mlflow", "mlruns", "--store", postgres)
    assert (done.code, "new are 5 points, 1 artifacts" in done.out) == (0, True), done
    store.points(RUN, "loss", [*points, (500, 9.9, 7)])
    store.run(RUN, tags={"a": "2"})
    assert treadle("runs", "delete", run_id(2), "--store", postgres).code == 0
    for new in (1, 0):
        done = treadle("import", "mlflow", "mlruns", "--store", postgres)
        assert (done.code, f"new are {new} points, 0 artifacts" in done.out) == (0, True), done
    with closing(open_store(locate_store(postgres))) as opened:
        runs = {run.id: run for run in opened.find_runs(Search(lifecycle="all"))}
        assert sorted(point.step for point in opened.points(RUN, "loss")) == [0, 1, 2, 3, 4, 7]
    assert (runs[RUN].tags["a"], runs[RUN].metrics) == ("2", {"loss": 9.9})
    assert runs[run_id(2)].deleted
