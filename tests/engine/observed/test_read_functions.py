"""Ways to read by path or from the environment, each with what is noted of it."""

import copy
import importlib
import os
import pickle
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from treadle.catalog.digests import FileDigests
from treadle.engine.observed import (
    Reading,
    ReadingNow,
    Watch,
    describe_readings,
    observe_node,
    observing,
    readings_of_import,
)
from treadle.engine.observed.wrapping import original_of

RUN_PLUGIN = """from importlib import util
found = util.spec_from_file_location('plugin', 'shelf/plugin.py')
found.loader.exec_module(util.module_from_spec(found))
"""
WAYS = {
    "open": ("open('a.txt').close()", {("file", "a.txt")}),
    "open by bytes": ("open(b'a.txt').close()", {("file", "a.txt")}),
    "io.open": ("import io; io.open('a.txt').close()", {("file", "a.txt")}),
    "os.open": ("import os; os.close(os.open('a.txt', os.O_RDONLY))", {("file", "a.txt")}),
    "pathlib": ("from pathlib import Path; Path('a.txt').read_text()", {("file", "a.txt")}),
    "an absolute path": ("import os; open(os.path.abspath('a.txt')).close()", {("file", "a.txt")}),
    "a file that is not there": (
        "try:\n    open('none.txt')\nexcept OSError: pass",
        {("file", "none.txt")},
    ),
    "importlib.resources": (
        (
            "import shelf; from importlib import resources; "
            "resources.files('shelf').joinpath('b.txt').read_text()"
        ),
        {("file", "shelf/b.txt")},
    ),
    "pkgutil": (
        "import shelf, pkgutil; pkgutil.get_data('shelf', 'b.txt')",
        {("file", "shelf/b.txt")},
    ),
    "configparser": (
        "import configparser; configparser.ConfigParser().read('c.ini')",
        {("file", "c.ini")},
    ),
    "tarfile": ("import tarfile; tarfile.open('d.tar').close()", {("file", "d.tar")}),
    "bz2": ("import bz2; bz2.open('e.bz2').read()", {("file", "e.bz2")}),
    "pandas": ("import pandas; pandas.read_csv('f.csv')", {("file", "f.csv")}),
    "pandas with Parquet": (
        "import pandas; pandas.read_parquet('g.parquet')",
        {("file", "g.parquet"), ("package", "pyarrow")},
    ),
    "numpy": ("import numpy; numpy.load('h.npy')", {("file", "h.npy")}),
    "numpy with texts": ("import numpy; numpy.loadtxt('i.txt')", {("file", "i.txt")}),
    "joblib": ("import joblib; joblib.load('j.joblib')", {("file", "j.joblib")}),
    "a database": ("import sqlite3; sqlite3.connect('k.db').close()", {("file", "k.db")}),
    "os.listdir": ("import os; os.listdir('shelf')", {("folder", "shelf")}),
    "glob": ("import glob; glob.glob('shelf/*.txt')", {("folder", "shelf")}),
    "os.walk": ("import os; list(os.walk('shelf'))", {("folder", "shelf")}),
    "Path.iterdir": (
        "from pathlib import Path; list(Path('shelf').iterdir())",
        {("folder", "shelf")},
    ),
    "exists": ("from pathlib import Path; Path('none.txt').exists()", {("existence", "none.txt")}),
    "isfile": ("import os; os.path.isfile('a.txt')", {("existence", "a.txt")}),
    "size": ("import os; os.path.getsize('a.txt')", {("file", "a.txt")}),
    "os.environ": ("import os; os.environ['SITE']", {("variable", "SITE")}),
    "os.environ.get": ("import os; os.environ.get('SITE')", {("variable", "SITE")}),
    "os.getenv": ("import os; os.getenv('NONE')", {("variable", "NONE")}),
    "in os.environ": ("import os; 'NONE' in os.environ", {("variable", "NONE")}),
    "from os import environ": ("from os import environ; environ['SITE']", {("variable", "SITE")}),
    "the whole environment": ("import os; dict(os.environ)", {("environment", "")}),
    "a file that a program is given": (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', '', 'a.txt'], check=True)",
        {("file", "a.txt")},
    ),
    "a module by a computed name": (
        "import importlib; importlib.import_module('shelf')",
        {("module", "shelf")},
    ),
    "a module by a relative name": (
        "import importlib; importlib.import_module('.inner', 'shelf')",
        {("module", "shelf.inner")},
    ),
    "a module of a package": (
        "from importlib import import_module; import_module('yaml')",
        {("package", "yaml")},
    ),
    "a module of Python": ("import importlib; importlib.import_module('colorsys')", set()),
    "a module that is not there": (
        "import importlib\ntry:\n    importlib.import_module('none')\nexcept ImportError: pass",
        {("module", "none")},
    ),
    "a file that is run as a module": (
        RUN_PLUGIN,
        {("file", "shelf/plugin.py")},
    ),
    "a file that is run": (
        "import runpy; runpy.run_path('shelf/plugin.py')",
        {("file", "shelf/plugin.py")},
    ),
    "a pickled object": (
        "import pickle\nwith open('l.pkl', 'rb') as file: pickle.load(file)",
        {("file", "l.pkl"), ("code", "shelf.box:Box")},
    ),
    "a pickled object, by joblib": (
        "import joblib; joblib.load('l.pkl')",
        {("file", "l.pkl"), ("code", "shelf.box:Box")},
    ),
    "a pickled object, from bytes": (
        "import pickle; pickle.loads(b'cshelf.box\\nBox\\n)R.')",
        {("code", "shelf.box:Box")},
    ),
    "a pickled class": (
        "import pickle; pickle.loads(b'cshelf.box\\nBox\\n.')",
        {("code", "shelf.box:Box")},
    ),
    "a thread": (
        (
            "import threading\n"
            "t = threading.Thread(target=lambda: open('a.txt').close())\n"
            "t.start()\n"
            "t.join()"
        ),
        {("file", "a.txt")},
    ),
    "by the name of the argument": ("open(file='a.txt').close()", {("file", "a.txt")}),
    "a pool of threads, with a function of a library": (
        """from concurrent.futures import ThreadPoolExecutor
import pandas
with ThreadPoolExecutor(1) as pool:
    list(pool.map(pandas.read_csv, ['f.csv']))""",
        {("file", "f.csv")},
    ),
    "a pool of threads, with a function of Python": (
        """from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
with ThreadPoolExecutor(1) as pool:
    list(pool.map(Path.read_text, [Path('a.txt')]))""",
        {("file", "a.txt")},
    ),
    "a database by a URI": (
        "import sqlite3; sqlite3.connect('file:k.db?mode=ro', uri=True).close()",
        {("file", "k.db")},
    ),
    "pandas with a folder of Parquet": (
        "import pandas; pandas.read_parquet('parts')",
        {("tree", "parts"), ("package", "pyarrow")},
    ),
    "a program, by name": (
        (
            "import subprocess, sys; subprocess.run(args=[sys.executable, '-c', '', 'a.txt'], "
            "check=True)"
        ),
        {("file", "a.txt")},
    ),
    "a program in a folder": (
        (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', '', 'b.txt'], "
            "cwd='shelf', check=True)"
        ),
        {("file", "shelf/b.txt")},
    ),
    "an option of a program": (
        (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', '', '--file=a.txt'], "
            "check=True)"
        ),
        {("file", "a.txt")},
    ),
    "a command": ("import os; os.system('true a.txt')", {("file", "a.txt")}),
    "os.environb": ("import os; os.environb[b'SITE']", {("variable", "SITE")}),
    "a variable that is set and put back": (
        (
            "import os\n"
            "old = os.environ['SITE']\n"
            "os.environ['SITE'] = 'x'\n"
            "os.environ['SITE'] = old\n"
            "os.environ['SITE']"
        ),
        {("variable", "SITE")},
    ),
    # What was there before is read, whatever the code does to it.
    "a folder that was there": (
        "import os; os.makedirs('shelf', exist_ok=True); os.listdir('shelf')",
        {("folder", "shelf")},
    ),
    "a file that cannot be made": (
        "try: open('a.txt', 'x')\nexcept OSError: open('a.txt').close()",
        {("file", "a.txt")},
    ),
    "a file that is appended to, and read": (
        "with open('a.txt', 'a+') as f:\n    f.seek(0); f.read()\nopen('a.txt').close()",
        {("file", "a.txt")},
    ),
    "a file that is renamed, and read": (
        "import os; os.rename('a.txt', 'z.txt'); open('z.txt').close()",
        {("file", "a.txt")},
    ),
    "a file of the name of one that is removed elsewhere": (
        (
            "import os, shutil\nos.mkdir('gone'); open('gone/a.txt', 'w').close(); "
            "shutil.rmtree('gone'); open('a.txt').close()"
        ),
        {("file", "a.txt")},
    ),
    "a missing file that is removed": (
        "import os\ntry: os.remove('none.txt')\nexcept OSError: os.path.exists('none.txt')",
        {("existence", "none.txt")},
    ),
    # What it makes itself is no input of it.
    "a file that it writes": ("open('new.txt', 'w').close(); open('new.txt').close()", set()),
    "a file that it renames": (
        (
            "import os; open('new.txt', 'w').close(); os.rename('new.txt', 'n2.txt'); "
            "open('n2.txt').close()"
        ),
        set(),
    ),
    "a folder that it makes": ("import os; os.mkdir('fresh'); os.listdir('fresh')", set()),
    "a file that it looks for and writes": (
        (
            "from pathlib import Path\n"
            "if not Path('cache.txt').exists():\n"
            "    Path('cache.txt').write_text('x')"
        ),
        set(),
    ),
    "a variable that it sets": ("import os; os.environ['MINE'] = '1'; os.environ['MINE']", set()),
    "a temporary file": (
        "import tempfile\nwith tempfile.NamedTemporaryFile() as f: open(f.name).close()",
        set(),
    ),
    # What libraries and Python do for themselves.
    "a line that a warning shows": (
        "import linecache; linecache.clearcache(); linecache.getlines('c.ini')",
        set(),
    ),
    "an import": ("import colorsys, json.tool", set()),
    "a file of the system": ("open('/proc/self/status').close()", set()),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    import bz2
    import tarfile

    import joblib
    import numpy as np
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SITE", "north")
    monkeypatch.delenv("NONE", raising=False)
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/__init__.py").write_text("")
    (tmp_path / "shelf/b.txt").write_text("b")
    (tmp_path / "shelf/inner.py").write_text("")
    (tmp_path / "shelf/plugin.py").write_text("")
    (tmp_path / "shelf/box.py").write_text("class Box:\n    pass\n")
    (tmp_path / "l.pkl").write_bytes(b"cshelf.box\nBox\n)R.")
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "c.ini").write_text("[x]\ny = 1\n")
    (tmp_path / "i.txt").write_text("1 2\n")
    frame = pd.DataFrame({"x": [1]})
    frame.to_csv(tmp_path / "f.csv")
    frame.to_parquet(tmp_path / "g.parquet")
    (tmp_path / "parts").mkdir()
    frame.to_parquet(tmp_path / "parts/one.parquet")
    np.save(tmp_path / "h.npy", np.zeros(3))
    tarfile.open(tmp_path / "d.tar", "w").close()
    (tmp_path / "e.bz2").write_bytes(bz2.compress(b"e"))
    joblib.dump([1], tmp_path / "j.joblib")
    with sqlite3.connect(tmp_path / "k.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    yield tmp_path
    for name in ("shelf", "shelf.inner", "shelf.box"):
        sys.modules.pop(name, None)


def observe(code, folder):
    """Run code as the body of a node of a project in a folder."""
    names: dict[str, Any] = {}
    text = f"def body():\n{textwrap.indent(code, '    ')}\n"
    exec(compile(text, str(folder / "own.py"), "exec"), names)
    watch = Watch()
    with observing(folder):
        observe_node(watch, names["body"])
        return watch.finish(ReadingNow(folder, FileDigests()))


@pytest.mark.parametrize("way", WAYS)
def test_what_is_read_is_noted(way, folder):
    code, expected = WAYS[way]
    readings, is_same = observe(code, folder)
    assert {(one.kind, one.name) for one in readings} == expected
    assert is_same


def everything_replaceable():
    functions = (
        open,
        os.open,
        os.listdir,
        os.stat,
        sqlite3.connect,
        subprocess.Popen.__init__,
        pickle.load,
    )
    methods = (type(os.environ).__getitem__, threading.Thread.start, importlib.import_module)
    return functions, methods, len(os.supports_dir_fd), len(os.supports_fd)


def test_the_functions_are_what_they_were_when_nobody_observes(folder):
    before = everything_replaceable()
    (folder / "taking.py").write_text("from os import listdir\nfrom pickle import load\n")
    with observing(folder), observing(folder):
        assert open is not before[0][0]
        taking = importlib.import_module("taking")
    assert everything_replaceable() == before
    assert (taking.listdir, taking.load) == (os.listdir, pickle.load)
    del sys.modules["taking"]


def test_a_function_can_be_pickled_and_held_by_a_class(folder):
    with observing(folder):
        held: Any = type("Holder", (), {"listing": os.listdir, "opened": open})()
        assert pickle.loads(pickle.dumps([open, os.listdir])) == [
            original_of(open),
            original_of(os.listdir),
        ]
        assert "a.txt" in held.listing(".")
        held.opened("a.txt").close()
        assert copy.deepcopy({"f": os.stat})["f"]("a.txt").st_size == 1


def test_folders_of_projects_that_are_observed_within_each_other(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    watch = Watch()
    with observing(folder):
        with observing(other):
            pass
        observe_node(watch, lambda: Path("a.txt").read_text())
    assert [one.name for one in watch.finish(ReadingNow(folder, FileDigests()))[0]] == ["a.txt"]


def test_a_node_that_is_a_function_of_a_library_is_observed(folder):
    watch = Watch()
    with observing(folder):
        observe_node(watch, Path.read_text, Path("a.txt"))
        assert [one.name for one in watch.finish(ReadingNow(folder, FileDigests()))[0]] == ["a.txt"]


def test_what_came_out_of_a_pipe_is_unknown(folder):
    os.mkfifo("pipe")
    watch = Watch()

    def body():
        writer = threading.Thread(target=lambda: Path("pipe").write_text("x"))
        writer.start()
        Path("pipe").read_text()
        writer.join()

    with observing(folder):
        observe_node(watch, body)
        readings, is_same = watch.finish(ReadingNow(folder, FileDigests()))
    assert (readings, is_same) == ((), False)
    assert not watch.is_empty


def test_a_file_that_a_node_reads_and_writes_over_is_another_one_each_time(folder):
    readings, is_same = observe(
        "from pathlib import Path; Path('a.txt').write_text(Path('a.txt').read_text() + 'x')",
        folder,
    )
    assert is_same
    assert ReadingNow(folder, FileDigests()).find_changed(readings) == list(readings)


def test_a_module_that_is_imported_again_is_observed_again(folder):
    (folder / "again.py").write_text("from pathlib import Path\nTEXT = Path('a.txt').read_text()\n")
    now = ReadingNow(folder, FileDigests())
    with observing(folder):
        module = importlib.import_module("again")
        (first,) = readings_of_import(now, "again")
        Path("a.txt").write_text("another")
        assert readings_of_import(now, "again")[0].digest.startswith("changed")
        importlib.reload(module)
    (second,) = readings_of_import(now, "again")
    assert not now.find_changed([second])
    assert second.digest != first.digest
    del sys.modules["again"]


def test_many_made_files_in_many_folders_are_told_apart(folder):
    def body():
        for number in range(50):
            Path(f"m{number}").mkdir()
            Path(f"shelf/made{number}").write_text("")
        list(Path("shelf").iterdir())

    watch = Watch()
    with observing(folder):
        observe_node(watch, body)
        ((reading,), _) = watch.finish(ReadingNow(folder, FileDigests()))
    assert len(reading.made) == 50


def test_readings_of_one_name_are_described_apart():
    readings = [Reading(kind, "d", "1") for kind in ("folder", "existence", "variable")]
    assert len(describe_readings(readings)) == 3


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("open()", TypeError),
        ("open('none.txt')", FileNotFoundError),
        ("open('a.txt', 'q')", ValueError),
        ("open('a\\0')", ValueError),
        ("import os; os.listdir(3.5)", TypeError),
        ("import os; os.environ['NONE']", KeyError),
        ("import os; os.environ[3]", TypeError),
    ],
)
def test_errors_are_those_of_python(call, error, folder):
    with pytest.raises(error):
        observe(call, folder)


def test_what_is_changed_while_it_is_read_is_told(folder):
    def body():
        Path("a.txt").read_text()
        os.utime("a.txt", (1, 1))  # as somebody else would

    watch = Watch()
    with observing(folder):
        observe_node(watch, body)
        readings, is_same = watch.finish(ReadingNow(folder, FileDigests()))
    assert [one.name for one in readings] == ["a.txt"]
    assert not is_same


def test_each_reading_has_the_digest_of_what_is_there(folder):
    now = ReadingNow(folder, FileDigests())
    changes = {
        "open('a.txt').close()": lambda: Path("a.txt").write_text("another"),
        "open('none.txt') if __import__('os').path.exists('none.txt') else 0": lambda: Path(
            "none.txt"
        ).write_text("x"),
        "import os; os.listdir('shelf')": lambda: Path("shelf/new.txt").write_text("x"),
        "import os; os.environ['SITE']": lambda: os.environ.update(SITE="south"),
        "import os; dict(os.environ)": lambda: os.environ.update(OTHER="1"),
    }
    for code, change in changes.items():
        readings, _ = observe(code, folder)
        assert not now.find_changed(readings)
        change()
        assert now.find_changed(readings) == list(readings), code
    del os.environ["OTHER"]


def test_a_folder_that_the_code_writes_to_is_told_by_the_other_names(folder):
    readings, _ = observe(
        "import os; os.listdir('shelf'); open('shelf/made.txt', 'w').close()", folder
    )
    now = ReadingNow(folder, FileDigests())
    assert readings[0].made == ("made.txt",)
    Path("shelf/made.txt").unlink()
    assert not now.find_changed(readings)
    Path("shelf/other.txt").write_text("")
    assert now.find_changed(readings)


def test_an_import_notes_what_the_module_reads(folder):
    (folder / "own_settings.py").write_text(
        "import os, pathlib\n"
        "TEXT = pathlib.Path('a.txt').read_text()\n"
        "SITE = os.environ.get('SITE')\n"
        "import shelf.inner\n"
    )
    (folder / "shelf/inner.py").write_text(
        "from pathlib import Path\nB = Path('shelf/b.txt').read_text()\n"
    )
    with observing(folder):
        importlib.import_module("own_settings")
    now = ReadingNow(folder, FileDigests())
    assert [(one.kind, one.name) for one in readings_of_import(now, "own_settings")] == [
        ("file", "a.txt"),
        ("variable", "SITE"),
    ]
    assert [one.name for one in readings_of_import(now, "shelf.inner")] == ["shelf/b.txt"]
    for name in ("own_settings", "shelf.inner"):
        del sys.modules[name]


def test_two_threads_that_run_nodes_note_their_own(folder):
    both = threading.Barrier(2)

    def body(name):
        both.wait()
        Path(name).read_text()
        both.wait()

    watches = {name: Watch() for name in ("a.txt", "c.ini")}
    with observing(folder):
        threads = [
            threading.Thread(target=observe_node, args=(watch, body, name))
            for name, watch in watches.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        now = ReadingNow(folder, FileDigests())
        assert {
            name: [one.name for one in watch.finish(now)[0]] for name, watch in watches.items()
        } == {
            "a.txt": ["a.txt"],
            "c.ini": ["c.ini"],
        }
