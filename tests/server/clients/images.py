"""Log images by step with one of MLflow's clients."""

import mlflow
import numpy as np

with mlflow.start_run() as run:
    for step in (5, 0):
        mlflow.log_image(np.full((8, 8, 3), step, dtype=np.uint8), key="val/cat", step=step)
    mlflow.log_image(np.zeros((8, 8), dtype=np.uint8), "single.png")
    mlflow.log_table({"a": [1, 2], "b": ["x", "y"]}, "table.json")
    mlflow.flush_artifact_async_logging()
print(run.info.run_id)
