"""A running MLflow server as a source, read over its REST protocol."""

import tempfile
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from treadle.addresses import split_location
from treadle.http_client import OK
from treadle.interop.mlflow.conversion import (
    fields_of,
    to_experiment,
    to_input,
    to_logged_model,
    to_model,
    to_model_metric,
    to_number,
    to_output,
    to_run,
    to_version,
)
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.server_connection import ServerConnection
from treadle.interop.mlflow.source import SourceArtifacts, SourceModel, SourceRun
from treadle.records import (
    ArtifactOwner,
    ExperimentRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
)
from treadle.server.mlflow.calls.experiments import ExperimentsAnswer
from treadle.server.mlflow.calls.history import HistoryAnswer
from treadle.server.mlflow.calls.logged_models import LoggedModelsAnswer
from treadle.server.mlflow.calls.model_versions import ModelVersionsAnswer
from treadle.server.mlflow.calls.registered_models import RegisteredModelsAnswer
from treadle.server.mlflow.calls.runs import RunsAnswer
from treadle.server.mlflow.entities import KeyValue, LoggedModelMessage, RunMessage
from treadle.server.mlflow.prompts import IS_PROMPT

T = TypeVar("T")

_LONGEST_PATH: Final = 1024


class _ListedFile(msgspec.Struct):
    path: str
    is_dir: bool = False


class _Listing(msgspec.Struct):
    """The entries of an artifact directory."""

    files: list[_ListedFile] = []


class ServerSource:
    """A server that speaks MLflow's protocol.

    The credentials are in the URL, or in ``MLFLOW_TRACKING_TOKEN``, or in
    ``MLFLOW_TRACKING_USERNAME`` and ``MLFLOW_TRACKING_PASSWORD``.

    Args:
        address: The URL, such as ``http://127.0.0.1:5000``.
    """

    def __init__(self, address: str) -> None:
        self.omissions = Omissions()
        self._server = ServerConnection(address, self.omissions)
        self._scratch = tempfile.TemporaryDirectory(prefix="treadle-import-")

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Yield all experiments, including deleted ones."""
        # The oldest first, here and below: what is created meanwhile comes last and shifts no page.
        order = ["creation_time ASC", "experiment_id ASC"]
        query = {"view_type": "ALL", "max_results": 1000, "order_by": order}
        path = "experiments/search"
        for page in self._server.pages(path, ExperimentsAnswer, query, method="POST"):
            for message in page.experiments:
                yield to_experiment(fields_of(message), _texts(message.tags))

    def runs(self, experiment: str) -> Iterator[SourceRun]:
        """Yield all runs of an experiment, including deleted ones."""
        query = {
            "experiment_ids": [experiment],
            "run_view_type": "ALL",
            "max_results": 1000,
            "order_by": ["attributes.start_time ASC", "attributes.run_id ASC"],
        }
        where = f"runs of experiment {experiment}"
        for page in self._server.read_pages(where, "runs/search", RunsAnswer, query, method="POST"):
            for message in page.runs:
                try:
                    run = _run(message)
                except READ_ERRORS as error:
                    self.omissions.add(f"run {message.info.run_id}", error)
                else:
                    yield run

    def points(self, run: SourceRun) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        return {key: self._series(run.contents.run.id, key) for key in run.metrics}

    def _series(self, run: str, key: str) -> Series:
        series = Series(array("q"), array("d"), array("d"))
        query = {"run_id": run, "metric_key": key, "max_results": 25_000}
        where = f"metric {key} of run {run}"
        pages = 0
        for page in self._server.read_pages(where, "metrics/get-history", HistoryAnswer, query):
            pages += 1
            series.steps.extend(point.step for point in page.metrics)
            series.times.extend(point.timestamp / 1000 for point in page.metrics)
            series.values.extend(to_number(point.value) for point in page.metrics)
        if not pages:
            self.omissions.add(where, "the server does not have it any more")
        return series

    def logged_models(self, experiment: str) -> Iterator[SourceModel]:
        """Yield the logged models of an experiment, without deleted ones."""
        query = {"experiment_ids": [experiment], "max_results": 50}
        where = f"logged models of experiment {experiment}"
        path = "logged-models/search"
        for page in self._server.read_pages(where, path, LoggedModelsAnswer, query, method="POST"):
            yield from map(_logged_model, page.models)

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models, and the prompts, which are stored as such."""
        for page in self._kinds("registered-models/search", RegisteredModelsAnswer, 1000):
            for message in page.registered_models:
                aliases = {alias.alias: alias.version for alias in message.aliases}
                yield to_model(fields_of(message), _texts(message.tags), aliases)

    def _kinds(self, path: str, kind: type[T], most: int) -> Iterator[T]:
        """Yield the pages without prompts, then those of prompts, which need a filter."""
        for text in ("", f"tags.`{IS_PROMPT.key}` = 'true'"):
            query = {"max_results": most, "filter": text}
            yield from self._server.read_pages(path, path, kind, query)

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        for page in self._kinds("model-versions/search", ModelVersionsAnswer, 10_000):
            for message in page.model_versions:
                yield to_version(fields_of(message), _texts(message.tags))

    def files(self, artifacts: SourceArtifacts) -> Iterator[tuple[str, Path]]:
        """Yield the relative path of each artifact, and a file with its content until the next."""
        owner, root = artifacts.owner, artifacts.location
        if not root.startswith("mlflow-artifacts:"):
            if root and self._has_artifacts(owner):
                self.omissions.add_location(f"{owner.kind} {owner.id}", root)
            return
        top = split_location(root).path.strip("/")
        file = Path(self._scratch.name) / "file"
        for path in self._list_artifacts(owner, top):
            address = f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{top}/{path}')}"
            status, _ = self._server.request("GET", address, into=file)
            if status == OK:
                yield path, file
            else:
                where = f"artifact {path} of {owner.kind} {owner.id}"
                self.omissions.add(where, f"the server answers with status {status}")

    def _list_artifacts(self, owner: ArtifactOwner, top: str) -> Iterator[str]:
        """Yield the relative paths of the files in a directory of the server's artifacts."""
        folders = [""]
        while folders:
            folder = folders.pop()
            query = urlencode({"path": "/".join(filter(None, (top, folder)))})
            address = f"/api/2.0/mlflow-artifacts/artifacts?{query}"
            status, content = self._server.request("GET", address)
            try:
                listing = (
                    msgspec.json.decode(content, type=_Listing) if status == OK else _Listing()
                )
            except msgspec.MsgspecError:
                listing, status = _Listing(), 0
            if status not in (OK, 404):  # a run without artifacts may have no directory
                where = f"artifacts of {owner.kind} {owner.id} in {folder or '/'}"
                self.omissions.add(where, f"the server answers with status {status}")
            for entry in listing.files:
                path = "/".join(filter(None, (folder, entry.path)))
                if not entry.is_dir:
                    yield path
                elif len(path) <= _LONGEST_PATH:  # a directory listed as its own child has no end
                    folders.append(path)

    def _has_artifacts(self, owner: ArtifactOwner) -> bool:
        """Whether the server lists artifacts that it does not serve; True if that is unknown."""
        if owner.kind == "model":
            path = f"/api/2.0/mlflow/logged-models/{owner.id}/artifacts/directories"
        else:
            path = f"/api/2.0/mlflow/artifacts/list?{urlencode({'run_id': owner.id})}"
        status, content = self._server.request("GET", path)
        try:
            return status != OK or bool(msgspec.json.decode(content, type=_Listing).files)
        except msgspec.MsgspecError:
            return True

    def close(self) -> None:
        """Close the connection, and delete temporary files."""
        self._server.close()
        self._scratch.cleanup()


def _run(message: RunMessage) -> SourceRun:
    info = message.info
    record = to_run(fields_of(info), _texts(message.data.params), _texts(message.data.tags))
    inputs = [
        to_input(fields_of(link.dataset), _texts(link.tags))
        for link in message.inputs.dataset_inputs
    ]
    outputs = message.outputs.model_outputs if message.outputs else []
    models = [to_output(fields_of(output)) for output in outputs]
    return SourceRun(
        RunContents(run=record, metrics=[], inputs=inputs, models=models),
        SourceArtifacts(ArtifactOwner("run", info.run_id), info.experiment_id, info.artifact_uri),
        tuple(point.key for point in message.data.metrics),
    )


def _logged_model(message: LoggedModelMessage) -> SourceModel:
    info = message.info
    record = to_logged_model(
        fields_of(info),
        _texts(message.data.params),
        _texts(info.tags),
        [to_model_metric(fields_of(point)) for point in message.data.metrics],
    )
    owner = ArtifactOwner("model", info.model_id)
    return SourceModel(record, SourceArtifacts(owner, info.experiment_id, info.artifact_uri))


def _texts(pairs: list[KeyValue]) -> dict[str, str]:
    return {pair.key: pair.value for pair in pairs}
