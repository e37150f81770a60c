"""``treadle catalog``."""

from typing import TYPE_CHECKING

import click
import msgspec

from treadle.cli.render import echo_json, short_path, size, table

if TYPE_CHECKING:
    from treadle.catalog import DataCatalog

__all__ = ["command"]

_ENV = click.option("--env", "-e", "environment", default="", metavar="ENV", help="Configuration laid over base.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("catalog")
def command() -> None:
    """List and show the datasets of the project."""


@command.command("ls")
@_ENV
@_JSON
def ls(environment: str, *, as_json: bool) -> None:
    """List the datasets: what they are, where they lie, whether there is anything."""
    from treadle.project.catalogs import load_catalog

    catalog = load_catalog(environment=environment)
    names = sorted(catalog.names())
    if as_json:
        echo_json([_as_entry(catalog, name) for name in names])
        return
    rows = []
    for name in names:
        description = catalog.describe(name)
        rows.append([name, description.type, "yes" if catalog.exists(name) else "no", short_path(description.location)])
    rows += [[pattern, "pattern", "", ""] for pattern in catalog.patterns()]
    if rows:
        table(["name", "type", "exists", "location"], rows)
    else:
        click.echo("The catalog is empty. Add datasets to conf/base/catalog.yml.")


def _as_entry(catalog: "DataCatalog", name: str, *, content: bool = False) -> dict[str, object]:
    description = catalog.describe(name, content=content)
    return {"name": name, **msgspec.structs.asdict(description), "exists": catalog.exists(name)}


@command.command("show")
@click.argument("name")
@_ENV
@_JSON
def show(name: str, environment: str, *, as_json: bool) -> None:
    """Show one dataset: its digest and size, its versions, and what it holds where that can be said shortly."""
    from treadle.project.catalogs import load_catalog

    catalog = load_catalog(environment=environment)
    facts = _as_entry(catalog, name, content=True)
    versions: list[str] = getattr(catalog[name], "versions", list)()
    if as_json:
        echo_json({**facts, "versions": versions})
        return
    for key, value in facts.items():
        shown = size(value) if key == "size" and isinstance(value, int) else str(value)
        if key != "is_local" and shown not in ("", "0 B"):
            click.echo(f"{key:<9} {'yes' if value is True else 'no' if value is False else shown}")
    if versions:
        click.echo(f"versions  {', '.join(versions[-10:])}")
    if facts["exists"]:
        _preview(catalog, name)


def _preview(catalog: "DataCatalog", name: str) -> None:
    data = catalog.load(name)
    shape = getattr(data, "shape", None)
    click.echo(f"holds     {type(data).__name__}{f' {tuple(shape)}' if shape is not None else ''}")
    if hasattr(data, "head") and shape is not None:
        click.echo()
        click.echo(str(data.head(5)))
