"""Single metrics, safe against kill -9 when the call returns."""

import json
import sys
import time
from array import array

import treadle


def main(count, store=None):
    with treadle.start_run(store=store) as run:
        run.log_metric("warm", 0.0)
        run.flush()
        began = time.perf_counter()
        for step in range(count):
            treadle.log_metric("loss", 0.5, step)
        called = time.perf_counter() - began
        run.flush()
        stored = time.perf_counter() - began
        values = array("d", [step * 0.5 for step in range(1_000_000)])
        began = time.perf_counter()
        treadle.log_series("bulk", values)
        run.flush()
        bulk = time.perf_counter() - began
    print(
        json.dumps({"call": called / count, "stored": stored / count, "bulk": bulk / len(values)})
    )


main(int(sys.argv[1]), *sys.argv[2:])
