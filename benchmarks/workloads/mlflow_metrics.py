"""Single metrics of MLflow on SQLite."""

import json
import sys
import time

import mlflow
from mlflow.entities import Metric


def main(count):
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    with mlflow.start_run():
        mlflow.log_metric("warm", 0.0)
        began = time.perf_counter()
        for step in range(count):
            mlflow.log_metric("loss", 0.5, step)
        called = time.perf_counter() - began
        points = [Metric("bulk", 0.5, 1, step) for step in range(1000)]
        client, run = mlflow.MlflowClient(), mlflow.active_run().info.run_id
        began = time.perf_counter()
        client.log_batch(run, metrics=points)
        bulk = time.perf_counter() - began
    print(json.dumps({"call": called / count, "bulk": bulk / len(points)}))


main(int(sys.argv[1]))
