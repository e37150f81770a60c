"""A node that streams to a disk that is full ends in one error, and what was saved before stays."""

import os
import subprocess
import sys

import pytest

FLOW = """
from treadle import node

catalog = {"out": {"type": "{type}", "filepath": "disk/out"}}

@node(outputs="out")
def made():
    for number in range(2000):
        yield {chunk}
"""

CHUNKS = {
    "text": '"x" * 99 + chr(10)',
    "csv": '__import__("pandas").DataFrame({"a": [number] * 30})',
    "parquet": '__import__("pandas").DataFrame({"a": [str(number)] * 100})',
}


@pytest.mark.parametrize("kind", CHUNKS)
def test_a_stream_to_a_full_disk_is_one_error(tmp_path, kind):
    separate = ["unshare", "-rm", "--propagation", "private", "bash", "-c"]
    if subprocess.run([*separate, "mount -t tmpfs none /mnt"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk of their own")
    (tmp_path / "flow.py").write_text(FLOW.replace("{type}", kind).replace("{chunk}", CHUNKS[kind]))
    (tmp_path / "disk").mkdir()
    runs = "".join(
        f"mount -t tmpfs -o size={size}k none disk && echo before > disk/out\n"
        f"{sys.executable} -m treadle run flow.py > log-{size} 2>&1; echo $? > code-{size}\n"
        f"cat disk/out > kept-{size}; ls -A disk > names-{size}; umount disk\n"
        for size in (12, 60, 100)
    )
    subprocess.run(
        [*separate, runs],
        cwd=tmp_path,
        check=True,
        timeout=200,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    for size in (12, 60, 100):
        said = (tmp_path / f"log-{size}").read_text()
        assert (tmp_path / f"code-{size}").read_text() == "6\n", said
        assert "Traceback" not in said
        assert said.count("Error: ") == 1, said
        assert "No space left" in said
        assert (tmp_path / f"kept-{size}").read_text() == "before\n"
        assert (tmp_path / f"names-{size}").read_text() == "out\n"
