"""What it costs to observe what nodes read, and to fingerprint code.

Each against the same without it.
"""

import sys

from benchmarks.measure import Row, workload

__all__ = ["measure"]


def measure(*, quick: bool = False) -> list[Row]:
    """Read 1,000 tables in a node, and fingerprint the functions of the standard library."""
    files = 100 if quick else 1000
    found = workload(sys.executable, "treadle_observed", files)
    return [
        Row(
            what=f"a node that reads {files:,} tables with pandas",
            peer="not observed",
            theirs=found["plain"],
            ours=found["observed"],
            unit="s",
            budget="≤ 1.02 ×",
        ),
        Row(
            what=f"a node that opens {files:,} files",
            peer="not observed",
            theirs=found["opened"] * 1e3,
            ours=found["opened_observed"] * 1e3,
            unit="ms",
        ),
        Row(
            what=f"digests of these {files:,} files, new",
            peer="",
            theirs=None,
            ours=found["digests"] * 1e3,
            unit="ms",
        ),
        Row(
            what=f"fingerprints of {found['functions']:,} functions and classes",
            peer="",
            theirs=None,
            ours=found["fingerprints"],
            unit="s",
            budget="≤ 10 s for 10,000",
        ),
    ]
