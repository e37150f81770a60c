"""Writes runs as one HTML file: the web page, with the records that it shows in place of a server.

The page is built without data, as ``static/single.html`` of the server. Here its marks are replaced
by the title and the records, whose answers ``ui/src/single/answers.ts`` looks up.
"""

import base64
import html
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

import treadle.server
from treadle._version import __version__
from treadle.errors import DataError, ProjectError, StoreError, StoreUnreachableError
from treadle.files import replace_atomically
from treadle.records import ArtifactRecord, LogLine, LogRecord, RunDetails
from treadle.records.json_numbers import encode_numbers
from treadle.store import Store

TEMPLATE: Final = Path(treadle.server.__file__).with_name("static") / "single.html"
"""The page without records, as it is built into the package."""

_TITLE: Final = "%PAGE_TITLE%"
_RECORDS: Final = "%PAGE_RECORDS%"
_BUCKETS: Final = 1_000
_LEAST_BUCKETS: Final = 10
_MOST_POINTS: Final = 600_000  # of all curves: some 20 MB
_MOST_LINES: Final = 20_000
_NAMES: Final = 3  # in the title


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A metric as columns, reduced so that it draws the same picture."""

    run: str
    key: str
    steps: list[int]
    times: list[float]
    values: list[float]


class WrittenPage(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    runs: list[RunDetails]
    size: int
    """The number of bytes of the file."""
    omitted: list[ArtifactRecord]
    """The files of the runs that are not in it."""
    omitted_lines: int
    """The number of log lines that are not in it."""
    is_reduced: bool
    """Whether some curves are drawn by a sample of their points."""


def write_page(
    store: Store,
    runs: Sequence[str],
    target: Path,
    *,
    most_bytes: int,
    template: Path = TEMPLATE,
) -> WrittenPage:
    """Write a page that shows a run, or compares several, without a server.

    Args:
        store: Where the runs are.
        runs: The runs, as for `Store.get_run`.
        target: The file, which is replaced.
        most_bytes: The most bytes of files of the runs to include; the smallest come first.
        template: The page without records.

    Raises:
        ProjectError: The page is not built.
        RunNotFoundError: No run matches, or several.
        DataError: The file cannot be written.
    """
    empty = _read_template(template)
    found = list({one.run.id: one for one in map(store.get_run, runs)}.values())
    files, omitted = _read_files(store, found, most_bytes)
    buckets = _buckets(found)
    records = {
        "version": __version__,
        "made": time.time(),
        "runs": [_record(store, one, files.get(one.run.id, {}), buckets) for one in found],
    }
    content = _fill(empty, _title(found), encode_numbers(records))
    try:
        with replace_atomically(target.absolute()) as stage:
            stage.write_bytes(content)
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}.") from error
    return WrittenPage(
        runs=found,
        size=len(content),
        omitted=omitted,
        omitted_lines=sum(max(0, len(one.logs) - _MOST_LINES) for one in found),
        is_reduced=any(metric.count > 4 * buckets for one in found for metric in one.metrics),
    )


def _read_template(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except FileNotFoundError as error:
        raise ProjectError(
            "The web page is not built, of which the file is made.",
            hint='In a clone of Treadle, "make page" builds it.',
        ) from error


def _fill(template: bytes, title: str, records: bytes) -> bytes:
    """Put texts in place of the marks; in what is put in, nothing is replaced."""
    head, _, rest = template.partition(_TITLE.encode())
    middle, _, end = rest.partition(_RECORDS.encode())
    # The only character that could end the element, or begin a comment in it.
    safe = records.replace(b"<", b"\\u003c")
    return b"".join([head, html.escape(f"{title} · Treadle").encode(), middle, safe, end])


def _title(runs: Sequence[RunDetails]) -> str:
    names = [one.run.name or one.run.id for one in runs]
    return " · ".join([*names[:_NAMES], *(["…"] if len(names) > _NAMES else [])])


def _buckets(runs: Sequence[RunDetails]) -> int:
    """Return how finely to sample: the more curves, the fewer points of each."""
    curves = sum(1 for one in runs for metric in one.metrics if metric.count > 4 * _LEAST_BUCKETS)
    return max(_LEAST_BUCKETS, min(_BUCKETS, _MOST_POINTS // (4 * max(1, curves))))


def _record(store: Store, details: RunDetails, files: dict[str, str], buckets: int) -> object:
    """Return what the page answers about a run, as in ``ui/src/single/records.ts``."""
    from treadle.server.api.media import group_media  # with the server's own imports

    return {
        "details": msgspec.structs.replace(details, logs=[]),
        "log": _lines(details.logs),
        "media": group_media(one.path for one in details.artifacts),
        "outlines": list(_outlines(store, details, buckets)),
        "files": files,
    }


def _lines(logs: Sequence[LogRecord]) -> list[LogLine]:
    first = max(0, len(logs) - _MOST_LINES)
    return [
        LogLine(key=key, time=one.time, level=one.level, logger=one.logger, text=one.text)
        for key, one in enumerate(logs[first:], first + 1)
    ]


def _outlines(store: Store, details: RunDetails, buckets: int) -> Iterator[Outline]:
    run = details.run.id
    for metric in details.metrics:
        points = store.outline(run, metric.key, buckets)
        yield Outline(
            run=run,
            key=metric.key,
            steps=[one.step for one in points],
            times=[one.time for one in points],
            values=[one.value for one in points],
        )


def _read_files(
    store: Store, runs: Sequence[RunDetails], most_bytes: int
) -> tuple[dict[str, dict[str, str]], list[ArtifactRecord]]:
    """Read the smallest files, as many as there is room for, and list the others."""
    files: dict[str, dict[str, str]] = {}
    omitted: list[ArtifactRecord] = []
    every = [(one.size, run.run.id, one) for run in runs for one in run.artifacts]
    room = most_bytes
    for size, run, record in sorted(every, key=lambda one: one[:2]):
        if size > room:
            omitted.append(record)
            continue
        try:
            content = b"".join(store.artifact(run, record.path))
        except StoreUnreachableError:
            raise
        except StoreError:  # its content is gone: the page says that it does not have it
            omitted.append(record)
            continue
        room -= size
        files.setdefault(run, {})[record.path] = base64.b64encode(content).decode()
    return files, omitted
