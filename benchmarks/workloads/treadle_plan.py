"""Planning a chain of nodes of which every tenth is saved.

Before it has run, and when nothing has changed.
"""

import json
import sys
import time
from pathlib import Path

from treadle import node, pipeline
from treadle.catalog import DataCatalog
from treadle.catalog.formats import BuiltInFormats
from treadle.config import Parameters
from treadle.hooks import create_hooks
from treadle.project import RunOptions, Session
from treadle.project.workspace import Workspace


def step(value):
    return value + 1


def session(count):
    nodes = [node(step, f"d{place}", f"d{place + 1}", name=f"n{place}") for place in range(count)]
    catalog = {f"d{place}": f"data/d{place}.json" for place in range(0, count + 1, 10)}
    workspace = Workspace(
        catalog=DataCatalog(catalog),
        parameters=Parameters({}),
        hooks=create_hooks([BuiltInFormats()]),
        folder=Path.cwd(),
        store_from=Path.cwd(),
        name="chain",
        experiment="bench",
    )
    return Session(workspace=workspace, pipeline=pipeline(nodes))


def planned(count):
    made = session(count)
    began = time.perf_counter()
    _, decisions, _ = made.preview(RunOptions())
    return time.perf_counter() - began, sum(one.action == "run" for one in decisions)


def main():
    count = int(sys.argv[1])
    Path("data").mkdir()
    Path("data/d0.json").write_text("0")
    first, to_run = planned(count)
    session(count).run(RunOptions())
    again, left = planned(count)
    began = time.perf_counter()
    session(count).run(RunOptions())
    print(
        json.dumps(
            {
                "first": first,
                "to_run": to_run,
                "again": again,
                "left": left,
                "rerun": time.perf_counter() - began,
            }
        )
    )


main()
