"""Options of commands that read the store, and the store that they work on."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from treadle.store import Store


JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
STORE_OPTION = click.option("--store", default="", metavar="FILE", help="Where the runs are kept.")


@contextlib.contextmanager
def opened_store(store: str) -> "Iterator[Store]":
    """Open the requested store, or the default one here, until the block ends."""
    from treadle.store import open_store
    from treadle.tracking import choose_location

    with contextlib.closing(open_store(choose_location(store))) as opened:
        yield opened
