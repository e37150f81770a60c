"""``treadle doctor``."""

import platform
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from treadle._version import __version__
from treadle.cli.render import Coloured, echo
from treadle.errors import TreadleError
from treadle.masking import mask

if TYPE_CHECKING:
    from treadle.project import Project


@click.command("doctor")
@click.option("--store", default="", metavar="FILE", help="The store to check.")
@click.option(
    "--contents", is_flag=True, help="Also read every artifact, and hold it against its digest."
)
def command(store: str, *, contents: bool) -> int:
    """Check the installation, the project and the store; exit with 1 if something is wrong."""
    echo(
        f"treadle {__version__}, Python {platform.python_version()} at {sys.executable}, "
        f"{platform.platform()}"
    )
    checks: list[tuple[str, Callable[[], str]]] = [
        ("database library", _check_sqlite),
        ("project", _check_project),
        ("store", lambda: _check_store(store)),
        ("journals", lambda: _check_journals(store)),
        *([("contents", lambda: _check_contents(store))] if contents else []),
        ("optional parts", _check_extras),
    ]
    failed = 0
    for name, check in checks:
        try:
            told, mark = check(), Coloured("ok   ", "green")
        except TreadleError as error:
            told, mark = str(error).replace("\n", "\n" + " " * 24), Coloured("wrong", "red")
            failed = 1
        echo(f"{name:<17} ", mark, f" {told}")
    return failed


def _check_sqlite() -> str:
    import apsw

    from treadle.store.sql.sqlite_file import has_wal_reset_bug

    version = apsw.sqlite_lib_version()
    mode = (
        "a rollback journal, because of its WAL-reset bug"
        if has_wal_reset_bug(version)
        else "a write-ahead log"
    )
    return f"SQLite {version} of apsw, with {mode}"


def _check_project() -> str:
    from treadle.project.pipeline_modules import list_pipelines
    from treadle.project.settings import find_project

    project = find_project()
    if project is None:
        return "none here"
    names = list_pipelines(project)
    return (
        f"{project.name} in {project.folder}: {len(names)} pipelines ({', '.join(names)}), "
        f"{_check_config(project)}"
    )


def _check_config(project: "Project") -> str:
    from treadle.project.catalogs import load_catalog

    catalog = load_catalog(project.folder)
    for name in catalog:
        catalog.require(name)
    return f"{len(catalog)} datasets"


def _check_store(store: str) -> str:
    from treadle.errors import StoreError
    from treadle.store import Search
    from treadle.store.connect import connect_store
    from treadle.tracking import choose_location

    location = choose_location(store)
    if location.kind == "sqlite" and not location.database.exists():
        return f"{location} is not there yet; the first run makes it"
    opened = connect_store(location)
    try:
        damage = opened.check()
        if damage:
            raise StoreError(
                f"{location} is damaged: {damage[0]}.", hint="Move it aside, or restore a backup."
            )
        newest = opened.find_runs(Search(limit=1))
    finally:
        opened.close()
    return f"{location}, newest run {newest[0].id[-8:] if newest else 'none'}"


def _check_journals(store: str) -> str:
    from treadle.errors import StoreError
    from treadle.store import list_damaged, read_header, waiting
    from treadle.tracking import choose_location

    location = choose_location(store)
    files = sorted(location.journals.glob("*.log")) if location.journals.is_dir() else []
    left = waiting(location)
    unreadable = [path for path in files if read_header(path) is None]
    if unreadable:
        raise StoreError(
            f"{unreadable[0]} cannot be read as a journal.",
            hint="A command puts it aside an hour after its last change.",
        )
    damaged = list_damaged(location.journals)
    if damaged:
        raise StoreError(
            f"{len(damaged)} damaged journal{'s are' if len(damaged) > 1 else ' is'} in"
            f" {damaged[0].parent}: what was intact in them is in the store, the rest is lost.",
            hint="Remove the folder when you do not need the files any more.",
        )
    return f"{len(files)} open, {len(left)} left by dead processes" + (
        "; the next command delivers them" if left else ""
    )


def _check_contents(store: str) -> str:
    from treadle.errors import StoreError
    from treadle.store import open_artifacts
    from treadle.tracking import choose_location

    location = choose_location(store)
    if location.kind == "http":
        return "they are the server's to check"
    wrong = [error.message for error in open_artifacts(location.artifacts).find_damaged()]
    if wrong:
        raise StoreError("\n".join(wrong), hint="Remove them, and restore a backup of them.")
    return f"all in {mask(location.artifacts)} are what was stored"


def _check_extras() -> str:
    from importlib.util import find_spec

    wanted = [
        "pandas",
        "polars",
        "pyarrow",
        "duckdb",
        "numpy",
        "openpyxl",
        "PIL",
        "matplotlib",
        "plotly",
        "sqlalchemy",
        "pydantic",
    ]
    there = [name for name in wanted if find_spec(name)]
    missing = [name for name in wanted if name not in there]
    return ", ".join(there) + (f"; not installed: {', '.join(missing)}" if missing else "")
