"""What is not a number is refused before a metrics dataset is written."""

import json

import pytest

FLOW = """from treadle import node

@node(outputs="scores")
def score():
    return {value}

catalog = {{"scores": {{"type": "metrics", "filepath": "scores.json"}}}}
"""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{"curve": [1, 2, 3]}', "Metric 'curve': [1, 2, 3] is not a number."),
        ('{"val": {"note": "good"}}', "Metric 'val/note': 'good' is not a number."),
        ("[1, 2]", "it is a list, not a dict of names and numbers."),
    ],
)
def test_what_is_not_a_number(tmp_path, treadle, value, said):
    (tmp_path / "flow.py").write_text(FLOW.format(value=value))
    (tmp_path / "scores.json").write_text("before")
    done = treadle("run", "flow.py")
    assert (done.code, "Traceback" in done.err) == (6, False), done
    assert f'Node "score" cannot save the metrics dataset "scores": {said}' in done.err
    assert (tmp_path / "scores.json").read_text() == "before"


def test_numbers_are_saved_and_logged(tmp_path, treadle):
    (tmp_path / "flow.py").write_text(FLOW.format(value='{"r2": 0.5, "val": {"n": 3}}'))
    assert treadle("run", "flow.py").code == 0
    assert treadle("runs", "show", "latest", "--json").json["run"]["metrics"] == {
        "r2": 0.5,
        "val/n": 3,
    }
    assert json.loads((tmp_path / "scores.json").read_text())["r2"] == 0.5
