"""A real notebook's kernel.

Cells that are run again, errors, interruptions, a kernel that is restarted.
"""

import contextlib

import pytest


def test_a_cell_that_is_run_again_is_another_run(notebook, store):
    cell = (
        "with treadle.start_run('cell') as run:\n"
        "    for step in range(3): treadle.log_metric('loss', 1 / (step + 1))\n"
        "    print('trained')\n"
    )
    assert notebook.run("import treadle") == ""
    assert [notebook.run(cell), notebook.run(cell)] == ["trained\n", "trained\n"]
    runs = store.find_runs(search("name = 'cell'"))
    assert [(run.status, run.metrics) for run in runs] == [("finished", {"loss": 1 / 3})] * 2
    assert [line.text for line in store.get_run(runs[0].id).logs] == ["trained"]


def search(where):
    from treadle.store import Search, parse

    return Search(where=parse(where))


def test_a_run_goes_on_from_cell_to_cell_until_the_next_one_starts(notebook, store):
    notebook.run("import treadle\nrun = treadle.start_run('first')")
    notebook.run("treadle.log_metric('m', 1.0)")
    assert notebook.run("1 / 0") == "ZeroDivisionError"  # of a cell, not of the run
    notebook.run("treadle.log_metric('m', 2.0)\nprint('still here')\nrun.flush()")
    first = store.get_run("first")
    assert (first.run.status, first.run.metrics) == ("running", {"m": 2.0})
    assert "still here" in [line.text for line in first.logs]
    assert "was still open and is ended" in notebook.run(
        "import logging; logging.basicConfig()\nrun = treadle.start_run('second'); run.flush()"
    )
    assert store.get_run("first").run.status == "finished"
    assert store.get_run("second").run.status == "running"


def test_a_cell_that_fails_or_is_stopped_ends_its_block(notebook, store):
    notebook.run("import treadle")
    assert (
        notebook.run("with treadle.start_run('bad'):\n    treadle.log_metric('m', 1)\n    1 / 0")
        == "ZeroDivisionError"
    )
    stopped = notebook.run(
        "import os, signal\n"
        "with treadle.start_run('stopped'):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    import time; time.sleep(30)"
    )
    assert stopped == "KeyboardInterrupt"
    assert [store.get_run(name).run.status for name in ("bad", "stopped")] == ["failed", "killed"]
    assert notebook.run("with treadle.start_run('after'):\n    treadle.log_metric('m', 1)") == ""
    assert store.get_run("after").run.status == "finished"


def test_tasks_of_a_cell_have_runs_of_their_own(notebook, store):
    notebook.run("import asyncio, treadle")
    notebook.run(
        "async def work(name):\n"
        "    with treadle.start_run(name):\n"
        "        for step in range(5):\n"
        "            treadle.log_metric('m', step)\n"
        "            await asyncio.sleep(0)\n"
        "await asyncio.gather(*(work(f'task{n}') for n in range(3)))\n"
    )
    runs = store.find_runs(search("name like 'task%'"))
    assert sorted((run.name, run.status, run.metrics["m"]) for run in runs) == [
        (f"task{n}", "finished", 4.0) for n in range(3)
    ]


@pytest.mark.parametrize("way", ["restart", "kill"])
def test_a_kernel_that_is_restarted_leaves_a_killed_run_with_all_that_was_logged(
    notebook, store, way
):
    notebook.run(
        "import treadle\n"
        "run = treadle.start_run('r')\n"
        "for n in range(100): treadle.log_metric('m', n)"
    )
    if way == "restart":
        notebook.manager.restart_kernel(now=True)
        notebook.client.wait_for_ready(timeout=60)
        assert notebook.run("import treadle\nprint(treadle.active_run())") == "None\n"
    else:
        notebook.manager.signal_kernel(9)
        with contextlib.suppress(Exception):
            notebook.manager.provisioner.process.wait(10)
    details = store.get_run("r")
    assert (details.run.status, details.metrics[0].count) == ("killed", 100)
