import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_imports(own_imports):
    """Runs in this process, one after the other, know nothing of each other."""


@pytest.fixture(scope="session")
def forking():
    """Runs a project in a fresh process; see forking.py."""
    environment = {**os.environ, "PYTHONHASHSEED": "random", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forking.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )

    def run(folder, **options):
        process.stdin.write(json.dumps({"folder": str(folder), **options}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    with process:
        yield run
