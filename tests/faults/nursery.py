"""Starts servers and clients by forking a process that has loaded everything.

A round of killing costs no start-up.
"""

import os
import signal
import sys

import uvicorn

import treadle
import treadle.store.http.store
import treadle.store.sql.sqlite
import treadle.tracking.exit_status
from treadle.server.app import ServerSettings, create_app
from treadle.server.run import bind


def serve(port, store):
    app = create_app(ServerSettings(store=store))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on")
    )
    server.run(sockets=[bind("127.0.0.1", int(port))])  # on the loop that treadle server has


def log(url, name, ledger, count):
    """Log one point after another, each noted in the ledger when the call has returned."""
    descriptor = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with treadle.start_run(name, store=url) as run:
        os.write(descriptor, f"run {run.id}\n".encode())
        for number in range(int(count)):
            treadle.log_metric("m", float(number), number)
            os.write(descriptor, f"{number}\n".encode())
    os.write(descriptor, b"end\n")


def main():
    os.environ["TREADLE_RECORD_CODE"] = "false"  # what is logged is killed here, not what starts it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        command, *arguments = line.split()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.stdin.close()
            try:
                {"serve": serve, "log": log}[command](*arguments)
            finally:
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
