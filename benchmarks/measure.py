"""Paired measurements: the two sides take turns, so that the machine's moods hit both."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

__all__ = ["Row", "command_seconds", "pace", "paired", "peers_python", "show", "workload"]

HERE = Path(__file__).parent
ROOT = HERE.parent


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    what: str
    peer: str
    theirs: float | None
    ours: float
    unit: str
    budget: str = ""


def peers_python(name: str = "peers") -> str:
    """Return the Python of an environment of peers, ``.venv-<name>``, which is created once."""
    folder = ROOT / f".venv-{name}"
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    pinned = ROOT / "requirements" / f"{name}.txt"
    if not ready.exists() or ready.read_text() != pinned.read_text():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True
        )
        subprocess.run(
            [
                uv,
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                python,
                "--no-deps",  # what is pinned is all of it
                "--require-hashes",
                "-r",
                pinned,
            ],
            check=True,
        )
        ready.write_text(pinned.read_text())
    return str(python)


def environment() -> dict[str, str]:
    """Return the environment, in which the peers do not call home."""
    return {
        **os.environ,
        "DO_NOT_TRACK": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        "DVC_NO_ANALYTICS": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def command_seconds(arguments: Sequence[str | Path], cwd: Path) -> float:
    """Time a whole command, its start included."""
    began = time.perf_counter()
    subprocess.run(arguments, cwd=cwd, check=True, capture_output=True, env=environment())
    return time.perf_counter() - began


def workload(python: str, name: str, *arguments: object) -> dict[str, float]:
    """Run a workload in a fresh folder; it prints its figures as JSON in its last line."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, HERE / "workloads" / f"{name}.py", *map(str, arguments)],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            env=environment(),
        )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def paired(
    theirs: Callable[[], float], ours: Callable[[], float], repetitions: int, *, warm: bool = True
) -> tuple[float, float]:
    """Run two measurements in turns; return the median of each.

    With ``warm``, the first of each is not counted: it pays for cold caches.
    """
    if warm:
        theirs(), ours()
    pairs = [(theirs(), ours()) for _ in range(repetitions)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def pace() -> float:
    """Time a million additions, in milliseconds.

    How fast the machine is at the moment, to compare two tables by.
    """
    began = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number
    return (time.perf_counter() - began) * 1e3


def show(rows: Sequence[Row]) -> None:
    """Print the table in Markdown."""
    print("| what | peer | peer's | Treadle | ratio | budget |\n|---|---|---|---|---|---|")
    for row in rows:
        theirs = "–" if row.theirs is None else f"{_digits(row.theirs)} {row.unit}"
        ratio = "" if row.theirs is None else f"{_digits(row.theirs / row.ours)} ×"
        print(
            f"| {row.what} | {row.peer} | {theirs} | {_digits(row.ours)} {row.unit} | {ratio} | "
            f"{row.budget} |"
        )


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
