"""Logs by MLflow's client until a file is there, and prints what was acknowledged."""

import itertools
import json
import sys
import time
from pathlib import Path

import mlflow
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from requests.exceptions import RequestException

POINTS = 3


def say(**what):
    print(json.dumps(what), flush=True)


def main():
    client = mlflow.MlflowClient()
    end = Path(sys.argv[1])
    for number in itertools.takewhile(lambda _: not end.exists(), itertools.count()):
        name = f"r{number}"
        try:
            run = client.create_run("0", run_name=name).info.run_id
        except (MlflowException, RequestException) as error:  # version 3.18 leaves it to its caller
            say(failed=name, error=str(error)[:300])
            continue
        say(created=name, run=run)
        for step in range(POINTS):
            client.log_metric(run, "single", step + 0.5, step=step)
            say(run=run, key="single", steps=[step])
        now = int(time.time() * 1000)
        metrics = [Metric("batch", float(step), now, step) for step in range(POINTS)]
        client.log_batch(run, metrics, params=[Param("p", name)])
        say(run=run, key="batch", steps=list(range(POINTS)))
        client.set_terminated(run)
        say(ended=run)


if __name__ == "__main__":
    main()
