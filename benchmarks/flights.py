"""The flights pipeline against the same calls in a plain script, and against Kedro."""

import statistics
import sys

from benchmarks.measure import Row, peers_python, workload

__all__ = ["measure"]


def measure(*, quick: bool = False) -> list[Row]:
    """Time the work behind the imports: loading, joining, training, saving."""
    times: dict[str, list[float]] = {"plain": [], "treadle": [], "kedro": []}
    for _ in range(3 if quick else 9):
        times["plain"].append(workload(sys.executable, "plain_flights")["seconds"])
        times["treadle"].append(workload(sys.executable, "treadle_flights")["seconds"])
        times["kedro"].append(workload(peers_python(), "kedro_flights")["seconds"])
    medians = {name: statistics.median(values) for name, values in times.items()}
    over = statistics.median(
        ours / plain for ours, plain in zip(times["treadle"], times["plain"], strict=True)
    )
    return [
        Row(
            what="flights, first run",
            peer="a plain script",
            theirs=medians["plain"],
            ours=medians["treadle"],
            unit="s",
            budget=f"≤ 1.1 × the script (median of pairs: {over:.2f} ×)",
        ),
        Row(
            what="flights, first run",
            peer="kedro, unrecorded",
            theirs=medians["kedro"],
            ours=medians["treadle"],
            unit="s",
        ),
    ]
