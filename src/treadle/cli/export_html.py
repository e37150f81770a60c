"""``treadle export html``."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from treadle.cli.render import echo
from treadle.cli.stores import opened_store
from treadle.errors import DataError

if TYPE_CHECKING:
    from treadle.interop.html_page import WrittenPage

_MEGABYTE: Final = 1_000_000
_UNSAFE: Final = re.compile(r"[^\w.-]+")
_LISTED: Final = 3


@click.command("html")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; NAME.html if not given, comparison.html for several runs.",
)
@click.option(
    "--files",
    "megabytes",
    default=20.0,
    type=click.FloatRange(0, 1000),
    metavar="MB",
    show_default=True,
    help="How many megabytes of their files to include, the smallest first.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--store", default="", metavar="URI", help="Where the runs are kept.")
def command(
    runs: tuple[str, ...], target: Path | None, megabytes: float, store: str, *, force: bool
) -> None:
    """Export runs as one HTML file, which shows a run or compares several without a server.

    RUN is an id, a name (the newest run of it), the start or the end of an id, or "latest". The
    file loads nothing from elsewhere: it opens in any browser, offline.

    \b
    Examples:
      treadle export html latest
      treadle export html first second -o comparison.html
    """
    from treadle.interop.html_page import write_page

    with opened_store(store) as opened:
        if target is None:
            target = Path(_file_name([opened.get_run(runs[0]).run.name] if len(runs) == 1 else []))
        if target.exists() and not force:
            raise DataError(
                f"{target} already exists.", hint="--force replaces it, -o names another file."
            )
        written = write_page(opened, runs, target, most_bytes=int(megabytes * _MEGABYTE))
    count = len(written.runs)
    shown = f"the run {written.runs[0].run.name}" if count == 1 else f"{count} runs"
    echo(f"{target} shows {shown}, {written.size / _MEGABYTE:.1f} MB. Open it in a browser.")
    _report(written)


def _file_name(names: list[str]) -> str:
    """Return the name of the file for a run with a name, or for several."""
    stem = _UNSAFE.sub("-", names[0]).strip("-.")[:100] if names else "comparison"
    return f"{stem or 'run'}.html"


def _report(written: "WrittenPage") -> None:
    """Print what is not in the file."""
    if written.omitted:
        paths = [one.path for one in written.omitted]
        more = f" and {len(paths) - _LISTED:,} more" if len(paths) > _LISTED else ""
        size = sum(one.size for one in written.omitted) / _MEGABYTE
        echo(
            f"Without {', '.join(paths[:_LISTED])}{more}, {size:,.1f} MB in all: --files raises "
            "the limit."
        )
    if written.omitted_lines:
        echo(f"Without the first {written.omitted_lines:,} lines of the logs.")
    if written.is_reduced:
        echo("Long curves are drawn by a sample of their points, which keeps their extremes.")
