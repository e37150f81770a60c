"""The built-in formats, each with each of its engines."""

from typing import Any

import duckdb
import matplotlib.figure
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from treadle import DataCatalog
from treadle.errors import CatalogError, DataError
from treadle.testing import DatasetCase, FormatSuite, StreamingCase, StreamingSuite

COLUMNS = {"n": [1, 2, 3], "text": ["a", "ü", "c,d"], "x": [0.5, 1.5, 2.5]}
PLAIN = {"a": [1, None, "ü"], "b": {"c": 0.5}}


def pandas():
    frame = pd.DataFrame(COLUMNS)
    return [frame, frame.head(2), frame.tail(1)]


def polars():
    frame = pl.DataFrame(COLUMNS)
    return [frame, frame.head(2), frame.tail(1)]


def arrow():
    table = pa.table(COLUMNS)
    return [table, table.slice(0, 2), table.slice(2)]


def relations():
    return [duckdb.from_arrow(table) for table in arrow()]


def figure(numbers=(1, 2)):
    made = matplotlib.figure.Figure(figsize=(1, 1))
    made.subplots().plot(numbers)
    return made


def rows(data):
    """Return the content of a frame of any library as lists by column."""
    if isinstance(data, duckdb.DuckDBPyRelation):
        data = data.to_arrow_table()
    if isinstance(data, pa.Table):
        return data.to_pydict()
    if isinstance(data, pl.DataFrame):
        return data.to_dict(as_series=False)
    return data.to_dict("list")


def same(data):
    return data


def lists(data):
    return {name: array.tolist() for name, array in data.items()}


KEDROS = {
    "type": "pandas.CSVDataset",
    "save_args": {"sep": ";"},
    "load_args": {"sep": ";"},
}
FRAMES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "csv-pandas": ({"type": "csv"}, pandas, rows),
    "csv-polars": ({"type": "csv", "engine": "polars"}, polars, rows),
    "csv-pyarrow": ({"type": "csv", "engine": "pyarrow"}, arrow, rows),
    "csv-duckdb": ({"type": "csv", "engine": "duckdb"}, relations, rows),
    "csv-kedro": (KEDROS, pandas, rows),
    "parquet-pandas": ({"type": "parquet"}, pandas, rows),
    "parquet-polars": ({"type": "parquet", "engine": "polars"}, polars, rows),
    "parquet-pyarrow": ({"type": "parquet", "engine": "pyarrow"}, arrow, rows),
    "parquet-duckdb": ({"type": "parquet", "engine": "duckdb"}, relations, rows),
}
OTHERS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "feather-pandas": ({"type": "feather"}, pandas, rows),
    "feather-polars": ({"type": "feather", "engine": "polars"}, polars, rows),
    "feather-pyarrow": ({"type": "feather", "engine": "pyarrow"}, arrow, rows),
    "excel": ({"type": "excel"}, pandas, rows),
    "excel-sheets": (
        {"type": "excel", "load_args": {"sheet_name": None}},
        lambda: [dict.fromkeys(("one", "two"), frame) for frame in pandas()],
        lambda data: {name: rows(sheet) for name, sheet in data.items()},
    ),
    "json": ({"type": "json"}, lambda: [PLAIN, [1]], same),
    "json-pandas": ({"type": "json", "engine": "pandas"}, pandas, rows),
    "json-polars": ({"type": "json", "engine": "polars"}, polars, rows),
    "metrics": ({"type": "metrics"}, lambda: [{"r2": 0.5, "n": 3}, {"r2": 0.6}], same),
    "yaml": ({"type": "yaml"}, lambda: [PLAIN, [1]], same),
    "text": ({"type": "text"}, lambda: ["line\nünï\n", "other"], same),
    "pickle": ({"type": "pickle"}, lambda: [{"a": (1, {2})}, (3,)], same),
    "joblib": ({"type": "pickle", "engine": "joblib"}, lambda: [{"a": (1, {2})}, (3,)], same),
    "cloudpickle": (
        {"type": "pickle", "engine": "cloudpickle"},
        lambda: [{"a": (1, {2})}, (3,)],
        same,
    ),
    "npy": (
        {"type": "numpy"},
        lambda: [np.arange(6).reshape(2, 3), np.arange(3)],
        lambda data: data.tolist(),
    ),
    "npz": (
        {"type": "numpy"},
        lambda: [{"a": np.arange(3), "b": np.ones(2)}, {"a": np.arange(4)}],
        lists,
    ),
    "image": (
        {"type": "image"},
        lambda: [Image.new("RGB", (3, 2), "red"), Image.new("RGB", (3, 2), "blue")],
        lambda data: (data.size, data.getpixel((0, 0))),
    ),
    "matplotlib": (
        {"type": "matplotlib"},
        lambda: [figure(), figure((2, 1))],
        lambda data: (100, 100) if hasattr(data, "savefig") else data.size,
    ),
    "plotly": (
        {"type": "plotly"},
        lambda: [go.Figure(go.Bar(y=[1, 2])), go.Figure(go.Bar(y=[2, 1]))],
        lambda data: data.to_dict(),
    ),
}
CASES = FRAMES | OTHERS
CHUNKS: dict[str, tuple[dict[str, Any], list[Any], Any, Any]] = {
    "text": ({"type": "text"}, ["a\n", "b\n"], "a\nb\n", same),
    "json": ({"type": "json"}, [[1], [2, 3]], [1, 2, 3], same),
    "yaml": ({"type": "yaml"}, [{"a": 1}, {"b": 2}], {"a": 1, "b": 2}, same),
    "pickle": ({"type": "pickle"}, [b"a", b"b"], b"ab", same),
    "numpy": (
        {"type": "numpy"},
        [np.ones(2), np.zeros(1)],
        np.array([1.0, 1.0, 0.0]),
        lambda data: data.tolist(),
    ),
}


class TestFormats(FormatSuite):
    @pytest.fixture(params=CASES)
    def case(self, request):
        entry, values, plain = CASES[request.param]  # called here: duckdb warns of leftovers
        is_csv = request.param.startswith("csv")
        return DatasetCase(entry=entry, values=values(), plain=plain, loads_any_bytes=is_csv)


class TestStreamsOfFrames(StreamingSuite):
    @pytest.fixture(params=FRAMES)
    def case(self, request):
        entry, values, plain = FRAMES[request.param]
        whole, *chunks = values()
        named = {"filepath": "data.bin", **entry}
        return StreamingCase(entry=named, values=[whole], plain=plain, chunks=chunks)


class TestStreamsOfOtherFormats(StreamingSuite):
    """Chunks are put together where a format cannot append."""

    @pytest.fixture(params=CHUNKS)
    def case(self, request):
        entry, chunks, whole, plain = CHUNKS[request.param]
        named = {"filepath": "data.bin", **entry}
        return StreamingCase(entry=named, values=[whole], plain=plain, chunks=chunks)


def make(entry, tmp_path, **more):
    return DataCatalog(
        {"data": {"filepath": "deep/folder/data.bin", **entry, **more}}, root=tmp_path
    )["data"]


def test_chunks_that_cannot_be_put_together(tmp_path):
    with (
        pytest.raises(DataError, match="Chunks of object cannot be appended"),
        make({"type": "pickle"}, tmp_path).stream() as append,
    ):
        append(object())
        append(object())


def test_a_stream_of_nothing(tmp_path):
    for kind in ("csv", "parquet", "text"):
        dataset = make({"type": kind}, tmp_path, filepath=f"x.{kind}")
        with dataset.stream():
            pass
        assert dataset.exists()


def test_numpy_never_unpickles(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="allow_pickle=False"):
        make({"type": "numpy"}, tmp_path, filepath="a.npy").load()


def test_yaml_makes_no_objects(tmp_path):
    (tmp_path / "a.yml").write_text("!!python/object/apply:os.system ['true']")
    with pytest.raises(DataError, match="could not determine a constructor"):
        make({"type": "yaml"}, tmp_path, filepath="a.yml").load()


def test_images_and_figures_take_the_format_of_their_ending(tmp_path):
    make({"type": "image"}, tmp_path, filepath="a.jpg").save(Image.new("RGB", (3, 2)))
    assert (tmp_path / "a.jpg").read_bytes()[:2] == b"\xff\xd8"
    make({"type": "matplotlib"}, tmp_path, filepath="a.svg").save(figure())
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    make({"type": "plotly"}, tmp_path, filepath="a.html").save(go.Figure())
    assert b"plotly" in (tmp_path / "a.html").read_bytes()


def test_an_unknown_engine_is_named(tmp_path):
    with pytest.raises(CatalogError, match='"csv" has no engine "polar".\nDid you mean "polars"?'):
        make({"type": "csv", "engine": "polar"}, tmp_path)


@pytest.mark.parametrize("name", ["x.png", "x.svg", "x.pdf", "x.jpg"])
@pytest.mark.parametrize("what", ["figure", "axes", "pyplot"])
def test_figures_are_saved_by_the_ending(tmp_path, name, what):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2])
    catalog = DataCatalog({"x": name}, root=tmp_path)
    catalog.save("x", {"figure": figure, "axes": axes, "pyplot": plt}[what])
    content = (tmp_path / name).read_bytes()
    start = {"x.png": b"\x89PNG", "x.svg": b"<?xml", "x.pdf": b"%PDF", "x.jpg": b"\xff\xd8"}[name]
    assert content.startswith(start)
    assert not plt.get_fignums()
    if name in ("x.svg", "x.pdf"):
        with pytest.raises(DataError, match="cannot be loaded again"):
            catalog.load("x")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "x.json",
            pd.DataFrame({"a": [1]}),
            "cannot be written as plain JSON.\nAdd engine: pandas",
        ),
        ("x.csv", {"a": 1}, "of type dict is not a table.\nReturn a frame, or use type: json"),
        ("x.png", {"a": 1}, "dict is not an image"),
        ("x.svg", 5, "int is not a figure of matplotlib"),
        ("x.html", "text", "str is not a figure of plotly"),
    ],
)
def test_what_a_file_cannot_hold_is_said_with_what_can(tmp_path, name, value, message):
    with pytest.raises(DataError, match=message):
        DataCatalog({"x": name}, root=tmp_path).save("x", value)
    assert not list(tmp_path.iterdir())
