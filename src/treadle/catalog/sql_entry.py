"""Creation of datasets of a database from catalog entries."""

from collections.abc import Mapping
from typing import Any

from treadle.catalog.context import EntryContext
from treadle.catalog.dataset import Dataset
from treadle.catalog.options import CommonOptions, parse_options
from treadle.catalog.sql import SqlQueryDataset, SqlTableDataset
from treadle.errors import CatalogError


class SqlOptions(CommonOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of every entry of a database."""

    version: Any = None
    """What the data depend on, for the digests of runs."""
    credentials: Any = None
    load_args: Mapping[str, Any] = {}


class TableOptions(SqlOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of a table."""

    table_name: Any
    save_args: Mapping[str, Any] = {}


class QueryOptions(SqlOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of an entry of a query: its text, or the file of its text."""

    sql: Any = None
    filepath: Any = None
    fs_args: Any = None
    execution_options: Mapping[str, Any] = {}


def create_table(context: EntryContext, entry: Mapping[str, Any]) -> Dataset:
    """Create a dataset of a table."""
    options = parse_options(TableOptions, entry)
    save_args = dict(options.save_args)
    schema = save_args.pop("schema", None)
    return SqlTableDataset(
        _url(context, options),
        options.table_name,
        schema=schema,
        load_args=options.load_args,
        save_args=save_args,
    )


def create_query(context: EntryContext, entry: Mapping[str, Any]) -> Dataset:
    """Create a dataset of a query."""
    options = parse_options(QueryOptions, entry)
    url = _url(context, options)
    if not options.sql and not options.filepath:
        raise CatalogError("it has no filepath.", hint="Add filepath: …")
    return SqlQueryDataset(
        url,
        options.sql or (context.root / options.filepath).read_text(encoding="utf-8"),
        load_args=options.load_args,
        execution_options=options.execution_options,
    )


def _url(context: EntryContext, options: SqlOptions) -> str:
    url = context.find_credentials(options.credentials).get("con")
    if not url:
        raise CatalogError(
            "it has no connection.", hint="Give credentials with con: the URL of the database."
        )
    return str(url)
