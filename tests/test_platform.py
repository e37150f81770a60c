"""Where Treadle cannot run, the import says so."""

import re

import pytest


@pytest.mark.parametrize("missing", ["fcntl", "resource"])
def test_an_import_on_windows_says_what_is_wrong(python, missing):
    blocked = f"import sys\nsys.platform = 'win32'\nsys.modules[{missing!r}] = None\n"
    done = python(f"{blocked}import treadle\n")
    assert done.code == 1
    last = done.err.strip().splitlines()[-1]
    assert last == (
        f"ImportError: Treadle runs on Linux and macOS: this Python has no module {missing}, "
        "which it needs to lock"
        " files. On Windows, use WSL."
    )


def test_the_package_says_where_it_runs(repository):
    text = (repository / "pyproject.toml").read_text()
    assert re.findall(r'"Operating System :: (.+)"', text) == ["MacOS", "POSIX :: Linux"]
