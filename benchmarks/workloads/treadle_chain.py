"""A chain of nodes that do nothing, recorded."""

import json
import sys
import time

import treadle
from treadle import node, pipeline


def step(value):
    return value


def main(count):
    chain = pipeline(
        [node(step, f"d{index}", f"d{index + 1}", name=f"n{index}") for index in range(count)]
    )
    treadle.run(pipeline([node(step, "a", "b")]), inputs={"a": 1})  # imports, and the store
    began = time.perf_counter()
    treadle.run(chain, inputs={"d0": 1})
    print(json.dumps({"node": (time.perf_counter() - began) / count}))


main(int(sys.argv[1]))
