"""New projects: names that cannot be imported are refused, and what is made works."""

import subprocess
import sys
import tomllib

import pytest
from tests.projects import commit

from treadle.errors import ProjectError
from treadle.project.create import create_project
from treadle.provenance.git import read_git


@pytest.mark.parametrize(
    ("name", "reason", "other"),
    [
        ("class", "class is a keyword of Python", "my-project"),
        ("match", "match is a keyword", "my-project"),
        ("a b", "it has a space", "a-b"),
        ("json", "json is a module of Python's standard library", "my-project"),
        ("JSON", "json is a module of Python's standard library", "my-project"),
        ("pytest", "a package pytest is installed", "my-project"),
        ("treadle", "a package treadle is installed", "my-project"),
        ("1st", "it does not start with a letter", "st"),
        ("-x", "it does not start with a letter", "x"),
        ("ä", "it does not start with a letter", "my-project"),
        ("a/b", "it has the character '/'", "a-b"),
        ("größe", "it has the character 'ö'", "gr-e"),
        ("..", "does not start", "my-project"),
        ("a-", "it does not end with a letter or a digit", "a"),
        ("", "it does not start with a letter", "my-project"),
    ],
)
def test_names_that_cannot_be_used(tmp_path, name, reason, other):
    with pytest.raises(ProjectError) as raised:
        create_project(name, tmp_path)
    assert reason in raised.value.message
    assert raised.value.hint == f"Choose another one, such as {other}."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "package"),
    [("flights-2013", "flights_2013"), ("My.Project", "my_project"), ("a_b", "a_b")],
)
def test_names_of_packages(tmp_path, name, package):
    folder = create_project(name, tmp_path)
    assert (folder / "src" / package / "__init__.py").is_file()


@pytest.mark.parametrize("example", ["", "flights"])
def test_the_tests_of_a_new_project_pass(tmp_path, example):
    folder = create_project("some-thing", tmp_path, example)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_new_project_can_be_installed(tmp_path):
    import zipfile

    from hatchling.builders.wheel import WheelBuilder

    folder = create_project("some-thing", tmp_path)
    settings = tomllib.loads((folder / "pyproject.toml").read_text())
    assert settings["build-system"]["build-backend"] == "hatchling.build"
    (wheel,) = WheelBuilder(str(folder)).build(
        directory=str(tmp_path / "out"), versions=["standard"]
    )
    assert "some_thing/pipelines/greet.py" in zipfile.ZipFile(wheel).namelist()


def test_what_is_made_beside_the_code_is_ignored_by_git(tmp_path):
    folder = create_project("some-thing", tmp_path)
    commit(folder)
    for name in (
        ".venv/x.py",
        "venv/x.py",
        "src/some_thing.egg-info/PKG-INFO",
        "build/x",
        "dist/x.whl",
        "data/x.csv",
        ".env",
        "notebooks/.ipynb_checkpoints/x",
        "src/some_thing/__pycache__/x.pyc",
        ".treadle/x",
        "conf/local/credentials.yml",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    assert (
        subprocess.run(["git", "status", "--short"], cwd=folder, capture_output=True).stdout == b""
    )
    assert read_git(folder).dirty is False
