"""Autologging of MLflow, as a training script has it."""

import sys
import warnings

import mlflow
import numpy as np
from mlflow import MlflowClient

warnings.simplefilter("ignore")
client = MlflowClient()
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X @ [1.0, 2.0, 3.0] > 0).astype(int)
mlflow.set_experiment("autolog")


def last():
    return client.search_runs(
        [mlflow.get_experiment_by_name("autolog").experiment_id], max_results=1
    )[0]


def sklearn():
    from sklearn.linear_model import LogisticRegression

    mlflow.sklearn.autolog()
    model = LogisticRegression().fit(X, y)
    run = last()
    assert run.data.params["C"] == "1.0"
    assert run.data.metrics["training_accuracy_score"] > 0.8
    assert run.info.status == "FINISHED"
    loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert (loaded.predict(X) == model.predict(X)).all()


def xgboost():
    import xgboost

    mlflow.xgboost.autolog(log_models=False)
    data = xgboost.DMatrix(X, y)
    xgboost.train(
        {"max_depth": 2}, data, num_boost_round=4, evals=[(data, "train")], verbose_eval=False
    )
    run = last()
    assert run.data.params["max_depth"] == "2"
    assert [one.step for one in client.get_metric_history(run.info.run_id, "train-rmse")] == [
        0,
        1,
        2,
        3,
    ]


def lightgbm():
    import lightgbm

    mlflow.lightgbm.autolog(log_models=False)
    data = lightgbm.Dataset(X, y)
    lightgbm.train({"num_leaves": 4, "verbosity": -1}, data, num_boost_round=3, valid_sets=[data])
    run = last()
    assert run.data.params["num_leaves"] == "4"
    assert len(client.get_metric_history(run.info.run_id, "training-l2")) == 3


for one in sys.argv[1:]:
    globals()[one]()
print("all of it holds")
