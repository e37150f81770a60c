import collections
import dataclasses
import socket
import subprocess
import sys
import threading
import types
from typing import Any

import pandas as pd
import pytest
import sqlalchemy

from treadle import DataCatalog
from treadle.catalog import Dataset, MemoryDataset
from treadle.catalog.adapted import AdaptedDataset
from treadle.catalog.file import FileDataset
from treadle.errors import (
    CatalogError,
    DataError,
    DataNotFoundError,
    MissingExtraError,
    TreadleError,
)

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.fixture
def make(tmp_path):
    return lambda entries, **options: DataCatalog(entries, root=tmp_path, **options)


def test_datasets_are_made_when_they_are_used(make):
    catalog = make(
        {"good": "a.json", "bad": {"type": "nothing", "filepath": "x"}, "numbers": [1, 2]}
    )
    assert list(catalog) == ["good", "bad", "numbers"]
    assert len(catalog) == 3
    assert "bad" in catalog
    assert "other" not in catalog
    catalog.save("good", {"a": 1})
    assert catalog.load("good") == {"a": 1}
    assert catalog.load("numbers") == [1, 2]
    assert catalog.exists("good")
    assert not catalog.exists("other")
    assert catalog.filter("^G") == ["good"]
    assert catalog.get("other") is None
    with pytest.raises(CatalogError, match='no dataset type "nothing"'):
        catalog.load("bad")


@pytest.mark.parametrize(
    ("name", "entry", "kind"),
    [
        ("a", "x.csv", "csv"),
        ("b", "x.parquet", "parquet"),
        ("c", {"filepath": "x.YML"}, "yaml"),
        (
            "d",
            {"type": "kedro_datasets.text.TextDataset", "filepath": "x"},
            "kedro_datasets.text.TextDataset",
        ),
        ("e", {"type": "text.TextDataset", "filepath": "x"}, "text"),
        ("f", {"type": "pandas.CSVDataSet", "filepath": "x"}, "csv"),
        ("g", {"type": "MemoryDataset"}, "memory"),
        ("h", {"type": "json", "filepath": "x.txt"}, "json"),
    ],
)
def test_the_type_of_an_entry(make, name, entry, kind):
    assert make({name: entry})[name].describe().type == kind


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"type": "cvs", "filepath": "x"}, 'There is no dataset type "cvs".\nDid you mean "csv"?'),
        ({"filepath": "x.unknown"}, "it has no type.\nAdd type: one of csv"),
        ({"type": "csv"}, "it has no filepath.\nAdd filepath"),
        (
            {"type": "csv", "filepath": "x", "load_arg": {}},
            'a key "load_arg" that means nothing.\nDid you mean "load_args"?',
        ),
        ({"type": "csv", "filepath": "x", "load_args": [1]}, "its load_args is a dict, not list"),
        (
            {"type": "csv", "filepath": "x", "credentials": "dv"},
            '"dv" is not in credentials.yml.\nDid you mean "dev"?',
        ),
        ({"type": 5, "filepath": "x"}, "its type is 5, which is not a string"),
        ({"type": "sql_table", "table_name": "t"}, "it has no connection"),
        (
            {"type": "partitioned", "path": "x", "dataset": "memory"},
            'partitions cannot be of type "memory"',
        ),
        (
            {"type": "mypkg.Thing"},
            (
                'There is no dataset type "mypkg.Thing".\nIt is in neither Treadle nor '
                "kedro-datasets, and no module mypkg"
            ),
        ),
        ({"type": "os.path", "filepath": "x"}, 'There is no dataset type "os.path"'),
        ({"type": "kedro_datasets.pandas.NoSuchDataset"}, "cannot be imported"),
        ({"type": "pandas.XMLDataset"}, "cannot be made"),
    ],
)
def test_a_wrong_entry_is_named(make, entry, message):
    catalog = make(
        {"data": entry}, credentials={"dev": {}}, origins={("data",): "conf/base/catalog.yml:3"}
    )
    with pytest.raises(CatalogError) as caught:
        catalog["data"]
    assert str(caught.value).startswith('conf/base/catalog.yml:3: Dataset "data": ')
    assert message in str(caught.value)


def test_patterns_have_the_precedence_of_kedro(make):
    catalog = make(
        {
            "{default}": {"type": "pickle", "filepath": "{default}.pkl"},
            "{name}_csv": {"type": "csv", "filepath": "{name}.csv"},
            "{ns}.{name}_csv": {
                "type": "csv",
                "filepath": "{ns}/{name}.csv",
                "load_args": {"names": ["{name}", "x"]},
            },
            "day.{name}_csv": "day-{name}.csv",
            "exact_csv": "exact.csv",
            "part_{n:d}": "p{n}.csv",
        }
    )
    places = {
        "exact_csv": "exact.csv",
        "a_csv": "a.csv",
        "A_CSV": "A.csv",
        "x.a_csv": "x/a.csv",
        "day.a_csv": "day-a.csv",
        "part_12": "p12.csv",
        "part_x": "part_x.pkl",
        "anything": "anything.pkl",
    }
    for name, place in places.items():
        assert name in catalog
        assert catalog.describe(name).location.endswith(f"/{place}"), name
    assert catalog.patterns()[-1] == "{default}"
    assert "{name}_csv" not in catalog.names()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"{a}": "x.csv", "{b}": "y.csv"}, "Only one pattern may match every name"),
        ({"{a_csv": "x.csv"}, '"{a_csv" is not a pattern'),
        ({"{a}_{a}": "x.csv"}, "Use each placeholder once"),
        ({"{a:q}": "x.csv"}, "is not a placeholder"),
    ],
)
def test_a_wrong_pattern(make, entries, message):
    with pytest.raises(CatalogError, match=message):
        make(entries)


def test_a_pattern_with_an_unknown_placeholder(make):
    with pytest.raises(
        CatalogError, match="uses {nam}, which its name does not have.\nIts placeholders are: name"
    ):
        make({"{name}_csv": "{nam}.csv"})["a_csv"]


def test_variants(make):
    catalog = make(
        {
            "table": "t.csv",
            "other@pandas": "o.csv",
            "other@polars": {"filepath": "o.csv", "engine": "polars"},
        }
    )
    catalog.save("table@pandas", FRAME)
    assert catalog.load("table@polars").columns == ["a", "b"]
    catalog.save("other@pandas", FRAME)
    assert catalog.load("other@polars").shape == (2, 2)


def test_memory_protects_what_it_holds():
    numbers: list[Any] = [1, [2]]
    dataset = MemoryDataset(numbers)
    numbers[1].append(3)
    dataset.load()[1].append(4)
    assert dataset.load() == [1, [2]]
    frames = MemoryDataset(FRAME)
    mine = frames.load()
    mine.loc[0, "a"] = 99
    mine["c"] = 0
    assert frames.load().to_dict("list") == FRAME.to_dict("list")
    assert MemoryDataset(object()).exists()
    with pytest.raises(DataNotFoundError):
        MemoryDataset().load()
    assert isinstance(MemoryDataset(), Dataset)


@dataclasses.dataclass
class Bag:
    items: list[int]


def numbers():
    yield 1


@pytest.mark.parametrize(
    "value",
    [
        Bag([1]),
        {"bag": Bag([1])},
        collections.deque([1]),
        types.SimpleNamespace(items=[1]),
        {"a": (Bag([1]), 2)},
    ],
)
def test_what_a_node_gets_is_its_own(value):
    dataset = MemoryDataset(value)
    first, second = dataset.load(), dataset.load()
    assert first is not value
    assert first is not second
    assert repr(first) == repr(value)


def test_what_cannot_be_copied_is_handed_on_and_the_rest_of_a_container_is_copied():
    lock, shared = threading.Lock(), [1]
    for value in (lock, numbers(), iter([1]), int, len, sys, lambda: 1):
        assert MemoryDataset(value).load() is value
    loaded = MemoryDataset({"lock": lock, "items": shared, "pair": (lock, shared)}).load()
    shared.append(2)
    assert loaded["lock"] is lock
    assert loaded["items"] == [1]
    assert loaded["pair"] == (lock, [1])
    with pytest.raises(TypeError):
        MemoryDataset(lock, copy_mode="deepcopy")


def test_versions(make, tmp_path):
    catalog = make({"data": {"filepath": "d.json", "versioned": True}})
    for value in range(3):
        catalog.save("data", value)
    versions = catalog["data"].versions()
    assert versions == sorted(versions)
    assert len(versions) == 3
    assert (tmp_path / "d.json" / versions[0] / "d.json").read_text() == "0\n"
    assert catalog.load("data") == 2
    assert catalog.describe("data", content=True).version == versions[2]
    pinned = make(
        {"data": {"filepath": "d.json", "versioned": True}}, load_versions={"data": versions[1]}
    )
    assert pinned.load("data") == 1
    # The clock went backwards: what was saved last is still the latest.
    (tmp_path / "d.json" / "2999-01-01T00.00.00.000Z").mkdir()
    (tmp_path / "d.json" / "2999-01-01T00.00.00.000Z" / "d.json").write_text("7")
    catalog.save("data", 8)
    assert catalog.load("data") == 8
    # A folder without its file is no version.
    (tmp_path / "d.json" / "2999-12-31T00.00.00.000Z").mkdir()
    assert catalog.load("data") == 8


@pytest.mark.parametrize("version", ["../../x", "a/b", "..", "", ".hidden"])
def test_a_version_cannot_lead_elsewhere(make, version):
    catalog = make({"data": {"filepath": "d.json", "versioned": True}})
    catalog.save("data", 1)
    with pytest.raises((CatalogError, DataNotFoundError)):
        make(
            {"data": {"filepath": "d.json", "versioned": True}},
            load_versions={"data": version or "2000"},
        ).load("data")


def test_versions_that_cannot_be(make, tmp_path):
    with pytest.raises(CatalogError, match="it is not versioned"):
        make({"data": "d.json"}, load_versions={"data": "2000"}).load("data")
    with pytest.raises(
        CatalogError,
        match='A version of "dat" was asked for, which is not in the catalog.\nDid you mean "data"',
    ):
        make({"data": "d.json"}, load_versions={"dat": "2000"})
    (tmp_path / "d.json").write_text("1")
    versioned = make({"data": {"filepath": "d.json", "versioned": True}})
    with pytest.raises(DataNotFoundError, match="has no versions, it is a file"):
        versioned.load("data")
    with pytest.raises(DataError, match="is a file, where versions are to be kept"):
        versioned.save("data", 1)
    assert (tmp_path / "d.json").read_text() == "1"
    make({"data": {"filepath": "e.json", "versioned": True}}).save("data", 1)
    with pytest.raises(DataError, match="is a folder, where a file is to be written"):
        make({"data": "e.json"}).save("data", 2)


def partitioned(make, **options):
    return make(
        {
            "parts": {
                "type": "partitioned",
                "path": "p",
                "dataset": "json",
                "filename_suffix": ".json",
                **options,
            }
        }
    )["parts"]


def test_partitions(make, tmp_path):
    parts = partitioned(make)
    assert not parts.exists()
    with pytest.raises(DataNotFoundError):
        parts.load()
    parts.save({"2013/01": 1, "2013/02": lambda: 2})
    assert {name: load() for name, load in parts.load().items()} == {"2013/01": 1, "2013/02": 2}
    before = parts.digest()
    parts.save({"2013/03": 3})
    assert list(parts.load()) == ["2013/01", "2013/02", "2013/03"]
    assert parts.digest() != before
    partitioned(make, overwrite=True).save({"x": 9})
    assert list(parts.load()) == ["x"]
    for name in ("../x", "/x", "a/../b", "", ".x"):
        with pytest.raises(CatalogError, match="cannot be the name of a partition"):
            parts.save({name: 1})
    with pytest.raises(DataError, match="saved from a dict, not from list"):
        parts.save([1])


def test_partitions_are_committed_together(make, tmp_path):
    parts = partitioned(make, overwrite=True)
    parts.save({"a": 1, "b": 2})

    def fail():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        parts.save({"a": 10, "c": fail})
    assert {name: load() for name, load in parts.load().items()} == {"a": 1, "b": 2}
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["a.json", "b.json"]


@pytest.mark.parametrize("rename", range(1, 5))
def test_partitions_are_rolled_forward_after_a_crash(tmp_path, make, rename):
    """The process dies at its n-th rename.

    The next reader finds all of the old, or all of the new.
    """
    partitioned(make, overwrite=True).save({"a": 1, "b": 2})
    code = (
        "import os, sys, pathlib\n"
        "from treadle import DataCatalog\n"
        "count, real = 0, os.rename\n"
        "def replace(self, target):\n"
        "    global count\n"
        "    if '.stage-' in str(self) and pathlib.Path(target).parent.name == 'p':\n"
        "        count += 1\n"
        f"        if count == {rename}: os._exit(9)\n"
        "    os.replace(self, target)\n"
        "    return pathlib.Path(target)\n"
        "pathlib.Path.replace = replace\n"
        "DataCatalog({'parts': {'type': 'partitioned', 'path': 'p', 'dataset': 'json', "
        "'filename_suffix': '.json',"
        " 'overwrite': True}}).save('parts', {'a': 10, 'c': 30, 'd': 40})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == (9 if rename <= 3 else 0)
    found = {name: load() for name, load in partitioned(make).load().items()}
    assert found == {"a": 10, "c": 30, "d": 40}


def test_sql(make, tmp_path):
    url = f"sqlite:///{tmp_path}/d.db"
    catalog = make(
        {
            "table": {
                "type": "pandas.SQLTableDataset",
                "table_name": "t",
                "credentials": "db",
                "save_args": {"if_exists": "replace"},
            },
            "grown": {
                "type": "sql_table",
                "table_name": "g",
                "credentials": "db",
                "save_args": {"if_exists": "append"},
            },
            "query": {
                "type": "sql_query",
                "sql": "select sum(a) as s from t where b = :b",
                "credentials": "db",
                "load_args": {"params": {"b": "y"}},
            },
        },
        credentials={"db": {"con": url}},
    )
    assert not catalog.exists("table")
    with pytest.raises(DataNotFoundError, match='There is no table "t"'):
        catalog.load("table")
    catalog.save("table", FRAME)
    catalog.save("table", FRAME)
    assert catalog.load("table").to_dict("list") == FRAME.to_dict("list")
    catalog.save("grown", FRAME)
    catalog.save("grown", FRAME)
    assert len(catalog.load("grown")) == 4
    assert catalog.load("query")["s"].tolist() == [2]
    with pytest.raises(DataError, match="A query can only be read"):
        catalog.save("query", FRAME)
    # A save that fails in the middle leaves the old table, and no stage.
    bad = pd.DataFrame({"a": [1, object()]})
    with pytest.raises(DataError, match="cannot be saved"):
        catalog.save("table", bad)
    assert catalog.load("table").to_dict("list") == FRAME.to_dict("list")
    engine = sqlalchemy.create_engine(url)
    assert sorted(sqlalchemy.inspect(engine).get_table_names()) == ["g", "t"]
    engine.dispose()


def test_the_password_of_a_database_is_never_shown(make):
    catalog = make(
        {
            "t": {
                "type": "sql_table",
                "table_name": "t",
                "credentials": {"con": "nosuchdb://ada:lovelace99@host/db"},
            }
        }
    )
    with pytest.raises(TreadleError) as caught:
        catalog.load("t")
    assert "lovelace99" not in str(caught.value) + repr(caught.value) + str(catalog.describe("t"))


def test_urls(make):
    import fsspec

    catalog = make(
        {
            "data": {"type": "json", "filepath": "memory://bucket/deep/d.json"},
            "v": {"type": "json", "filepath": "memory://bucket/v.json", "versioned": True},
            "parts": {"type": "partitioned", "path": "memory://bucket/parts", "dataset": "json"},
        }
    )
    with pytest.raises(DataNotFoundError, match="There is no memory://bucket/deep/d.json"):
        catalog.load("data")
    catalog.save("data", {"a": 1})
    catalog.save("data", {"a": 2})
    assert catalog.load("data") == {"a": 2}
    assert catalog.describe("data", content=True).digest.startswith("ukey:")
    for value in (1, 2):
        catalog.save("v", value)
    assert catalog.load("v") == 2
    catalog.save("parts", {"a": 1, "b/c": 2})
    assert {name: load() for name, load in catalog.load("parts").items()} == {"a": 1, "b/c": 2}
    assert not [name for name in fsspec.filesystem("memory").find("/bucket") if "stage" in name]
    with pytest.raises(DataError, match="scheme of"):
        make({"x": {"type": "json", "filepath": "nope://x/y.json"}}).load("x")


def test_datasets_of_kedro(make, tmp_path):
    catalog = make(
        {
            "x": {
                "type": "pandas.XMLDataset",
                "filepath": "x.xml",
                "save_args": {"parser": "etree"},
                "load_args": {"parser": "etree"},
            },
            "j": {"type": "kedro_datasets.json.JSONDataset", "filepath": "j.json"},
        }
    )
    assert isinstance(catalog["j"], AdaptedDataset)
    catalog.save("j", {"a": 1})
    assert catalog.load("j") == {"a": 1}
    with pytest.raises(DataError, match="cannot be saved"):
        catalog.save("j", {"a": object()})
    assert catalog.load("j") == {"a": 1}
    assert catalog.describe("j", content=True).size == (tmp_path / "j.json").stat().st_size
    assert not catalog.exists("x")
    with pytest.raises(DataNotFoundError):
        catalog.load("x")
    catalog.save("x", FRAME[["a"]])
    assert len(catalog.load("x")) == 2


def test_datasets_of_the_project(make, tmp_path, monkeypatch):
    (tmp_path / "own_pkg").mkdir()
    (tmp_path / "own_pkg" / "__init__.py").write_text("")
    (tmp_path / "own_pkg" / "data.py").write_text(
        "class Shout:\n"
        "    def __init__(self, word): self.word = word\n"
        "    def load(self): return self.word.upper()\n"
        "    def save(self, data): self.word = data\n"
        "def not_a_class(): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    catalog = make(
        {
            "s": {"type": "own_pkg.data.Shout", "word": "hey"},
            "f": {"type": "own_pkg.data.not_a_class"},
        },
        packages=["own_pkg"],
    )
    assert catalog.load("s") == "HEY"
    with pytest.raises(CatalogError, match="is not a dataset class"):
        catalog["f"]


@pytest.mark.parametrize(
    ("entry", "library", "extra"),
    [
        ({"type": "csv"}, "pandas", "pandas"),
        ({"type": "csv", "engine": "polars"}, "polars", "polars"),
        ({"type": "excel"}, "openpyxl", "excel"),
        ({"type": "image"}, "pillow", "image"),
        (
            {"type": "sql_table", "table_name": "t", "credentials": {"con": "sqlite://"}},
            "sqlalchemy",
            "sql",
        ),
    ],
)
def test_a_missing_library_is_named_with_what_installs_it(make, monkeypatch, entry, library, extra):
    monkeypatch.setitem(sys.modules, {"pillow": "PIL"}.get(library, library), None)
    catalog = make({"data": {"filepath": "x", **entry} if "table_name" not in entry else entry})
    with pytest.raises(
        MissingExtraError,
        match=rf"needs {library}, which is not installed.\nInstall it with: pip install "
        rf'"treadle\[{extra}\]"',
    ):
        catalog.require("data")


def test_a_file_is_digested_again_only_when_it_changed(make, tmp_path):
    catalog = make({"data": "d.txt"})
    catalog.save("data", "one")
    first = catalog["data"].digest()
    assert catalog["data"].digest() == first
    catalog.save("data", "two")
    assert catalog["data"].digest() != first
    catalog.save("data", "one")
    assert catalog["data"].digest() == first


def test_a_disk_that_is_full(tmp_path):
    """On a real small file system: the old content stays, and the error says why."""
    code = (
        "import os, sys\n"
        "from treadle import DataCatalog\n"
        "catalog = DataCatalog({'d': 'disk/d.txt'})\n"
        "catalog.save('d', 'good')\n"
        "try: catalog.save('d', 'x' * 5_000_000)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "print(catalog.load('d'), os.listdir('disk'))\n"
    )
    (tmp_path / "disk").mkdir()
    command = f'mount -t tmpfs -o size=1m none disk && exec {sys.executable} -c "$0"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", command, code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("this machine lets nobody make a small file system")
    assert "DataError" in done.stdout, done.stderr
    assert "No space left on device. What was there before is unchanged." in done.stdout
    assert done.stdout.endswith("good ['d.txt']\n")


def test_a_file_that_may_not_grow(tmp_path):
    code = (
        "import resource\n"
        "from treadle import DataCatalog\n"
        "catalog = DataCatalog({'d': 'd.txt'})\n"
        "catalog.save('d', 'good')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: catalog.save('d', 'x' * 50_000)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "print(catalog.load('d'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "File too large. What was there before is unchanged." in done.stdout
    assert done.stdout.endswith("good\n")
    assert [path.name for path in tmp_path.iterdir()] == ["d.txt"]


def test_repr_says_what_it_is(make):
    catalog = make({"data": "d.csv"})
    assert repr(catalog) == "DataCatalog(['data'])"
    assert isinstance(catalog["data"], FileDataset)
    assert repr(catalog["data"]).startswith("FileDataset('csv', '")


@pytest.mark.parametrize(
    ("mode", "is_same", "inner_is_same"),
    [("assign", True, True), ("copy", False, True), ("deepcopy", False, False)],
)
def test_copy_modes(mode, is_same, inner_is_same):
    value = [[1]]
    dataset = MemoryDataset(value, copy_mode=mode)
    assert dataset.load() == [[1]]
    assert (dataset.load() is value) is is_same
    assert (dataset.load()[0] is value[0]) is inner_is_same
    assert dataset.digest() == ""
    assert repr(dataset) == "MemoryDataset(list)"
    assert repr(MemoryDataset()) == "MemoryDataset()"


def test_chunks_of_every_library_become_one_value():
    import numpy as np
    import polars as pl
    import pyarrow as pa

    from treadle.catalog.combine import combine

    table = pa.table({"a": [1, 2]})
    assert combine([pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [2]})])["a"].to_list() == [1, 2]
    assert combine([table, table]).num_rows == 4
    assert combine([table.to_batches()[0]] * 3).num_rows == 6
    assert combine([np.ones(2), np.ones(1)]).shape == (3,)
    assert combine([pd.Series([1]), pd.Series([2])]).tolist() == [1, 2]
    assert combine([(1,), (2,)]) == [1, 2]
    assert combine([]) == []
    assert combine([5]) == 5


def test_numbers_of_numpy_are_written_as_json(make, tmp_path):
    import numpy as np

    catalog = make({"m": "m.json"})
    catalog.save(
        "m", {"a": np.float32(0.5), "b": np.arange(3), "c": np.int64(7), "d": np.bool_(True)}
    )
    assert catalog.load("m") == {"a": 0.5, "b": [0, 1, 2], "c": 7, "d": True}
    with pytest.raises(DataError, match="object cannot be written as JSON"):
        catalog.save("m", {"a": object()})


@pytest.mark.parametrize("save_args", [None, {}, {"if_exists": "fail"}])
def test_a_table_is_not_replaced_unless_that_is_said(make, tmp_path, save_args):
    url = f"sqlite:///{tmp_path}/d.db"
    entry = {"type": "pandas.SQLTableDataset", "table_name": "t", "credentials": {"con": url}}
    catalog = make({"t": {**entry, **({} if save_args is None else {"save_args": save_args})}})
    catalog.save("t", FRAME)
    with pytest.raises(
        DataError,
        match=r'The table "t" exists .*left as it is.\nAdd save_args: {if_exists: replace}',
    ):
        catalog.save("t", FRAME.head(1))
    assert len(catalog.load("t")) == 2


def test_what_to_do_with_a_table_is_one_of_three(make, tmp_path):
    entry = {
        "type": "sql_table",
        "table_name": "t",
        "credentials": {"con": f"sqlite:///{tmp_path}/d.db"},
    }
    with pytest.raises(
        CatalogError, match="its if_exists is 'repalce'.\nDid you mean \"replace\"?"
    ):
        make({"t": {**entry, "save_args": {"if_exists": "repalce"}}})["t"]


def test_sql_is_read_in_chunks(make, tmp_path):
    database = {"credentials": {"con": f"sqlite:///{tmp_path}/d.db"}, "load_args": {"chunksize": 1}}
    catalog = make(
        {
            "table": {"type": "sql_table", "table_name": "t", **database},
            "query": {
                "type": "pandas.SQLQueryDataset",
                "sql": "select * from t",
                "execution_options": {"stream_results": True},
                **database,
            },
            "broken": {"type": "sql_query", "sql": "select * from nothing", **database},
        }
    )
    catalog.save("table", FRAME)
    for name in ("table", "query"):
        assert [list(chunk["a"]) for chunk in catalog.load(name)] == [[1], [2]]
    with pytest.raises(DataError, match="The query cannot be run"):
        catalog.load("broken")


CSV = {"type": "pandas.CSVDataset", "filepath": "x.csv"}


@pytest.mark.parametrize(
    ("entry", "before", "value", "after"),
    [
        (
            {**CSV, "save_args": {"header": False}, "fs_args": {"open_args_save": {"mode": "a"}}},
            b"a,b\n0,z\n",
            FRAME,
            b"a,b\n0,z\n1,x\n2,y\n",
        ),
        ({**CSV, "save_args": {"header": False, "mode": "a"}}, b"0,z\n", FRAME, b"0,z\n1,x\n2,y\n"),
        ({**CSV, "fs_args": {"open_args_save": {"mode": "ab"}}}, None, FRAME, b"a,b\n1,x\n2,y\n"),
        (
            {"type": "text", "filepath": "x.txt", "fs_args": {"open_args_save": {"mode": "a"}}},
            b"1 ",
            "2",
            b"1 2",
        ),
        (
            {
                "type": "text",
                "filepath": "x.txt",
                "fs_args": {"open_args_save": {"encoding": "cp1252"}},
            },
            b"old",
            "grüße",
            "grüße".encode("cp1252"),
        ),
        (
            {
                "type": "text",
                "filepath": "x.txt",
                "fs_args": {"open_args_save": {"newline": "\r\n", "mode": "w"}},
            },
            None,
            "a\nb\n",
            b"a\r\nb\r\n",
        ),
        (
            {
                "type": "text",
                "filepath": "x.txt",
                "fs_args": {"open_args_save": {"encoding": "latin-1", "mode": "at"}},
            },
            b"\xe4",
            "ö",
            b"\xe4\xf6",
        ),
    ],
)
def test_a_file_is_opened_as_the_entry_says(make, tmp_path, entry, before, value, after):
    file = tmp_path / entry["filepath"]
    if before is not None:
        file.write_bytes(before)
    make({"x": entry}).save("x", value)
    assert file.read_bytes() == after
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [
        ("text.TextDataset", "grüße", "grüße"),
        ("json.JSONDataset", '{"a": "ü"}', {"a": "ü"}),
        ("yaml.YAMLDataset", "a: ü", {"a": "ü"}),
        ("pandas.CSVDataset", "a\nü\n", [["ü"]]),
    ],
)
def test_a_text_of_another_encoding_is_read(make, tmp_path, kind, content, value):
    (tmp_path / "x").write_bytes(content.encode("cp1252"))
    entry = {"type": kind, "filepath": "x", "fs_args": {"open_args_load": {"encoding": "cp1252"}}}
    loaded = make({"x": entry}).load("x")
    assert (loaded.to_numpy().tolist() if isinstance(loaded, pd.DataFrame) else loaded) == value


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("csv", {"open_args_save": {"mode": "x"}}, 'its open_args_save has the mode "x"'),
        ("csv", {"open_args_load": {"mode": "a"}}, 'its open_args_load has the mode "a"'),
        (
            "csv",
            {"open_args_save": {"encodng": "x"}},
            'unknown key "encodng".\nDid you mean "encoding"?',
        ),
        (
            "parquet",
            {"open_args_save": {"mode": "ab"}},
            "nothing can be appended to a file of type parquet",
        ),
        (
            "pickle",
            {"open_args_load": {"encoding": "x"}},
            "files of type pickle are not text files",
        ),
    ],
)
def test_what_has_no_effect_on_a_file_is_an_error_before_anything_runs(
    make, kind, options, message
):
    with pytest.raises(CatalogError, match=message):
        make({"x": {"type": kind, "filepath": "x", "fs_args": options}})["x"]


def test_an_encoding_that_does_not_have_a_letter_leaves_the_old_content(make, tmp_path):
    (tmp_path / "x.txt").write_text("old")
    catalog = make(
        {"x": {"filepath": "x.txt", "fs_args": {"open_args_save": {"encoding": "ascii"}}}}
    )
    with pytest.raises(DataError, match="cannot be saved: UnicodeEncodeError"):
        catalog.save("x", "grüße")
    assert (tmp_path / "x.txt").read_text() == "old"


@pytest.mark.parametrize(
    "kind",
    [
        "pandas.XMLDataset",
        "kedro_datasets.pandas.CSVDataset",
        "kedro_datasets.pandas.csv_dataset.CSVDataSet",
    ],
)
def test_every_class_of_kedro_that_writes_a_file_has_versions(make, tmp_path, kind):
    options = {"load_args": {"parser": "etree"}, "save_args": {"parser": "etree", "index": False}}
    entry = {
        "type": kind,
        "filepath": "x.dat",
        "versioned": True,
        **(options if "XML" in kind else {}),
    }
    catalog = make({"x": entry})
    assert not catalog.exists("x")
    for count in (1, 2):
        catalog.save("x", FRAME.head(count))
    first, second = catalog["x"].versions()
    assert (tmp_path / "x.dat" / first / "x.dat").is_file()
    assert len(catalog.load("x")) == 2
    described = catalog.describe("x", content=True)
    assert (described.version, bool(described.digest)) == (second, True)
    assert len(make({"x": entry}, load_versions={"x": first}).load("x")) == 1
    assert len(catalog.load(f"x@{first}")) == 1
    with pytest.raises(CatalogError, match='"x" has no version "spark"'):
        catalog.load("x@spark")
    assert catalog["x"].restore_version(first) == catalog["x"].versions()[-1]
    assert len(catalog.load("x")) == 1
    catalog["x"].drop_version(second)
    assert second not in catalog["x"].versions()
    with pytest.raises(CatalogError, match="is not versioned"):
        make({"x": {**entry, "versioned": False}}, load_versions={"x": first})["x"]


def test_the_dataset_of_kedros_tutorial(make):
    entry = {
        "type": "plotly.PlotlyDataset",
        "filepath": "plot.json",
        "versioned": True,
        "plotly_args": {"type": "bar", "fig": {"x": "a", "y": "b"}, "layout": {"title": "t"}},
    }
    catalog = make({"plot": entry})
    catalog.save("plot", pd.DataFrame({"a": [1], "b": [2]}))
    assert catalog.load("plot").layout.title.text == "t"
    assert len(catalog["plot"].versions()) == 1


def test_a_class_that_writes_no_file_has_no_versions(make):
    with pytest.raises(CatalogError, match="has no versions"):
        make({"x": {"type": "kedro.io.CachedDataset", "dataset": "x", "versioned": True}})["x"]


def test_paths_and_credentials_within_an_entry_count_from_the_project(make, tmp_path):
    inner = {"type": "pandas.CSVDataset", "filepath": "x.csv"}
    FRAME.to_csv(tmp_path / "x.csv", index=False)
    for kind in ("kedro.io.CachedDataset", "CachedDataset", "CachedDataSet"):
        assert len(make({"x": {"type": kind, "dataset": inner}}).load("x")) == 2


@pytest.mark.parametrize("backend", ["pickle", "joblib", "cloudpickle"])
def test_backends_of_pickles(make, backend):
    catalog = make({"x": {"type": "pickle.PickleDataset", "filepath": "x.pkl", "backend": backend}})
    catalog.save("x", {"a": 1})
    assert catalog.load("x") == {"a": 1}


def test_the_engine_and_the_writer_of_excel(make):
    options = {"sheet_name": "S", "writer": {"date_format": "YYYY", "mode": "w"}}
    entry = {"type": "pandas.ExcelDataset", "filepath": "x.xlsx", "engine": "openpyxl"}
    catalog = make(
        {"x": {**entry, "save_args": options, "load_args": {"sheet_name": None}, "layer": "raw"}}
    )
    catalog.save("x", FRAME)
    assert list(catalog.load("x")) == ["S"]
    with pytest.raises(DataError, match="Sheets cannot be added"):
        make({"x": {**entry, "save_args": {"writer": {"mode": "a"}}}}).save("x", FRAME)


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("pandas.HDFDataset", 'pip install "kedro-datasets[pandas-hdfdataset]"'),
        ("openxml.DocxDataset", 'pip install "kedro-datasets[openxml-docxdataset]"'),
        ("spark.SparkDatasetV2", 'pip install "kedro-datasets[spark'),
        ("pandas.DeltaTableDataSet", 'pip install "kedro-datasets[pandas-deltatabledataset]"'),
    ],
)
def test_a_missing_library_is_named_by_the_extra_that_brings_it(make, kind, hint):
    with pytest.raises(TreadleError) as raised:
        options = {"key": "k"} if "HDF" in kind else {}
        make({"x": {"type": kind, "filepath": "x", **options}}).save("x", FRAME)
    assert hint in str(raised.value)


STATEFUL = """
from pathlib import Path

from kedro.io import AbstractDataset


class Remembering(AbstractDataset):
    made = []

    def __init__(self, filepath):
        self._filepath = filepath
        self.made.append(filepath)
        try:
            self.content = Path(filepath).read_text()
        except FileNotFoundError:
            self.content = None

    def load(self):
        return self.content

    def save(self, data):
        with open(self._filepath, "w") as file:
            file.write(data)
            if data == "bad":
                raise ValueError("in the middle")

    def _exists(self):
        return self.content is not None

    def _describe(self):
        return {}
"""


def test_a_dataset_that_remembers_its_file_is_created_anew_after_a_save(
    make, tmp_path, monkeypatch
):
    (tmp_path / "remembering_code.py").write_text(STATEFUL)
    monkeypatch.syspath_prepend(tmp_path)
    entries = {"x": {"type": "remembering_code.Remembering", "filepath": "x.txt"}}
    catalog = make(entries, packages=["remembering_code"])
    for text in ("first", "second"):
        catalog.save("x", text)
        assert catalog.load("x") == text
    with pytest.raises(DataError, match="in the middle"):
        catalog.save("x", "bad")
    assert (tmp_path / "x.txt").read_text() == "second"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "remembering_code.py",
        "x.txt",
    ]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("PartitionedDataSet", "partitioned"),
        ("kedro.io.PartitionedDataset", "partitioned"),
        ("tracking.JSONDataSet", "json"),
        ("SharedMemoryDataset", "memory"),
        ("polars.ParquetDataset", "parquet"),
        ("CachedDataSet", "kedro.io.CachedDataset"),
        ("IncrementalDataSet", "incremental"),
        ("polars.GenericDataSet", "kedro_datasets.polars.EagerPolarsDataset"),
    ],
)
def test_names_of_old_projects_are_known_and_exist(kind, found):
    from treadle.catalog.entry_type import resolve_type
    from treadle.catalog.foreign import find_class
    from treadle.catalog.formats import FORMATS

    resolved = resolve_type(kind, FORMATS)
    assert resolved.name == found
    if resolved.is_foreign:
        assert find_class(resolved.name, ()).__name__ == found.rpartition(".")[2]


def test_a_stream_is_appended_as_well(make, tmp_path):
    (tmp_path / "x.txt").write_text("0 ")
    catalog = make({"x": {"filepath": "x.txt", "fs_args": {"open_args_save": {"mode": "a"}}}})
    with catalog["x"].stream() as append:
        append("1 ")
        append("2 ")
    assert catalog.load("x") == "0 1 2 "


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        (
            "kedro_datasets_experimental.langchain.ChatOpenAIDataset",
            "needs the module langchain_openai",
            "[langchain-chatopenaidataset]",
        ),
        (
            "kedro_datasets_experimental.langfuse.LangfusePromptDataset",
            "needs the module langfuse",
            "[langfuse-promptdataset]",
        ),
        (
            "langchain.LangChainPromptDataset",
            "needs the module langchain",
            "[langchain-promptdataset]",
        ),
        ("geopandas.GeoJSONDataset", "needs the module geopandas", "[geopandas-genericdataset]"),
        ("spark.SparkDatasetV2", "needs the module pyspark", "[spark]"),
        ("langchain.PromptTemplateDataset", "cannot be imported", "This is kedro-datasets"),
        ("pandas.CSVDatase", "cannot be imported", 'Did you mean "CSVDataset"?'),
        ("os.path", "There is no dataset type", "If you trust the package os"),
    ],
)
def test_a_class_that_moved_or_is_missing_is_named_as_it_is_today(make, kind, message, hint):
    with pytest.raises(CatalogError, match=message) as raised:
        make({"x": {"type": kind, "filepath": "x"}})["x"]
    assert hint in (raised.value.hint or "")


def test_a_pattern_may_name_a_variant(make):
    entries = {
        "{source}.rows@pandas": {"type": "pandas.CSVDataset", "filepath": "{source}.csv"},
        "{source}.rows@text": {"type": "text.TextDataset", "filepath": "{source}.csv"},
        "{source}.raw@{kind}": {"type": "{kind}", "filepath": "{source}.{kind}"},
    }
    catalog = make(entries)
    catalog.save("a.rows@pandas", FRAME)
    assert catalog.load("a.rows@text").splitlines()[0] == ",".join(FRAME.columns)
    catalog.save("b.raw@json", {"x": 1})
    assert catalog.load("b.raw@json") == {"x": 1}
    assert not catalog.is_past("a.rows@text")


def test_a_place_that_cannot_be_reached_is_named(make):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listened on: a connection is refused
        place = f"127.0.0.1:{taken.getsockname()[1]}/x.csv"
        catalog = make({"x": {"type": "csv", "filepath": f"ftp://ann:secret1@{place}"}})
        for use in (catalog.exists, catalog.load, lambda name: catalog.save(name, FRAME)):
            with pytest.raises(
                DataError, match="cannot be reached: ConnectionRefusedError"
            ) as raised:
                use("x")
            assert place in str(raised.value)
            assert "secret1" not in str(raised.value)
