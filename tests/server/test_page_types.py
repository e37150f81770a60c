"""The types by which the web page knows the API."""

import runpy
from pathlib import Path

GENERATOR = Path(__file__).parents[2] / "ui" / "generate_types.py"


def test_they_are_those_of_the_server():
    generator = runpy.run_path(str(GENERATOR))
    assert generator["TARGET"].read_text() == generator["types_of_api"](), (
        "run: python ui/generate_types.py"
    )
