"""What libraries train is logged without a line of logging."""

import json
import os
import pickle
import subprocess
import threading

import pytest
from tests.servers import serving

import treadle
from treadle.errors import ConfigError
from treadle.store import open_artifacts


@pytest.fixture
def data():
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4))
    return X, (X @ [1.0, 2.0, 3.0, 0.0] > 0).astype(int)


@pytest.fixture(autouse=True)
def _off_again():
    yield
    treadle.autolog(disable=True)


def runs(where=""):
    return [treadle.get_run(run.id) for run in treadle.search_runs(where, sort="started")]


def only():
    (details,) = runs()
    return details


def paths(details):
    return [artifact.path for artifact in details.artifacts]


def content(details, path, location):
    (found,) = [artifact for artifact in details.artifacts if artifact.path == path]
    return b"".join(open_artifacts(location.artifacts).read(found.digest, 0, found.size))


def test_a_classifier(data, location):
    from sklearn.linear_model import LogisticRegression

    treadle.autolog("sklearn")
    X, y = data
    model = LogisticRegression(C=0.5).fit(X, y)
    details = only()
    run = details.run
    assert (run.name, run.status) == ("LogisticRegression", "finished")
    assert run.params["C"] == 0.5
    assert run.params["data_rows"] == 120
    assert run.tags["model_class"] == "sklearn.linear_model._logistic.LogisticRegression"
    assert run.metrics["training/accuracy_score"] == model.score(X, y)
    assert 0.9 < run.metrics["training/roc_auc"] <= 1
    assert paths(details) == [
        "model/MLmodel",
        "model/model.pkl",
        "model/python_env.yaml",
        "model/requirements.txt",
        "plots/confusion_matrix.png",
        "plots/precision_recall.png",
        "plots/roc_curve.png",
    ]
    loaded = pickle.loads(content(details, "model/model.pkl", location))
    assert (loaded.predict(X) == model.predict(X)).all()
    assert content(details, "plots/roc_curve.png", location).startswith(b"\x89PNG")


def test_a_regressor_of_a_frame_has_importance_by_name(data, location):
    import pandas as pd
    from sklearn.ensemble import RandomForestRegressor

    treadle.autolog("sklearn", plots=False)
    X, y = data
    model = RandomForestRegressor(5, n_jobs=2, random_state=0).fit(
        pd.DataFrame(X, columns=list("abcd")), y
    )
    details = only()
    assert 0 < details.run.metrics["training/r2_score"] < 1
    assert details.run.metrics["training/root_mean_squared_error"] > 0
    importance = json.loads(content(details, "model/importance.json", location))
    assert importance == dict(zip("abcd", map(float, model.feature_importances_), strict=True))
    assert not [path for path in paths(details) if path.startswith("plots")]


def test_what_a_pipeline_fits_is_a_part_of_it_and_a_transformer_is_no_run(data):
    from sklearn.cluster import KMeans
    from sklearn.ensemble import VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    treadle.autolog("sklearn", plots=False, models=False)
    X, y = data
    StandardScaler().fit_transform(X)
    make_pipeline(StandardScaler(), LogisticRegression(C=2)).fit(X, y)
    VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression(C=3))], n_jobs=2).fit(
        X, y
    )
    KMeans(3, n_init=1).fit_predict(X)
    found = runs()
    assert [one.run.name for one in found] == ["Pipeline", "VotingClassifier", "KMeans"]
    assert found[0].run.params["logisticregression__C"] == 2
    assert found[2].run.metrics["inertia"] > 0
    assert not any(one.artifacts for one in found[:2])


def test_threads_of_one_fit_belong_to_it(data):
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.linear_model import LogisticRegression

    treadle.autolog("sklearn", plots=False, models=False)

    class Committee(ClassifierMixin, BaseEstimator):  # defined after the library was changed
        def fit(self, X, y):
            self.members_ = [LogisticRegression(C=c) for c in (1.0, 2.0)]
            threads = [threading.Thread(target=one.fit, args=(X, y)) for one in self.members_]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.classes_ = self.members_[0].classes_
            return self

        def predict(self, X):
            return self.members_[0].predict(X)

    Committee().fit(*data)
    assert only().run.name == "Committee"


def test_a_search_has_its_candidates_as_runs(data, location):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    treadle.autolog("sklearn", plots=False, tuning_runs=2)
    search = GridSearchCV(LogisticRegression(), {"C": [0.001, 0.1, 10]}, cv=3).fit(*data)
    parent, *children = runs()
    assert parent.run.name == "GridSearchCV"
    assert parent.run.params["best.C"] == search.best_params_["C"]
    assert parent.run.metrics["best_score"] == search.best_score_
    table = content(parent, "cv_results.csv", location).decode().splitlines()
    assert len(table) == 4
    assert "mean_test_score" in table[0]
    assert [one.run.parent for one in children] == [parent.run.id] * 2
    assert max(one.run.metrics["mean_test_score"] for one in children) == search.best_score_
    assert "0.001" not in {one.run.params["C"] for one in children}


def test_several_models_in_one_run_have_names_of_their_own(data):
    from sklearn.linear_model import LinearRegression, LogisticRegression

    treadle.autolog("sklearn", plots=False)
    with treadle.start_run("mine"):
        for c in (1.0, 2.0):
            LogisticRegression(C=c).fit(*data)
        LinearRegression().fit(*data)
    details = only()
    assert details.run.params["C"] == 1.0
    assert details.run.params["LogisticRegression-2.C"] == 2.0
    assert "LinearRegression/training/r2_score" in details.run.metrics
    assert [path for path in paths(details) if path.endswith("pkl")] == [
        "model-LinearRegression/model.pkl",
        "model-LogisticRegression-2/model.pkl",
        "model/model.pkl",
    ]


def test_an_error_of_the_training_is_the_users_and_the_runs(data):
    from sklearn.linear_model import LogisticRegression

    treadle.autolog("sklearn")
    X, _ = data
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        LogisticRegression().fit(X, [1, 2, 3])
    assert (only().run.status, only().run.error.kind) == ("failed", "ValueError")
    with pytest.raises(TypeError):
        LogisticRegression().fit()
    assert len(runs()) == 1  # a call that is none is no run


def test_what_cannot_be_logged_does_not_stop_the_training(data, caplog):
    from sklearn.linear_model import LogisticRegression

    class Odd(LogisticRegression):
        def get_params(self, deep=True):
            return {**super().get_params(deep), "C": self.C, "bad" + "x" * 300: 1}

        def predict_proba(self, X):
            raise RuntimeError("no chance")

    treadle.autolog("sklearn")
    model = Odd().fit(*data)
    assert (model.predict(data[0]) == data[1]).mean() > 0.8
    details = only()
    assert details.run.status == "finished"
    assert "training/accuracy_score" in details.run.metrics
    assert "no chance" in caplog.text
    assert "cannot be a name" in caplog.text


def test_off_means_off_and_a_wrong_name_is_said(data):
    from sklearn.linear_model import LogisticRegression

    treadle.autolog()
    treadle.autolog("sklearn", disable=True)
    LogisticRegression().fit(*data)
    assert not runs()
    with pytest.raises(ConfigError, match='"sklear" is not a library') as caught:
        treadle.autolog("sklear")
    assert "sklearn" in caught.value.hint


def test_xgboost_by_both_of_its_doors(data):
    import xgboost

    treadle.autolog()
    X, y = data
    matrix = xgboost.DMatrix(X, y)
    booster = xgboost.train(
        {"max_depth": 2}, matrix, num_boost_round=4, evals=[(matrix, "train")], verbose_eval=False
    )
    xgboost.XGBClassifier(n_estimators=9, early_stopping_rounds=2).fit(
        X, y, eval_set=[(X, y)], verbose=False
    )
    first, second = runs()
    assert first.run.params == {"max_depth": 2, "num_boost_round": 4}
    history = treadle.metric_history(first.run.id, "train/rmse")
    assert [point.step for point in history] == [0, 1, 2, 3]
    assert history[3].value == pytest.approx(
        float(booster.eval(matrix, "train").rpartition(":")[2]), abs=1e-4
    )
    assert {"model/model.ubj", "plots/importance-gain.png"} <= set(paths(first))
    assert second.run.params["early_stopping_rounds"] == 2
    assert len(treadle.metric_history(second.run.id, "validation_0/logloss")) <= 9


def test_lightgbm_by_both_of_its_doors(data, location, tmp_path):
    import lightgbm

    treadle.autolog()
    X, y = data
    train = lightgbm.Dataset(X, y)
    booster = lightgbm.train(
        {"num_leaves": 4, "verbosity": -1}, train, num_boost_round=3, valid_sets=[train]
    )
    lightgbm.LGBMRegressor(n_estimators=2, verbosity=-1).fit(X, y)
    first, second = runs()
    assert first.run.params["num_leaves"] == 4
    assert [point.step for point in treadle.metric_history(first.run.id, "training/l2")] == [
        0,
        1,
        2,
    ]
    (tmp_path / "model.lgb").write_bytes(content(first, "model/model.lgb", location))
    loaded = lightgbm.Booster(model_file=tmp_path / "model.lgb")
    assert (loaded.predict(X) == booster.predict(X)).all()
    assert second.run.params["num_boost_round"] == 2


def test_a_library_that_is_imported_later(python, store):
    done = python(
        "import sys, treadle\n"
        "treadle.autolog(plots=False)\n"
        "assert not {'sklearn', 'xgboost', 'matplotlib', 'numpy'} & set(sys.modules)\n"
        "from sklearn.linear_model import LinearRegression\n"
        "import sklearn.base, inspect\n"
        "assert type(sklearn.base.__spec__.loader).__name__ == 'SourceFileLoader'\n"
        "assert list(inspect.signature(LinearRegression.fit).parameters) == ['self', 'X', 'y', "
        "'sample_weight']\n"
        "LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])\n"
    )
    assert done.code == 0, done
    assert store.get_run("latest").run.metrics["training/r2_score"] == 1.0


def deep(tmp_path, repository, *arguments):
    return subprocess.run(
        [
            repository / ".venv-deep/bin/python",
            repository / "tests/tracking/training/deep.py",
            *arguments,
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_lightning(tmp_path, repository):
    done = deep(tmp_path, repository, "lightning")
    assert done.returncode == 0, done.stderr
    details = only()
    assert (details.run.name, details.run.status) == ("Net", "finished")
    assert {
        "width": 8,
        "rate": 0.01,
        "optimizer": "Adam",
        "optimizer.lr": 0.01,
        "epochs": 3,
        "trainable_parameters": 49,
    }.items() <= details.run.params.items()
    steps = {
        key: [point.step for point in treadle.metric_history(details.run.id, key)]
        for key in details.run.metrics
    }
    assert steps == {
        "train_loss_step": [3, 7, 11, 15, 19, 23],
        "train_loss_epoch": [7, 15, 23],
        "val_loss": [7, 15, 23],
        "epoch": [3, 11, 19],
    }
    assert {"model/last.ckpt", "model/requirements.txt", "plots/curve_loss.png"} <= set(
        paths(details)
    )


def test_lightning_that_breaks_in_an_epoch(tmp_path, repository):
    done = deep(tmp_path, repository, "lightning", "break")
    assert "a batch that cannot be" in done.stderr
    details = only()
    assert details.run.status == "failed"
    assert "train_loss_epoch" in details.run.metrics  # of the epoch before


def test_tensors_are_numbers(tmp_path, repository):
    done = deep(tmp_path, repository, "tensors")
    assert done.returncode == 0, done.stderr
    run = only().run
    assert run.metrics == {"loss": 2, "val/one": 0.5, "count": 3, "series": 2}
    assert run.params == {"rate": 0.5, "dtype": "torch.bfloat16", "weights": "[1.0, 1.0]"}


def test_keras(tmp_path, repository, location):
    done = deep(tmp_path, repository, "keras")
    assert done.returncode == 0, done.stderr
    details = only()
    assert {
        "epochs": 3,
        "batch_size": 32,
        "optimizer": "Adam",
        "loss": "binary_crossentropy",
    }.items() <= details.run.params.items()
    assert details.run.params["optimizer.learning_rate"] == pytest.approx(0.001)
    for key in ("loss", "accuracy", "val/loss", "val/accuracy"):
        assert [point.step for point in treadle.metric_history(details.run.id, key)] == [0, 1, 2]
    assert "Total params" in content(details, "model/summary.txt", location).decode()
    assert {"plots/curve_loss.png", "plots/curve_accuracy.png"} <= set(paths(details))
    assert content(details, "model/model.keras", location).startswith(b"PK")  # a zip archive


def test_mlflow_loads_what_was_kept(data, tmp_path, repository, location):
    """The official client of MLflow loads the models out of a server on the same store."""
    import lightgbm
    import numpy as np
    import xgboost
    from sklearn.linear_model import LogisticRegression

    treadle.autolog()
    X, y = data
    np.save(tmp_path / "X.npy", X)
    LogisticRegression().fit(X, y)
    xgboost.train({"max_depth": 2}, xgboost.DMatrix(X, y), num_boost_round=2)
    lightgbm.train({"num_leaves": 4, "verbosity": -1}, lightgbm.Dataset(X, y), num_boost_round=2)
    program = (
        "import sys, warnings, numpy as np, mlflow; warnings.simplefilter('ignore')\n"
        "X = np.load('X.npy')\n"
        "for run in sys.argv[1:]:\n"
        "    print(float(np.sum(mlflow.pyfunc.load_model(f'runs:/{run}/model').predict(X))))\n"
    )
    with serving(location) as address:
        done = subprocess.run(
            [
                repository / ".venv-mlflow3/bin/python",
                "-c",
                program,
                *(one.run.id for one in runs()),
            ],
            cwd=tmp_path,
            env={**os.environ, "MLFLOW_TRACKING_URI": address},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 3
    assert float(done.stdout.split()[0]) == LogisticRegression().fit(X, y).predict(X).sum()
