"""What a program prints is kept with its run, and still goes where it went."""

import asyncio
import io
import logging
import sys
import threading
from contextlib import redirect_stdout

import pytest

import treadle
from treadle.errors import ConfigError


def lines(run="latest"):
    return [(line.level, line.text) for line in treadle.get_run(run).logs]


def test_lines_are_kept_and_shown(capsys):
    with treadle.start_run():
        print("one", "two")
        print("half ", end="")
        print("done\n\nafter an empty one", file=sys.stderr)
        print("line")
        sys.stdout.writelines(["a\n", "b"])
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("one two\nhalf line\na\nb", "done\n\nafter an empty one\n")
    assert lines() == [
        ("OUT", "one two"),
        ("ERR", "done"),
        ("ERR", ""),
        ("ERR", "after an empty one"),
        ("OUT", "half line"),
        ("OUT", "a"),
        ("OUT", "b"),
    ]


def test_streams_are_as_before_afterwards():
    before = sys.stdout, sys.stderr
    with treadle.start_run(), treadle.start_run():
        assert sys.stdout is not before[0]
        assert sys.stdout.encoding == before[0].encoding
        assert sys.stdout.isatty() == before[0].isatty()
    assert (sys.stdout, sys.stderr) == before


def test_a_bar_is_its_last_state():
    with treadle.start_run():
        for done in range(0, 101, 10):
            print(f"\r{done} %", end="")
        print()
        print("from windows\r")
        for part in ("10 %\r", "20 %\r", "done", "\r", "\n", "x" * 100_000, "\n"):
            print(part, end="")
    assert lines() == [
        ("OUT", "100 %"),
        ("OUT", "from windows"),
        ("OUT", "done"),
        ("OUT", "x" * 65_536),
    ]


def test_every_run_has_its_own():
    with treadle.start_run("outer") as outer:
        print("outer")
        with treadle.start_run("inner") as inner:
            print("inner")
            thread = threading.Thread(target=print, args=("of a thread",))
            thread.start()
            thread.join()
        with treadle.start_run("silent", capture_output=False) as silent:
            print("nothing")
        print("outer again")
    assert lines(outer.id) == [("OUT", "outer"), ("OUT", "outer again")]
    assert lines(inner.id) == [("OUT", "inner"), ("OUT", "of a thread")]
    assert lines(silent.id) == []


def test_tasks_print_to_their_own_runs():
    async def work(name):
        with treadle.start_run(name):
            for number in range(3):
                print(name, number)
                treadle.log_metric("m", number)
                await asyncio.sleep(0)

    async def both():
        await asyncio.gather(work("a"), work("b"))

    asyncio.run(both())
    for name in "ab":
        assert lines(name) == [("OUT", f"{name} {number}") for number in range(3)]
        assert treadle.get_run(name).run.metrics == {"m": 2.0}


def test_what_is_sent_elsewhere_is_not_printed():
    with treadle.start_run(), redirect_stdout(io.StringIO()) as target:
        print("to a text")
    assert target.getvalue() == "to a text\n"
    assert lines() == []


def test_secrets_are_masked():
    with treadle.start_run():
        print("connecting to postgresql://ada:lovelace@host/db")
    ((_, text),) = lines()
    assert "lovelace" not in text


def test_log_records_of_a_script_come_once(treadle, tmp_path, store):
    (tmp_path / "script.py").write_text(
        "import logging\nlogging.basicConfig(level=logging.INFO)\nlogging.info('logged')\n"
        "print('printed')\n"
    )
    done = treadle("run", "script.py")
    assert done.code == 0, done
    assert "INFO:root:logged" in done.err
    assert [(line.level, line.text) for line in store.get_run("latest").logs] == [
        ("INFO", "logged"),
        ("OUT", "printed"),
    ]
    shown = treadle("runs", "logs", "latest")
    assert [row.split()[-2:] for row in shown.out.splitlines()] == [
        ["INFO", "logged"],
        ["OUT", "printed"],
    ]
    assert [line["text"] for line in treadle("runs", "logs", "latest", "--json").json] == [
        "logged",
        "printed",
    ]


def test_nodes_print_to_their_run(capsys):
    def speak():
        print("from a node")
        logging.getLogger("x").warning("beware")
        return 1

    treadle.run(treadle.pipeline([treadle.node(speak, None, "out")]))
    assert lines() == [("OUT", "from a node"), ("WARNING", "beware")]
    assert "from a node" in capsys.readouterr().out


def test_a_childs_lines_are_not_said_twice(python, store):
    done = python(
        "import os, sys, treadle\n"
        "with treadle.start_run('r'):\n"
        "    print('half', end='')\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        print('of the child')\n"
        "        treadle.active_run().flush(); sys.stdout.flush(); os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    print(' whole')\n"
    )
    assert done.code == 0, done
    assert sorted(line.text for line in store.get_run("r").logs) == ["half whole", "of the child"]


@pytest.mark.parametrize(
    "speak", ["print('in between')", "logging.getLogger('x').warning('in between')"]
)
def test_what_is_printed_in_the_middle_of_logging_does_not_stand_in_its_way(python, store, speak):
    """As finalizers do, which the garbage collector runs in the middle of any line."""
    done = python(
        "import faulthandler, logging, sys, treadle\n"
        "faulthandler.dump_traceback_later(50, exit=True)\n"
        "from treadle.tracking import writer\n"
        "writer._ROTATE = 3000\n"
        "logging.lastResort = logging.NullHandler()\n"
        "from treadle.tracking.logs import RunLogs\n"
        "armed, said = False, 0\n"
        "def say(frame, event, argument):\n"
        "    global armed, said\n"
        # The writer is at work
        "    if armed and event == 'call' and frame.f_code.co_filename.endswith('journal.py'):\n"
        "        armed, said = False, said + 1\n"
        f"        {speak}\n"
        "with treadle.start_run('r') as run, RunLogs(run):\n"
        "    sys.setprofile(say)\n"
        "    for n in range(500):\n"
        "        armed = True\n"
        "        run.log_metric('m', float(n))\n"
        "        if n % 100 == 0: run.flush(durable=True)\n"
        "    sys.setprofile(None)\n"
        "    assert said == 500\n"
    )
    assert done.code == 0, done
    details = store.get_run("r")
    assert [point.value for point in store.points("r", "m")] == [float(n) for n in range(500)]
    assert sum(line.text == "in between" for line in details.logs) == 500


@pytest.mark.parametrize(("value", "kept"), [("false", 0), ("no", 0), ("1", 1), ("", 1)])
def test_the_environment_may_say_no(monkeypatch, value, kept):
    monkeypatch.setenv("TREADLE_CAPTURE_OUTPUT", value)
    with treadle.start_run():
        print("x")
    assert len(lines()) == kept


def test_what_it_says_wrongly(monkeypatch):
    monkeypatch.setenv("TREADLE_CAPTURE_OUTPUT", "perhaps")
    with pytest.raises(ConfigError, match="use true or false"):
        treadle.start_run()
