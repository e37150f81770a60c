"""What it costs to log a metric."""

import sys

from benchmarks.measure import Row, paired, peers_python, workload

__all__ = ["measure"]


def measure(*, quick: bool = False) -> list[Row]:
    """Time single calls, and points in bulk until the store has them, against MLflow on SQLite."""
    count = 300 if quick else 1000
    theirs: dict[str, list[float]] = {}
    ours: dict[str, list[float]] = {}

    def peer() -> float:
        for key, value in workload(peers_python(), "mlflow_metrics", count).items():
            theirs.setdefault(key, []).append(value)
        return 0

    def treadle() -> float:
        for key, value in workload(sys.executable, "treadle_metrics", count * 200).items():
            ours.setdefault(key, []).append(value)
        return 0

    paired(peer, treadle, 3)

    def median(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    return [
        Row(what="one `log_metric`", peer="mlflow, SQLite", theirs=median(theirs["call"]) * 1e6,
            ours=median(ours["call"]) * 1e6, unit="µs", budget="≤ 6 µs"),
        Row(what="one `log_metric`, until stored", peer="mlflow, SQLite", theirs=median(theirs["call"]) * 1e6,
            ours=median(ours["stored"]) * 1e6, unit="µs"),
    ]  # fmt: skip
