"""``treadle sync``."""

import click

from treadle.cli.render import echo


@click.command("sync")
@click.option("--store", default="", metavar="URI", help="The store that it waits for.")
def command(store: str) -> int:
    """Deliver the remaining journals of runs whose process has ended.

    Safe to repeat and to interrupt: the store accepts every entry once.
    """
    from treadle.store import open_store, waiting
    from treadle.tracking import choose_location

    location = choose_location(store)
    before = waiting(location)
    open_store(location).close()
    after = waiting(location)
    if not before:
        echo(f"Nothing waits for {location}.")
        return 0
    echo(f"{location} has {len(before) - len(after)} of {len(before)} journals that waited.")
    if after:
        echo(f"{len(after)} are still in {location.journals}.", err=True)
    return 8 if after else 0
