"""A node is a function: a test calls it."""

from pathlib import Path

import treadle
from empty.pipelines.greet import greeting

PROJECT = Path(__file__).parent.parent


def test_greeting():
    assert greeting("Ada") == "Hello, Ada!\n"


def test_the_pipelines_can_be_loaded():
    project = treadle.open_project(PROJECT)
    assert [node.name for node in project.pipelines["greet"]] == ["greeting"]
