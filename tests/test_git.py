"""Git that is missing, fails or takes too long is one clear error."""

import os

import pytest

from treadle.errors import ConflictError
from treadle.git import run_git, try_git

PROGRAMS = {
    "git status failed: not today": "echo not today >&2; exit 3",
    "git status failed: it ended with 3": "exit 3",
    "git status took more than 0.1 seconds": "exec tail -f /dev/null",
    "The program git is not installed": "",
}


@pytest.mark.parametrize("message", PROGRAMS)
def test_a_git_that_gives_no_answer(tmp_path, monkeypatch, message):
    own = tmp_path / "bin"
    own.mkdir()
    if PROGRAMS[message]:
        (own / "git").write_text(f"#!/bin/sh\n{PROGRAMS[message]}\n")
        (own / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
    else:
        monkeypatch.setenv("PATH", str(own))
    with pytest.raises(ConflictError) as caught:
        run_git(tmp_path, "status", patience=0.1 if "took" in message else 60.0)
    assert message in caught.value.message
    if "took" not in message:
        assert try_git(tmp_path, "status") is None


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(ConflictError, match="cannot be run in .*gone: No such file or directory"):
        run_git(tmp_path / "gone", "status")
