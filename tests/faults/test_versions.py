"""Runs that save versions of one dataset at the same time: each goes on with its own."""

import subprocess
import sys
from typing import Any

import treadle
from treadle import DataCatalog, node, pipeline

ENTRY = {
    "model": {"type": "json", "filepath": "model.json", "versioned": True},
    "seen": "seen.json",
}
OTHER = """
import sys
import treadle
from treadle import node, pipeline

def train(mark):
    return [mark]

catalog = {"model": ENTRY_, "seen": f"seen-{sys.argv[1]}.json"}
flow = pipeline([node(train, "mark", "model"), node(lambda model: model, "model", "seen",
    name="look")])
treadle.run(flow, inputs={"mark": sys.argv[1]}, catalog=catalog)
""".replace("ENTRY_", repr(ENTRY["model"]))


def versions(catalog: Any) -> list[str]:
    return list(catalog["model"].versions())


def run_other(folder, mark):
    subprocess.run([sys.executable, "-c", OTHER, mark], cwd=folder, check=True)


def test_a_run_goes_on_with_the_version_that_it_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def train(mark):
        run_other(tmp_path, "during")
        return mark

    def wait(model):
        run_other(tmp_path, "after")
        return model

    def look(model, waited):
        return [model, waited]

    flow = pipeline(
        [
            node(train, "mark", "model"),
            node(wait, "model", "waited"),
            node(look, ["model", "waited"], "seen"),
        ]
    )
    catalog = DataCatalog(ENTRY)
    run = treadle.run(flow, inputs={"mark": "own"}, catalog=catalog)
    assert catalog.load("seen") == ["own", "own"]
    assert catalog.load("model") == ["after"], "afterwards the latest is loaded"
    assert len(versions(catalog)) == 3
    used = {
        (one.node, one.role): one.version
        for one in treadle.get_run(run.id).datasets
        if one.dataset == "model"
    }
    own = versions(catalog)[1]
    assert used == {("train", "written"): own, ("wait", "read"): own, ("look", "read"): own}


def test_an_input_stays_the_version_that_was_loaded_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = DataCatalog(ENTRY)
    catalog.save("model", "first")

    def disturb(model):
        DataCatalog(ENTRY).save("model", "second")
        return model

    flow = pipeline(
        [
            node(disturb, "model", "one"),
            node(lambda a, b: [a, b], ["model", "one"], "seen", name="n"),
        ]
    )
    treadle.run(flow, catalog=catalog)
    assert catalog.load("seen") == ["first", "first"]
    assert catalog.load("model") == "second"


def test_many_processes_save_versions_at_once(tmp_path):
    code = (
        "from treadle import DataCatalog\n"
        f"catalog = DataCatalog({ENTRY!r})\n"
        "import sys; sys.stdin.readline()\n"
        "for number in range(20): catalog.save('model', f'{sys.argv[1]} {number}')\n"
    )
    count = 6
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(one)], cwd=tmp_path, stdin=subprocess.PIPE, text=True
        )
        for one in range(count)
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.close()
    assert [process.wait() for process in processes] == [0] * count
    catalog = DataCatalog(ENTRY, root=tmp_path)
    names = versions(catalog)
    contents = [
        DataCatalog(ENTRY, root=tmp_path, load_versions={"model": name}).load("model")
        for name in names
    ]
    assert sorted(contents) == sorted(
        f"{one} {number}" for one in range(count) for number in range(20)
    )
    assert not [path for path in (tmp_path / "model.json").iterdir() if path.name.startswith(".")]
