"""The parts of a reproduction: configuration, environments, and how near two values are."""

import datetime as dt
import math
import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.wheels import wheel

from treadle.errors import ProjectError
from treadle.masking import mask_tree
from treadle.project.reproduction.closeness import is_close
from treadle.project.reproduction.configuration import restore_tree, write_configuration
from treadle.project.reproduction.interpreter import (
    choose_interpreter,
    differing_packages,
    rebuild_environment,
)
from treadle.provenance.environment import read_environment

DAY = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("recorded", "rebuilt", "today", "expected", "missing"),
    [
        ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 1}, []),
        ({"a": "2026-01-31"}, {"a": DAY}, {}, {"a": DAY}, []),
        ({"a": "2026-01-31"}, {"a": "2026-02-01"}, {"a": DAY}, {"a": DAY}, []),
        ({"a": None}, {"a": math.inf}, {}, {"a": math.inf}, []),
        ({"key": {"token": "***"}}, {}, {"key": {"token": "abc"}}, {"key": {"token": "abc"}}, []),
        ({"token": "***"}, {"token": "default"}, {"token": "mine"}, {"token": "mine"}, []),
        (
            {"a": {"token": "***"}, "b": 1},
            {"b": 2},
            {"a": {}},
            {"a": {"token": "***"}, "b": 1},
            ["a.token"],
        ),
        ({"url": "sql://***@h"}, {}, {"url": "sql://u:p@h"}, {"url": "sql://u:p@h"}, []),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, {}, {"a": [1, {"b": 2}]}, []),
        ({"a": {}}, {"a": {"b": 1}}, {}, {"a": {}}, []),
    ],
)
def test_what_a_record_does_not_hold_is_filled_in(recorded, rebuilt, today, expected, missing):
    assert restore_tree(recorded, [rebuilt, today]) == (expected, missing)


def test_written_configuration_is_read_as_it_was(tmp_path):
    from treadle.config import load_config

    parameters = {
        "a": {"b": "${not.filled}", "day": DAY, "inf": math.inf},
        "list": ["${x}", 1],
        "text": "null",
    }
    (tmp_path / "local" / "deep").mkdir(parents=True)
    (tmp_path / "local" / "deep" / "credentials.yml").write_text("db: {con: geheim-123}\n")
    write_configuration(
        tmp_path / "conf",
        parameters,
        {"raw": {"type": "csv", "filepath": "x.csv"}},
        tmp_path / "local",
    )
    found = load_config(tmp_path / "conf")
    assert found.parameters.tree == parameters
    assert found.catalog == {"raw": {"type": "csv", "filepath": "x.csv"}}
    assert found.credentials == {"db": {"con": "geheim-123"}}


FRAME = pd.DataFrame(
    {"x": [1.0, math.nan, 3.0], "name": ["a", "b", None], "day": pd.to_datetime(["2026-01-01"] * 3)}
)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.001, False),
        (0.0, 1e-12, False),
        (-1.0, 1.0, False),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (math.inf, math.inf, True),
        (math.inf, 1e308, False),
        (True, 1, False),
        ("a", "a", True),
        ("a", "b", False),
        (None, None, True),
        (None, 0, False),
        (b"a", b"a", True),
        ({"a": 1.0}, {"a": 1.0 + 1e-9}, True),
        ({"a": 1}, {"b": 1}, False),
        ([1, 2], (1, 2), True),
        ([1], [1, 2], False),
        (np.array([1.0, math.nan]), np.array([1.0 + 1e-9, math.nan]), True),
        (np.array([1.0, 2.0]), np.array([1.0, 2.1]), False),
        (np.array([1.0]), np.array([1.0], dtype="f4"), False),
        (np.array([1, 2]), np.array([[1, 2]]), False),
        (np.array([2**62, 1]), np.array([2**62, 1]), True),
        (np.array([math.inf]), np.array([math.inf]), True),
        (np.array([math.inf]), np.array([-math.inf]), False),
        (np.array([math.inf]), np.array([1.0]), False),
        (np.array(["a"]), np.array(["a"]), True),
        (np.array(["a"]), np.array(["b"]), False),
        (FRAME, FRAME.assign(x=[1.0 + 1e-9, math.nan, 3.0]), True),
        (FRAME, FRAME.assign(x=[1.1, math.nan, 3.0]), False),
        (FRAME, FRAME.assign(name=["a", "c", None]), False),
        (FRAME, FRAME.set_index([[3, 4, 5]]), False),
        (FRAME, FRAME.drop(columns="x"), False),
        (FRAME, FRAME.astype({"x": "f4"}), False),
        (FRAME, FRAME.assign(day=pd.to_datetime(["2026-01-02"] * 3)), False),
        (
            pl.DataFrame({"x": [1.0], "n": ["a"]}),
            pl.DataFrame({"x": [1.0 + 1e-9], "n": ["a"]}),
            True,
        ),
        (pl.DataFrame({"x": [1.0]}), pl.DataFrame({"x": [2.0]}), False),
        (object(), object(), False),
        (FRAME, pl.DataFrame({"x": [1.0]}), False),
    ],
)
def test_numbers_may_be_apart_and_nothing_else(one, other, expected):
    assert is_close(one, other, 1e-6) is expected
    assert is_close(other, one, 1e-6) is expected


def test_an_environment_is_built_of_exactly_what_was_there(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    recorded = msgspec.structs.replace(
        read_environment(),
        packages={"tiny": "1.0", "mine": "0.1", "small": "2.0"},
        sources={
            "tiny": wheel(tmp_path, "tiny", "1.0"),
            "small": wheel(tmp_path, "small", "2.0"),
            "mine": code.as_uri(),
        },
    )
    current = msgspec.structs.replace(recorded, packages={"tiny": "2.0"})
    assert differing_packages(recorded, current) == [
        "mine 0.1 → none",
        "small 2.0 → none",
        "tiny 1.0 → 2.0",
    ]
    chosen = choose_interpreter(recorded, current, tmp_path / "environment", str(code))
    assert (chosen.is_built, chosen.doubts) == (True, [])
    asked = "import tiny, small, sys; print(tiny.VERSION, small.VERSION, sys.version.split()[0])"
    done = subprocess.run([chosen.python, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1.0", "2.0", recorded.python]


def test_this_environment_is_taken_if_it_is_the_one(tmp_path):
    current = read_environment()
    chosen = choose_interpreter(current, current, tmp_path / "environment")
    assert (chosen.python, chosen.is_built, chosen.doubts) == (sys.executable, False, [])
    assert choose_interpreter(None, current, tmp_path).doubts == [
        "the environment is not recorded: this one is taken"
    ]
    other = msgspec.structs.replace(current, machine="vax", platform="VMS 7")
    assert "it ran on VMS 7 (vax)" in choose_interpreter(other, current, tmp_path).doubts[0]
    python = msgspec.structs.replace(current, python="3.11.999")
    assert choose_interpreter(python, current, tmp_path, different_python=True).doubts == [
        f"Python 3.11.999 → {current.python}"
    ]


def test_an_environment_that_cannot_be_built_is_refused(tmp_path, monkeypatch):
    current = read_environment()
    gone = msgspec.structs.replace(
        current,
        packages={"tiny": "1.0"},
        sources={"tiny": (tmp_path / "tiny-1.0-py3-none-any.whl").as_uri()},
    )
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(ProjectError, match="The environment cannot be built"):
        choose_interpreter(gone, current, tmp_path / "one")
    python = msgspec.structs.replace(current, python="3.9.999")
    with pytest.raises(ProjectError, match="cannot be built") as caught:
        choose_interpreter(python, current, tmp_path / "two")
    assert "--allow-different-python" in caught.value.hint
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProjectError, match="uv is not installed") as caught:
        rebuild_environment(gone, current.python, tmp_path / "three")
    assert "pip install uv" in caught.value.hint


def test_keys_of_a_record_become_what_they_are_in_the_configuration():
    now = {"labels": {0: "cat", True: "yes", dt.date(2024, 1, 31): "day"}, "plain": {"a": 1}}
    recorded = msgspec.json.decode(msgspec.json.encode(mask_tree(now)))
    assert list(recorded["labels"]) == ["0", "true", "2024-01-31"]
    assert restore_tree(recorded, [now]) == (now, [])
    assert restore_tree(recorded, [{}, now]) == (now, [])
