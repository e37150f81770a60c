"""The same chain under Kedro's SequentialRunner."""

import json
import logging
import sys
import time

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner

logging.disable(logging.CRITICAL)


def step(value):
    return value


def main(count):
    chain = Pipeline(
        [node(step, f"d{index}", f"d{index + 1}", name=f"n{index}") for index in range(count)]
    )
    SequentialRunner().run(Pipeline([node(step, "a", "b", name="n")]), _catalog("a"))
    catalog = _catalog("d0")
    began = time.perf_counter()
    SequentialRunner().run(chain, catalog)
    print(json.dumps({"node": (time.perf_counter() - began) / count}))


def _catalog(name):
    catalog = DataCatalog()
    catalog[name] = 1
    return catalog


main(int(sys.argv[1]))
