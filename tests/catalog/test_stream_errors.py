"""A file that cannot grow gives one error, also if closing it fails once more."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, signal, sys
from treadle import DataCatalog
from treadle.errors import DataError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
catalog = DataCatalog({"out": {"type": "text", "filepath": sys.argv[1]}})
try:
    with catalog["out"].stream() as append:
        for _ in range(1000):
            append("x" * 100)
except DataError as error:
    print(error)
"""


@pytest.mark.parametrize("most", [8192, 20_000, 20_480, 24_576])
def test_a_stream_to_a_file_that_cannot_grow(tmp_path, most):
    target = tmp_path / "out.txt"
    target.write_text("before")
    command = [sys.executable, "-c", PROGRAM, str(target), str(most)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("File too large") == 1
    assert "What was there before is unchanged." in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
    assert target.read_text() == "before"
