"""Each node has its luck, and the program around keeps its own."""

import os
import subprocess

import pytest

FLOW = """
import random
import sys
import treadle
from treadle import node, pipeline

def first(x):
    import {library}
    return float({library}.{draw})

def second(x, first):
    return random.random()

for seed in (0, 0, 1):
    result = treadle.run(pipeline([node(first, "x", "first"), node(second, ["x", "first"],
        "second")]), inputs={{"x": 1}}, seed=seed)
    print(seed, result.outputs["second"])
"""
ALONE = """
import treadle
from treadle import node, pipeline

def first(x):
    import {library}
    return float({library}.{draw})

print(treadle.run(pipeline([node(first, "x", "first")]), inputs={{"x": 1}},
    seed={seed}).outputs["first"])
"""


@pytest.mark.parametrize(
    ("library", "draw"), [("numpy", "random.random()"), ("random", "random()")]
)
def test_a_library_that_a_node_imports_first_is_seeded(python, library, draw):
    drawn = [python(ALONE.format(library=library, draw=draw, seed=seed)).out for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_torch_that_a_node_imports_first_is_seeded(repository, tmp_path):
    binary = repository / ".venv-deep" / "bin" / "python"
    assert binary.exists(), '"make test" makes .venv-deep'
    drawn = []
    for seed in (3, 3, 4):
        script = tmp_path / "draw.py"
        script.write_text(ALONE.format(library="torch", draw="rand(1)", seed=seed))
        done = subprocess.run(
            [binary, script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(repository / "src")},
        )
        assert done.returncode == 0, done.stderr
        drawn.append(done.stdout)
    assert drawn[0] == drawn[1] != drawn[2]


def test_pipelines_in_memory_are_seeded_like_others(python):
    done = python(FLOW.format(library="math", draw="pi"))
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0][1] == lines[1][1] != lines[2][1], done


def test_the_program_keeps_its_luck(python):
    done = python(
        "import numpy, random, sys, treadle\n"
        "random.seed(1), numpy.random.seed(1)\n"
        "expected = random.getstate(), numpy.random.get_state()[1].tolist()\n"
        "before = list(sys.meta_path)\n"
        "treadle.run(treadle.node(lambda x: numpy.random.random(), 'x', 'y', name='n'), "
        "inputs={'x': 1})\n"
        "assert (random.getstate(), numpy.random.get_state()[1].tolist()) == expected\n"
        "assert sys.meta_path == before\n"
    )
    assert done.code == 0, done


def test_numpy_is_as_it_would_be_after_a_node_has_imported_it(python):
    code = (
        "import treadle\n"
        "def draw(x):\n    import numpy\n    return numpy.random.random()\n"
        "treadle.run(treadle.node(draw, 'x', 'y'), inputs={'x': 1})\n"
        "import numpy\nassert numpy.random.__loader__ is numpy.random.__spec__.loader\n"
        "assert type(numpy.random.__loader__).__name__ == 'SourceFileLoader'\n"
        "print(numpy.random.random())\n"
    )
    assert python(code).out != python(code).out
