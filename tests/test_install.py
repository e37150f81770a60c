"""What an installation brings along."""

import importlib
import json
import re
from importlib import metadata
from pathlib import Path


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_core_is_fewer_than_20_packages():
    from packaging.requirements import Requirement

    found, stack = set(), ["treadle"]
    while stack:
        name = normal(stack.pop())
        if name in found:
            continue
        found.add(name)
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                stack.append(requirement.name)
    print(sorted(found))
    assert len(found) < 20


def test_pinned_versions_have_hashes_and_name_no_registry(repository):
    for file in (repository / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text
        pinned = re.findall(r"^[\w.\-]+(?:\[[\w,]+\])?==\S+ \\$", text, re.MULTILINE)
        starts = re.findall(r"^[A-Za-z]", text, re.MULTILINE)
        assert len(pinned) == len(starts) > 0
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_packages_of_the_page_are_pinned_and_name_no_registry(repository):
    lock = json.loads((repository / "ui/package-lock.json").read_text())
    packages = [one for name, one in lock["packages"].items() if name]
    assert len(packages) > 100
    assert not any("resolved" in one for one in packages)
    assert all("integrity" in one for one in packages)
    package = json.loads((repository / "ui/package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_what_messages_tell_to_install_exists(repository):
    """Every extra that a message names is declared, and every package has the module."""
    import tomllib

    from treadle.catalog.formats import FORMATS
    from treadle.project.pipeline_modules import DISTRIBUTIONS

    declared = tomllib.loads((repository / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    known = {normal(re.match(r"[\w.\-]+", one)[0]) for names in declared.values() for one in names}
    known |= {normal(name) for name in DISTRIBUTIONS.values()} | {"treadle", "kedro-datasets", "uv"}
    extras, packages = set(), set()
    pages = [
        repository / "README.md",
        *(repository / "docs").rglob("*.md"),
        *(repository / "src").rglob("*.py"),
    ]
    for path in pages:
        for command in re.findall(r"pip install ([^`\n]+)", path.read_text()):
            extras |= {
                one
                for found in re.findall(r"treadle\[([\w,\-]+)\]", command)
                for one in found.split(",")
            }
            first = re.match(r'[\\"\'./]*([A-Za-z][\w\-]*)', command)
            if first and not command.startswith("{"):
                packages.add(normal(first[1]))
    for kind in FORMATS.values():
        module, _, name = kind.partition(":")
        engines = getattr(importlib.import_module(module), name).extras
        extras |= {names[-1] for names in engines.values()}
    for path in (repository / "src").rglob("*.py"):
        extras |= set(re.findall(r'MissingExtraError\([^()]*, "([\w\-]+)"\)', path.read_text()))
    assert len(extras) > 10
    assert extras - {""} <= set(declared)
    assert packages <= known


def test_ci_calls_make_test(repository):
    lines = (repository / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "make test"


def test_the_workflow_runs_every_check_on_every_version(repository):
    import tomllib

    import yaml

    jobs = yaml.safe_load((repository / ".github/workflows/ci.yml").read_text())["jobs"]
    commands = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    checks = ("check", "test", "test-lowest", "coverage")
    assert commands == {f"make {check}" for check in checks}
    actions = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert [one for one in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one)] == []
    targets = re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(), re.MULTILINE)
    assert set(checks) <= set(targets)
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    versions = [one.rpartition(" ")[2] for one in project["classifiers"] if ":: 3." in one]
    assert jobs["test"]["strategy"]["matrix"]["python"] == versions


def test_the_data_of_the_example_is_in_the_package():
    import treadle.project

    raw = Path(treadle.project.__file__).parent / "template" / "flights" / "data" / "raw"
    assert {path.name for path in raw.iterdir()} == {
        f"{name}.parquet" for name in ("flights", "weather", "planes", "airports")
    }


def test_the_example_folder_shows_the_template(repository):
    assert (repository / "examples" / "flights" / "pyproject.toml").read_text() == (
        repository / "src/treadle/project/template/flights/pyproject.toml"
    ).read_text()


def test_the_wheel_has_all_templates_statements_and_the_page(repository, tmp_path):
    import zipfile

    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(repository)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    parts = ("/template/", ".sql", "/server/static/")
    inside = {name for name in names if any(part in name for part in parts)}
    root = repository / "src"
    files = {
        path.relative_to(root).as_posix()
        for pattern in ("project/template/**/*", "**/*.sql", "server/static/**/*")
        for path in (root / "treadle").glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == files
    assert {
        "treadle/project/template/empty/.gitignore",
        "treadle/project/template/flights/data/raw/flights.parquet",
        "treadle/server/static/manifest.json",
        "treadle/store/sql/schema.sql",
    } <= inside
