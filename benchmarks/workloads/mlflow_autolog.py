"""A small model of scikit-learn, logged by MLflow's autologging on SQLite."""

import json
import logging
import statistics
import sys
import time
import warnings

import mlflow
import numpy as np
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.sklearn.autolog(silent=True)
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 4))
y = (X @ [1, 2, 3, 0] > 0).astype(int)
taken = []
for _ in range(int(sys.argv[1]) + 1):
    began = time.perf_counter()
    LogisticRegression().fit(X, y)
    taken.append(time.perf_counter() - began)
print(json.dumps({"logged": statistics.median(taken[1:])}))
