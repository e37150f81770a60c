"""``treadle gc``."""

import re
from typing import TYPE_CHECKING

import click

from treadle.cli.render import echo

if TYPE_CHECKING:
    from pathlib import Path


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_CACHE = 10**10  # bytes
_ON_ITS_WAY = 86400.0  # seconds that a content without an artifact is kept: the artifact may follow


@click.command("gc")
@click.option(
    "--older-than",
    default="30d",
    show_default=True,
    metavar="TIME",
    help="Deleted so long ago: 12h, 30d, 2w.",
)
@click.option(
    "--cache",
    default="",
    metavar="SIZE",
    help="How much of the cache may stay: 5 GB, 0; its limit if not given.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--store", default="", metavar="URI", help="Where the runs are kept.")
def command(older_than: str, cache: str, store: str, *, dry_run: bool) -> None:
    """Remove runs, experiments and models deleted a while ago, and files no longer used.

    Of the contents cached by datasets with "cache: store", the least recently used go first.
    """
    import time

    from treadle.cli.render import size as sized
    from treadle.store import open_artifacts
    from treadle.store.connect import connect_team_store
    from treadle.tracking import choose_location

    now = time.time()
    location = choose_location(store)
    opened = connect_team_store(location)
    try:
        found = opened.collect(now - _seconds(older_than), dry=dry_run)
        contents = open_artifacts(location.artifacts)
        count, size = contents.sweep(set(opened.contents()), now - _ON_ITS_WAY, dry=dry_run)
    finally:
        opened.close()
    echo(
        f"{'Would remove' if dry_run else 'Removed'} {found.runs} runs, {found.experiments} "
        f"experiments, {found.models} models,"
        f" and {count} files ({sized(size)}) that nothing has any more."
    )
    count, size = _shrink_cache(location.folder, cache, dry=dry_run)
    if count:
        echo(
            f"{'Would remove' if dry_run else 'Removed'} {count} contents ({sized(size)}) from "
            "the cache."
        )


def _shrink_cache(folder: "Path", given: str, *, dry: bool) -> tuple[int, int]:
    from treadle.catalog.cache import ContentCache
    from treadle.project.settings import find_project, parse_size

    project = find_project()
    limit = parse_size(given) if given else project.cache_limit if project else _CACHE
    return ContentCache(folder / "contents", limit).collect(dry=dry)


def _seconds(text: str) -> float:
    parts = re.fullmatch(r"((\d+)([smhdw]))+", text)
    if parts is None:
        raise click.UsageError(f'"{text}" is not a duration such as 12h, 30d or 1d12h.')
    return float(
        sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", text))
    )
