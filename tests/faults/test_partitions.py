"""Partitions that are read and written by several processes at once."""

import contextlib
import fcntl
import os
import pickle
import subprocess
import sys

import pytest

from treadle import DataCatalog
from treadle.errors import DataError

ENTRY = {
    "type": "partitioned",
    "path": "p",
    "dataset": "json",
    "filename_suffix": ".json",
    "overwrite": True,
}
NAMES = "abcdefgh"
WRITER = """
import sys
from treadle import DataCatalog
catalog = DataCatalog({"parts": ENTRY_})
for line in sys.stdin:
    number = int(line)
    catalog.save("parts", {**dict.fromkeys("abcdefgh", number), f"n{number % 3}": number})
    print(number, flush=True)
""".replace("ENTRY_", repr(ENTRY))
READER = """
import sys
from treadle import DataCatalog
catalog = DataCatalog({"parts": ENTRY_})
print("ready", flush=True)
for number in range(int(sys.argv[1])):
    values = {name: load() for name, load in catalog.load("parts").items()}
    assert len(set(values.values())) == 1 and len(values) == 9, values
    assert catalog.describe("parts", content=(number % 10 == 0)).type
""".replace("ENTRY_", repr(ENTRY))
HALTING = """
import os, pathlib, sys
from treadle import DataCatalog
count = 0
def replace(self, target):
    global count
    if ".stage-" in str(self) and pathlib.Path(target).parent.name == "p":
        count += 1
        if count == 2:
            print("halfway", flush=True)
            sys.stdin.readline()
    os.replace(self, target)
    return pathlib.Path(target)
pathlib.Path.replace = replace
DataCatalog({"parts": ENTRY_}).save("parts", dict.fromkeys("abcdefgh", 2))
""".replace("ENTRY_", repr(ENTRY))


@pytest.fixture
def begin(tmp_path):
    started = []

    def begin(code, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def save(process, number):
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{number}\n", process.stderr.read()


def left(folder):
    return [path for path in (folder / "p").iterdir() if path.name.startswith(".")]


def test_readers_beside_a_writer_see_one_save_at_a_time(tmp_path, begin):
    writer = begin(WRITER)
    save(writer, 0)
    readers = [begin(READER, "100"), begin(READER, "100")]
    for reader in readers:
        reader.stdout.readline()
    number = 0
    while any(reader.poll() is None for reader in readers):
        number += 1
        save(writer, number)
    for reader in readers:
        assert reader.wait() == 0, reader.stderr.read()
    assert number > 2
    writer.stdin.close()
    assert writer.wait() == 0
    assert left(tmp_path) == []


def test_a_set_that_is_loaded_lazily_stays_the_save_that_it_was(tmp_path, begin):
    writer = begin(WRITER)
    save(writer, 1)
    catalog = DataCatalog({"parts": ENTRY}, root=tmp_path)
    first = catalog.load("parts")
    assert first["a"]() == 1
    save(writer, 2)
    second = catalog.load("parts")
    save(writer, 3)
    assert {name: load() for name, load in first.items()} == {**dict.fromkeys(NAMES, 1), "n1": 1}
    assert {name: load() for name, load in second.items()} == {**dict.fromkeys(NAMES, 2), "n2": 2}
    assert set(pickle.loads(pickle.dumps(first))) == set(first)
    assert pickle.loads(pickle.dumps(first["b"]))() == 1
    del first, second
    assert left(tmp_path) == []


def test_a_reader_leaves_the_stage_of_a_writer_that_lives(tmp_path, begin):
    catalog = DataCatalog({"parts": ENTRY}, root=tmp_path)
    catalog.save("parts", dict.fromkeys(NAMES, 1) | {"n1": 1})
    writer = begin(HALTING)
    assert writer.stdout.readline() == "halfway\n"
    folder = os.open(tmp_path / "p", os.O_RDONLY)
    with pytest.raises(BlockingIOError):  # readers wait for this
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)
    writer.stdin.write("\n")
    writer.stdin.flush()
    assert {load() for load in catalog.load("parts").values()} == {2}
    assert writer.wait() == 0


def test_what_a_killed_writer_and_a_killed_reader_leave_is_put_in_order(tmp_path, begin):
    catalog = DataCatalog({"parts": ENTRY}, root=tmp_path)
    catalog.save("parts", dict.fromkeys(NAMES, 1))
    before = catalog.load("parts")
    reader = begin(
        "import sys\nfrom treadle import DataCatalog\n"
        f"parts = DataCatalog({{'parts': {ENTRY!r}}}).load('parts')\nprint(flush=True)\n"
        "sys.stdin.read()"
    )
    reader.stdout.readline()
    writer = begin(HALTING)
    writer.stdout.readline()
    for process in (writer, reader):
        process.kill()
        process.wait()
    assert {load() for load in catalog.load("parts").values()} == {2}
    assert {load() for load in before.values()} == {1}
    del before
    assert left(tmp_path) == []


def test_a_change_that_nothing_kept_is_an_error_and_no_mixture(tmp_path):
    catalog = DataCatalog({"parts": ENTRY}, root=tmp_path)
    catalog.save("parts", {"a": 1, "b": 1})
    loaded = catalog.load("parts")
    assert loaded["a"]() == 1
    (tmp_path / "p" / "b.json").write_text("[2, 2]")  # by another program, in place
    with pytest.raises(DataError, match=r"b\.json was changed after the partitions were loaded"):
        loaded["b"]()
