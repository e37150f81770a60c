"""What an installation brings along."""

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


def test_ci_calls_make_test(repository):
    lines = (repository / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "make test"


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


def test_the_wheel_holds_the_templates_whole(repository, tmp_path):
    import zipfile

    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(repository)).build(directory=str(tmp_path), versions=["standard"])
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if "/template/" in name}
    root = repository / "src"
    files = {
        path.relative_to(root).as_posix()
        for path in (root / "treadle/project/template").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == files
    assert {
        "treadle/project/template/empty/.gitignore",
        "treadle/project/template/flights/data/raw/flights.parquet",
    } <= inside
