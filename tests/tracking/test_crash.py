"""How a process ends, and what is left of its run."""

import os
import random
import signal
import subprocess
import sys

import pytest
from tests.conftest import start

LOG = (
    "import os, signal, sys, time, treadle\n"
    "run = treadle.start_run('r')\n"
    "treadle.log_metric('m', 1.0)\n"
)


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("", "finished", 0),
        ("raise ValueError('no')", "failed", 1),
        ("sys.exit(1)", "failed", 1),
        ("sys.exit('message')", "failed", 1),
        ("sys.exit(0)", "finished", 0),
        ("sys.exit()", "finished", 0),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(30)", "killed", -2),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)", "killed", 143),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed", -9),
        ("os._exit(3)", "killed", 3),
        ("import ctypes; ctypes.string_at(0)", "killed", -11),
        ("run.end()\nsys.exit(1)", "finished", 1),
    ],
)
@pytest.mark.parametrize("block", [False, True], ids=["plain", "block"])
def test_status(python, store, ending, status, code, block):
    if block:
        body = "".join(f"    {line}\n" for line in (ending or "pass").split("\n"))
        program = LOG + "with run:\n" + body
    else:
        program = LOG + ending
    done = python(program)
    assert done.code in (code, 130 if code == -2 else code), done
    record = store.get_run("r").run
    assert record.status == status, done
    assert record.metrics == {"m": 1.0}
    assert record.ended is not None
    if status == "failed":
        assert record.error.kind in ("ValueError", "SystemExit")


def test_signal_handlers_of_the_program_are_left_alone(python, store):
    done = python(
        "import signal, os, treadle\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('mine'))\n"
        "with treadle.start_run('r'):\n    os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    assert (done.code, done.out) == (0, "mine\n")
    assert store.get_run("r").run.status == "finished"


def test_every_call_that_returned_survives_kill_9_once(tmp_path, store):
    """Rounds of a program that notes what it logged, killed at a random point."""
    program = (
        "import os, sys, treadle\n"
        "ledger = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "run = treadle.start_run(sys.argv[2])\n"
        "print('go', flush=True)\n"
        "n = 0\n"
        "while True:\n"
        "    treadle.log_metric('m', float(n), step=n)\n"
        "    os.write(ledger, b'%d\\n' % n)\n"
        "    n += 1\n"
    )
    seed = random.randrange(2**32)
    print("seed", seed)
    rounds = random.Random(seed)
    script = tmp_path / "log.py"
    script.write_text(program)
    for number in range(8):
        ledger = tmp_path / f"ledger{number}"
        process = start([script, ledger, f"r{number}"], tmp_path, stdout=subprocess.PIPE)
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(rounds.uniform(0.0, 0.7))
        process.kill()
        process.wait()
        process.stdout.close()
        acknowledged = len(ledger.read_text().splitlines()) if ledger.exists() else 0
        run = store.get_run(f"r{number}").run
        steps = [point.step for point in store.points(run.id, "m")]
        assert run.status == "killed"
        # One call may have been kept whose return was not noted any more.
        assert steps == list(range(len(steps)))
        assert len(steps) in (acknowledged, acknowledged + 1)


def test_a_fork_logs_beside_its_parent_and_ends_nothing(python, store):
    done = python(
        LOG + "child = os.fork()\n"
        "if child == 0:\n"
        "    for n in range(500): treadle.log_metric('child', float(n))\n"
        "    sys.exit(7)\n"
        "for n in range(500): treadle.log_metric('parent', float(n))\n"
        "assert os.waitpid(child, 0)[1] >> 8 == 7\n"
    )
    assert done.code == 0, done
    details = store.get_run("r")
    assert details.run.status == "finished"
    assert {m.key: m.count for m in details.metrics} == {"m": 1, "child": 500, "parent": 500}


@pytest.mark.parametrize(
    ("ending", "status"), [("sys.exit(0)", "finished"), ("os.kill(os.getpid(), 9)", "killed")]
)
def test_a_fork_that_outlives_its_parent(tmp_path, store, ending, status):
    script = tmp_path / "fork.py"
    script.write_text(
        LOG + "read, write = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.close(write)\n"
        "    os.read(read, 1)\n"  # until the parent is gone
        "    treadle.log_metric('late', 1.0)\n"
        "    sys.stdout.write('done'); sys.stdout.flush()\n"
        "    os._exit(0)\n"
        f"os.close(read)\n{ending}\n"
    )
    process = start([script], tmp_path, stdout=subprocess.PIPE)
    assert process.communicate(timeout=60)[0] == "done"  # the pipe closes with the child
    details = store.get_run("r")
    assert details.run.status == status
    assert details.run.metrics == {"m": 1.0, "late": 1.0}


def test_multiprocessing_workers_log_to_one_run(python, store):
    done = python(
        "import multiprocessing, sys, treadle\n"
        "def work(arguments):\n"
        "    run, n = arguments\n"
        "    for step in range(100): run.log_metric(f'w{n}', float(step))\n"
        "    run.flush()\n"
        "    return n\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context(sys.argv[1])\n"
        "    with treadle.start_run('r') as run, context.Pool(2) as pool:\n"
        "        assert sum(pool.map(work, [(run, n) for n in range(4)])) == 6\n"
        "        pool.close(); pool.join()\n",
        "spawn",
    )
    assert done.code == 0, done
    assert {m.key: m.count for m in store.get_run("r").metrics} == {f"w{n}": 100 for n in range(4)}


def test_asyncio_tasks_have_their_own_runs(python, store):
    done = python(
        "import asyncio, treadle\n"
        "async def one(name):\n"
        "    with treadle.start_run(name):\n"
        "        for n in range(20):\n"
        "            treadle.log_metric('m', float(n))\n"
        "            await asyncio.sleep(0)\n"
        "async def main(): await asyncio.gather(*(one(f't{n}') for n in range(5)))\n"
        "asyncio.run(main())\n"
    )
    assert done.code == 0, done
    for number in range(5):
        details = store.get_run(f"t{number}")
        assert (details.metrics[0].count, details.run.status, details.run.parent) == (
            20,
            "finished",
            "",
        )


def test_many_processes_log_to_one_store(tmp_path, store):
    script = tmp_path / "log.py"
    script.write_text(
        "import sys, treadle\n"
        "with treadle.start_run(sys.argv[1]):\n"
        "    for n in range(2000): treadle.log_metric('m', float(n))\n"
    )
    processes = [start([script, f"p{n}"], tmp_path, stderr=subprocess.PIPE) for n in range(32)]
    for process in processes:
        assert process.communicate(timeout=120)[1] == ""
        assert process.returncode == 0
    for number in range(32):
        details = store.get_run(f"p{number}")
        assert (details.run.status, details.metrics[0].count) == ("finished", 2000)


def test_a_live_run_is_left_alone(tmp_path, store, location):
    script = tmp_path / "wait.py"
    script.write_text(LOG + "run.flush()\nprint('up', flush=True)\nsys.stdin.readline()\n")
    process = subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    assert store.get_run("r").run.status == "running"
    assert len(list(location.journals.iterdir())) == 1
    os.kill(process.pid, signal.SIGSTOP)
    assert store.get_run("r").run.status == "running"
    os.kill(process.pid, signal.SIGCONT)
    process.communicate("\n", timeout=60)
    assert store.get_run("r").run.status == "finished"


def test_interruptions_lose_and_repeat_nothing(python, store):
    """Ctrl-C at random instants of a loop that goes on, as in a notebook.

    What returned is stored, once.
    """
    done = python(
        "import faulthandler, random, signal, treadle\n"
        "faulthandler.dump_traceback_later(60, exit=True)\n"  # says where, if it ever hangs
        "from treadle.tracking import writer\n"
        "writer._ROTATE = 3000\n"
        "signal.signal(signal.SIGALRM, signal.default_int_handler)\n"
        "noted, n, interruptions = [], 0, 0\n"
        "run = treadle.start_run('r')\n"
        # Python 3.13 does not catch what comes at the head of a loop that stands right in a try
        "def log():\n"
        "    global n\n"
        "    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 3e-3))\n"
        "    while n < 20_000:\n"
        "        n += 1\n"
        "        run.log_metric('m', float(n), step=n)\n"
        "        noted.append(n)\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "while n < 20_000:\n"
        "    try:\n"
        "        log()\n"
        "    except KeyboardInterrupt:\n"
        "        interruptions += 1\n"
        "run.end()\n"
        "print(interruptions, *noted)\n"
    )
    assert done.code == 0, done
    interruptions, *noted = (int(word) for word in done.out.split())
    steps = [point.step for point in store.points("r", "m")]
    assert interruptions > 10
    assert steps == sorted(set(steps))
    assert set(noted) <= set(steps)
    assert (
        len(steps) - len(noted) <= interruptions
    )  # a call that was interrupted may have been kept
