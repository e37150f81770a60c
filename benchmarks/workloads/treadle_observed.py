"""A node that reads many files, observed and not, in turns.

And fingerprints of Python's own library.
"""

import importlib
import json
import statistics
import sys
import time
import types
from pathlib import Path

import pandas as pd

from treadle.catalog.digests import FileDigests
from treadle.engine.fingerprint import CodeFingerprints
from treadle.engine.observed import ReadingNow, Watch, observe_node, observing

MODULES = (
    "argparse",
    "ast",
    "asyncio",
    "csv",
    "dataclasses",
    "decimal",
    "email",
    "functools",
    "http",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "pickle",
    "statistics",
    "tarfile",
    "typing",
    "unittest",
    "urllib.request",
    "zipfile",
)


def write(count):
    for number in range(count):
        lines = "".join(f"{row},{row * number},{row / 7}\n" for row in range(200))
        Path(f"{number}.csv").write_text("a,b,c\n" + lines)


def read_tables(count):
    return sum(len(pd.read_csv(f"{number}.csv")) for number in range(count))


def read_files(count):
    for number in range(count):
        with open(f"{number}.csv") as file:
            file.read()


def timed(call, *arguments):
    began = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - began


def compare(read, count):
    """Time a function without and with observation, in turns; give the medians."""
    plain, observed = [], []
    for _ in range(7):
        plain.append(timed(read, count))
        with observing(Path.cwd()):
            observed.append(timed(observe_node, Watch(), read, count))
    return statistics.median(plain), statistics.median(observed)


def targets():
    for name in MODULES:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, types.FunctionType | type):
                yield value
            if isinstance(value, type):
                yield from (
                    one for one in vars(value).values() if isinstance(one, types.FunctionType)
                )


def main():
    count = int(sys.argv[1])
    write(count)
    plain, observed = compare(read_tables, count)
    opened, opened_observed = compare(read_files, count)
    watch = Watch()
    with observing(Path.cwd()):
        observe_node(watch, read_files, count)
    digests = timed(watch.finish, ReadingNow(Path.cwd(), FileDigests()))
    found = [*targets()]
    code = CodeFingerprints()
    fingerprints = timed(lambda: [code.of(one) for one in found])
    answer = {
        "plain": plain,
        "observed": observed,
        "opened": opened,
        "opened_observed": opened_observed,
    }
    print(
        json.dumps(
            {**answer, "digests": digests, "functions": len(found), "fingerprints": fingerprints}
        )
    )


main()
