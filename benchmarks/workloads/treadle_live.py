"""Log to a run as it is told, a line each: ``many FIRST END`` steps, or ``one STEP VALUE``."""

import json
import sys
import time

import treadle

NAMES = [f"m{number:02}" for number in range(20)]
BATCH = 60


def many(run: treadle.Run, first: int, end: int) -> None:
    """Log steps of all metrics, some of them at a time."""
    for begin in range(first, end, BATCH):
        for step in range(begin, min(end, begin + BATCH)):
            run.log_metrics(dict.fromkeys(NAMES, step % 97 / 97), step=step)
        run.flush()
        time.sleep(0.1)


with treadle.start_run("live", system_metrics=False) as live:
    print(json.dumps({"run": live.id}), flush=True)
    for line in sys.stdin:
        word, first, second = line.split()
        if word == "many":
            many(live, int(first), int(second))
        else:
            began = time.time() * 1e3
            live.log_metric("m00", float(second), step=int(first))
            print(json.dumps({"time": began}), flush=True)
            continue
        print(json.dumps({"time": time.time() * 1e3}), flush=True)
