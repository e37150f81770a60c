"""``treadle catalog``."""

from typing import TYPE_CHECKING, Final

import click
import msgspec

from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo, echo_json, short_path, size
from treadle.cli.stores import JSON_OPTION, STORE_OPTION, opened_store
from treadle.cli.tables import Column, print_records, row_columns, table

if TYPE_CHECKING:
    from treadle.catalog import DataCatalog
    from treadle.project.versions import DataVersion


_VERSIONS: "list[Column[DataVersion]]" = [
    Column("version", lambda found: found.version),
    Column("size", lambda found: size(found.size), is_numeric=True),
    Column("digest", lambda found: found.digest.removeprefix("blake3:")[:12]),
    Column("runs", lambda found: ", ".join(run[-8:] for run in found.runs)),
]

_ENV = click.option(
    "--env", "-e", "environment", default="", metavar="ENV", help="Configuration laid over base."
)
_PARAMS = click.option(
    "--params",
    "-p",
    multiple=True,
    metavar="A.B=1",
    help="Set parameters that entries use; may be repeated.",
)


_LISTED: Final = '"treadle catalog ls" lists datasets, also those of patterns.'
_KEDRO: Final = {
    "create": "Add datasets to conf/base/catalog.yml.",
    "describe-datasets": _LISTED,
    "list": _LISTED,
    "list-datasets": _LISTED,
    "list-patterns": _LISTED,
    "rank": _LISTED,
    "resolve": _LISTED,
    "resolve-patterns": _LISTED,
}


class _Commands(CommandGroup):
    """A group that maps the names of Kedro's commands to those here."""

    elsewhere = _KEDRO


@click.group("catalog", cls=_Commands)
def command() -> None:
    """List and show the datasets of the project."""


@command.command("ls")
@_ENV
@_PARAMS
@JSON_OPTION
def ls(environment: str, params: tuple[str, ...], *, as_json: bool) -> None:
    """List the datasets: their types, where they are stored, and whether they exist.

    An invalid entry has a row with the error. For a pattern, the datasets that the pipelines use
    are listed.
    """
    from treadle.project.datasets import list_datasets
    from treadle.project.settings import require_project

    catalog = _load(environment, params)
    warnings: list[str] = []
    listed = list_datasets(catalog, require_project(), warnings.append)
    for warning in warnings:
        echo(f"Warning: {warning}", err=True)
    if as_json:
        echo_json(listed)
        return
    rows = [
        [
            one.name,
            one.type,
            "yes" if one.exists else "?" if one.problem else "no",
            one.problem or short_path(one.location),
        ]
        for one in listed
    ]
    rows += [[pattern, "pattern", "", ""] for pattern in catalog.patterns()]
    if rows:
        table(row_columns("name", "type", "exists", "location"), rows)
    else:
        click.echo("The catalog is empty. Add datasets to conf/base/catalog.yml.")


@command.command("show")
@click.argument("name")
@click.option("--trust", is_flag=True, help="Also load what can run code, such as a pickle.")
@click.option("--digest", is_flag=True, help="Also read a large file to digest it.")
@_ENV
@_PARAMS
@JSON_OPTION
def show(
    name: str,
    environment: str,
    params: tuple[str, ...],
    *,
    trust: bool,
    digest: bool,
    as_json: bool,
) -> None:
    """Show one dataset: digest, size, versions and a preview of its content.

    Data over 100 MB is only digested with --digest, unless a run has done so already.

    A pickle or a class of another library can run code when it is loaded: its content is shown
    only with --trust.
    """
    from treadle.catalog import PREVIEW_LIMIT
    from treadle.project.datasets import describe_within
    from treadle.project.settings import require_project

    catalog = _load(environment, params)
    description, is_large = describe_within(
        catalog, require_project(), name, None if digest else PREVIEW_LIMIT
    )
    exists = catalog.exists(name)
    facts = {"name": name, **msgspec.structs.asdict(description), "exists": exists}
    versions: list[str] = getattr(catalog[name], "versions", list)()
    if as_json:
        echo_json({**facts, "versions": versions, "digest_omitted": is_large})
        return
    for key, value in facts.items():
        shown = size(value) if key == "size" and isinstance(value, int) else str(value)
        if key != "is_local" and shown not in ("", "0 B"):
            echo(f"{key:<9} {'yes' if value is True else 'no' if value is False else shown}")
    if is_large:
        echo("digest    not shown: it would take reading a large file. Add --digest.")
    if versions:
        echo(f"versions  {', '.join(versions[-10:])}")
    if not exists:
        return
    if trust or not getattr(catalog[name], "runs_code", True):
        _preview(catalog, name)
    else:
        echo(
            f"holds     not loaded: a dataset of type {facts['type']} can run code when it is"
            " loaded. If you trust the file, add --trust."
        )


def _preview(catalog: "DataCatalog", name: str) -> None:
    found = catalog.preview(name, rows=5)
    if found is None:
        click.echo("holds     not shown: all of it would have to be loaded, and it is large.")
        return
    echo(f"holds     {found.kind} {found.size}".rstrip())
    if found.text:
        click.echo()
        echo(found.text)


@command.command("lineage")
@click.argument("dataset")
@_ENV
@_PARAMS
@JSON_OPTION
@STORE_OPTION
def lineage(
    dataset: str, environment: str, params: tuple[str, ...], store: str, *, as_json: bool
) -> None:
    """Show which run made the current data, from which inputs, and what was made from it.

    DATASET is a name in the catalog, or the path of a file.
    """
    from treadle.cli.lineage import show_lineage
    from treadle.provenance.lineage import trace_content

    name, location, digest = _identify(dataset, environment, params)
    with opened_store(store) as opened:
        content, users = trace_content(opened, name, location, digest)
    if as_json:
        echo_json({"content": content, "users": users})
    else:
        show_lineage(content, users)


def _identify(dataset: str, environment: str, params: tuple[str, ...]) -> tuple[str, str, str]:
    """Find the current data: its name, its location and its digest."""
    from pathlib import Path

    from treadle.errors import DataNotFoundError
    from treadle.files import digest_file

    path = Path(dataset).absolute()
    if path.is_file():
        return path.name, str(path), digest_file(path)[0]
    catalog = _load(environment, params)
    description = catalog.describe(dataset, content=True)
    if not description.digest:
        what = (
            "there is nothing"
            if not catalog.exists(dataset)
            else f"what a {description.type} holds has no digest"
        )
        raise DataNotFoundError(f'Nothing is known of "{dataset}": {what}.')
    return dataset, description.location, description.digest


@command.command("versions")
@click.argument("name")
@_ENV
@_PARAMS
@JSON_OPTION
@STORE_OPTION
def versions(
    name: str, environment: str, params: tuple[str, ...], store: str, *, as_json: bool
) -> None:
    """List the versions of a dataset, newest first, and the runs that used them."""
    from treadle.project.versions import list_versions

    catalog = _load(environment, params)
    with opened_store(store) as opened:
        found = list_versions(catalog, name, opened)
    print_records(found, _VERSIONS, as_json=as_json, empty=f'"{name}" has no versions yet.')


@command.command("checkout")
@click.argument("what", metavar="NAME@VERSION|NAME@RUN")
@click.option("--to", default="", metavar="PATH", help="Write a copy there instead.")
@click.option("--force", is_flag=True, help="What is there now may be lost.")
@_ENV
@_PARAMS
def checkout(what: str, to: str, environment: str, params: tuple[str, ...], *, force: bool) -> None:
    """Restore earlier data of a dataset: a version, or what a run wrote or read.

    It becomes the current data: in a versioned dataset as a new version; in others it replaces the
    current data, if that is also stored elsewhere.

    \b
    Examples:
      treadle catalog checkout model@2026-01-31T12.00.00.000Z
      treadle catalog checkout model@5f3a --to old-model.pkl
    """
    from pathlib import Path

    from treadle.project.versions import checkout as bring_back

    name, _, wanted = what.partition("@")
    if not wanted:
        raise click.UsageError(f'"{what}" names no version: write NAME@VERSION or NAME@RUN.')
    came = bring_back(
        _load(environment, params), name, wanted, Path(to).absolute() if to else None, force=force
    )
    echo(f"{what} is in {short_path(came)} now." if came else f"{what} is what is there already.")


@command.command("gc")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="The newest N versions stay.",
)
@click.option("--unused", is_flag=True, help="Only versions go that no run has used.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@_ENV
@_PARAMS
@STORE_OPTION
def gc(
    names: tuple[str, ...],
    keep: int | None,
    environment: str,
    params: tuple[str, ...],
    store: str,
    *,
    unused: bool,
    dry_run: bool,
) -> None:
    """Delete old versions of the named datasets, or of all versioned ones; never the latest.

    \b
    Examples:
      treadle catalog gc --keep 10 --dry-run
      treadle catalog gc model --unused
    """
    from treadle.project.versions import list_versions, require_versioned, surplus_versions

    if keep is None and not unused:
        raise click.UsageError(
            "Name the versions to delete: all but the newest (--keep N), or those that are "
            "--unused."
        )
    catalog = _load(environment, params)
    chosen = names or catalog.versioned()
    count = 0
    with opened_store(store) as opened:
        for name in chosen:
            dataset = require_versioned(catalog, name)
            for one in surplus_versions(
                list_versions(catalog, name, opened), keep=keep or 1, unused=unused
            ):
                count += 1
                echo(f"{name}@{one.version}  {size(one.size)}")
                if not dry_run:
                    dataset.drop_version(one.version)
    echo(f"{'Would remove' if dry_run else 'Removed'} {count} version{'' if count == 1 else 's'}.")


def _load(environment: str, params: tuple[str, ...]) -> "DataCatalog":
    from treadle.project.catalogs import load_catalog

    return load_catalog(environment=environment, params=params)
