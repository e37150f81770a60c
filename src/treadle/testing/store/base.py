"""The stores that the tests of a store start from."""

import math
from typing import Any

import pytest

from treadle.records import Entry, MetricLogged, ParamsLogged, RunEnded, RunStarted, TagsSet
from treadle.store import Store, identify


def start_run(
    run: str = "r1", name: str = "one", at: float = 100.0, experiment: str = "e"
) -> RunStarted:
    """Return the entry that starts a run."""
    return RunStarted(run, experiment, name, at, "code", "python x.py", identify(), "ada")


class StoreFixtures:
    """The stores that the tests use. A subclass overrides the fixture `empty_store`."""

    @pytest.fixture
    def empty_store(self) -> Store:
        """Return a new and empty store; the fixture closes it."""
        raise NotImplementedError(f"Define the fixture empty_store in {type(self).__name__}.")

    @pytest.fixture
    def several(self, empty_store: Store) -> Store:
        """Return the store with a few runs."""
        _apply_several(empty_store)
        return empty_store


def _apply_several(store: Store) -> None:
    rows: list[tuple[str, str, Any, Any, Any, Any]] = [
        (
            "aa1",
            "alpha",
            "finished",
            {"lr": 0.1, "depth": 3, "kind": "ridge"},
            {"r2": 0.9},
            {"stage": "dev"},
        ),
        (
            "aa2",
            "beta",
            "failed",
            {"lr": 0.01, "depth": 10, "kind": "lasso"},
            {"r2": 0.5},
            {"stage": "test"},
        ),
        ("bb3", "Alpha_2", "finished", {"lr": "0.5", "depth": 4, "on": True}, {"r2": math.nan}, {}),
        ("cc4", "delta*", "running", {}, {}, {"stage": "dev"}),
    ]
    for at, (run, name, status, params, metrics, tags) in enumerate(rows):
        entries: list[Entry] = [
            start_run(run, name, 100.0 + at),
            ParamsLogged(run, params),
            TagsSet(run, tags),
        ]
        entries += [MetricLogged(run, key, 0, 1.0, value) for key, value in metrics.items()]
        if run == "aa1":
            entries.append(MetricLogged(run, "r2", 1, 2.0, 0.7))
        if status != "running":
            entries.append(RunEnded(run, status, 110.0 + 2 * at))
        store.apply(f"w{at}", 1, entries)
