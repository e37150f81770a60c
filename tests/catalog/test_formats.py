"""One contract for every file format and engine: what is saved is loaded, whole or not at all."""

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
from treadle.catalog import StreamingDataset
from treadle.errors import CatalogError, DataError, DataNotFoundError

PANDAS = pd.DataFrame({"n": [1, 2, 3], "text": ["a", "ü", "c,d"], "x": [0.5, 1.5, 2.5]})
POLARS = pl.DataFrame(PANDAS.to_dict("list"))
ARROW = pa.table(PANDAS.to_dict("list"))


def relation():
    """Made where it is used: duckdb complains of what is left at the end of the process."""
    return duckdb.from_arrow(ARROW)


def figure():
    made = matplotlib.figure.Figure(figsize=(1, 1))
    made.subplots().plot([1, 2])
    return made


def rows(data):
    """Give any frame's content in one form."""
    if isinstance(data, duckdb.DuckDBPyRelation):
        data = data.to_arrow_table()
    if isinstance(data, pa.Table):
        return data.to_pydict()
    if isinstance(data, pl.DataFrame):
        return data.to_dict(as_series=False)
    return data.to_dict("list")


CASES = [
    pytest.param({"type": "csv"}, PANDAS, rows, id="csv-pandas"),
    pytest.param({"type": "csv", "engine": "polars"}, POLARS, rows, id="csv-polars"),
    pytest.param({"type": "csv", "engine": "pyarrow"}, ARROW, rows, id="csv-pyarrow"),
    pytest.param({"type": "csv", "engine": "duckdb"}, relation, rows, id="csv-duckdb"),
    pytest.param(
        {"type": "pandas.CSVDataset", "save_args": {"sep": ";"}, "load_args": {"sep": ";"}},
        PANDAS,
        rows,
        id="csv-kedro",
    ),
    pytest.param({"type": "parquet"}, PANDAS, rows, id="parquet-pandas"),
    pytest.param({"type": "parquet", "engine": "polars"}, POLARS, rows, id="parquet-polars"),
    pytest.param({"type": "parquet", "engine": "pyarrow"}, ARROW, rows, id="parquet-pyarrow"),
    pytest.param({"type": "parquet", "engine": "duckdb"}, relation, rows, id="parquet-duckdb"),
    pytest.param({"type": "feather"}, PANDAS, rows, id="feather-pandas"),
    pytest.param({"type": "feather", "engine": "polars"}, POLARS, rows, id="feather-polars"),
    pytest.param({"type": "feather", "engine": "pyarrow"}, ARROW, rows, id="feather-pyarrow"),
    pytest.param({"type": "excel"}, PANDAS, rows, id="excel"),
    pytest.param(
        {"type": "excel", "load_args": {"sheet_name": None}},
        {"one": PANDAS, "two": PANDAS},
        lambda data: {name: rows(sheet) for name, sheet in data.items()},
        id="excel-sheets",
    ),
    pytest.param(
        {"type": "json"}, {"a": [1, None, "ü"], "b": {"c": 0.5}}, lambda data: data, id="json"
    ),
    pytest.param({"type": "json", "engine": "pandas"}, PANDAS, rows, id="json-pandas"),
    pytest.param({"type": "json", "engine": "polars"}, POLARS, rows, id="json-polars"),
    pytest.param({"type": "metrics"}, {"r2": 0.5, "n": 3}, lambda data: data, id="metrics"),
    pytest.param(
        {"type": "yaml"}, {"a": [1, None, "ü"], "b": {"c": 0.5}}, lambda data: data, id="yaml"
    ),
    pytest.param({"type": "text"}, "line\nünï\n", lambda data: data, id="text"),
    pytest.param({"type": "pickle"}, {"a": (1, {2})}, lambda data: data, id="pickle"),
    pytest.param(
        {"type": "pickle", "engine": "joblib"}, {"a": (1, {2})}, lambda data: data, id="joblib"
    ),
    pytest.param(
        {"type": "pickle", "engine": "cloudpickle"},
        {"a": (1, {2})},
        lambda data: data,
        id="cloudpickle",
    ),
    pytest.param(
        {"type": "numpy"}, np.arange(6).reshape(2, 3), lambda data: data.tolist(), id="npy"
    ),
    pytest.param(
        {"type": "numpy"},
        {"a": np.arange(3), "b": np.ones(2)},
        lambda data: {name: array.tolist() for name, array in data.items()},
        id="npz",
    ),
    pytest.param(
        {"type": "image"},
        Image.new("RGB", (3, 2), "red"),
        lambda data: (data.size, data.getpixel((0, 0))),
        id="image",
    ),
    pytest.param(
        {"type": "matplotlib"},
        figure(),
        lambda data: (100, 100) if hasattr(data, "savefig") else data.size,
        id="matplotlib",
    ),
    pytest.param(
        {"type": "plotly"}, go.Figure(go.Bar(y=[1, 2])), lambda data: data.to_dict(), id="plotly"
    ),
]
FRAMES = [
    case
    for case in CASES
    if case.values[2] is rows  # noqa: PD011 - of pytest
    and str(case.id).startswith(("csv", "parquet"))
]


def make(entry, tmp_path, **more):
    return DataCatalog(
        {"data": {"filepath": "deep/folder/data.bin", **entry, **more}}, root=tmp_path
    )["data"]


@pytest.mark.parametrize(("entry", "value", "plain"), CASES)
def test_what_is_saved_is_loaded(tmp_path, entry, value, plain):
    value = value() if value is relation else value
    dataset = make(entry, tmp_path)
    assert not dataset.exists()
    assert dataset.digest() == ""
    with pytest.raises(DataNotFoundError, match=r"There is no .*data\.bin"):
        dataset.load()
    dataset.save(value)
    assert dataset.exists()
    assert plain(dataset.load()) == plain(value)
    description = dataset.describe(content=True)
    assert description.digest == dataset.digest()
    assert description.digest.startswith("blake3:")
    assert description.size == (tmp_path / "deep/folder/data.bin").stat().st_size
    assert [path.name for path in (tmp_path / "deep/folder").iterdir()] == ["data.bin"]


class Poison:
    """Fails in the middle of being written, whichever way it is."""

    def __reduce__(self):
        raise ValueError("poisoned")

    def __getattr__(self, name):
        raise ValueError("poisoned")


@pytest.mark.parametrize(("entry", "value", "plain"), CASES)
@pytest.mark.parametrize("versioned", [False, True], ids=["flat", "versioned"])
def test_a_save_that_fails_changes_nothing(tmp_path, entry, value, plain, versioned):
    value = value() if value is relation else value
    dataset = make(entry, tmp_path, versioned=versioned)
    with pytest.raises(DataError, match="cannot be saved"):
        dataset.save(Poison())
    assert not dataset.exists()
    dataset.save(value)
    before = dataset.digest()
    with pytest.raises(DataError, match="cannot be saved"):
        dataset.save(Poison())
    with pytest.raises(DataError, match="there is nothing to save"):
        dataset.save(None)
    assert dataset.exists()
    assert dataset.digest() == before
    assert plain(dataset.load()) == plain(value)
    assert not [path for path in tmp_path.rglob("*") if "stage" in path.name]


@pytest.mark.parametrize(("entry", "value", "plain"), CASES)
def test_a_damaged_file_is_named(tmp_path, entry, value, plain):
    dataset = make(entry, tmp_path)
    (tmp_path / "deep/folder").mkdir(parents=True)
    (tmp_path / "deep/folder/data.bin").write_bytes(b"\xff\x00\xfe{[damaged" * 30)
    try:
        dataset.load()
    except DataError as error:
        assert "data.bin" in str(error)
        assert "cannot be loaded" in str(error)
    else:  # a few formats take any bytes for data
        assert entry["type"] in ("csv", "pandas.CSVDataset")


@pytest.mark.parametrize(("entry", "value", "plain"), FRAMES)
def test_chunks_are_appended(tmp_path, entry, value, plain):
    value = value() if value is relation else value
    dataset = make(entry, tmp_path)
    assert isinstance(dataset, StreamingDataset)
    with dataset.stream() as append:
        append(value)
        append(value)
        assert not dataset.exists()
    assert plain(dataset.load()) == {name: column * 2 for name, column in plain(value).items()}
    with pytest.raises(RuntimeError), dataset.stream() as append:
        append(value)
        raise RuntimeError
    assert len(plain(dataset.load())["n"]) == 6


def test_chunks_are_put_together_where_a_format_cannot_append(tmp_path):
    cases: list[tuple[dict[str, str], list[Any], Any]] = [
        ({"type": "text"}, ["a\n", "b\n"], "a\nb\n"),
        ({"type": "json"}, [[1], [2, 3]], [1, 2, 3]),
        ({"type": "yaml"}, [{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        ({"type": "pickle"}, [b"a", b"b"], b"ab"),
    ]
    for entry, chunks, whole in cases:
        dataset = make(entry, tmp_path, filepath=f"{entry['type']}.x")
        with dataset.stream() as append:
            for chunk in chunks:
                append(chunk)
        assert dataset.load() == whole
    array = make({"type": "numpy"}, tmp_path, filepath="a.npy")
    with array.stream() as append:
        append(np.ones(2))
        append(np.zeros(1))
    assert array.load().tolist() == [1, 1, 0]
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
