"""What is recorded of a run, read back in the form that it was written in."""

import pytest

from treadle.errors import ConflictError
from treadle.provenance.request import (
    PipelineRequest,
    ProjectRequest,
    Request,
    ScriptRequest,
    mask_request,
)
from treadle.provenance.run_record import read_graph, read_recorded
from treadle.tracking.recorded_run import RecordedRun, Recording

REQUESTS: dict[str, Request] = {
    "pipeline": PipelineRequest(
        target="train", params=("a=1",), nodes=("x", "y"), load_versions={"t": "2"}
    ),
    "script": ScriptRequest(target="/work/script.py", arguments=("--epochs", "3")),
    "project": ProjectRequest(
        target="https://host/p.git", entry_point="main", version="ab12", params=("k=v",), shell=True
    ),
}


def record(folder, location, kind, configuration):
    recording = Recording(
        kind=kind, name="run", experiment="trial", folder=folder, configuration=configuration
    )
    with RecordedRun(location, recording) as run:
        return run.id


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_is_read_as_it_was_written(tmp_path, location, store, kind):
    written = {"request": mask_request(REQUESTS[kind]), "seed": 7}
    recorded = read_recorded(store.get_run(record(tmp_path, location, kind, written)))
    assert recorded.configuration.request == REQUESTS[kind]
    assert recorded.configuration.seed == 7
    assert recorded.environment.folder == str(tmp_path)
    assert recorded.git is None


def test_a_run_without_a_request_or_a_graph(tmp_path, location, store):
    details = store.get_run(record(tmp_path, location, "pipeline", {"request": None}))
    assert read_recorded(details).configuration.request is None
    assert read_graph(details).nodes == []


def test_a_record_in_another_form_is_rejected(tmp_path, location, store):
    details = store.get_run(record(tmp_path, location, "script", {"request": {"target": 3}}))
    with pytest.raises(
        ConflictError, match=r'run "run" as config cannot be read: .*request\.target'
    ):
        read_recorded(details)


def test_secrets_of_a_request_are_masked():
    script = ScriptRequest(target="s.py", arguments=("--api-key", "abc", "--token=def", "-n", "3"))
    assert mask_request(script)["arguments"] == ["--api-key", "***", "--token=***", "-n", "3"]
    assert mask_request(PipelineRequest(params=("password=abc",)))["params"] == ["password=***"]
