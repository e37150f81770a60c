"""``treadle catalog ls`` and ``show``: a row for every entry, and no gigabytes for a few rows."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from tests.projects import write_project

from treadle import DataCatalog, load_catalog
from treadle.catalog.digests import TooMuchToDigestError
from treadle.files import digest_file

CATALOG = """
good: {type: json, filepath: good.json}
own: {type: small.data.Letters, place: own.txt}
elsewhere: {type: thing.Data, filepath: x}
orders: {type: sql_table, table_name: t, credentials: db}
nameless: {type: json, filepath: x.json, credentials: nobody}
late: {type: json, filepath: "${runtime_params:name}.json"}
bad: {type: json, filepath: x.json, lod_args: {}}
odd: {filepath: x.unknown}
"{name}_raw": {type: csv, filepath: "raw/{name}.csv"}
"{name}_bad": {type: json, filepath: "{name}.json", lod_args: {}}
"""
OWN = """
class Letters:
    def __init__(self, place): self.place = place
    def load(self): return open(self.place).read()
    def save(self, data): open(self.place, "w").write(data)
    def exists(self): return False
"""
NODES = """
from treadle import node

@node(outputs="flights_bad")
def clean(flights_raw): ...

@node(outputs="out")
def join(flights_raw, planes_raw, good): ...
"""


@pytest.fixture
def folder(tmp_path):
    files = {
        "conf/base/catalog.yml": CATALOG,
        "conf/local/credentials.yml": "db: {con: '${env:TREADLE_TEST_NOT_SET}'}\n",
        "conf/base/parameters.yml": "started: ${runtime_params:started}\n",
        "src/small/data.py": OWN,
        "raw/flights.csv": "a,b\n1,2\n",
        "good.json": "[1]",
    }
    write_project(tmp_path, NODES, files)
    return tmp_path


def test_each_entry_has_a_row_whatever_is_wrong_with_one(folder, treadle):
    done = treadle("catalog", "ls", "--json", cwd=folder)
    assert done.code == 0, done.err
    rows = {row["name"]: row for row in done.json}
    assert list(rows) == sorted(rows)
    assert (rows["good"]["type"], rows["good"]["exists"], rows["good"]["problem"]) == (
        "json",
        True,
        "",
    )
    assert rows["own"]["problem"] == ""
    for name, problem in (
        (
            "elsewhere",
            'cannot be made: conf/base/catalog.yml:4: There is no dataset type "thing.Data"',
        ),
        ("orders", '"db" of credentials.yml cannot be used: conf/local/credentials.yml:1'),
        ("orders", "TREADLE_TEST_NOT_SET is not set"),
        ("nameless", '"nobody" is not in credentials.yml'),
        ("late", 'conf/base/catalog.yml:7: "late.filepath" cannot be filled in'),
        ("bad", 'a key "lod_args" that means nothing'),
        ("odd", "it has no type"),
        ("flights_bad", 'a key "lod_args" that means nothing'),
    ):
        assert problem in rows[name]["problem"], name
        assert not rows[name]["exists"]
    assert {
        name: (row["pattern"], row["exists"]) for name, row in rows.items() if row["pattern"]
    } == {
        "flights_raw": ("{name}_raw", True),
        "planes_raw": ("{name}_raw", False),
        "flights_bad": ("{name}_bad", False),
    }
    text = treadle("catalog", "ls", cwd=folder).out
    assert len(text.splitlines()) == 1 + len(rows) + 2
    assert "cannot be made" in text


def test_parameters_and_variables_of_entries_can_be_given(folder, treadle):
    options = ["--params", "name=good", "-p", "started=now"]
    rows = {
        row["name"]: row for row in treadle("catalog", "ls", "--json", *options, cwd=folder).json
    }
    assert (rows["late"]["exists"], rows["late"]["problem"]) == (True, "")
    shown = treadle("catalog", "show", "late", *options, cwd=folder).out
    assert shown.endswith("holds     list of 1\n\n[1]\n")
    url = {"TREADLE_TEST_NOT_SET": f"sqlite:///{folder}/db.sqlite"}
    rows = {
        row["name"]: row
        for row in treadle("catalog", "ls", "--json", cwd=folder, environment=url).json
    }
    assert rows["orders"]["type"] == "sql_table"


def test_a_run_needs_only_the_credentials_that_it_uses(folder, treadle):
    (folder / "src/small/pipelines/main.py").write_text(
        "from treadle import node\n@node(outputs='out')\ndef count(good): return len(good)\n"
    )
    (folder / "conf/base/parameters.yml").unlink()
    (folder / "conf/base/catalog.yml").write_text(
        "good: {type: json, filepath: good.json}\n"
        "orders: {type: sql_table, table_name: t, credentials: db}\n"
    )
    assert treadle("run", cwd=folder).code == 0
    (folder / "src/small/pipelines/main.py").write_text(
        "from treadle import node\n@node(outputs='out')\ndef count(orders): return len(orders)\n"
    )
    done = treadle("run", cwd=folder)
    assert done.code == 5
    assert (
        'Dataset "orders": "db" of credentials.yml cannot be used: conf/local/credentials.yml:1'
        in done.err
    )
    assert "Traceback" not in done.err


def test_a_project_whose_pipelines_cannot_be_read_lists_its_entries(folder, treadle):
    (folder / "src/small/pipelines/main.py").write_text("import nothing_of_this_name\n")
    done = treadle("catalog", "ls", cwd=folder)
    assert done.code == 0
    assert "Warning: What patterns stand for is not known" in done.err
    assert "good" in done.out


def test_a_class_of_the_project_is_found_by_every_command(folder, treadle):
    (folder / "own.txt").write_text("x")
    shown = treadle("catalog", "show", "own", cwd=folder)
    assert shown.code == 0, shown.err
    code = "import treadle; print(treadle.load_catalog().load('own'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "x\n"


FRAME = pd.DataFrame({"number": range(100_000), "name": "x" * 20})


def parquet(path):
    FRAME.to_parquet(path, row_group_size=5_000)


def feather(path):
    FRAME.to_feather(path)


def csv(path):
    FRAME.to_csv(path, index=False)
    path.write_bytes(path.read_bytes() * 20)


def latin(path):
    FRAME.assign(name="ü").to_csv(path, index=False, encoding="latin-1")


def lines(path):
    FRAME.to_json(path, orient="records", lines=True)


def text(path):
    path.write_text("number one\n" * 400_000)


def array(path):
    with path.open("wb") as file:
        np.save(file, np.zeros((1000, 300)))


OPENED = {"fs_args": {"open_args_load": {"encoding": "latin-1"}}}


@pytest.mark.parametrize(
    ("write", "entry", "holds"),
    [
        (csv, {"type": "csv"}, "DataFrame of 2 columns"),
        (csv, {"type": "csv", "engine": "polars"}, "DataFrame of 2 columns"),
        (csv, {"type": "csv", "engine": "pyarrow"}, "RecordBatch of 2 columns"),
        (csv, {"type": "csv", "load_args": {"chunksize": 10}}, "DataFrame of 2 columns"),
        (latin, {"type": "csv", **OPENED}, "DataFrame of 2 columns"),
        (parquet, {"type": "parquet"}, "DataFrame (100000, 2)"),
        (
            parquet,
            {"type": "parquet", "load_args": {"columns": ["number"]}},
            "DataFrame (100000, 1)",
        ),
        (parquet, {"type": "parquet", "engine": "polars"}, "DataFrame (100000, 2)"),
        (parquet, {"type": "parquet", "engine": "pyarrow"}, "RecordBatch (100000, 2)"),
        (feather, {"type": "feather"}, "DataFrame of 2 columns"),
        (feather, {"type": "feather", "engine": "polars"}, "DataFrame of 2 columns"),
        (
            lines,
            {"type": "json", "engine": "pandas", "load_args": {"lines": True}},
            "DataFrame of 2 columns",
        ),
        (lines, {"type": "json"}, "JSON"),
        (text, {"type": "text"}, "str"),
        (text, {"type": "yaml"}, "YAML"),
        (array, {"type": "numpy"}, "ndarray of float64 (1000, 300)"),
    ],
)
def test_only_the_beginning_of_a_file_is_read(tmp_path, write, entry, holds):
    from treadle import DataCatalog

    write(tmp_path / "x")
    catalog = DataCatalog({"x": {"filepath": "x", **entry}}, root=tmp_path)
    found = catalog.preview("x", rows=5)
    assert f"{found.kind} {found.size}".strip() == holds
    assert len(found.text) < 5_000
    if write is not array:
        assert "number" in found.text
    code = (
        "from treadle import DataCatalog\n"
        f"catalog = DataCatalog({{'x': {{'filepath': 'x', **{entry!r}}}}})\n"
        "catalog.preview('x', rows=5)\n"
        "before = int(open('/proc/self/io').read().split()[1])\n"
        "catalog.preview('x', rows=5)\n"
        "print(int(open('/proc/self/io').read().split()[1]) - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < (tmp_path / "x").stat().st_size * 0.9, "bytes read"


@pytest.mark.parametrize(
    ("name", "entry", "content", "shown"),
    [
        ("m.json", {"type": "metrics"}, '{"auc": 0.75}', "holds     dict of 1\n\n{'auc': 0.75}\n"),
        ("t.txt", {"type": "text"}, "two\nlines\x1b[2J", "holds     str\n\ntwo\nlines␛[2J\n"),
        ("t.yml", {"type": "yaml"}, "a: 1\n", "holds     YAML\n\na: 1\n"),
        ("e.csv", {"type": "csv"}, "a,b\n", "holds     DataFrame of 2 columns\n\nEmpty DataFrame"),
        ("l.txt", {"type": "text"}, "x\n" * 50, "x\n" * 20 + "…\n"),
    ],
)
def test_small_contents_are_shown(tmp_path, treadle, name, entry, content, shown):
    listed = json.dumps({"x": {"filepath": name, **entry}})
    write_project(tmp_path, "", {"conf/base/catalog.yml": listed, name: content})
    assert shown in treadle("catalog", "show", "x", cwd=tmp_path).out


def test_a_table_of_a_database_is_shown_by_its_first_rows(tmp_path, treadle):
    import sqlalchemy

    url = f"sqlite:///{tmp_path}/db.sqlite"
    FRAME.head(1000).to_sql("t", sqlalchemy.create_engine(url), index=False)
    catalog = json.dumps(
        {
            "t": {"type": "sql_table", "table_name": "t", "credentials": {"con": url}},
            "q": {"type": "sql_query", "sql": "SELECT number FROM t", "credentials": {"con": url}},
        }
    )
    write_project(tmp_path, "", {"conf/base/catalog.yml": catalog})
    for name, columns in (("t", 2), ("q", 1)):
        shown = treadle("catalog", "show", name, cwd=tmp_path).out
        assert f"holds     DataFrame of {columns} columns" in shown
        assert shown.rstrip().splitlines()[-1].startswith("4 ")


def test_partitions_are_shown_by_their_names(tmp_path, treadle):
    entry = (
        '{"x": {"type": "partitioned", "path": "p", "dataset": "json", "filename_suffix": ".json"}}'
    )
    files = {f"p/{name}.json": "damaged" for name in "abcdefg"}
    write_project(tmp_path, "", {"conf/base/catalog.yml": entry, **files})
    shown = treadle("catalog", "show", "x", cwd=tmp_path).out
    assert shown.endswith("holds     dict of 7 partitions\n\na\nb\nc\nd\ne\n…\n")


def test_a_missing_library_is_named(tmp_path, treadle):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['pandas'] = None\n")
    files = {"conf/base/catalog.yml": "x: x.csv\n", "x.csv": "a\n1\n"}
    write_project(tmp_path, "", files)
    environment = {**os.environ, "PYTHONPATH": str(hidden)}
    done = treadle("catalog", "show", "x", cwd=tmp_path, environment=environment)
    assert done.code != 0
    assert 'pip install "treadle[pandas]"' in done.err
    assert "Traceback" not in done.err


def test_of_a_workbook_only_the_first_rows_are_read(tmp_path, treadle):
    entries = (
        "one: {type: excel, filepath: x.xlsx}\n"
        "all: {type: excel, filepath: x.xlsx, load_args: {sheet_name: null}}\n"
    )
    write_project(tmp_path, "", {"conf/base/catalog.yml": entries})
    with pd.ExcelWriter(tmp_path / "x.xlsx") as writer:
        for sheet in ("first", "second"):
            pd.DataFrame({"a": range(300), "b": "text"}).to_excel(
                writer, sheet_name=sheet, index=False
            )
    done = treadle("catalog", "show", "one", cwd=tmp_path)
    assert "holds     DataFrame of 2 columns" in done.out, done
    assert "4  4  text" in done.out
    done = treadle("catalog", "show", "all", cwd=tmp_path)
    assert "holds     dict of DataFrame of 2 sheets" in done.out, done
    assert "second:" in done.out
    catalog = load_catalog(tmp_path)
    preview = catalog.preview("one", rows=2)
    assert preview is not None
    assert "299" not in preview.text


@pytest.mark.parametrize("kind", ["text", "kedro_datasets.text.TextDataset"])
def test_a_large_file_is_digested_only_if_asked_for(tmp_path, treadle, kind):
    write_project(
        tmp_path, "", {"conf/base/catalog.yml": f"big: {{type: {kind}, filepath: big.txt}}\n"}
    )
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(100_000_001)  # sparse: it takes no space
    done = treadle("catalog", "show", "big", cwd=tmp_path)
    assert "digest    not shown" in done.out, done
    assert "blake3:" not in done.out
    large = treadle("catalog", "show", "big", "--json", cwd=tmp_path).json
    assert (large["digest"], large["digest_omitted"]) == ("", True)
    assert "blake3:" in treadle("catalog", "show", "big", "--digest", cwd=tmp_path).out
    known = treadle("catalog", "show", "big", "--json", cwd=tmp_path).json
    assert known["digest"].startswith("blake3:")  # remembered now
    assert not known["digest_omitted"]
    (tmp_path / "big.txt").write_text("small")
    small = treadle("catalog", "show", "big", "--json", cwd=tmp_path).json
    assert small["digest"] == digest_file(tmp_path / "big.txt")[0]


def test_a_folder_is_digested_only_as_far_as_all_of_it_may_be_read(tmp_path):
    catalog = DataCatalog(
        {"parts": {"type": "partitioned", "path": "parts", "dataset": "text"}}, root=tmp_path
    )
    (tmp_path / "parts").mkdir()
    for name in ("a", "b"):
        (tmp_path / "parts" / name).write_text("12345")
    catalog.contents.budget = 9
    with pytest.raises(TooMuchToDigestError):
        catalog.describe("parts", content=True)
    catalog.contents.budget = 10
    assert catalog.describe("parts", content=True).digest


def test_a_dataset_of_kedro_that_was_made_in_code_is_digested_as_far_as_allowed(tmp_path):
    from kedro_datasets.text import TextDataset

    (tmp_path / "x.txt").write_text("12345")
    catalog = DataCatalog({})
    catalog["x"] = TextDataset(filepath=str(tmp_path / "x.txt"))
    catalog.contents.budget = 4
    with pytest.raises(TooMuchToDigestError):
        catalog.describe("x", content=True)
    catalog.contents.budget = 5
    assert catalog.describe("x", content=True).digest == digest_file(tmp_path / "x.txt")[0]


def test_variants_that_patterns_name_are_listed_as_such(tmp_path, treadle):
    entries = (
        '"{n}.t@pandas": {type: csv, filepath: "{n}.csv"}\n'
        '"{n}.t@text": {type: text, filepath: "{n}.csv"}\n'
        '"{other}": {type: json, filepath: "{other}.json"}\n'
    )
    nodes = """
from treadle import node, pipeline
pipeline = pipeline([node(lambda x: x, "raw", "a.t@pandas", name="one"), node(len, "a.t@text",
    "out", name="two")])
"""
    write_project(tmp_path, nodes, {"conf/base/catalog.yml": entries, "raw.json": "[]"})
    rows = treadle("catalog", "ls", "--json", cwd=tmp_path).json
    assert [(row["name"], row["type"], row["exists"]) for row in rows] == [
        ("a.t@pandas", "csv", False),
        ("a.t@text", "text", False),
        ("out", "json", False),
        ("raw", "json", True),
    ]
