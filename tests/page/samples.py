"""What the pages of the tests show: a sweep with curves, files and models, and a pipeline."""

import itertools
import json
import math
import os
import subprocess
import sys
import urllib.request

from tests.projects import write_project

NODES = """
import logging

from treadle import node, pipeline


def clean(raw):
    return [abs(value) for value in raw]


def measure(clean):
    logging.getLogger("measures").warning("measuring \\x1b[33m%d\\x1b[0m values", len(clean))
    print("the sum is", sum(clean))
    return {"sum": sum(clean)}


def create_pipeline():
    return pipeline([node(clean), node(measure, outputs="measured")])
"""
CATALOG = "raw: raw.json\nclean: clean.json\nmeasured: {type: metrics, filepath: measured.json}\n"


def fix_ids(monkeypatch):
    """Make the ids of new runs the same in each process that calls this."""
    numbers = itertools.count(1)

    def new_id():
        return f"{next(numbers) * 0x9E3779B97F4A7C15 % (1 << 128):032x}"

    monkeypatch.setattr("treadle.tracking.opening.new_id", new_id)


def log_sweep(store, count=8):
    """Log a sweep of two experiments, whose last run fails; give the ids of the runs."""
    import treadle

    ids = []
    for number in range(count):
        params = {"lr": 10 ** (-1 - number / 4), "batch": 64, "model": {"kind": "ab"[number % 2]}}
        experiment = "vision/resnet" if number % 4 else "nlp/bert"
        run = treadle.start_run(
            f"run-{number}",
            experiment=experiment,
            params=params,
            store=store,
            system_metrics=False,
        )
        ids.append(run.id)
        with run:
            steps = range(60)
            run.log_series("val/loss", [(1 + number) * math.exp(-step / 9) for step in steps])
            run.log_series("train/loss", [number + math.cos(step / 5) for step in steps])
            run.log_metric("acc", number / count)
            run.set_tags({"stage": "test", "owner": "ada"})
            _log_files(run, number)
        if number == count - 1:
            run.end("failed")
    return ids


def _log_files(run, number):
    import numpy as np

    run.log_text("import os\n\n\ndef train():\n    return os.name\n", "code/train.py")
    run.log_text("id,city\n" + "".join(f"{at},city {at % 7}\n" for at in range(40)), "houses.csv")
    run.log_text("# A note\n\nOf **one** run.\n", "note.md")
    run.log_dict({"r2": 0.9, "folds": [{"r2": 0.8}]}, "report.json")
    for step in (0, 10):
        run.log_image(np.full((16, 16), 40 + 20 * number + step, "uint8"), "samples", step)


def run_pipeline(folder):
    """Run a pipeline, then fail at it, in a project of its own; give the address of its store."""
    write_project(folder, NODES, {"conf/base/catalog.yml": CATALOG, "raw.json": "[1, -2]"})
    store = str(folder / "runs.db")
    _run(folder, store, "first")
    code = folder / "src/small/pipelines/main.py"
    code.write_text(
        code.read_text().replace("return {", "raise ValueError('no sum')\n    return {")
    )
    _run(folder, store, "failing")
    return store


def _run(folder, store, name):
    command = [sys.executable, "-m", "treadle", "run", "--name", name]
    environment = {**os.environ, "TREADLE_STORE": store}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert (done.returncode == 0) == (name != "failing"), done.stderr


def register_model(address, run):
    """Register a model with one version, through a server."""
    _post(address, "registered-models/create", name="prices", description="Predicts **prices**.")
    source = f"runs:/{run}/code"
    _post(address, "model-versions/create", name="prices", source=source, run_id=run)
    _post(address, "registered-models/alias", name="prices", alias="best", version="1")


def _post(address, path, **body):
    request = urllib.request.Request(
        f"{address}/api/2.0/mlflow/{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)
