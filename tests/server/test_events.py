import http.client
import json

from tests.servers import serving

import treadle


def events(address, path):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    assert response.status == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    try:
        while line := response.readline():
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
    finally:
        connection.close()


def test_a_run_is_followed_to_its_end(tmp_path):
    with serving(tmp_path / "x.db") as address:
        run = treadle.start_run("live", store=address)
        run.flush()
        told = events(address, f"/api/v1/runs/{run.id}/events")
        assert next(told)["run"]["status"] == "running"
        run.log_metric("loss", float("inf"))
        run.flush()
        assert next(told)["metrics"][0]["last"] == "Infinity"
        run.end()
        assert next(told)["run"]["status"] == "finished"
        assert list(told) == []


def test_a_run_that_is_not_there_has_no_events(tmp_path):
    with serving(tmp_path / "x.db") as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        connection.request("GET", "/api/v1/runs/nothing/events")
        assert connection.getresponse().status == 404
        connection.close()
