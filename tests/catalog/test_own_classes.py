"""Classes of the project in the catalog, and what messages say of entries."""

import json

import pytest
from tests.projects import write_project

import treadle
from treadle import DataCatalog, node, pipeline
from treadle.errors import ConfigError, DataError, MissingExtraError
from treadle.project import load_catalog
from treadle.testing import DatasetCase, DatasetSuite

OWN = """
import hashlib, pathlib

class Plain:
    def __init__(self, place): self.path = pathlib.Path(place)
    def load(self): return self.path.read_text()
    def save(self, data): self.path.write_text(data)
    def exists(self): return self.path.exists()

class Known(Plain):
    def digest(self): return hashlib.sha256(self.path.read_bytes()).hexdigest()

class Silent(Plain):
    def digest(self): return ""

class Odd(Plain):
    def digest(self): return 5

class Failing(Plain):
    def digest(self): raise RuntimeError("no connection")
"""


@pytest.fixture
def own_classes(tmp_path, monkeypatch):
    (tmp_path / "own_classes.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("own_classes")
class TestOwnClasses(DatasetSuite):
    packages = ("own_classes",)

    @pytest.fixture(params=["Plain", "Known", "Silent"])
    def case(self, request):
        entry = {"type": f"own_classes.{request.param}", "place": "data.txt"}
        return DatasetCase(entry=entry, values=["one", "two"])


@pytest.fixture
def catalog(own_classes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(kind):
        return DataCatalog(
            {
                name: {"type": f"own_classes.{kind}", "place": f"{name}.txt"}
                for name in ("raw", "out")
            },
            packages=["own_classes"],
        )

    return make


@pytest.mark.parametrize(("kind", "runs"), [("Known", 1), ("Plain", 2), ("Silent", 2)])
def test_nodes_are_reused_where_a_class_has_a_digest(catalog, tmp_path, kind, runs):
    ran = []

    def upper(raw):
        return raw.upper()

    class Watch:
        @treadle.hook
        def after_node_run(self, node):
            ran.append(node.name)

    flow = pipeline([node(upper, "raw", "out")])
    (tmp_path / "raw.txt").write_text("one")
    for _ in range(2):
        treadle.run(flow, catalog=catalog(kind), hooks=[Watch()])
    assert len(ran) == runs
    (tmp_path / "raw.txt").write_text("two")
    treadle.run(flow, catalog=catalog(kind), hooks=[Watch()])
    assert len(ran) == runs + 1
    assert (tmp_path / "out.txt").read_text() == "TWO"
    (tmp_path / "out.txt").write_text("edited")
    treadle.run(flow, catalog=catalog(kind), hooks=[Watch()])
    assert (tmp_path / "out.txt").read_text() == "TWO"


@pytest.mark.parametrize(
    ("kind", "message"),
    [("Odd", r"digest\(\) of own_classes.Odd returned int"), ("Failing", "no connection")],
)
def test_a_digest_that_is_none_is_said(catalog, tmp_path, kind, message):
    made = catalog(kind)
    assert made["raw"].digest() == ""
    (tmp_path / "raw.txt").write_text("one")
    with pytest.raises(DataError, match=message):
        made["raw"].digest()


def test_a_remote_location_without_its_library_is_named_with_its_entry(tmp_path, request):
    command = request.getfixturevalue("treadle")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['s3fs'] = None\n")
    nodes = "from treadle import node\n@node(outputs='out')\ndef f(remote): return 1\n"
    listed = "\nremote: s3://bucket/x.csv\nout: out.json\n"
    write_project(tmp_path, nodes, {"conf/base/catalog.yml": listed})
    for arguments in (["run"], ["plan"], ["catalog", "show", "remote"]):
        done = command(*arguments, cwd=tmp_path, environment={"PYTHONPATH": str(hidden)})
        assert done.code != 0
        assert (
            's3://…" needs s3fs, which is not installed.\nInstall it with: pip install s3fs'
            in done.err
        )
        assert "Traceback" not in done.err
        if arguments != ["catalog", "show", "remote"]:
            assert 'conf/base/catalog.yml:2: Dataset "remote": The location' in done.err
    rows = command(
        "catalog", "ls", "--json", cwd=tmp_path, environment={"PYTHONPATH": str(hidden)}
    ).json
    assert "needs s3fs" in {row["name"]: row for row in rows}["remote"]["problem"]


def test_each_part_of_partitions_needs_its_library(tmp_path):
    entry = {"type": "partitioned", "path": "abfs://x/y", "dataset": "json"}
    catalog = DataCatalog({"x": entry}, root=tmp_path)
    with pytest.raises(MissingExtraError, match=r'(?s)Dataset "x".*needs adlfs.*pip install adlfs'):
        catalog.require("x")


@pytest.mark.parametrize(
    "text",
    [
        '{% for name in ["a", "b"] %}\n{{ name }}:\n  type: json\n{% endfor %}\n',
        "x:\n  type: json\n  filepath: {{ folder }}/x.json\n",
    ],
)
def test_jinja_is_named(tmp_path, text):
    path = tmp_path / "catalog.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"(?s)catalog.yml:\d.*Jinja is not read here.*_raw"):
        load_catalog(path)


def test_a_variable_of_the_environment_without_a_value_is_named(tmp_path):
    path = tmp_path / "catalog.yml"
    path.write_text("x:\n  type: json\n  filepath: ${oc.env:TREADLE_TEST_NOT_SET}/x.json\n")
    with pytest.raises(
        ConfigError,
        match=r"(?s)catalog.yml:3.*TREADLE_TEST_NOT_SET is not "
        r"set.*\$\{env:TREADLE_TEST_NOT_SET,default\}",
    ):
        load_catalog(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kedro.extras.datasets.pandas.CSVDataSet", "csv"),
        ("kedro.io.MemoryDataSet", "memory"),
        ("kedro.io.PartitionedDataSet", "partitioned"),
        ("kedro.io.IncrementalDataSet", "incremental"),
        ("kedro.extras.datasets.yaml.YAMLDataSet", "yaml"),
    ],
)
def test_names_of_old_projects(tmp_path, name, kind):
    entry = {"type": name, "layer": "raw"}
    if kind in ("partitioned", "incremental"):
        entry |= {"path": "p", "dataset": json.dumps("json").strip('"')}
    elif kind != "memory":
        entry |= {"filepath": "x"}
    assert DataCatalog({"x": entry}, root=tmp_path)["x"].describe().type == kind


def test_what_a_cached_dataset_of_kedro_holds_is_digested(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entry = {"type": "CachedDataset", "dataset": {"type": "pandas.CSVDataset", "filepath": "x.csv"}}
    (tmp_path / "x.csv").write_text("a\n1\n")
    dataset = DataCatalog({"x": entry}, root=tmp_path)["x"]
    before = dataset.digest()
    assert before.startswith("blake3:")
    dataset.save(dataset.load().assign(b=2))
    assert dataset.digest() != before
    assert dataset.describe().location == str(tmp_path / "x.csv")
