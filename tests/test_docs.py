"""The documentation says what is so: its examples run, and nothing is left out."""

import re
import runpy
import subprocess
import sys
import tomllib

import click
import msgspec
import pytest

from tests.test_messages import PHRASES, WORDS
from treadle.catalog.formats import FORMATS
from treadle.cli import cli
from treadle.hooks import Specifications
from treadle.project.settings import Settings
from treadle.store import ATTRIBUTES
from treadle.store.search.grammar import parse

ROOT = __import__("pathlib").Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


EXAMPLES = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page, "python"))
]


@pytest.mark.parametrize("block", EXAMPLES)
def test_the_examples_run(block, python):
    done = python(block)
    assert done.code == 0, done


def test_the_examples_of_the_docstrings_run():
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--doctest-modules",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "--ignore-glob=*/template/*",
            "--ignore-glob=*/__main__.py",
            str(ROOT / "src"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 15


def test_every_call_of_the_protocol_is_in_the_reference():
    from treadle.server.mlflow.routes import OPERATIONS

    text = (ROOT / "docs/reference/protocol.md").read_text()
    for call in OPERATIONS:
        first_line = (call.function.__doc__ or "").strip().splitlines()[0].removesuffix(".")
        for method in call.methods:
            assert f"| {method} | `{call.path}` | {first_line} |" in text


def commands(group, path=("treadle",)):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def test_every_command_and_option_is_in_the_reference():
    text = (ROOT / "docs/reference/command-line.md").read_text()
    for path, command in commands(cli):
        if path in {("treadle", "catalog"), ("treadle", "import"), ("treadle", "server", "token")}:
            continue
        title = next(
            (
                one
                for one in re.split("\n###? ", text)
                if re.match(rf"`{' '.join(path)}( [A-Z\[].*)?`\n", one)
            ),
            None,
        )
        assert title, " ".join(path)
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert any(f"`{option}" in title for option in parameter.opts), (
                    path,
                    parameter.opts,
                )


def test_every_hook_error_format_and_field_is_documented():
    plugins = (ROOT / "docs/reference/hooks.md").read_text()
    assert "::: treadle.hooks" in plugins
    assert all(
        getattr(Specifications, name).__doc__
        for name in vars(Specifications)
        if not name.startswith("_")
    )
    errors = (ROOT / "docs/reference/errors.md").read_text()
    from treadle import errors as module

    for name, kind in vars(module).items():
        is_error = isinstance(kind, type) and issubclass(kind, Exception)
        assert not is_error or f"`{name}`" in errors, name
    catalog = (ROOT / "docs/how-to/catalog.md").read_text()
    for name in FORMATS:
        assert f"`{name}`" in catalog, name
    search = (ROOT / "docs/how-to/search.md").read_text()
    for name in ATTRIBUTES:
        assert f"`{name}`" in search, name


ARCHITECTURE = runpy.run_path(str(ROOT / "docs/architecture.py"))
SOURCE = ROOT / "src" / "treadle"
FOLDERS = [
    init.parent for init in sorted(SOURCE.rglob("__init__.py")) if "template" not in init.parts
]


def test_the_page_about_the_architecture_has_the_docstrings_of_all_packages():
    page = (ROOT / "docs/explanation/architecture.md").read_text()
    assert page == ARCHITECTURE["render"](page), "run `make architecture`"
    assert sorted(ARCHITECTURE["packages"](SOURCE)) == sorted(FOLDERS)
    for name in re.findall(r"`([\w/]+\.py)`", page):
        assert (SOURCE / name).exists(), name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_docstring_of_a_package_names_each_of_its_modules_once(folder):
    modules = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")]
    nested = [f"{path.parent.name}/" for path in folder.glob("*/__init__.py")]
    drawn = ARCHITECTURE["names"](ARCHITECTURE["docstring"](folder)[1])
    assert sorted(drawn) == sorted(modules + nested)


def test_the_first_drawing_shows_the_layers_that_the_import_contracts_hold():
    layers = ARCHITECTURE["docstring"](SOURCE)[1].split("\n\n")
    drawn = [{name.strip("/") for name in ARCHITECTURE["names"](layer)} for layer in layers]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    held = contracts["contracts"][0]["layers"]
    assert drawn == [set(re.findall(r"treadle\.(\w+)", layer)) for layer in held]


# Set by Treadle itself for processes that it starts.
INTERNAL = {"TREADLE_SERVER_SETTINGS", "TREADLE_PARAMETER_"}


def test_every_setting_and_variable_is_in_the_reference():
    text = (ROOT / "docs/reference/settings.md").read_text()
    for field in msgspec.structs.fields(Settings):
        row = re.search(rf"^\| `{field.name}` \| (`(?P<default>.+?)`)?", text, re.MULTILINE)
        assert row, field.name
        given = field.default if isinstance(field.default, str) else ""
        assert (row["default"] or "") == given, field.name
    sources = [path.read_text() for path in sorted((ROOT / "src").rglob("*.py"))]
    used = set(re.findall(r"\bTREADLE_[A-Z_]+", "\n".join(sources))) - INTERNAL
    assert len(used) > 10
    assert set(re.findall(r"^\| `(TREADLE_\w+)`", text, re.MULTILINE)) == used


def test_the_searches_of_the_documentation_are_searches():
    found = [
        text
        for page in PAGES
        for text in re.findall(r'--where "(.+?)"(?: |$)', page.read_text(), re.MULTILINE)
    ]
    assert len(found) >= 4
    for text in found:
        parse(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "page",
    [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_lines_are_at_most_120_wide_except_in_tables(page):
    wide = [line for line in page.read_text().splitlines() if len(line) > 120 and line[0] != "|"]
    assert not wide


@pytest.mark.parametrize("phrase", [*PHRASES, *WORDS, "brought back", "taken away", "anew"])
def test_no_page_has_a_phrase_that_the_field_does_not_use(phrase):
    texts = [*PAGES, *ROOT.glob("*.md"), *(ROOT / "changelog").glob("*.md"), ROOT / "Makefile"]
    found = [
        (path.name, line)
        for path in texts
        for line in path.read_text().splitlines()
        if phrase in f"{line.lower()} "
    ]
    assert found == []


def test_a_decision_takes_at_most_five_lines():
    page = (ROOT / "docs/explanation/decisions.md").read_text()
    entries = [text for text in page.split("\n\n") if text.startswith("**")]
    assert len(entries) > 80
    for entry in entries:
        assert len(entry.strip().splitlines()) <= 5, entry


def test_the_commands_of_the_tutorial_work(treadle, tmp_path):
    import shlex

    page = (ROOT / "docs" / "tutorial.md").read_text()
    folder = tmp_path
    typed = re.findall(r"^    (treadle .*?|cd .*?)(?:  +#.*)?$", page, re.MULTILINE)
    assert len(typed) >= 10
    for line in typed:
        words = shlex.split(line)
        if words[0] == "cd":
            folder /= words[1]
            continue
        done = treadle(*words[1:], cwd=folder, environment={"PYTHONWARNINGS": "default"})
        assert done.code == 0, (line, done)
        assert done.out


def test_the_example_of_the_readme_prints_what_it_says(tmp_path):
    text = (ROOT / "README.md").read_text()
    program = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == re.search(r"^prints `(.+?)`", text, re.MULTILINE)[1]
