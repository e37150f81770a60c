"""The store that a command works on."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from treadle.store import Store


STORE_OPTION = click.option("--store", default="", metavar="FILE", help="Where the runs are kept.")


@contextlib.contextmanager
def opened_store(store: str) -> "Iterator[Store]":
    """Open the requested store, or the default one here, until the block ends."""
    from treadle.store import open_store
    from treadle.tracking import choose_location

    with contextlib.closing(open_store(choose_location(store))) as opened:
        yield opened
