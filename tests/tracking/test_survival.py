"""No call of the library ends a training.

Odd files, odd texts, full disks, stores that cannot be made.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import treadle
from treadle.errors import DataError
from treadle.store import ArtifactStore


@pytest.fixture
def content(store, location):
    def read(run, path):
        (digest,) = [one.digest for one in store.get_run(run).artifacts if one.path == path]
        return ArtifactStore(Path(location.artifacts)).locate(digest).read_bytes()

    return read


def test_a_file_that_is_shortened_while_it_is_logged(python, store):
    done = python(
        "import os, threading, treadle\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    while os.getppid() != 1 and not os.path.exists('stop'):\n"
        "        with open('last.ckpt', 'wb') as file: file.write(b'x' * 20_000_000)\n"
        "    os._exit(0)\n"
        "while not os.path.exists('last.ckpt'): pass\n"
        "with treadle.start_run('r'):\n"
        "    for _ in range(20): treadle.log_artifact('last.ckpt')\n"
        "open('stop', 'w').close()\n"
        "os.waitpid(child, 0)\n"
    )
    assert done.code == 0, done
    kept = [one.path for one in store.get_run("r").artifacts]
    assert [path for path in kept if not path.startswith("code/")] == ["last.ckpt"]


def test_no_file_is_mapped(repository):
    sources = "".join(path.read_text() for path in (repository / "src").rglob("*.py"))
    assert "update_mmap" not in sources


ODD = os.fsdecode(b"caf\xe9.csv")


def test_bytes_that_are_not_utf8(store, tmp_path, content):
    (tmp_path / ODD).write_text("1")
    with treadle.start_run(f"on {ODD}", experiment=f"e {ODD}", tags={"file": ODD, ODD: "x"}) as run:
        treadle.log_params({"file": ODD, "lr": 0.1, "path": Path(ODD), "deep": {"a": [ODD]}})
        treadle.log_metric(ODD, 1.0)
        treadle.log_text(f"read {ODD}", f"notes/{ODD}")
        treadle.log_dict({ODD: ODD}, "a.json")
        treadle.log_dict({ODD: ODD}, "a.yaml")
        treadle.log_artifact(ODD)
    record = store.get_run(run.id).run
    shown = "caf\\xe9.csv"
    assert (record.name, record.experiment, record.dropped) == (f"on {shown}", f"e {shown}", 0)
    assert record.params == {"file": shown, "lr": 0.1, "path": shown, "deep.a": json.dumps([shown])}
    assert record.tags == {"file": shown, shown: "x"}
    assert record.metrics == {shown: 1.0}
    paths = [one.path for one in store.get_run(run.id).artifacts]
    assert paths == ["a.json", "a.yaml", "caf%E9.csv", "notes/caf%E9.csv"]
    assert content(run.id, "notes/caf%E9.csv").decode() == f"read {shown}"
    assert (
        json.loads(content(run.id, "a.json"))
        == yaml.safe_load(content(run.id, "a.yaml"))
        == {shown: shown}
    )


@pytest.mark.parametrize("program", [[], ["-m", "treadle", "run"]])
def test_arguments_that_are_not_utf8(tmp_path, store, program):
    import subprocess

    (tmp_path / "train.py").write_text(
        "import sys, treadle\n"
        "with treadle.start_run('argv'):\n"
        "    treadle.log_params({'file': sys.argv[1], 'lr': 0.1})\n"
        "    print(sys.argv[1].encode('utf-8', 'surrogateescape'))\n"
    )
    done = subprocess.run(
        [sys.executable, *program, "train.py", b"caf\xe9.csv"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    record = store.get_run("argv").run
    assert (record.params, record.dropped, record.status) == (
        {"file": "caf\\xe9.csv", "lr": 0.1},
        0,
        "finished",
    )
    assert record.command.endswith("train.py 'caf\\xe9.csv'")
    assert record.started > 1e9


def test_odd_names_in_a_folder(store, tmp_path, caplog):
    folder = tmp_path / "out"
    folder.mkdir()
    for name in (
        "a.txt",
        "b\\c",
        "d\ne",
        "v:1.bin",
        "X:",
        os.fsdecode(b"\xff"),
        "z" * 250,
        "ä",
        "z.txt",
    ):
        (folder / name).write_text(name, errors="surrogateescape")
    os.mkfifo(folder / "pipe")
    with treadle.start_run("r") as run:
        run.log_artifacts(folder)
        run.log_artifacts(folder, "deep")
    paths = {one.path for one in store.get_run("r").artifacts}
    kept = {"a.txt", "b%5Cc", "d%0Ae", "v:1.bin", "%FF", "z" * 250, "ä", "z.txt"}
    assert paths == kept | {f"deep/{name}" for name in (*kept, "X:")}
    assert store.get_run("r").run.dropped == 1  # X: at the start, which is a drive
    assert caplog.text.count("cannot be stored") == 1
    with treadle.start_run("r") as run, pytest.raises(DataError, match="it is not a file"):
        run.log_artifact(folder / "pipe")


def test_links_out_of_a_folder_are_followed_when_told(store, tmp_path, caplog):
    folder, other = tmp_path / "out", tmp_path / "other"
    for one in (folder / "sub", other):
        one.mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("a")
    (other / "secret").write_text("s")
    (folder / "inside").symlink_to("sub/a.txt")
    (folder / "outside").symlink_to(other / "secret")
    (folder / "folder").symlink_to(other)
    (folder / "sub" / "circle").symlink_to(folder)
    (folder / "broken").symlink_to("nothing")
    with treadle.start_run("r") as run:
        run.log_artifacts(folder)
        run.log_artifacts(folder, "all", follow_links=True)
    paths = [one.path for one in store.get_run("r").artifacts]
    assert [path for path in paths if not path.startswith("all/")] == ["inside", "sub/a.txt"]
    assert [path for path in paths if path.startswith("all/")] == [
        "all/folder/secret",
        "all/inside",
        "all/outside",
        "all/sub/a.txt",
    ]
    assert "lead out of the folder" in caplog.text
    assert "outside" in caplog.text
    with treadle.start_run("t") as run:
        run.log_artifacts(tmp_path / "out" / "folder")  # what is named is meant
        run.log_artifact(folder / "outside")
    assert [one.path for one in store.get_run("t").artifacts] == ["outside", "secret"]


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_values_of_numpy_in_a_document(store, content, ending):
    value = {
        "a": np.float32(1.5),
        "n": np.int64(3),
        "b": np.bool_(True),
        "s": np.str_("x"),
        "p": Path("x/y"),
        "many": np.arange(2000),
        "grid": np.ones((2, 2)),
        "t": (1, 2),
        "set": {2, 1},
        3: "three",
        np.int64(4): "four",
        (1, 2): "pair",
        "when": np.datetime64("2024-01-02"),
        "none": None,
    }
    value["self"] = value
    with treadle.start_run("r") as run:
        run.log_dict(value, f"a.{ending}")
        run.log_dict(np.arange(3), f"b.{ending}")
    found = (json.loads if ending == "json" else yaml.safe_load)(content("r", f"a.{ending}"))
    three, four = ("3", "4") if ending == "json" else (3, 4)
    assert found == {
        "a": 1.5,
        "n": 3,
        "b": True,
        "s": "x",
        "p": "x/y",
        "many": list(range(2000)),
        "grid": [[1.0, 1.0], [1.0, 1.0]],
        "t": [1, 2],
        "set": [1, 2],
        three: "three",
        four: "four",
        "(1, 2)": "pair",
        "when": "2024-01-02",
        "none": None,
        "self": "…",
    }
    assert (json.loads if ending == "json" else yaml.safe_load)(content("r", f"b.{ending}")) == [
        0,
        1,
        2,
    ]


def test_arrays_are_whole_as_parameters(store):
    with treadle.start_run("r") as run:
        run.log_params(
            {
                "arr": np.arange(2000),
                "layers": [np.int64(1), np.float32(0.5)],
                "one": np.array([2.5]),
            }
        )
    params = store.get_run("r").run.params
    assert json.loads(params["arr"]) == list(range(2000))
    assert (params["layers"], params["one"]) == ("[1, 0.5]", 2.5)


@pytest.mark.parametrize("kind", ["a file in the way", "read-only"])
def test_a_store_that_cannot_be_made(tmp_path, caplog, monkeypatch, kind):
    blocked = tmp_path / "blocked"
    if kind == "read-only" and os.geteuid() == 0:
        blocked = Path("/proc/nothing")  # not even root makes anything there
    else:
        blocked.write_text("")
    monkeypatch.setenv("TREADLE_STORE", str(blocked / "x.db"))
    (tmp_path / "a.txt").write_text("a")
    with treadle.start_run() as run:
        for value in range(20):
            run.log_metric("m", value)
        run.log_text("x", "a.txt")
        run.log_dict({}, "a.json")
        run.log_artifact("a.txt")
        run.log_artifacts(".")
        assert not run.flush()
    assert caplog.text.count("cannot be stored") <= 2


def test_a_full_disk_is_counted_in_the_record(tmp_path, python, store, request):
    import subprocess

    mount = tmp_path / ".treadle" / "journal"
    mount.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no small disk can be made here")
    request.addfinalizer(lambda: subprocess.run(["umount", str(mount)], check=True))
    (tmp_path / ".treadle" / "treadle.db").write_bytes(
        b"no database" * 500
    )  # nothing can be delivered
    done = python(
        "import treadle\n"
        "with treadle.start_run('r') as run:\n"
        "    for n in range(20_000): treadle.log_metric('m', n)\n"
        "    treadle.log_text('x' * 10, 'a.txt')\n",
        environment={"TREADLE_RECORD_CODE": "false"},  # which would be counted, too
    )
    assert done.code == 0, done
    assert done.err.count("No space left on device") == 1
    (tmp_path / ".treadle" / "treadle.db").unlink()
    record = store.get_run("r").run
    points = store.points("r", "m")
    assert record.status == "finished"
    assert record.dropped == 20_000 - len(points) + 1  # the text, too
    assert 0 < len(points) < 20_000
