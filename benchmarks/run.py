"""Measures Treadle against its peers in the same run on the same machine; the ratio counts.

    make bench                          # everything
    make bench ARGS="startup tracking"  # some of it

The peers live in an environment of their own, ``.venv-peers``, which the first use makes.
"""

import argparse
import importlib
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measure import Row, pace, peers_python, show

PARTS = (
    "startup",
    "nodes",
    "tracking",
    "server",
    "search",
    "table",
    "page",
    "flights",
    "incremental",
    "observed",
)


def main() -> None:
    """Run the parts that were asked for, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="what to measure; everything if not given"
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller sizes")
    options = parser.parse_args()
    peers_python()
    rows: list[Row] = []
    paces = [pace()]
    for part in options.parts or PARTS:
        print(f"measuring {part} …", file=sys.stderr)
        rows += importlib.import_module(f"benchmarks.{part}").measure(quick=options.quick)
        paces.append(pace())
    machine = platform.processor() or platform.machine()
    print(
        f"\n{machine}, Python {platform.python_version()}; medians."
        f" Between the parts, a million additions took {min(paces):.0f} to {max(paces):.0f} ms.\n"
    )
    show(rows)


if __name__ == "__main__":
    main()
