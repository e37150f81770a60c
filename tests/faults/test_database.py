"""A database that hangs up on the server, again and again.

Nothing that was acknowledged is lost, nothing comes twice.
"""

import http.client
import json
import queue
import threading

import psycopg
from tests.servers import serving

CLIENTS, POINTS, BETWEEN = 6, 50, 12
HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def ask(address, method, path, body=None):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request(
        method,
        f"/api/2.0/mlflow/{path}",
        body and json.dumps(body),
        {"content-type": "application/json"},
    )
    response = connection.getresponse()
    content = json.loads(response.read())
    connection.close()
    return response.status, content


def test_a_database_that_hangs_up(postgres):
    answered: queue.Queue[int] = queue.Queue()

    def log(address, run, number):
        """Ask again as MLflow's clients do: with the same request, until it is answered."""
        for step in range(number * POINTS, (number + 1) * POINTS):
            point = {"run_id": run, "key": "m", "value": 0.5, "timestamp": step, "step": step}
            while True:
                status, content = ask(address, "POST", "runs/log-metric", point)
                answered.put(status)
                if status == 200:
                    break
                assert status in (429, 503), content

    with serving(postgres) as address, psycopg.connect(postgres, autocommit=True) as other:
        _, made = ask(address, "POST", "runs/create", {})
        run = made["run"]["info"]["run_id"]
        threads = [
            threading.Thread(target=log, args=(address, run, number)) for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        hung_up = refused = kept = 0
        while kept < CLIENTS * POINTS:
            for _ in range(min(BETWEEN, CLIENTS * POINTS - kept)):
                if answered.get(timeout=60) == 200:
                    kept += 1
                else:
                    refused += 1
            hung_up += len(other.execute(HANG_UP).fetchall())
        for thread in threads:
            thread.join(60)
        for _ in range(5):  # the readers' connections are gone, too
            status, found = ask(
                address, "GET", f"metrics/get-history?run_id={run}&metric_key=m&max_results=25000"
            )
            if status == 200:
                break
    assert hung_up > 10
    assert sorted(one["step"] for one in found["metrics"]) == list(range(CLIENTS * POINTS)), refused
