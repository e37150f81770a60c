"""Single metrics, safe against kill -9 when the call returns."""

import json
import sys
import time

import treadle


def main(count):
    with treadle.start_run() as run:
        run.log_metric("warm", 0.0)
        run.flush()
        began = time.perf_counter()
        for step in range(count):
            treadle.log_metric("loss", 0.5, step)
        called = time.perf_counter() - began
        run.flush()
        stored = time.perf_counter() - began
    print(json.dumps({"call": called / count, "stored": stored / count}))


main(int(sys.argv[1]))
