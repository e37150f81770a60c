"""A small model of scikit-learn, fitted plainly and logged by itself."""

import json
import statistics
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

import treadle


def timed(count, **options):
    if options:
        treadle.autolog("sklearn", **options)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))  # noqa: N806 - what everybody calls it
    y = (X @ [1, 2, 3, 0] > 0).astype(int)
    taken = []
    for _ in range(count + 1):
        began = time.perf_counter()
        LogisticRegression().fit(X, y)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


count = int(sys.argv[1])
print(
    json.dumps(
        {
            "plain": timed(count),
            "logged": timed(count, plots=True),
            "without plots": timed(count, plots=False),
        }
    )
)
