"""What the engine adds to each node: a chain of nodes that do nothing."""

import sys

from benchmarks.measure import Row, paired, peers_python, workload

__all__ = ["measure"]


def measure(*, quick: bool = False) -> list[Row]:
    """Time a node against Kedro's SequentialRunner; Treadle records, Kedro does not."""
    rows = []
    for count, repetitions in ((100, 5), (1000, 3), (10_000, 1)):
        if quick and count > 1000:
            continue
        theirs, ours = paired(
            lambda count=count: workload(peers_python(), "kedro_chain", count)["node"],  # type: ignore[misc]
            lambda count=count: workload(sys.executable, "treadle_chain", count)["node"],  # type: ignore[misc]
            repetitions,
            warm=count <= 1000,  # 10,000 nodes take Kedro minutes
        )
        rows.append(
            Row(
                what=f"a node of {count:,}, recorded",
                peer="kedro, unrecorded",
                theirs=theirs * 1e3,
                ours=ours * 1e3,
                unit="ms",
                budget="≤ 0.1 ms" if count > 100 else "",
            )
        )
    return rows
