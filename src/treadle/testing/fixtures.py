"""Fixtures for tests that run pipelines or the command line.

A ``conftest.py`` enables them with ``pytest_plugins = ["treadle.testing.fixtures"]``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest


class FinishedCommand(msgspec.Struct, frozen=True):
    """A command that has ended, and what it printed."""

    code: int
    """Its exit code."""
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, parsed as JSON."""
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"exit code {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class RunCommand(Protocol):
    """Runs ``treadle`` in a process of its own, in the folder of the test."""

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> FinishedCommand:
        """Run the command until it ends.

        Args:
            arguments: The arguments, such as ``"run", "flow.py"``.
            cwd: The working directory, instead of that of the test.
            environment: Environment variables to add.
        """
        ...


@pytest.fixture
def treadle_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the test in an empty folder and without the settings of this machine; return it.

    Runs are then recorded in this folder, and not where the environment or a project says.
    """
    for name in [name for name in os.environ if name.startswith("TREADLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TREADLE_CONFIG_DIR", str(tmp_path.with_name(f"{tmp_path.name}-user")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def treadle_command(treadle_folder: Path) -> RunCommand:
    """Return a function that runs ``treadle`` with the given arguments."""

    def run(
        *arguments: str | Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> FinishedCommand:
        done = subprocess.run(
            [sys.executable, "-m", "treadle", *map(str, arguments)],
            cwd=cwd or treadle_folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return FinishedCommand(done.returncode, done.stdout, done.stderr)

    return run
