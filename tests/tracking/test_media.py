"""Images and sounds are logged by step, and tables with their columns."""

import io
import json
import wave
from typing import Any

import matplotlib.figure
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

import treadle
from treadle.errors import DataError, StoreError

GREY: Any = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLOURS: Any = np.arange(36, dtype=np.uint8).reshape(3, 4, 3) * 7
CLEAR: Any = np.arange(48, dtype=np.uint8).reshape(3, 4, 4) * 5
TABLE = {"name": ["a", "b"], "size": [1.5, float("nan")], "count": [1, 2]}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TREADLE_STORE", str(tmp_path / "store.db"))
    monkeypatch.chdir(tmp_path)
    with treadle.start_run("media") as run:
        yield run


def pixels(run, path):
    return np.asarray(Image.open(io.BytesIO(run.load_artifact(path))))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (GREY, GREY),
        (GREY[:, :, None], GREY),
        (COLOURS, COLOURS),
        (CLEAR, CLEAR),
        (GREY.astype(np.int64), GREY),
        (COLOURS / 255, COLOURS),
        ((COLOURS / 255).astype(np.float32), COLOURS),
        (GREY > 100, np.where(GREY > 100, 255, 0)),
        (COLOURS[:, ::2], COLOURS[:, ::2]),
        (Image.fromarray(COLOURS), COLOURS),
        (Image.fromarray(CLEAR), CLEAR),
    ],
)
def test_an_image_keeps_its_pixels(run, image, expected):
    treadle.log_image(image, "val/sample", 3)
    assert np.array_equal(pixels(run, "media/val%2Fsample/3.png"), expected)


def test_images_that_are_not_arrays(run, tmp_path):
    run.log_image(Image.fromarray(COLOURS).convert("CMYK"), "cmyk")
    assert pixels(run, "media/cmyk/0.png").shape == (3, 4, 3)
    figure = matplotlib.figure.Figure(figsize=(1, 1), dpi=20)
    axes = figure.subplots()
    run.log_image(figure, "figure", step=np.int64(2))
    run.log_image(axes, "figure", step=-1)
    assert pixels(run, "media/figure/2.png").shape == (20, 20, 4)
    assert pixels(run, "media/figure/-1.png").shape == (20, 20, 4)
    Image.fromarray(COLOURS).save("a.JPEG")
    run.log_image("a.JPEG", "file")
    run.log_image(tmp_path / "a.JPEG", "file", 1)
    content = (tmp_path / "a.JPEG").read_bytes()
    run.log_image(content, "file", 2)
    for path in ("0.jpeg", "1.jpeg", "2.jpg"):
        assert run.load_artifact(f"media/file/{path}") == content


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (np.zeros((2, 2, 5)), r"shape \(2, 2, 5\) is not an image"),
        (np.zeros(4), r"shape \(4,\) is not an image"),
        (np.zeros((0, 3)), r"shape \(0, 3\) is not an image"),
        (np.full((2, 2), 1.5), "must be from 0 to 1; these are from 1.5 to 1.5"),
        (np.full((2, 2), np.nan), "must be from 0 to 1; these are from nan"),
        (np.full((2, 2), -1), "must be from 0 to 255"),
        (np.full((2, 2), "a"), "array of <U1 is not an image"),
        ([[1, 2]], "list is not an image"),
        (b"<svg/>", "format of these bytes is unknown"),
        ("missing.png", "There is no file missing.png to log"),
        ("notes.txt", "notes.txt is not a file that can be logged here"),
        ("page.svg", "page.svg is not a file that can be logged here"),
    ],
)
def test_what_is_not_an_image_is_an_error(run, image, problem):
    with pytest.raises(DataError, match=problem):
        run.log_image(image, "key")


@pytest.mark.parametrize("key", ["a/b", "..", ".", "ü %", "a\\b", "#x?y=1&z", "a" * 250])
def test_every_key_is_one_folder(run, key):
    run.log_image(GREY, key)
    run.flush()
    (path,) = [one.path for one in treadle.get_run(run.id).artifacts]
    assert path.count("/") == 2
    assert path.startswith("media/")


def test_keys_and_steps_that_are_invalid(run):
    for key in ("", "a\nb", "a" * 251, None):
        with pytest.raises(StoreError, match="cannot be a name"):
            run.log_image(GREY, key)
    with pytest.raises(DataError, match="step must be an integer, and not 1.5"):
        run.log_image(GREY, "a", 1.5)


@pytest.mark.parametrize(
    ("samples", "channels", "expected"),
    [
        (np.array([0.0, 1.0, -1.0, 0.5]), 1, [0, 32767, -32767, 16384]),
        (np.array([[1, -1], [300, 4]], dtype=np.int16), 2, [1, -1, 300, 4]),
        (np.array([0.25], dtype=np.float32), 1, [8192]),
    ],
)
def test_a_sound_keeps_its_samples(run, samples, channels, expected):
    treadle.log_audio(samples, "voice", 7, rate=8000)
    with wave.open(io.BytesIO(run.load_artifact("media/voice/7.wav"))) as file:
        assert (file.getnchannels(), file.getframerate()) == (channels, 8000)
        content = file.readframes(file.getnframes())
    assert np.frombuffer(content, "<i2").tolist() == expected
    run.log_audio(run.load_artifact("media/voice/7.wav"), "copy")
    assert run.load_artifact("media/copy/0.wav") == run.load_artifact("media/voice/7.wav")


@pytest.mark.parametrize(
    ("samples", "rate", "problem"),
    [
        (np.zeros(4), None, "needs its rate"),
        (np.zeros(4), 0, "needs its rate"),
        (np.full(4, 2.0), 8000, "must be from -1 to 1"),
        (np.full(4, np.nan), 8000, "must be from -1 to 1"),
        (np.zeros(4, dtype=np.int64), 8000, "array of int64 is not a sound"),
        (np.zeros((2, 2, 2)), 8000, r"shape \(2, 2, 2\) is not a sound"),
        ([0.0], 8000, "list is not a sound"),
        (b"\x89PNG\r\n\x1a\n", None, "format of these bytes is unknown"),
        ("a.png", None, "a.png is not a file that can be logged here"),
    ],
)
def test_what_is_not_a_sound_is_an_error(run, samples, rate, problem):
    with pytest.raises(DataError, match=problem):
        run.log_audio(samples, "key", rate=rate)


TABLES = [
    TABLE,
    pd.DataFrame(TABLE),
    pl.DataFrame(TABLE),
    pa.table(TABLE),
    [{"name": "a", "size": 1.5, "count": 1}, {"name": "b", "size": float("nan"), "count": 2}],
]


@pytest.mark.parametrize("table", TABLES, ids=lambda one: type(one).__module__)
def test_a_table_is_logged_as_json_or_parquet(run, table):
    treadle.log_table(table, "tables/a.json")
    treadle.log_table(table, "tables/a.parquet")
    treadle.log_table(table, "tables/b")
    rows = {"columns": ["name", "size", "count"], "data": [["a", 1.5, 1], ["b", None, 2]]}
    assert run.load_artifact("tables/a.json") == rows
    for path in ("tables/a.parquet", "tables/b.parquet"):
        read = parquet.read_table(io.BytesIO(run.load_artifact(path)))
        assert read.column_names == rows["columns"]
        assert read.column("count").to_pylist() == [1, 2]


def test_values_that_json_lacks(run):
    table = {
        "time": [pd.Timestamp(2026, 1, 2)],
        "path": [np.float32(0.5)],
        "list": [[1, float("inf")]],
    }
    run.log_table(table, "a.json")
    expected = {"columns": [*table], "data": [["2026-01-02T00:00:00", 0.5, [1, None]]]}
    assert json.loads(json.dumps(run.load_artifact("a.json"))) == expected
    run.log_table({}, "b.json")
    assert run.load_artifact("b.json") == {"columns": [], "data": []}


@pytest.mark.parametrize(
    ("table", "path", "problem"),
    [
        (TABLE, "a.csv", "end it in .parquet or .json"),
        (5, "a.json", "int is not a table"),
        ({"a": 5}, "a.json", "dict is not a table"),
        ({"a": "xyz"}, "a.parquet", "dict is not a table"),
        ({"a": [1], "b": [1, 2]}, "a.json", r"different lengths: \[1, 2\]"),
        ({"a": [1, "x"]}, "a.parquet", "cannot be written as Parquet"),
    ],
)
def test_what_is_not_a_table_is_an_error(run, table, path, problem):
    with pytest.raises(DataError, match=problem):
        run.log_table(table, path)
