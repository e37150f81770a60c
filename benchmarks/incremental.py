"""What a run costs in which nothing, or little, has changed.

Whole commands, their start included.
"""

import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import HERE, Row, command_seconds, peers_python, workload
from treadle.project.create import create_project

__all__ = ["measure"]


def measure(*, quick: bool = False) -> list[Row]:
    """Run the flights pipeline again: with Treadle, a plain script, Kedro and DVC."""
    times: dict[str, list[float]] = {"plain": [], "kedro": [], "dvc": [], "same": [], "edited": []}
    with tempfile.TemporaryDirectory() as folder:
        flights = create_project("flights", Path(folder), "flights")
        run: list[str | Path] = [sys.executable, "-m", "treadle", "run"]
        scripts = {name: Path(folder, name) for name in ("plain", "kedro", "dvc")}
        plain: list[str | Path] = [sys.executable, HERE / "workloads" / "plain_flights.py"]
        kedro: list[str | Path] = [
            peers_python(),
            HERE / "workloads" / "kedro_flights.py",
            "missing",
        ]
        for place in scripts.values():
            place.mkdir()
        command_seconds(run, flights)
        command_seconds(kedro, scripts["kedro"])
        dvc: list[str | Path] = [Path(peers_python("dvc")).parent / "dvc"]
        command_seconds([*dvc, "init", "--no-scm"], scripts["dvc"])
        command_seconds(
            [sys.executable, HERE / "workloads" / "dvc_flights.py", "write"], scripts["dvc"]
        )
        command_seconds([*dvc, "repro"], scripts["dvc"])
        for number in range(3 if quick else 7):
            times["plain"].append(command_seconds(plain, scripts["plain"]))
            times["kedro"].append(command_seconds(kedro, scripts["kedro"]))
            times["dvc"].append(command_seconds([*dvc, "repro"], scripts["dvc"]))
            times["same"].append(command_seconds(run, flights))
            times["edited"].append(
                command_seconds([*run, "--params", f"model.depth={number + 2}"], flights)
            )
            command_seconds(run, flights)  # back to where it was
    medians = {name: statistics.median(values) for name, values in times.items()}
    spaceflights = statistics.median(_unchanged_spaceflights(3 if quick else 7))
    plans = [workload(sys.executable, "treadle_plan", 10_000) for _ in range(1 if quick else 3)]
    return [
        Row(
            what="flights again, nothing changed",
            peer="a plain script",
            theirs=medians["plain"],
            ours=medians["same"],
            unit="s",
            budget="≤ 0.3 s",
        ),
        Row(
            what="flights again, nothing changed",
            peer="kedro, only_missing_outputs",
            theirs=medians["kedro"],
            ours=medians["same"],
            unit="s",
            budget="≤ 0.3 s",
        ),
        Row(
            what="flights again, nothing changed",
            peer="dvc repro, 4 stages",
            theirs=medians["dvc"],
            ours=medians["same"],
            unit="s",
            budget="≤ 0.3 s",
        ),
        Row(
            what="flights again, another parameter of the model",
            peer="a plain script",
            theirs=medians["plain"],
            ours=medians["edited"],
            unit="s",
        ),
        Row(
            what="spaceflights again, half of its results in no catalog",
            peer="",
            theirs=None,
            ours=spaceflights,
            unit="s",
            budget="≤ 0.5 s",
        ),
        Row(
            what="planning 10,000 nodes, new",
            peer="",
            theirs=None,
            ours=statistics.median(p["first"] for p in plans),
            unit="s",
            budget="≤ 1 s",
        ),
        Row(
            what="planning 10,000 nodes, nothing changed",
            peer="",
            theirs=None,
            ours=statistics.median(p["again"] for p in plans),
            unit="s",
            budget="≤ 1 s",
        ),
        Row(
            what="a run of 10,000 nodes, nothing changed",
            peer="",
            theirs=None,
            ours=statistics.median(p["rerun"] for p in plans),
            unit="s",
        ),
    ]


def _unchanged_spaceflights(count: int) -> list[float]:
    """Time unchanged runs of a project like the one of Kedro's tutorial."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "spaceflights"
        shutil.copytree(HERE / "workloads" / "spaceflights", folder)
        (folder / "data").mkdir()
        _write_tables(folder / "data")
        run: list[str | Path] = [sys.executable, "-m", "treadle", "run"]
        command_seconds(run, folder)
        return [command_seconds(run, folder) for _ in range(count)]


def _write_tables(folder: Path) -> None:
    chance = random.Random(3)
    companies = [f"{number},{chance.random():.2f}" for number in range(10_000)]
    shuttles = [
        f"{chance.randrange(10_000)},{chance.randrange(1, 9)},{chance.randrange(1000, 9000)}"
        for _ in range(30_000)
    ]
    (folder / "companies.csv").write_text("\n".join(["id,rating", *companies]))
    (folder / "shuttles.csv").write_text("\n".join(["company,engines,price", *shuttles]))
