"""What a live run costs on the web page: how late its points are drawn, and how much it keeps."""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from benchmarks.measure import HERE, Row
from benchmarks.page_browser import LATEST, tab
from benchmarks.server import running, treadle_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from benchmarks.page_browser import Tab

__all__ = ["live_rows"]

_LABEL: Final = (
    "document.querySelector('.metric-panel [role=application]')?.getAttribute('aria-label')"
)
_MINUTE: Final = 60


class Training(msgspec.Struct, frozen=True):
    """A process that logs what it is told to."""

    process: "subprocess.Popen[str]"
    run: str

    def tell(self, word: str, first: int, second: float) -> float:
        """Have it log; return when that was, in milliseconds of the clock."""
        given, got = _pipes(self.process)
        given.write(f"{word} {first} {second:g}\n")
        given.flush()
        return float(json.loads(got.readline())["time"])


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin
    assert process.stdout
    return process.stdin, process.stdout


@contextmanager
def _training(store: str) -> Iterator[Training]:
    """Start a process that logs to a store; its run ends with the block."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, HERE / "workloads" / "treadle_live.py"],
            cwd=folder,
            env={**os.environ, "TREADLE_STORE": store},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        given, got = _pipes(process)
        yield Training(process, json.loads(got.readline())["run"])
        given.close()
        process.wait(60)


def live_rows(browser: "Browser", folder: Path, points: int, hour: int) -> list[Row]:
    """Follow live runs, which log to the store itself and to its server.

    Args:
        browser: To follow them with.
        folder: For the store.
        points: How many of each are waited for.
        hour: The number of steps of the run that is followed for long.
    """
    print("  live runs …", file=sys.stderr)
    store = folder / "live.db"
    arguments, port = treadle_server(str(folder), str(store))
    address = f"http://127.0.0.1:{port}"
    rows = []
    with running(arguments, str(folder), port):
        for whose, where in (("the same machine", str(store)), ("a client", address)):
            with _training(where) as training, tab(browser) as one:
                taken = statistics.median(_late(one, address, training, points))
                rows.append(_row(f"page: a point logged by {whose} drawn", taken, "≤ 1,000 ms"))
        with _training(address) as training, tab(browser) as one:
            grown = _grown(one, address, training, hour)
            what = f"page: memory of a live run, {hour:,} steps of 20 metrics after {_MINUTE}"
            rows.append(_row(what, grown, "≤ 20 MB", "MB"))
    return rows


def _row(what: str, ours: float, budget: str, unit: str = "ms") -> Row:
    return Row(what=what, peer="–", theirs=None, ours=ours, unit=unit, budget=budget)


def _late(one: "Tab", address: str, training: Training, points: int) -> list[float]:
    """Return how many milliseconds after it was logged each of some points was drawn."""
    chance = random.Random(0)
    training.tell("many", 0, 3)
    one.visit(f"{address}/#/runs/{training.run}/metrics?find=m00", f"{_LABEL}?.includes('0 to 2')")
    taken = []
    for number in range(points):
        time.sleep(chance.uniform(0.3, 1.3))
        value = 2 + number
        logged = training.tell("one", 3 + number, value)
        drawn = one.page.evaluate(
            f"async () => {{ await bench.seen(() => {_LABEL}?.includes('to {value},'),"
            f" performance.now(), {LATEST}); return Date.now(); }}"
        )
        taken.append(drawn - logged)
    return taken


def _grown(one: "Tab", address: str, training: Training, hour: int) -> float:
    """Return by how many megabytes the page has grown from the first minute to a whole hour."""
    training.tell("many", 0, _MINUTE)
    one.visit(f"{address}/#/runs/{training.run}/metrics", f"{_LABEL}?.includes('0 to 59')")
    time.sleep(2)
    before = one.heap()
    training.tell("many", _MINUTE, hour)
    seen = one.until(f"{_LABEL}?.includes('0 to {hour - 1:,}')")
    if seen >= LATEST:
        raise RuntimeError("the page does not show the newest points of a live run")
    time.sleep(2)
    return one.heap() - before
