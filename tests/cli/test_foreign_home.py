"""A ``.treadle`` that came with somebody else's files runs nothing, and leads nowhere."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.projects import commit, git
from tests.servers import running, serving

from treadle.catalog.cache import ContentCache
from treadle.errors import StoreError
from treadle.files import digest_file
from treadle.private import _REMEMBERED
from treadle.server.app import ServerSettings, create_app
from treadle.store import ArtifactStore, locate_store, open_store

FLOW = """
from pathlib import Path
from treadle import node

class Canary:
    def __reduce__(self):
        return (Path.write_text, (Path(__file__).with_name("ran"), "x"))

catalog = {"made": {"type": "memory", "cache": "store"}, "used": {"filepath": "used.json"}}

@node(cache=True)
def made():
    return Canary()

@node
def used(made):
    return str(type(made))
"""
SCRIPT = (
    "import treadle\nwith treadle.start_run('theirs'):\n    treadle.log_text('words', 'a.txt')\n"
)


@pytest.fixture
def repository(tmp_path, treadle):
    """A repository in which somebody has committed their ``.treadle``."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    assert treadle("run", "train.py", cwd=folder).code == 0
    commit(folder)
    git(folder, "add", "-f", ".treadle")
    git(folder, "commit", "-qm", "with everything")
    return folder


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize(
    "command",
    [
        "runs",
        "runs show latest",
        "run train.py",
        "sync",
        "gc",
        "export x.csv",
        "doctor",
        "server user list",
        "ui --no-browser",
        "server --port 0",
    ],
)
def test_what_came_with_a_repository_is_not_used(tmp_path, repository, treadle, command):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    before = snapshot(clone)
    done = treadle(*command.split(), cwd=clone)
    assert done.code == (1 if command == "doctor" else 8), done
    said = done.out + done.err
    assert "came with its repository: git tracks .treadle/" in said
    assert "git rm -r --cached .treadle" in said
    assert snapshot(clone) == before


def test_what_comes_by_a_pull_is_not_used(tmp_path, repository, treadle):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    git(clone, "checkout", "-q", "HEAD~1")
    assert treadle("run", "train.py", cwd=clone).code == 0
    shutil.move(clone / ".treadle" / "treadle.db", tmp_path / "treadle.db")
    git(clone, "checkout", "-q", "-f", "-")
    assert "came with its repository" in treadle("runs", cwd=clone).err


@pytest.mark.parametrize("version", ["2", "4"])
def test_every_format_of_an_index_is_read(tmp_path, repository, treadle, version):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    git(clone, "update-index", "--index-version", version)
    assert "came with its repository" in treadle("runs", cwd=clone).err
    git(clone, "rm", "-r", "-q", "--cached", ".treadle")
    assert treadle("runs", cwd=clone).code == 0


def replace_git(folder, program):
    """Return an environment with another program for git, or with none."""
    folder.mkdir()
    if not program:
        return {"PATH": str(folder)}
    (folder / "git").write_text(f"#!/bin/sh\n{program}\n")
    (folder / "git").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("", "The program git is not installed."),
        ("exit 3", "git ls-files failed: it ended with 3"),
        ("echo bad index >&2; exit 128", "git ls-files failed: bad index"),
    ],
)
def test_a_home_is_not_used_without_an_answer_of_git(tmp_path, repository, treadle, program, why):
    environment = replace_git(tmp_path / "bin", program)
    before = snapshot(repository)
    for command in ("runs", "run train.py", "gc"):
        done = treadle(*command.split(), cwd=repository, environment=environment)
        assert (done.code, "may have come with its repository" in done.err) == (8, True), done
        assert why in done.err
    assert snapshot(repository) == before
    git(repository, "rm", "-r", "-q", "--cached", ".treadle")
    assert treadle("runs", cwd=repository, environment=environment).code == 0


def test_links_are_refused_without_a_warning_of_python(tmp_path, treadle):
    (tmp_path / ".treadle").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / ".treadle" / name).symlink_to(tmp_path)
    done = treadle("runs")
    assert (done.code, "is a link" in done.err) == (8, True), done
    assert "Warning" not in done.err


def test_a_link_that_git_tracks_is_not_followed(tmp_path, treadle):
    folder = tmp_path / "theirs"
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    (folder / ".treadle").symlink_to("../elsewhere")
    commit(folder)
    assert "git tracks .treadle." in treadle("run", "train.py", cwd=folder).err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_of_the_user_is_followed(tmp_path, treadle):
    folder = tmp_path / "own"
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "own"\n[tool.treadle]\npackage = "own"\n'
    )
    commit(folder)
    (folder / ".treadle").symlink_to("../elsewhere")
    assert treadle("run", "train.py", cwd=folder).code == 0
    assert (tmp_path / "elsewhere" / "treadle.db").exists()


def test_that_it_ignores_itself_may_be_committed(tmp_path, repository, treadle):
    git(repository, "rm", "-r", "-q", "--cached", ".treadle")
    git(repository, "add", "-f", ".treadle/.gitignore")
    git(repository, "commit", "-qm", "less")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    assert treadle("run", "train.py", cwd=clone).code == 0


def test_values_are_loaded_by_who_stored_them_only(tmp_path, treadle):
    (tmp_path / "flow.py").write_text(FLOW)
    theirs, ours = ({"TREADLE_CONFIG_DIR": str(tmp_path / name)} for name in ("theirs", "ours"))

    def run(environment):
        (tmp_path / "used.json").unlink(missing_ok=True)
        (tmp_path / "ran").unlink(missing_ok=True)
        done = treadle("run", "flow.py", environment=environment)
        assert done.code == 0, done
        return (tmp_path / "ran").exists()

    assert run(theirs) is False
    assert run(theirs) is True  # loaded, which is what runs code
    assert run(ours) is False  # made again
    assert run(ours) is True


def test_a_value_in_place_of_another_is_not_loaded(tmp_path):
    cache = ContentCache(tmp_path / "contents", 1 << 20)
    digest = cache.put_value([1])
    assert cache.value(digest) == [1]
    signature = tmp_path / "contents" / "signed" / digest.removeprefix("blake3:")
    for bad in ("", "x", "é", "0" * 64):
        signature.write_text(bad)
        assert not cache.has_value(digest)
        with pytest.raises(LookupError):
            cache.value(digest)
    other = tmp_path / "other.pkl"
    other.write_bytes(pickle.dumps([2]))
    made = digest_file(other)[0]
    assert cache.put_file(other, made)
    assert cache.has(made)
    assert not cache.has_value(made)
    packed = cache.put_bytes(pickle.dumps([3]), is_value=True)
    assert cache.is_sound_value(packed)
    assert cache.value(packed) == [3]
    plain = cache.put_bytes(pickle.dumps([4]))  # what nodes logged, which is no value
    assert not cache.has_value(plain)
    with pytest.raises(LookupError):
        cache.value(plain)
    assert cache.collect(0)[0] == 4
    assert [path for path in (tmp_path / "contents").rglob("*") if path.is_file()] == []


def test_a_user_without_a_key_makes_values_again(tmp_path, treadle):
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "file").write_text("")
    for _ in range(2):
        (tmp_path / "used.json").unlink(missing_ok=True)
        done = treadle(
            "run", "flow.py", environment={"TREADLE_CONFIG_DIR": str(tmp_path / "file" / "x")}
        )
        assert done.code == 0, done
        assert "No values are stored or loaded by cache: store." in done.err
        assert "Set TREADLE_CONFIG_DIR to a folder that can be written." in done.err
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["journal", "artifacts", "treadle.db", "remote"])
def test_a_link_in_the_folder_is_not_followed(tmp_path, treadle, name):
    target = tmp_path / "logs"
    target.mkdir()
    for log in ("a.log", "b.log"):
        (target / log).write_text("" if log == "a.log" else "my own words")
        os.utime(target / log, (1.0, 1.0))
    before = snapshot(target)
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / name).symlink_to(target if name != "treadle.db" else tmp_path / "x.db")
    (tmp_path / "train.py").write_text(SCRIPT)
    for command in ("runs", "run train.py", "gc", "sync"):
        done = treadle(*command.split())
        assert (done.code, f"{name} is a link" in done.err) == (8, True), done
    assert snapshot(target) == before
    assert not (tmp_path / "x.db").exists()


def test_a_link_below_is_not_followed(tmp_path):
    location = locate_store(tmp_path / ".treadle" / "treadle.db")
    open_store(location).close()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ("0" * 64)).write_text("mine")
    os.utime(outside / ("0" * 64), (1.0, 1.0))
    for folder in ("artifacts/blobs", "contents"):
        (tmp_path / ".treadle" / folder).mkdir(parents=True)
        (tmp_path / ".treadle" / folder / "00").symlink_to(outside)
    assert ContentCache(location.folder / "contents", 0).collect() == (0, 0)
    store = ArtifactStore(Path(location.artifacts))
    assert store.sweep(set(), 1e12) == (0, 0)
    with pytest.raises(StoreError, match="a link is in its place"):
        store.size("blake3:" + "0" * 64)
    assert (outside / ("0" * 64)).read_text() == "mine"


def test_a_file_that_waits_is_not_sent_by_a_link(tmp_path, treadle):
    secret = tmp_path / "id_rsa"
    secret.write_text("words")
    (tmp_path / "train.py").write_text(SCRIPT)
    with serving(tmp_path / "s.db") as address:
        pass
    assert treadle("run", "--store", address, "train.py").code == 0
    waiting = (tmp_path / ".treadle" / "remote").glob("*/artifacts/blobs/*/*")
    (blob,) = [one for one in waiting if one.read_bytes() == b"words"]
    blob.unlink()
    blob.symlink_to(secret)
    port = int(address.rpartition(":")[2])
    with running(create_app(ServerSettings(store=str(tmp_path / "s.db"))), port):
        done = treadle("sync", "--store", address)
    assert "a link is in its place" in done.err, done
    arrived = (tmp_path / "s.artifacts").rglob("blobs/*/*")
    assert b"words" not in [one.read_bytes() for one in arrived]


def test_a_pipe_among_the_journals_is_passed_over(tmp_path, treadle):
    (tmp_path / ".treadle" / "journal").mkdir(parents=True)
    os.mkfifo(tmp_path / ".treadle" / "journal" / "a.log")
    done = treadle("runs")
    assert done.code == 0, done
    assert "a.log cannot be delivered and is kept" in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of another user")
@pytest.mark.parametrize("command", ["runs", "run train.py", "run", "plan flow.py"])
def test_a_project_that_anybody_could_have_put_there_is_none(tmp_path, treadle, command):
    """As ``pyproject.toml`` in ``/tmp``, above the folders that others work in."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "pyproject.toml").write_text(
        f'[project]\nname = "x"\n[tool.treadle]\npackage = "x"\nstore = "{tmp_path}/theirs.db"\n'
    )
    mine = shared / "mine"
    mine.mkdir()
    (mine / "train.py").write_text(SCRIPT)
    (mine / "flow.py").write_text("from treadle import node\n@node\ndef a(): return 1\n")
    os.chown(shared / "pyproject.toml", 12345, 12345)
    done = treadle(*command.split(), cwd=mine)
    assert done.code == (7 if command == "run" else 0), done
    assert not (tmp_path / "theirs.db").exists()
    os.chown(shared / "pyproject.toml", 0, 0)
    treadle(*command.split(), cwd=mine)
    assert (tmp_path / "theirs.db").exists() == (command != "plan flow.py"), command


LIBRARIES = {"msgspec", "click", "yaml", "apsw", "blake3", "pluggy", "fsspec", "omegaconf", "rich"}


def loaded_by_python(folder):
    """Return what Python itself imports for ``-m``, before the first line of a module."""
    folder.mkdir()
    (folder / "first.py").write_text("import sys\nprint(*sys.modules)\n")
    command = [sys.executable, "-m", "first"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.fixture
def planted(tmp_path):
    """A project with modules of the names of libraries, and what they write when they run."""
    folder, ran = tmp_path / "planted", tmp_path / "ran"
    names = (sys.stdlib_module_names | LIBRARIES) - loaded_by_python(tmp_path / "empty")
    assert {"re", "typing", "enum", "pathlib", "tomllib", "sqlite3"} <= names
    folder.mkdir()
    for name in names:
        (folder / f"{name}.py").write_text(
            f"with open({str(ran)!r}, 'a') as file: file.write({f'{name} '!r})\n"
        )
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.treadle]\npackage = "x"\n')
    return folder, ran


def test_no_library_comes_from_the_working_folder(planted, treadle):
    folder, ran = planted
    commands = {"--version": 0, "runs": 0, "runs --json": 0, "catalog ls": 0, "pipelines": 7}
    for command, code in commands.items():
        done = treadle(*command.split(), cwd=folder)
        assert done.code == code, done
        assert not ran.exists(), (command, ran.read_text())


@pytest.mark.parametrize(
    "options", [["-mtreadle"], ["-Bm", "treadle"], ["-Bmtreadle"], ["-m", "treadle.__main__"]]
)
def test_the_working_folder_is_dropped_however_python_is_called(planted, options):
    folder, ran = planted
    done = subprocess.run([sys.executable, *options, "runs"], cwd=folder, check=False)
    assert (done.returncode, ran.exists()) == (0, False)


@pytest.mark.parametrize(
    "arguments", [["-m", "program"], ["-m", "program", "-m", "treadle"], ["program.py"]]
)
def test_a_program_that_imports_treadle_has_its_folder(tmp_path, arguments):
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "__init__.py").write_text("import treadle\nimport own\n")
    (tmp_path / "program" / "__main__.py").write_text("import own\nprint(own.VALUE)\n")
    (tmp_path / "program.py").write_text("import treadle\nimport own\nprint(own.VALUE)\n")
    (tmp_path / "own.py").write_text("VALUE = 7\n")
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"7\n"


def test_no_library_of_a_server_comes_from_the_folder_of_a_program(tmp_path, treadle):
    """Its own Python may import them: that is what was asked for."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "MLproject").write_text(
        "name: x\nentry_points:\n  main:\n    command: python -c 1\n"
    )
    for folder in (program, tmp_path):
        (folder / "uvicorn.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    done = treadle("project", "run", str(program), "--here")
    assert done.code == 0, done
    assert not (tmp_path / "ran").exists()


def test_a_training_goes_on_without_what_is_refused(tmp_path, repository, python):
    """Git is not asked for each record, but again when some time has passed."""
    log = tmp_path / "asked"
    program = f'echo "$*" >> {log}\nexec {shutil.which("git")} "$@"'
    done = python(
        "import time\nbegin = time.monotonic()\n"
        "import treadle\n"
        "with treadle.start_run('mine') as run:\n"
        "    for n in range(300): run.log_metric('m', n)\n"
        "print(time.monotonic() - begin)\n",
        cwd=repository,
        environment=replace_git(tmp_path / "bin", program),
    )
    assert done.code == 0, done
    assert "came with its repository" in done.err
    asked = sum(line.endswith(":(literal).treadle") for line in log.read_text().splitlines())
    assert 1 <= asked <= 2 + float(done.out) / _REMEMBERED
