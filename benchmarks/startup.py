"""How long it takes to start: the version, and the import."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row, command_seconds, paired, peers_python

__all__ = ["measure"]

# What each one's users import first: `import kedro` alone loads nothing of it.
_IMPORTS = {
    "kedro": (
        "from kedro.pipeline import node; from kedro.io import DataCatalog",
        "from treadle import node, DataCatalog",
    ),
    "mlflow": ("import mlflow", "import treadle"),
}


def measure(*, quick: bool = False) -> list[Row]:
    """Time ``--version`` and the import against Kedro and MLflow."""
    rows = []
    peers = Path(peers_python())
    repetitions = 3 if quick else 7
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for peer in ("kedro", "mlflow"):
            theirs, ours = paired(
                lambda peer=peer: command_seconds([peers.parent / peer, "--version"], folder),  # type: ignore[misc]
                lambda: command_seconds(
                    [Path(sys.executable).parent / "treadle", "--version"], folder
                ),
                repetitions,
            )
            rows.append(
                Row(
                    what="`--version`",
                    peer=peer,
                    theirs=theirs,
                    ours=ours,
                    unit="s",
                    budget="≤ 0.15 s",
                )
            )
        for imports in _IMPORTS.values():
            # The empty start of Python is in both.
            theirs, ours = paired(
                lambda imports=imports: command_seconds([peers, "-c", imports[0]], folder),  # type: ignore[misc]
                lambda imports=imports: command_seconds([sys.executable, "-c", imports[1]], folder),  # type: ignore[misc]
                repetitions,
            )
            rows.append(
                Row(
                    what=f"`{imports[1]}`",
                    peer=f"`{imports[0]}`",
                    theirs=theirs,
                    ours=ours,
                    unit="s",
                    budget="≤ 0.1 s",
                )
            )
    return rows
