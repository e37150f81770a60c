"""The same functions as nodes of Kedro."""

import json
import logging
import sys
import time

from flights_code import load

prepare, model = load()

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner

logging.disable(logging.CRITICAL)


def main():
    parquet = {
        name: f"data/raw/{name}.parquet" for name in ("flights", "weather", "planes", "airports")
    }
    parquet |= {name: f"data/prepared/{name}.parquet" for name in ("departures", "features")}
    config = {
        name: {"type": "pandas.ParquetDataset", "filepath": path} for name, path in parquet.items()
    }
    config["model"] = {"type": "pickle.PickleDataset", "filepath": "data/model/model.pkl"}
    config["metrics"] = {"type": "json.JSONDataset", "filepath": "data/report/metrics.json"}
    config["residuals"] = {
        "type": "matplotlib.MatplotlibDataset",
        "filepath": "data/report/residuals.png",
    }
    pipeline = Pipeline(
        [
            node(prepare.departures, "flights", "departures"),
            node(prepare.with_weather, ["departures", "weather"], "with_weather"),
            node(prepare.with_places, ["with_weather", "planes", "airports"], "with_places"),
            node(prepare.features, "with_places", "features"),
            node(
                model.split, ["features", "params:share", "params:seed"], ["train_set", "test_set"]
            ),
            node(model.train, ["train_set", "params:model"], "model"),
            node(model.predict, ["model", "test_set"], "predictions"),
            node(model.evaluate, "predictions", "metrics"),
            node(model.plot_residuals, "predictions", "residuals"),
        ]
    )
    began = time.perf_counter()
    catalog = DataCatalog.from_config(config)
    catalog["params:share"] = 0.25
    catalog["params:seed"] = 7
    catalog["params:model"] = model.ModelSettings(depth=6, rounds=200, learning_rate=0.08, seed=7)
    SequentialRunner().run(pipeline, catalog, only_missing_outputs=sys.argv[1:] == ["missing"])
    print(json.dumps({"seconds": time.perf_counter() - began}))


main()
