"""Versions of packages, and of what they need."""

import subprocess
import sys
from pathlib import Path

import pytest

from treadle.engine.modules import origin_of_path, versions_behind


def test_a_package_counts_with_what_it_needs():
    found = versions_behind(["pandas"])
    assert found["pandas"].startswith("pandas ")
    assert {"numpy", "python-dateutil", "six"} <= set(found)  # the last is what dateutil needs
    assert "pytest" not in found  # an extra of pandas


@pytest.mark.parametrize("name", ["json", "nowhere", "treadle"])
def test_what_is_no_package_needs_none(name):
    assert set(versions_behind([name])) == {name}


def test_another_version_of_a_dependency_is_seen(tmp_path):
    """Two packages as pip installs them into a folder of their own."""
    for name, version, needs in (
        ("upper", "1.0", "Requires-Dist: lower>=1\n"),
        ("lower", "1.0", ""),
    ):
        (tmp_path / f"{name}.py").write_text("")
        metadata = tmp_path / f"{name}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Name: {name}\nVersion: {version}\n{needs}\nRequires-Dist: text\n"
        )
    ask = "from treadle.engine.modules import versions_behind; print(versions_behind(['upper']))"

    def run():
        command = [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {ask}",
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert run() == "{'upper': 'upper 1.0', 'lower': 'lower 1.0'}"
    (tmp_path / "lower-1.0.dist-info").rename(tmp_path / "lower-1.1.dist-info")
    assert run() == "{'upper': 'upper 1.0', 'lower': 'lower 1.1'}"


def test_a_command_of_the_environment_is_not_code_of_the_project():
    """As pytest is, which is the outermost code of tests that run a pipeline."""
    folder = Path(sys.executable).parent
    assert origin_of_path(str(folder / "pytest")) == "package"
    assert origin_of_path(str(folder.parent.parent / "pipelines.py")) == "project"
