"""What people wait for on the web page, in a real Chromium, beside MLflow's on the same runs."""

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from benchmarks.measure import ROOT, Row, peers_python
from benchmarks.page_browser import ANSWERED, LATEST, chromium, opened, tab
from benchmarks.page_data import Runs, extremes, fill, fill_curves, fill_large, fill_mlflow, run_id
from benchmarks.page_live import live_rows
from benchmarks.server import mlflow_server, running, treadle_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response

    from benchmarks.page_browser import Tab

__all__ = ["measure"]

_ROWS: Final = (
    "document.querySelectorAll('.grid-row .cell.number').length > 0"
    " && !document.querySelector('.grid-row.loading')"
)
_FIRST: Final = "document.querySelector('#row-0')?.textContent"
_COUNT: Final = "document.querySelector('.count-of-runs')?.textContent"
_LARGE: Final = run_id(0xABCDEF)
_PIXELS: Final = 97  # scrolled in each frame, 3.5 rows
_WIDE: Final = 20_000_001  # the first key of the runs with many names


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much of everything there is."""

    few: int = 10_000
    many: int = 100_000
    wide: int = 2000
    params: int = 150
    metrics: int = 1500
    compared: tuple[int, ...] = (100, 500)
    large: int = 12_000
    points: int = 100_000
    openings: int = 5
    actions: int = 10
    scrolled: int = 4000
    """Milliseconds."""
    hour: int = 3600
    """Steps of a live run."""

    @property
    def wide_runs(self) -> Runs:
        """Runs with many names each."""
        return Runs(
            count=self.wide,
            params=self.params,
            metrics=self.metrics,
            has_rare=False,
            first=_WIDE,
        )


_QUICK: Final = Sizes(
    few=1000,
    many=5000,
    wide=60,
    params=15,
    metrics=150,
    compared=(10, 50),
    large=1200,
    points=10_000,
    openings=2,
    actions=3,
    scrolled=1000,
    hour=360,
)


def measure(*, quick: bool = False) -> list[Row]:
    """Open both pages on the same runs; of what MLflow's cannot do, Treadle's alone."""
    sizes = _QUICK if quick else Sizes()
    with tempfile.TemporaryDirectory(prefix="treadle-page-") as place, chromium() as browser:
        folder = Path(place)
        theirs = _peer(browser, folder, sizes)
        return [
            *_runs_rows(browser, folder / "few.db", sizes, sizes.few, theirs),
            *_runs_rows(browser, folder / "many.db", sizes, sizes.many, {}),
            *_other_rows(browser, folder / "other.db", sizes, theirs),
            *live_rows(browser, folder, sizes.actions, sizes.hour),
        ]


def _say(what: str) -> None:
    print(f"  {what} …", file=sys.stderr)


@contextmanager
def _serving(store: Path) -> Iterator[str]:
    """Run Treadle's server on a store; give its address."""
    arguments, port = treadle_server(str(store.parent), str(store))
    with running(arguments, str(store.parent), port):
        yield f"http://127.0.0.1:{port}"


def _peer(browser: "Browser", folder: Path, sizes: Sizes) -> dict[str, float]:
    """Return what MLflow's page takes; nothing where it cannot be had, and say why."""
    newest = ROOT / ".venv-mlflow3" / "bin" / "python"
    try:
        python = str(newest) if newest.exists() else peers_python()
        return _ask_peer(browser, folder, python, sizes)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others can be measured
        print(f"  MLflow's page is left out: {error}", file=sys.stderr)
        return {}


def _ask_peer(browser: "Browser", folder: Path, python: str, sizes: Sizes) -> dict[str, float]:
    _say("MLflow's page")
    place = folder / "mlflow"
    place.mkdir()
    compared = sizes.compared[0]
    wide = msgspec.structs.replace(sizes.wide_runs, count=compared)
    large = run_id(_WIDE + compared + 1)
    ids = json.dumps([run_id(_WIDE + at) for at in range(compared)], separators=(",", ":"))
    arguments, port = mlflow_server(str(place), python)
    linked = "[...document.querySelectorAll('a')].some((a) => /run-\\d+/.test(a.textContent))"
    named = "/\\bm\\d\\d+\\b/.test(document.querySelector('#root')?.innerText)"
    pages = {
        "runs": ("experiments/1/runs", linked),
        "large": (f"experiments/3/runs/{large}", named),
        "compare": (f'compare-runs?runs={ids}&experiments=["2"]', f"{named} && {linked}"),
    }
    with running(arguments, str(place), port) as server:
        fill_mlflow(place, server, {1: Runs(count=sizes.few), 2: wide}, sizes.large)
        return {
            name: opened(browser, f"http://127.0.0.1:{port}/#/{path}", condition, 3)
            for name, (path, condition) in pages.items()
        }


def _row(what: str, ours: float, budget: str, theirs: float | None = None, unit: str = "ms") -> Row:
    label = "–"
    if theirs is not None:
        label = "mlflow 3" if theirs < LATEST else "mlflow 3, not done after a minute"
    if unit == "ms" and ours >= LATEST:
        what += ", not done after a minute"
    return Row(what=what, peer=label, theirs=theirs, ours=ours, unit=unit, budget=budget)


def _runs_rows(
    browser: "Browser", store: Path, sizes: Sizes, count: int, theirs: dict[str, float]
) -> list[Row]:
    """Measure the table of so many runs; all of it where there are many."""
    _say(f"{count:,} runs")
    fill(store, Runs(count=count), 1)
    ready = f"{_COUNT} === '{count:,} runs' && {_ROWS}"
    with _serving(store) as address:
        usable = opened(browser, address, ready, sizes.openings)
        budget = "≤ 500 ms" if count <= sizes.few else "≤ 1,000 ms"
        rows = [_row(f"page: {count:,} runs usable", usable, budget, theirs.get("runs"))]
        if count == sizes.many:
            with tab(browser) as one:
                names = ",".join(["name", *(f"metrics.m{at:02}" for at in range(8))])
                one.visit(f"{address}/#/runs?columns={names}", ready)
                rows += _actions(one, sizes, f"page, {count:,} runs")
                rows += _scrolling(one, sizes, f"page, {count:,} runs")
    return rows


def _actions(one: "Tab", sizes: Sizes, where: str) -> list[Row]:
    """Sort, filter and add columns, each by the mouse and the keyboard."""
    turns = range(sizes.actions)
    taken = {
        "sorted by a column, to paint": [_sort(one, at) for at in turns],
        "filtered by a metric, to paint": [_filter(one, at) for at in turns],
    }
    one.page.get_by_label("Search runs").first.fill("")
    one.page.keyboard.press("Enter")
    one.until(f"!location.hash.includes('where') && {_ROWS}")
    found = [_add_column(one, at) for at in turns]
    taken["one of 10,000 columns found by typing, to paint"] = [first for first, _ in found]
    taken["one of 10,000 columns added, to paint"] = [second for _, second in found]
    return [
        _row(f"{where}: {what}", statistics.median(times), "≤ 200 ms")
        for what, times in taken.items()
    ]


def _sort(one: "Tab", at: int) -> float:
    one.page.evaluate(f"() => (bench.row = {_FIRST})")
    head = one.page.get_by_role("columnheader").filter(has_text=f"m{at % 8:02}")
    one.arm("click", f"{ANSWERED} && {_FIRST} !== bench.row && {_ROWS}")
    head.get_by_role("button").click()
    return one.taken()


def _filter(one: "Tab", at: int) -> float:
    one.page.evaluate(f"() => (bench.count = {_COUNT})")
    one.page.get_by_label("Search runs").first.fill(f"metrics.m{at % 20:02} < 0.{9 - at % 8}1")
    one.arm("keydown", f"{ANSWERED} && {_COUNT} && {_COUNT} !== bench.count && {_ROWS}")
    one.page.keyboard.press("Enter")
    return one.taken()


def _add_column(one: "Tab", at: int) -> tuple[float, float]:
    """Return how long the name took to be found, and its column to be drawn."""
    name = f"layer{at * 997 % 9973:05}/weight"
    one.page.get_by_role("button", name="Columns").click()
    one.page.get_by_label("Find columns").wait_for()
    item = "[...document.querySelectorAll('[role=menuitemcheckbox]')].at(0)?.textContent"
    one.arm("input", f"{item}?.includes('{name}')")
    one.page.get_by_label("Find columns").fill(name)
    found = one.taken()
    head = f"document.querySelector('.grid-head').textContent.includes('{name}')"
    one.arm("click", f"{ANSWERED} && {head} && {_ROWS}")
    one.page.get_by_role("menuitemcheckbox").filter(has_text=name).click()
    added = one.taken()
    one.page.keyboard.press("Escape")
    return found, added


def _scrolling(one: "Tab", sizes: Sizes, where: str) -> list[Row]:
    still = one.frames(".grid", 0, sizes.scrolled // 2)
    frames = one.frames(".grid", _PIXELS, sizes.scrolled)
    what = f"{where}: scrolled for {sizes.scrolled / 1000:g} s"
    rest = f"the same page at rest: {_long(still):.0f} %"
    return [
        Row(
            what=f"{what}, a frame",
            peer="the same page at rest",
            theirs=statistics.median(still),
            ours=statistics.median(frames),
            unit="ms",
            budget="≤ 16.7 ms",
        ),
        Row(
            what=f"{what}, frames over 50 ms",
            peer=rest,
            theirs=None,
            ours=_long(frames),
            unit="%",
            budget="0 %",
        ),
    ]


def _long(frames: Sequence[float]) -> float:
    """Return how many of some frames are too long to be smooth, in percent."""
    return 100 * sum(frame > 50 for frame in frames) / len(frames)


def _other_rows(
    browser: "Browser", store: Path, sizes: Sizes, theirs: dict[str, float]
) -> list[Row]:
    """Measure a run of many metrics, many long curves, and comparisons."""
    keys = sizes.params + sizes.metrics
    _say(f"{sizes.wide:,} runs of {keys:,} keys, and long curves")
    fill(store, sizes.wide_runs, 1)
    fill_large(store, _LARGE, sizes.large)
    curves = fill_curves(store, 100, sizes.points)
    drawn = "document.querySelector('.uplot') && bench.strokes > 0 && !bench.pending"
    total = f"{sizes.wide + 101:,}"
    with _serving(store) as address:
        rows = [
            _row(
                f"page: {total} runs, most of {keys:,} keys, usable",
                opened(browser, address, f"{_COUNT} === '{total} runs' && {_ROWS}", 3),
                "",
            ),
            _row(
                f"page: a run of {sizes.large:,} metrics usable",
                opened(browser, f"{address}/#/runs/{_LARGE}/metrics", drawn, sizes.openings),
                "≤ 1,000 ms",
                theirs.get("large"),
            ),
            *_curves_rows(browser, address, curves, sizes),
        ]
        for place, count in enumerate(sizes.compared):
            ids = ",".join(run_id(_WIDE + at) for at in range(count))
            known = (
                "[...document.querySelectorAll('output')].some((one) => / keys$/"
                f".test(one.textContent) && one.textContent.replace(/\\D/g, '') >= {keys})"
            )
            cells = "document.querySelectorAll('.grid-row .key-cell').length > 0"
            path = f"{address}/#/compare?runs={ids}"
            rows.append(
                _row(
                    f"page: {count} runs of {keys:,} keys compared",
                    opened(browser, path, f"{known} && {cells}", sizes.openings),
                    "≤ 2,000 ms" if place else "≤ 1,000 ms",
                    None if place else theirs.get("compare"),
                )
            )
    return rows


def _curves_rows(
    browser: "Browser", address: str, curves: Sequence[str], sizes: Sizes
) -> list[Row]:
    """Draw all curves in one panel, and look at what of them was sent to be drawn."""
    path = f"{address}/#/compare?tab=curves&curves=metrics.loss&runs={','.join(curves)}"
    done = f"!bench.pending && bench.strokes >= {len(curves)}"
    taken = opened(browser, path, done, sizes.openings)
    sent: dict[str, tuple[float, float]] = {}
    with tab(browser) as one:
        answers: list[Response] = []
        one.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it is wrapped
        one.visit(path, done)
        for answer in (each for each in answers if "/series/" in each.url):
            asked = json.loads(answer.request.post_data or "{}")["series"]
            for series, outline in zip(asked, answer.json(), strict=True):
                sent[series["run"]] = min(outline["values"]), max(outline["values"])
    exact = sum(sent.get(run) == extremes(number) for number, run in enumerate(curves))
    what = f"page: {len(curves)} curves of {sizes.points:,} points"
    return [
        _row(f"{what} drawn", taken, "≤ 1,000 ms"),
        _row(f"{what}, extremes exact", float(exact), f"{len(curves)}", unit="curves"),
    ]
