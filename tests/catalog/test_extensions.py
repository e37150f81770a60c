"""What the ending of a file says of its type, and how compressed texts are read and written."""

import bz2
import gzip
import json
import lzma

import pandas as pd
import pytest

from treadle import DataCatalog
from treadle.errors import CatalogError, DataError

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "ü"]})
TSV = "a\tb\n1\tx\n2\tü\n"


@pytest.fixture
def make(tmp_path):
    return lambda entry: DataCatalog({"x": entry}, root=tmp_path)


def plain(value):
    return value.to_dict("list") if isinstance(value, pd.DataFrame) else value


@pytest.mark.parametrize(
    ("name", "value", "content"),
    [
        ("x.tsv", FRAME, TSV),
        ("x.jsonl", [{"a": 1}, [2], "ü"], '{"a": 1}\n[2]\n"ü"\n'),
        ("x.ndjson", [], ""),
        ("x.csv.gz", FRAME, "a,b\n1,x\n2,ü\n"),
        ("x.tsv.gz", FRAME, TSV),
        ("x.CSV.BZ2", FRAME, "a,b\n1,x\n2,ü\n"),
        ("x.jsonl.xz", [{"a": 1}, [2]], '{"a": 1}\n[2]\n'),
        ("x.txt.gz", "ü", "ü"),
        ("x.yml.gz", {"a": [1]}, "a:\n- 1\n"),
    ],
)
def test_an_ending_is_enough(make, tmp_path, name, value, content):
    catalog = make(name)
    catalog.save("x", value)
    raw = (tmp_path / name).read_bytes()
    unpack = {".gz": gzip, ".bz2": bz2, ".xz": lzma}.get((tmp_path / name).suffix.lower())
    assert (unpack.decompress(raw) if unpack else raw).decode() == content
    assert plain(make(name).load("x")) == plain(value)
    found = catalog.preview("x", rows=5)
    assert found is not None


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
@pytest.mark.parametrize("name", ["x.tsv", "x.tsv.gz"])
def test_every_engine_has_tabs_in_tsv(make, tmp_path, engine, name):
    pytest.importorskip(engine)
    content = gzip.compress(TSV.encode()) if name.endswith("gz") else TSV.encode()
    (tmp_path / name).write_bytes(content)
    catalog = make({"filepath": name, "engine": engine})
    loaded = catalog.load("x")
    columns = loaded.columns if engine in ("pandas", "polars", "duckdb") else loaded.column_names
    assert list(columns) == ["a", "b"]
    catalog.save("x", loaded)
    assert plain(make(name).load("x")) == plain(FRAME)


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_frames_in_lines(make, tmp_path, engine):
    import polars as pl

    catalog = make({"filepath": "x.jsonl", "engine": engine})
    catalog.save("x", FRAME if engine == "pandas" else pl.DataFrame(FRAME))
    assert [
        json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()
    ] == FRAME.to_dict("records")
    assert catalog.load("x").shape == (2, 2)


def test_a_joblib_file_is_one_of_joblib(make, tmp_path):
    import joblib

    make("x.joblib").save("x", {"a": 1})
    assert joblib.load(tmp_path / "x.joblib") == {"a": 1}
    assert make("x.joblib").load("x") == {"a": 1}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.h5", "files that end in .h5 have several.\nAdd type: pandas.HDFDataset with key"),
        ("x.xml", "end in .xml have several.\nAdd type: pandas.XMLDataset"),
        ("x.parquet.gz", "it has no type"),
        ("x.unknown", "it has no type"),
    ],
)
def test_an_ending_that_says_nothing(make, name, message):
    with pytest.raises(CatalogError, match=message):
        make(name)["x"]


def test_a_type_that_is_given_keeps_its_commas(make, tmp_path):
    make({"type": "pandas.CSVDataset", "filepath": "x.tsv"}).save("x", FRAME)
    assert (tmp_path / "x.tsv").read_text() == "a,b\n1,x\n2,ü\n"
    make({"filepath": "y.tsv", "save_args": {"sep": ";"}}).save("x", FRAME)
    assert (tmp_path / "y.tsv").read_text() == "a;b\n1;x\n2;ü\n"


@pytest.mark.parametrize("arguments", [{}, {"compression": "gzip"}])
def test_a_type_that_is_given_is_compressed_as_well(make, tmp_path, arguments):
    entry = {"type": "pandas.CSVDataset", "filepath": "x.csv.gz"}
    entry |= {"load_args": arguments, "save_args": arguments} if arguments else {}
    make(entry).save("x", FRAME)
    assert gzip.decompress((tmp_path / "x.csv.gz").read_bytes()).decode() == "a,b\n1,x\n2,ü\n"
    assert plain(make(entry).load("x")) == plain(FRAME)


def test_a_compressed_text_is_appended_to_and_has_an_encoding(make, tmp_path):
    options = {
        "open_args_save": {"mode": "a", "encoding": "cp1252"},
        "open_args_load": {"encoding": "cp1252"},
    }
    catalog = make({"filepath": "x.txt.gz", "fs_args": options})
    catalog.save("x", "grün ")
    catalog.save("x", "blau")
    assert gzip.decompress((tmp_path / "x.txt.gz").read_bytes()) == "grün blau".encode("cp1252")
    assert catalog.load("x") == "grün blau"
    assert catalog.preview("x", rows=5).text == "grün blau"


def test_a_text_whose_name_says_compressed_but_is_not_is_read(make, tmp_path):
    (tmp_path / "x.csv.gz").write_text("a,b\n1,x\n2,ü\n")
    catalog = make("x.csv.gz")
    with pytest.raises(DataError):
        make({"filepath": "x.csv.gz", "load_args": {"compression": "gzip"}}).load("x")
    assert catalog.exists("x")


def test_what_cannot_be_a_value_in_each_line_is_said(make):
    with pytest.raises(DataError, match="dict cannot be written as one value for each line"):
        make("x.jsonl").save("x", {"a": 1})
