"""The widget of notebooks, in a real kernel; tests/page draws it."""

import math
import subprocess
import sys

import pytest

import treadle
from treadle.errors import RunNotFoundError, SearchError
from treadle.interop.html_page import TEMPLATE

pytestmark = pytest.mark.skipif(
    not TEMPLATE.with_name("widget.js").is_file(), reason="the page is not built: make page"
)


@pytest.fixture
def runs():
    for name in ("first", "second"):
        with treadle.start_run(name) as run:
            run.log_series("val/loss", [1 / step for step in range(1, 50)])
            run.log_series("val/acc", [0.1, math.nan, 0.3])
            run.log_metric("lr", 0.1)
            run.log_metric("system/cpu", 3.0)


def states(messages):
    """What a kernel tells the page about the widget, the first time and later."""
    for kind, content in messages:
        if kind in ("comm_open", "comm_msg"):
            state = content["data"].get("state", {})
            if "shown" in state:
                yield state


def test_a_cell_shows_the_widget(runs, notebook):
    messages = notebook.messages("import treadle\ntreadle.show('first', 'second')")
    (result,) = (content for kind, content in messages if kind == "execute_result")
    assert "application/vnd.jupyter.widget-view+json" in result["data"]
    (state,) = states(messages)
    shown = state["shown"]
    assert [(run["name"], run["status"]) for run in shown["runs"]] == [
        ("first", "finished"),
        ("second", "finished"),
    ]
    assert [one["key"] for one in shown["series"]] == [
        key for key in ("lr", "val/acc", "val/loss") for _ in range(2)
    ]
    assert shown["series"][2]["values"] == [0.1, "NaN", 0.3]
    assert shown["series"][4]["values"] == [1 / step for step in range(1, 50)]
    assert shown["more"] == 1
    assert "export" in state["_esm"]
    assert state["_css"].startswith(".treadle-widget{")


def test_curves_grow_while_the_run_is_running(notebook):
    notebook.run("import treadle\nrun = treadle.start_run('live')\nrun.log_metric('m', 1.0)")
    assert list(states(notebook.messages("shown = treadle.show(run)\nshown")))
    notebook.run("run.log_metric('m', 2.0)\nrun.end()")
    newest = None
    while newest is None or newest["runs"][0]["status"] != "finished":
        message = notebook.client.get_iopub_msg(timeout=30)
        for state in states([(message["msg_type"], message["content"])]):
            newest = state["shown"]
    assert newest["series"][0]["values"] == [1.0, 2.0]


def test_metrics_are_chosen_by_patterns(runs):
    widget = treadle.show("first", metrics=["val/*"])
    assert [one["key"] for one in widget.shown["series"]] == ["val/acc", "val/loss"]
    found = treadle.search_runs("name = 'second'")[0]
    assert treadle.show(found).shown["runs"][0]["name"] == "second"
    assert treadle.show(treadle.get_run("second")).shown["runs"][0]["id"] == found.id
    assert treadle.show().shown["runs"][0]["name"] == "second"
    with pytest.raises(SearchError, match=r"No metric matches train/\*"):
        treadle.show("first", metrics=["train/*"])
    with pytest.raises(RunNotFoundError):
        treadle.show("third")


def test_without_anywidget_it_says_what_to_install(runs):
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import treadle\n"
        "try: treadle.show('first')\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "treadle[notebook]" in done.stdout
