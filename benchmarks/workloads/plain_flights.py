"""What one would write without any framework: the same calls, the same files."""

import json
import pickle
import time

import pandas as pd
from flights_code import load


def main():
    prepare, model = load()
    began = time.perf_counter()
    raw = {
        name: pd.read_parquet(f"data/raw/{name}.parquet")
        for name in ("flights", "weather", "planes", "airports")
    }
    departures = prepare.departures(raw["flights"])
    departures.to_parquet("data/prepared/departures.parquet")
    departures = pd.read_parquet("data/prepared/departures.parquet")
    joined = prepare.with_places(
        prepare.with_weather(departures, raw["weather"]), raw["planes"], raw["airports"]
    )
    features = prepare.features(joined)
    features.to_parquet("data/prepared/features.parquet")
    features = pd.read_parquet("data/prepared/features.parquet")
    train, test = model.split(features, 0.25, 7)
    fitted = model.train(
        train, model.ModelSettings(depth=6, rounds=200, learning_rate=0.08, seed=7)
    )
    with open("data/model/model.pkl", "wb") as file:
        pickle.dump(fitted, file)
    with open("data/model/model.pkl", "rb") as file:
        fitted = pickle.load(file)
    predictions = model.predict(fitted, test)
    with open("data/report/metrics.json", "w") as file:
        json.dump(model.evaluate(predictions), file)
    model.plot_residuals(predictions).savefig("data/report/residuals.png")
    print(json.dumps({"seconds": time.perf_counter() - began}))


main()
