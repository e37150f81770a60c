"""The code of two runs, compared as it ran."""

import io
import tarfile

import msgspec
import pytest
from tests.projects import commit, git, write

from treadle.errors import ConflictError
from treadle.provenance.capture import record_surroundings
from treadle.provenance.git import GitState, read_git
from treadle.provenance.run_record import read_recorded
from treadle.provenance.trees import build_tree, compare_trees
from treadle.store import open_store
from treadle.tracking.opening import create_run


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / "code"
    write(
        folder,
        {"a.py": "x = 1\n", "b.py": "y = 1\n" * 9, "deep/c.txt": "c\n", ".gitignore": "*.log\n"},
    )
    return folder


@pytest.fixture
def record(location, code):
    """Record the code as it is now, and read what was recorded."""

    def record(*paths):
        with create_run(location, name="one", experiment="e", kind="pipeline") as run:
            record_surroundings(run, code, paths)
        store = open_store(location)
        recorded = read_recorded(store.get_run(run.id))
        store.close()
        return recorded

    return record


@pytest.fixture
def compare(location, tmp_path):
    def compare(old, new, near=tmp_path):
        store = open_store(location)
        try:
            return compare_trees(old, new, store, near)
        finally:
            store.close()

    return compare


@pytest.fixture
def build(location, tmp_path):
    def build(recorded, near=tmp_path):
        into = tmp_path / "built"
        into.mkdir()
        store = open_store(location)
        try:
            build_tree(recorded, store, into, near)
        finally:
            store.close()
        return into

    return build


def names(difference):
    return {one.path: (one.added, one.removed) for one in difference.files}


def test_uncommitted_changes_and_untracked_files_count(code, record, compare):
    commit(code)
    clean = record()
    write(code, {"a.py": "x = 2\n", "new file.py": "n\n", "ignored.log": "no\n"})
    (code / "picture.bin").write_bytes(bytes(range(256)))
    (code / "deep" / "c.txt").unlink()
    dirty = record()
    found = compare(clean, dirty)
    assert names(found) == {
        "a.py": (1, 1),
        "deep/c.txt": (0, 1),
        "new file.py": (1, 0),
        "picture.bin": (-1, -1),
    }
    assert "-x = 1\n+x = 2" in found.patch
    assert names(compare(dirty, dirty)) == {}
    commit(code)
    assert names(compare(dirty, record())) == {}  # the same files, however they are kept


def test_code_of_two_commits_and_of_none_is_compared(code, record, compare):
    alone = record(code / "a.py", code / "deep")
    assert (alone.git.commit, alone.git.root) == ("", str(code))
    commit(code)
    first = record()
    git(code, "mv", "b.py", "moved.py")
    write(code, {"a.py": "x = 3\n"})
    commit(code)
    second = record()
    assert names(compare(first, second)) == {"a.py": (1, 1), "b.py": (0, 9), "moved.py": (9, 0)}
    assert "rename from b.py" in compare(first, second).patch
    assert names(compare(alone, first)) == {"b.py": (9, 0), ".gitignore": (1, 0)}


def test_comparing_writes_nothing_to_the_repository(code, record, compare):
    commit(code)
    clean = record()
    write(code, {"a.py": "x = 2\n", "new.py": "n\n"})
    dirty = record()
    before = sorted((code / ".git").rglob("*"))
    compare(clean, dirty)
    assert sorted((code / ".git").rglob("*")) == before


def test_a_tree_is_built_again(code, record, build):
    commit(code)
    git(code, "remote", "add", "origin", "https://host/x.git")
    write(code, {"a.py": "x = 2\n", "deep/new.py": "n\n"})
    (code / "run.sh").write_text("true\n")
    (code / "run.sh").chmod(0o755)
    (code / "link").symlink_to("a.py")
    dirty = record()
    git(code, "stash", "-q", "--include-untracked")
    built = build(dirty)
    assert (built / "a.py").read_text() == "x = 2\n"
    assert (built / "deep" / "new.py").read_text() == "n\n"
    assert (built / "run.sh").stat().st_mode & 0o100
    assert (built / "link").readlink().name == "a.py"
    assert git(built, "rev-parse", "HEAD").decode().strip() == dirty.git.commit
    assert git(built, "remote", "get-url", "origin") == b"https://host/x.git\n"


def test_a_commit_that_is_not_here_comes_from_the_remote(code, record, build, tmp_path):
    commit(code)
    upstream = tmp_path / "upstream.git"
    git(tmp_path, "clone", "-q", "--bare", str(code), str(upstream))
    git(code, "remote", "add", "origin", str(upstream))
    recorded = record()
    elsewhere = msgspec.structs.replace(
        recorded, git=msgspec.structs.replace(recorded.git, root="/nowhere")
    )
    assert (build(elsewhere) / "deep" / "c.txt").read_text() == "c\n"


def test_before_the_first_commit_all_files_are_kept(code, record, build):
    git(code, "init", "-q")
    git(code, "add", "a.py")
    built = build(record())
    assert {path.name for path in built.iterdir()} == {"a.py", "b.py", "deep", ".gitignore"}


def test_a_folder_that_its_repository_ignores_is_in_none(code, record, build):
    write(code, {"demo/x.py": "1\n", ".gitignore": "demo/\n"})
    commit(code)
    assert record().git.commit
    assert read_git(code / "demo") is None


def test_what_cannot_be_compared_or_built_is_said(code, record, compare, build):
    commit(code)
    recorded = record()
    gone = msgspec.structs.replace(
        recorded, git=msgspec.structs.replace(recorded.git, commit="1" * 40, root="/nowhere")
    )
    with pytest.raises(ConflictError, match="is in no repository here"):
        compare(recorded, gone)
    with pytest.raises(ConflictError, match="and no remote is recorded"):
        build(gone)
    with pytest.raises(ConflictError, match=r"The code of run one \(.*\) is not recorded"):
        compare(msgspec.structs.replace(recorded, git=None), recorded)


def archive(*members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, kind, link in members:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, link
            content = b"evil" if kind == tarfile.REGTYPE else b""
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "members",
    [
        [("../out.txt", tarfile.REGTYPE, "")],
        [("/tmp/treadle-out.txt", tarfile.REGTYPE, "")],
        [("deep/../../out.txt", tarfile.REGTYPE, "")],
        [("link", tarfile.SYMTYPE, "../..")],
        [("link", tarfile.SYMTYPE, ".."), ("link/out.txt", tarfile.REGTYPE, "")],
        [("pipe", tarfile.FIFOTYPE, "")],
        [("hard", tarfile.LNKTYPE, "../../etc/passwd")],
        [("device", tarfile.CHRTYPE, "")],
        [(".git/config", tarfile.REGTYPE, "")],
        [("deep/.GIT/hooks/post-checkout", tarfile.REGTYPE, "")],
    ],
)
def test_a_record_puts_nothing_outside_of_the_folder(tmp_path, location, members):
    into = tmp_path / "into"
    into.mkdir()
    before = sorted(tmp_path.rglob("*"))
    with create_run(location, name="one", experiment="e", kind="pipeline") as run:
        run.log_bytes(archive(*members), "code/untracked.tar")
    store = open_store(location)
    git_state = GitState(commit="", branch="", dirty=True, changed=[], remote="")
    recorded = msgspec.structs.replace(read_recorded(store.get_run(run.id)), git=git_state)
    with pytest.raises(ConflictError, match="is rejected"):
        build_tree(recorded, store, into, tmp_path)
    store.close()
    left = [
        path
        for path in sorted(tmp_path.rglob("*"))
        if path not in before and location.folder not in path.parents
    ]
    assert [
        path for path in left if into not in path.parents and path.name != location.folder.name
    ] == []


def test_what_a_run_makes_by_itself_is_no_change(code, record):
    commit(code)
    write(code, {".treadle/treadle.db": "x", "deep/__pycache__/c.pyc": "x"})
    clean = record()
    assert (clean.git.dirty, clean.git.changed, clean.details.artifacts) == (False, [], [])
    write(code, {"new.py": "1\n"})
    assert record().git.changed == ["new.py"]
