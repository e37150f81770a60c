"""Single metrics of MLflow on SQLite."""

import json
import sys
import time

import mlflow


def main(count):
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    with mlflow.start_run():
        mlflow.log_metric("warm", 0.0)
        began = time.perf_counter()
        for step in range(count):
            mlflow.log_metric("loss", 0.5, step)
        called = time.perf_counter() - began
    print(json.dumps({"call": called / count}))


main(int(sys.argv[1]))
