"""One stage of the flights pipeline as DVC runs it.

A script for each file that is made; ``write`` declares them.
"""

import json
import pickle
import sys
from pathlib import Path

import pandas as pd
import yaml
from flights_code import load

STAGES = {
    "departures": (["data/raw/flights.parquet"], "data/prepared/departures.parquet"),
    "features": (
        [
            "data/prepared/departures.parquet",
            "data/raw/weather.parquet",
            "data/raw/planes.parquet",
            "data/raw/airports.parquet",
        ],
        "data/prepared/features.parquet",
    ),
    "model": (["data/prepared/features.parquet"], "data/model/model.pkl"),
    "metrics": (
        ["data/prepared/features.parquet", "data/model/model.pkl"],
        "data/report/metrics.json",
    ),
}


def write():
    load()
    stages = {
        name: {
            "cmd": f"{sys.executable} {__file__} {name}",
            "deps": [*inputs, __file__],
            "outs": [output],
        }
        for name, (inputs, output) in STAGES.items()
    }
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))


def make(name):
    prepare, model = load()
    inputs, output = STAGES[name]
    frames = [pd.read_parquet(path) for path in inputs if path.endswith(".parquet")]
    if name == "departures":
        prepare.departures(frames[0]).to_parquet(output)
    elif name == "features":
        prepare.features(
            prepare.with_places(prepare.with_weather(frames[0], frames[1]), *frames[2:])
        ).to_parquet(output)
    else:
        train, test = model.split(frames[0], 0.25, 7)
        if name == "model":
            settings = model.ModelSettings(depth=6, rounds=200, learning_rate=0.08, seed=7)
            Path(output).write_bytes(pickle.dumps(model.train(train, settings)))
        else:
            fitted = pickle.loads(Path("data/model/model.pkl").read_bytes())
            Path(output).write_text(json.dumps(model.evaluate(model.predict(fitted, test))))


make(sys.argv[1]) if sys.argv[1] != "write" else write()
