import os
import subprocess
import sys
import time

import pytest

from treadle import node, pipeline, run
from treadle.errors import DataError, MissingExtraError
from treadle.files import (
    digest_file,
    digest_folder,
    exclusive,
    is_remote,
    remote_filesystem,
    replace_atomically,
    sweep_stages,
    write_atomically,
)


def test_a_digest_is_of_the_content_alone(tmp_path):
    from blake3 import blake3

    for size in (0, 1, 5000, 3 << 20):  # read, and mapped
        content = os.urandom(size)
        (tmp_path / "a").write_bytes(content)
        assert digest_file(tmp_path / "a") == (f"blake3:{blake3(content).hexdigest()}", size)


def test_the_digest_of_a_folder_is_of_names_and_contents(tmp_path):
    (tmp_path / "x" / "deep").mkdir(parents=True)
    (tmp_path / "x" / "a").write_text("1")
    (tmp_path / "x" / "deep" / "b").write_text("22")
    first = digest_folder(tmp_path / "x")
    assert first[1] == 3
    (tmp_path / "x" / ".hidden").write_text("ignored")
    assert digest_folder(tmp_path / "x") == first
    (tmp_path / "x" / "a").rename(tmp_path / "x" / "c")
    assert digest_folder(tmp_path / "x") != first


def test_a_file_is_replaced_at_once_or_not_at_all(tmp_path):
    target = tmp_path / "new" / "a.txt"
    write_atomically(target, b"one")
    with pytest.raises(RuntimeError), replace_atomically(target) as stage:
        stage.write_bytes(b"half")
        assert target.read_bytes() == b"one"
        raise RuntimeError
    assert target.read_bytes() == b"one"
    with replace_atomically(target) as stage:
        stage.write_bytes(b"two")
    assert target.read_bytes() == b"two"
    assert [path.name for path in target.parent.iterdir()] == ["a.txt"]


def test_long_names_can_be_staged(tmp_path):
    target = tmp_path / ("x" * 250)
    write_atomically(target, b"one")
    assert target.read_bytes() == b"one"


def test_what_dead_processes_left_is_swept_when_it_is_old(tmp_path):
    code = (
        "import os\n"
        "from pathlib import Path\n"
        "from treadle.files import replace_atomically\n"
        "with replace_atomically(Path('a.txt')) as stage:\n"
        "    stage.write_text('half')\n"
        "    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    (left,) = tmp_path.glob(".a.txt.stage-*")
    sweep_stages(tmp_path)
    assert left.exists()
    os.utime(left, (time.time() - 4000,) * 2)
    run(pipeline([node(str, "x", "y")]), inputs={"x": 1}, catalog={"y": "a.txt"})
    assert not left.exists()
    assert (tmp_path / "a.txt").read_text() == "1"
    whole = tmp_path / ".partitions.stage-1"
    whole.mkdir()
    (whole / "COMMIT.json").write_text("{}")
    os.utime(whole, (0, 0))
    sweep_stages(tmp_path)
    assert whole.exists()


def test_a_lock_is_held_by_one_process(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom treadle.files import exclusive\n"
        "for _ in range(200):\n"
        "    with exclusive(Path('lock')):\n"
        "        count = int(Path('count').read_text())\n"
        "        Path('count').write_text(str(count + 1))\n"
    )
    (tmp_path / "count").write_text("0")
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    assert (tmp_path / "count").read_text() == "800"
    with exclusive(tmp_path / "deep" / "lock"):
        pass


def test_remote_places():
    assert is_remote("s3://a/b")
    assert not is_remote("file:///a")
    assert not is_remote("/a/b")
    filesystem, path = remote_filesystem("memory://a/b", {})
    assert (filesystem.protocol, path) == ("memory", "/a/b")
    with pytest.raises(DataError, match="scheme"):
        remote_filesystem("nothing://a", {})
    with pytest.raises(MissingExtraError, match="gcsfs"):
        remote_filesystem("gs://bucket/key", {})


@pytest.mark.parametrize(
    ("location", "library"), [("s3://b/k", "s3fs"), ("gs://b/k", "gcsfs"), ("abfs://b/k", "adlfs")]
)
def test_a_location_whose_library_is_missing_is_said_with_its_name(python, location, library):
    code = (
        f"import sys\nsys.modules[{library!r}] = None\nfrom treadle.files import "
        f"remote_filesystem\nremote_filesystem({location!r}, {{}})\n"
    )
    done = python(code)
    scheme = location.partition(":")[0]
    assert (
        f'The location "{scheme}://…" needs {library}, which is not installed.\nInstall it with: '
        f"pip install {library}\n" in done.err
    )


def test_files_load_nothing_that_starts_programs():
    code = "import sys, treadle.files; print('subprocess' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"False\n"
