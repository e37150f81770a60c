"""Draws the pictures of the web page for docs/pictures. Called by `make picture`.

It makes a project with two runs of a pipeline and records a search for hyperparameters in its
store; then it opens the page of a real server in a real Chromium.
"""

import contextlib
import io
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

import treadle

OUT = Path(__file__).with_name("pictures")
MOST_BYTES = 250_000
EPOCHS = 60
STEPS = 1200
HOUR = 3600.0
RUNS = 60
OTHERS = 6
MODELS = {"convnext-tiny": (0.955, 6.0), "resnet50": (0.915, 9.5), "vit-small": (0.937, 7.5)}
"""For each model: the accuracy that it can reach, and how many epochs that takes."""
COLUMNS = [
    "name",
    "started",
    'curve(metrics."val/loss")',
    'min(metrics."val/loss")',
    'max(metrics."val/accuracy")',
    "params.model",
    "params.optimizer.rate",
    "params.dropout",
    "params.augment",
    "duration",
]
WIDTHS = "name:180, params.optimizer.rate:126"
ACCURACY = 'max(metrics."val/accuracy")'
LOSS = 'min(metrics."val/loss")'
RATE = "params.optimizer.rate"
SEARCH = 'experiment = "birds/search"'
GOOD = 'max(metrics."val/accuracy") > 0.9'


def main() -> None:
    """Record the runs, and save the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        store = project / ".treadle" / "treadle.db"
        best = record_search(store)
        record_others(store)
        spread_over_days(store)
        with serving(project) as address, sync_playwright() as driver:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for name, place, is_dark in pictures(store, best):
                context = browser.new_context(
                    viewport={"width": 1440, "height": 900},
                    color_scheme="dark" if is_dark else "light",
                    locale="en-GB",
                    timezone_id="UTC",
                )
                take(context.new_page(), f"{address}/#/{place}", OUT / f"{name}.png")
                context.close()
            browser.close()


def pictures(store: Path, best: str) -> Iterator[tuple[str, str, bool]]:
    """Yield each picture: its name, its address, and whether it is dark."""
    [run] = treadle.search_runs(SEARCH, store=store, limit=1)
    table = {"columns": ", ".join(COLUMNS), "heat": f"{ACCURACY}, {LOSS}", "widths": WIDTHS}
    table |= {"experiments": run.experiment_id, "where": GOOD, "sort": f"-{ACCURACY}"}
    yield "page-runs", link("runs", **table), False
    yield "page-metrics", link(f"runs/{best}/metrics", smooth="ema:0.6"), True
    axes = f"params.model,{RATE},params.dropout,params.augment,{LOSS},{ACCURACY}"
    lines = {"tab": "parallel", "axes": axes, "color": ACCURACY, "log": RATE}
    brush = f"{ACCURACY}:0.92:0.98"
    yield "page-parallel", link("compare", where=SEARCH, brush=brush, **lines), True
    [pipeline] = treadle.search_runs('kind = "pipeline"', store=store, limit=1)
    yield "page-nodes", link(f"runs/{pipeline.id}/nodes", node="train"), False


def link(path: str, **query: str) -> str:
    """Return an address of the page, as it stands in the hash."""
    return f"{path}?{urlencode(query, quote_via=quote)}"


def make_project(folder: Path) -> Path:
    """Make the flights project, run it, and run it again with a change; return its folder."""
    call([sys.executable, "-m", "treadle", "new", "flights", "--example", "flights"], folder)
    project = folder / "flights"
    git = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Start"]):
        call([*git, *command], project)
    call([sys.executable, "-m", "treadle", "run"], project)
    parameters = project / "conf" / "base" / "parameters.yml"
    parameters.write_text(parameters.read_text().replace("depth: 6", "depth: 8"))
    call([sys.executable, "-m", "treadle", "run"], project)
    return project


def call(command: list[str], folder: Path) -> None:
    """Run a command in a folder, as a user who is called ada."""
    environment = {**os.environ, "LOGNAME": "ada"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def record_search(store: Path) -> str:
    """Record the runs of a random search; return the id of the best."""
    random = np.random.default_rng(3)
    found: list[tuple[float, str]] = []
    for number in range(RUNS):
        model = str(random.choice(list(MODELS)))
        rate = float(f"{10 ** random.uniform(-4.3, -2.1):.2g}")
        dropout, augment = round(random.uniform(0, 0.5), 2), bool(random.integers(0, 5) > 1)
        params = {"model": model, "optimizer": {"kind": "adamw", "rate": rate}, "batch": 64}
        params |= {"dropout": dropout, "augment": augment, "epochs": EPOCHS}
        lost = 0.05 * (math.log10(rate) + 3.2) ** 2 + 0.2 * (dropout - 0.2) ** 2
        with treadle.start_run(
            f"{model}-{number:02}", experiment="birds/search", params=params, store=store
        ) as run:
            top = MODELS[model][0] - lost + 0.012 * augment + random.normal(0, 0.003)
            overfit = 0.3 * max(0, 0.3 - dropout) + 0.02 * (not augment)
            accuracy = log_curves(random, top, rate, MODELS[model][1], overfit)
        found.append((accuracy, run.id))
    return max(found)[1]


def log_curves(
    random: np.random.Generator, top: float, rate: float, epochs: float, overfit: float
) -> float:
    """Log what a training logs; return its best accuracy."""
    epoch, step = np.arange(EPOCHS), np.arange(STEPS) * 10
    speed = epochs + 3 * abs(math.log10(rate / 0.0006)) + random.normal(0, 0.3)
    noise = random.normal(0, 0.005, EPOCHS) * (1 + 2 * np.exp(-epoch / 10))
    accuracy = np.clip(top * (1 - 0.86 * np.exp(-epoch / speed)) + noise, 0, 0.985)
    loss = 0.22 + 4.2 * (0.97 - top) + 2.4 * np.exp(-epoch / speed) + 4 * abs(noise)
    loss += np.maximum(0, epoch - 3.2 * speed) * overfit * 0.16
    trained = 0.05 + 2.6 * np.exp(-step / (speed * 190)) * np.exp(random.normal(0, 0.13, STEPS))
    warm = np.minimum(1, step / 1000) * (1 + np.cos(np.pi * step / step[-1])) / 2
    treadle.log_series("val/accuracy", accuracy, epoch * 200)
    treadle.log_series("val/loss", loss, epoch * 200)
    treadle.log_series("val/f1", accuracy - 0.02 + random.normal(0, 0.006, EPOCHS), epoch * 200)
    treadle.log_series("train/loss", trained + 0.02 * random.random(STEPS), step)
    treadle.log_series("train/gradient", 0.4 + trained * random.gamma(9, 0.1, STEPS), step)
    treadle.log_series("train/rate", rate * warm, step)
    return float(accuracy.max())


def record_others(store: Path) -> None:
    """Record runs of other experiments, one of them failed."""
    for number in range(OTHERS):
        with (
            contextlib.suppress(ArithmeticError),
            treadle.start_run(f"ctc-{number}", experiment="speech/ctc", store=store),
        ):
            treadle.log_params({"layers": 8 + 4 * (number % 3), "rate": 0.0005})
            treadle.log_series("val/wer", 0.09 + 0.8 * np.exp(-np.arange(40) / (5 + number)))
            if number == OTHERS - 1:
                raise ArithmeticError("the loss is nan at step 812")
    with treadle.start_run("linear-probe", experiment="birds/baseline", store=store):
        treadle.log_params({"model": "dinov2-small", "probe": "linear"})
        treadle.log_metric("val/accuracy", 0.861)


def spread_over_days(store: Path) -> None:
    """Set the times of the runs to those of trainings of the past days, with users."""
    random = np.random.default_rng(7)
    with contextlib.closing(sqlite3.connect(store)) as database, database:
        keys = [key for (key,) in database.execute("SELECT key FROM run ORDER BY key DESC")]
        now = time.time() - 0.2 * HOUR
        for at, key in enumerate(keys):
            took = float(random.normal(41, 6)) * 60
            started = now - at * 1.3 * HOUR - took
            database.execute(
                "UPDATE run SET started = ?, ended = ?, user_name = ?, command = 'python train.py' "
                "WHERE key = ? AND kind <> 'pipeline'",
                (started, started + took, ("ada", "grace", "kofi")[at % 3], key),
            )


@contextlib.contextmanager
def serving(project: Path) -> Iterator[str]:
    """Run `treadle ui` in a project until the block ends; yield its address."""
    command = [sys.executable, "-m", "treadle", "ui", "--no-browser"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[0]
        finally:
            process.terminate()


def take(page: Page, address: str, path: Path) -> None:
    """Save one picture of a page, once it has read all that it shows."""
    page.goto(address)
    page.wait_for_selector(".grid-row .cell, canvas, .run-tab, .compare-body")
    page.wait_for_load_state("load")
    page.wait_for_timeout(2000)  # the lines of charts follow their data
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    assert size <= MOST_BYTES, (path, size)


if __name__ == "__main__":
    main()
