"""Fills a store of MLflow, with MLflow's own code."""

import math
import warnings

import mlflow
import pandas as pd
from mlflow import MlflowClient

warnings.simplefilter("ignore")
client = MlflowClient()


class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return model_input * 2


mlflow.set_experiment("imported")
client.set_experiment_tag(mlflow.get_experiment_by_name("imported").experiment_id, "team", "a")
with mlflow.start_run(run_name="one", tags={"k": "v"}, description="a note") as run:
    mlflow.log_params({"p": 1, "q": "x"})
    for step, value in enumerate([1.0, math.nan, math.inf, 2.5]):
        mlflow.log_metric("train/m", value, step=step)
    mlflow.log_metric("train/m", 9.0, step=-4)
    mlflow.log_text("hello", "a/b.txt")
    mlflow.log_input(
        mlflow.data.from_pandas(pd.DataFrame({"a": [1.0]}), name="ds"), context="training"
    )
    with mlflow.start_run(nested=True, run_name="child"):
        mlflow.log_metric("c", 1)
    mlflow.pyfunc.log_model(
        name="model", python_model=Twice(), pip_requirements=[], registered_model_name="twice"
    )
    mlflow.pyfunc.log_model(
        name="model", python_model=Twice(), pip_requirements=[], registered_model_name="twice"
    )
client.set_registered_model_alias("twice", "champion", "2")
client.set_model_version_tag("twice", "2", "checked", "yes")
client.transition_model_version_stage("twice", "2", "Staging")
client.delete_model_version("twice", "1")
mlflow.genai.register_prompt("greeting", "Hello {{name}}", tags={"team": "a"})
mlflow.genai.set_prompt_alias("greeting", "production", 1)
gone = client.create_run(run.info.experiment_id, run_name="gone").info.run_id
client.delete_run(gone)
client.set_terminated(client.create_run("0", run_name="broken").info.run_id, "FAILED")
client.delete_experiment(mlflow.create_experiment("deleted"))
print(run.info.run_id)
