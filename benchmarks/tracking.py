"""What it costs to log a metric."""

import sys
import tempfile

from benchmarks.measure import Row, paired, peers_python, workload
from benchmarks.server import postgres

__all__ = ["measure"]


def measure(*, quick: bool = False) -> list[Row]:
    """Time single calls, and points in bulk until the store has them, against MLflow on SQLite."""
    count = 300 if quick else 1000
    theirs: dict[str, list[float]] = {}
    ours: dict[str, list[float]] = {}
    shared: dict[str, list[float]] = {}

    def peer() -> float:
        for key, value in workload(peers_python(), "mlflow_metrics", count).items():
            theirs.setdefault(key, []).append(value)
        return 0

    def treadle() -> float:
        for key, value in workload(sys.executable, "treadle_metrics", count * 200).items():
            ours.setdefault(key, []).append(value)
        for key, value in workload(sys.executable, "treadle_metrics", count * 200, uri).items():
            shared.setdefault(key, []).append(value)
        return 0

    with tempfile.TemporaryDirectory(prefix="treadle-pg-") as folder, postgres(folder) as uri:
        paired(peer, treadle, 3)

    def median(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    return [
        row
        for where, figures in (("", ours), (", store in PostgreSQL", shared))
        for row in (
            Row(
                what=f"one `log_metric`{where}",
                peer="mlflow, SQLite",
                theirs=median(theirs["call"]) * 1e6,
                ours=median(figures["call"]) * 1e6,
                unit="µs",
                budget="≤ 6 µs",
            ),
            Row(
                what=f"one `log_metric`, until stored{where}",
                peer="mlflow, SQLite",
                theirs=median(theirs["call"]) * 1e6,
                ours=median(figures["stored"]) * 1e6,
                unit="µs",
            ),
            Row(
                what=f"a point in `log_series`, until stored{where}",
                peer="mlflow, `log_batch`, SQLite",
                theirs=median(theirs["bulk"]) * 1e6,
                ours=median(figures["bulk"]) * 1e6,
                unit="µs",
                budget="≤ 1 µs (1,000,000/s)",
            ),
        )
    ] + [
        *_autolog(3 if quick else 7),
    ]


def _autolog(count: int) -> list[Row]:
    """Time a small model of scikit-learn that logs itself: metrics, model, plots."""
    theirs = workload(peers_python(), "mlflow_autolog", count)
    ours = workload(sys.executable, "treadle_autolog", count)
    return [
        Row(
            what="fitting a small model, autologged",
            peer="mlflow, SQLite",
            theirs=theirs["logged"] * 1e3,
            ours=ours["logged"] * 1e3,
            unit="ms",
        ),
        Row(
            what="the same without plots",
            peer="mlflow, SQLite",
            theirs=theirs["logged"] * 1e3,
            ours=ours["without plots"] * 1e3,
            unit="ms",
        ),
        Row(
            what="fitting it, autologged without plots",
            peer="not logged at all",
            theirs=ours["plain"] * 1e3,
            ours=ours["without plots"] * 1e3,
            unit="ms",
        ),
    ]
