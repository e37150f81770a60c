"""Which files of a folder are partitions, what reads and writes them, and which of them are new."""

import json

import pandas as pd
import pytest

import treadle
from treadle import DataCatalog, node, pipeline
from treadle.errors import CatalogError, DataError, DataNotFoundError, TreadleError

FRAME = pd.DataFrame({"a": [1, 2]})


@pytest.fixture
def make(tmp_path):
    return lambda entry, **options: DataCatalog({"x": entry}, root=tmp_path, **options)["x"]


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(path.stem))


def entry(**options):
    given = {"path": "p", "dataset": "json.JSONDataset", "filename_suffix": ".json", **options}
    return {"type": "partitions.PartitionedDataset", **given}


@pytest.mark.parametrize(
    ("load_args", "found"),
    [
        ({}, ["a", "sub/d", "sub/deep/c"]),
        ({"maxdepth": 1}, ["a"]),
        ({"maxdepth": 2}, ["a", "sub/d"]),
    ],
)
@pytest.mark.parametrize("scheme", ["", "memory://partitions-of-depth/"])
def test_load_args_are_those_of_find(make, tmp_path, scheme, load_args, found):
    import fsspec

    parts = make(entry(path=f"{scheme}p", load_args=load_args))
    writer = make(entry(path=f"{scheme}p"))
    writer.save({"a": 1, "sub/d": 2, "sub/deep/c": 3})
    assert list(parts.load()) == found
    values = {"a": 1, "sub/d": 2, "sub/deep/c": 3}
    assert [load() for load in parts.load().values()] == [values[name] for name in found]
    if not scheme:
        root = str(tmp_path / "p")
        theirs = fsspec.filesystem("file").find(root, **load_args)
        named = (path.removeprefix(f"{root}/").removesuffix(".json") for path in theirs)
        assert sorted(named) == found


def test_folders_can_be_partitions(make, tmp_path):
    write(tmp_path / "p", "a.json", "sub/b.json")
    (tmp_path / "p/empty").mkdir()
    assert list(make(entry(filename_suffix="")).load()) == ["a.json", "sub/b.json"]
    parts = make(entry(filename_suffix="", load_args={"withdirs": True}))
    assert list(parts.load()) == ["a.json", "empty", "sub", "sub/b.json"]


def test_a_link_to_a_folder_above_does_not_end_in_a_circle(make, tmp_path):
    write(tmp_path / "p", "a.json")
    write(tmp_path / "other", "b.json")
    (tmp_path / "p/up").symlink_to(tmp_path)
    (tmp_path / "p/other").symlink_to(tmp_path / "other")
    assert list(make(entry()).load()) == ["a", "other/b"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"load_args": {"maxdept": 1}}, 'load_args have a key "maxdept".*maxdepth'),
        ({"load_args": {"maxdepth": 0}}, "maxdepth is 0"),
        ({"load_args": {"detail": True}}, "Remove it"),
        ({"save_args": {"indent": 1}}, "below dataset"),
        ({"dataset": {"type": "json", "versioned": True}}, "versioned"),
        ({"dataset": {"type": "json", "filepath": "x"}}, "has a filepath"),
        ({"dataset": {"type": "json", "lod_args": {}}}, 'dataset has a key "lod_args".*load_args'),
        ({"dataset": {"load_args": {}}}, "dataset has no type"),
        ({"dataset": "sql_table"}, "cannot be of type"),
        ({"filepath_arg": "path"}, 'filepath_arg is "path"'),
        ({"dataset": {"type": "csv", "fs_args": {"open_args_save": {"mode": "a"}}}}, "appended to"),
        ({"dataset": {"type": "csv", "save_args": {"mode": "a"}}}, "appended to"),
        ({"dataset": {"type": "pandas.GenericDataset"}}, "cannot be made: .*file_format"),
        ({"dataset": {"type": "elsewhere.Data"}}, "no dataset type"),
    ],
)
def test_what_an_entry_has_wrong_is_said_before_anything_is_read(make, options, message):
    with pytest.raises(TreadleError, match=f'(?s)Dataset "x".*{message}'):
        make(entry(**options))


@pytest.mark.parametrize(
    ("dataset", "suffix"),
    [
        (
            {"type": "pandas.GenericDataset", "file_format": "csv", "save_args": {"index": False}},
            ".csv",
        ),
        ("kedro_datasets.pandas.JSONDataset", ".json"),
        ({"type": "polars.EagerPolarsDataset", "file_format": "parquet"}, ".parquet"),
    ],
)
def test_partitions_of_kedros_classes(make, tmp_path, dataset, suffix):
    parts = make(entry(dataset=dataset, filename_suffix=suffix, overwrite=True))
    frame = FRAME
    if "polars" in str(dataset):
        import polars as pl

        frame = pl.DataFrame(FRAME)
    parts.save({"a": frame, "sub/b": lambda: frame})
    loaded = parts.load()
    assert list(loaded) == ["a", "sub/b"]
    assert loaded["sub/b"]().equals(frame)
    before = parts.digest()
    with pytest.raises(DataError):
        parts.save({"a": frame, "c": object()})
    assert parts.digest() == before
    parts.save({"c": frame})
    assert loaded["a"]().equals(frame), "what was loaded is one save"
    assert sorted(path.name for path in (tmp_path / "p").iterdir() if path.is_file()) == [
        f"c{suffix}"
    ]


OWN = """
import pathlib

class Letters:
    def __init__(self, *, place, sign, credentials=None):
        self.place, self.sign = pathlib.Path(place), (credentials or {}).get("sign", sign)

    def load(self):
        return self.place.read_text().removeprefix(self.sign)

    def save(self, data):
        if data == "nothing":
            return
        self.place.write_text(self.sign + data)
"""


def test_partitions_of_a_class_of_the_project(make, tmp_path, monkeypatch):
    (tmp_path / "letters_code.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    options = {"packages": ["letters_code"], "credentials": {"mine": {"sign": "?"}}}
    inner = {"type": "letters_code.Letters", "sign": "!"}
    parts = make(entry(dataset=inner, filepath_arg="place", filename_suffix=""), **options)
    parts.save({"a": "one", "b": "two"})
    assert (tmp_path / "p/a").read_text() == "!one"
    assert {name: load() for name, load in parts.load().items()} == {"a": "one", "b": "two"}
    assert parts.runs_code
    with pytest.raises(DataError, match="has not written the file of a partition"):
        parts.save({"c": "nothing"})
    shared = entry(dataset=inner, filepath_arg="place", filename_suffix="", credentials="mine")
    make(shared, **options).save({"d": "four"})
    assert (tmp_path / "p/d").read_text() == "?four"
    with pytest.raises(CatalogError, match="cannot be made"):
        make(entry(dataset=inner), **options)


def test_a_function_is_saved_as_it_is_where_saving_is_not_lazy(make):
    parts = make(entry(dataset="pickle", save_lazily=False))
    parts.save({"f": len})
    assert parts.load()["f"]() is len


def test_partitions_are_opened_as_the_entry_says(make, tmp_path):
    arguments = {"open_args_load": {"encoding": "cp1252"}, "open_args_save": {"encoding": "cp1252"}}
    for options in ({"fs_args": arguments}, {"dataset": {"type": "text", "fs_args": arguments}}):
        parts = make(entry(**{"dataset": "text", "filename_suffix": "", **options}))
        parts.save({"a": "grün"})
        assert (tmp_path / "p/a").read_bytes() == "grün".encode("cp1252")
        assert parts.load()["a"]() == "grün"


def incremental(**options):
    return {**entry(**options), "type": "partitions.IncrementalDataset"}


@pytest.mark.parametrize("scheme", ["", "memory://incremental/"])
def test_only_new_partitions_are_loaded(make, tmp_path, scheme):
    given = incremental(path=f"{scheme}p")
    events = make(given)
    assert not events.exists()
    events.save({"1": 10, "2": 20})
    assert events.exists()
    assert events.load() == {"1": 10, "2": 20}
    before = events.digest()
    events.confirm()
    assert events.load() == {"1": 10, "2": 20}, "a run sees one set"
    assert events.digest() == before
    events.renew()
    assert events.load() == {}
    assert not events.has_new()
    assert events.digest() not in ("", before)
    make(given).save({"0": 0, "3": 30})
    assert events.load() == {}
    events.renew()
    assert events.load() == {"3": 30}
    events.confirm()
    assert make(given).load() == {}
    assert make({**given, "checkpoint": ""}).load() == {"0": 0, "1": 10, "2": 20, "3": 30}
    assert make({**given, "checkpoint": {"force_checkpoint": "1"}}).load() == {"2": 20, "3": 30}
    events.confirm()
    if not scheme:
        assert (tmp_path / "p/CHECKPOINT").read_text() == "3"


def test_the_checkpoint_is_that_of_kedro(make, tmp_path):
    from kedro_datasets.partitions import IncrementalDataset

    write(tmp_path / "p", "a.json", "b.json")
    given = {"path": str(tmp_path / "p"), "dataset": "json.JSONDataset", "filename_suffix": ".json"}
    theirs = IncrementalDataset(**{**given, "dataset": "kedro_datasets.json.JSONDataset"})
    ours = make({"type": "partitions.IncrementalDataset", **given})
    assert ours.load() == theirs.load() == {"a": "a", "b": "b"}
    theirs.confirm()
    ours.renew()
    assert ours.load() == {}
    write(tmp_path / "p", "c.json")
    ours.renew()
    ours.confirm()
    theirs.release()
    assert theirs.load() == {}


def test_a_checkpoint_of_its_own(make, tmp_path, monkeypatch):
    (tmp_path / "numbers_code.py").write_text("def is_after(a, b): return int(a) > int(b)\n")
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path / "p", *(f"{number}.json" for number in range(8, 12)))
    config = {"filepath": "marks/events.txt", "comparison_func": "numbers_code.is_after"}
    given = incremental(checkpoint=config)
    events = make(given, packages=["numbers_code"])
    assert events.confirms_to() == str(tmp_path / "marks/events.txt")
    events.confirm()
    assert (tmp_path / "marks/events.txt").read_text() == "11"
    assert make(given, packages=["numbers_code"]).load() == {}
    write(tmp_path / "p", "x.json")
    with pytest.raises(DataError, match="comparison_func.*failed for 'x' and '11'"):
        make(given, packages=["numbers_code"]).load()
    with pytest.raises(CatalogError, match="of another package"):
        make(incremental(checkpoint={"comparison_func": "os.system"}))
    with pytest.raises(CatalogError, match="versioned"):
        make(incremental(checkpoint={"versioned": True}))
    with pytest.raises(CatalogError, match='"overwrite"'):
        make(incremental(overwrite=True))
    with pytest.raises(CatalogError, match="checkpoint is int"):
        make(incremental(checkpoint=1))


def test_a_partition_that_went_away_is_named(make, tmp_path):
    write(tmp_path / "p", "a.json", "b.json")
    events = make(incremental())
    assert events.has_new()
    (tmp_path / "p/b.json").unlink()
    with pytest.raises(DataError, match="'b' was removed"):
        events.load()
    with pytest.raises(DataNotFoundError):
        make(entry(path="none")).load()


def test_partitions_are_saved_together_with_other_outputs_or_not_at_all(tmp_path):
    catalog = DataCatalog({"x": entry(), "y": "y.json"}, root=tmp_path)
    catalog.save("x", {"a": 1})
    with pytest.raises(DataError), catalog.saving({"x": {"a": 2}, "y": object()}):
        pass
    assert catalog.load("x")["a"]() == 1
    with catalog.saving({"x": {"a": 2}, "y": 3}):
        assert catalog.load("x")["a"]() == 1
    assert catalog.load("x")["a"]() == 2


@pytest.mark.parametrize("scheme", ["", "memory://streamed/"])
def test_partitions_are_written_one_by_one(make, tmp_path, scheme):
    made = []

    def value(number):
        made.append(number)
        return number

    parts = make(entry(path=f"{scheme}p", overwrite=True))
    parts.save({"old": 0})
    with parts.stream() as append:
        for number in range(3):
            append({f"n{number}": lambda number=number: value(number)})
            assert made == list(range(number + 1)), "a value is made when its partition is written"
        if not scheme:
            assert list(parts.load()) == ["old"]
    assert list(parts.load()) == ["n0", "n1", "n2"]
    if not scheme:
        with pytest.raises(ValueError, match="no"), parts.stream() as append:
            append({"n9": 9})
            raise ValueError("no")
        assert list(parts.load()) == ["n0", "n1", "n2"]
        assert all(
            not path.name.startswith(".p") or "reader" in path.name
            for path in (tmp_path / "p").iterdir()
        )


def test_a_generator_writes_partitions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def spread(count):
        for number in range(count):
            yield {f"n{number}": number}

    flow = pipeline(
        [
            node(spread, "count", "x"),
            node(lambda x: sum(load() for load in x.values()), "x", "y", name="y"),
        ]
    )
    assert (
        treadle.run(flow, inputs={"count": 4}, catalog={"x": entry(), "y": "y.json"}).outputs["y"]
        == 6
    )
