"""A running MLflow server as a source, read over its REST protocol."""

import math
import tempfile
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from treadle.addresses import split_location
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.server_connection import OK, ServerConnection
from treadle.interop.mlflow.source import find_logged_model, make_run
from treadle.records import (
    ArtifactOwner,
    DatasetInputRecord,
    ExperimentRecord,
    LoggedModelMetric,
    LoggedModelRecord,
    LoggedModelStatus,
    ModelUseRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
    Stage,
)
from treadle.server.mlflow.calls.experiments import ExperimentsAnswer
from treadle.server.mlflow.calls.history import HistoryAnswer
from treadle.server.mlflow.calls.logged_models import LoggedModelsAnswer
from treadle.server.mlflow.calls.model_versions import ModelVersionsAnswer
from treadle.server.mlflow.calls.registered_models import RegisteredModelsAnswer
from treadle.server.mlflow.calls.runs import RunsAnswer
from treadle.server.mlflow.entities import KeyValue, RunMessage
from treadle.server.mlflow.prompts import IS_PROMPT

T = TypeVar("T")

_LOGGED: Final[dict[str, LoggedModelStatus]] = {
    "LOGGED_MODEL_PENDING": "pending",
    "LOGGED_MODEL_READY": "ready",
    "LOGGED_MODEL_UPLOAD_FAILED": "failed",
}


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
        self._roots: dict[ArtifactOwner, str] = {}
        self._keys: dict[str, list[str]] = {}  # metric keys of runs without points yet
        self._scratch = tempfile.TemporaryDirectory(prefix="treadle-import-")

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Yield all experiments, including deleted ones."""
        # The oldest first, here and below: what is created meanwhile comes last and shifts no page.
        order = ["creation_time ASC", "experiment_id ASC"]
        asked = {"view_type": "ALL", "max_results": 1000, "order_by": order}
        for page in self._server.pages(
            "experiments/search",
            ExperimentsAnswer,
            asked,
            method="POST",
        ):
            for one in page.experiments:
                updated = one.last_update_time / 1000
                yield ExperimentRecord(
                    id=one.experiment_id,
                    name=one.name,
                    created=one.creation_time / 1000,
                    updated=updated,
                    deleted=updated if one.lifecycle_stage == "deleted" else None,
                    artifact_location=one.artifact_location,
                    tags=_texts(one.tags),
                )

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Yield all runs of an experiment, including deleted ones."""
        order = ["attributes.start_time ASC", "attributes.run_id ASC"]
        asked = {
            "experiment_ids": [experiment],
            "run_view_type": "ALL",
            "max_results": 1000,
            "order_by": order,
        }
        where = f"runs of experiment {experiment}"
        for page in self._server.read_pages(where, "runs/search", RunsAnswer, asked, method="POST"):
            for run in page.runs:
                try:
                    contents = self._run(run)
                except READ_ERRORS as error:
                    self.omissions.add(f"run {run.info.run_id}", error)
                else:
                    yield contents

    def _run(self, run: RunMessage) -> RunContents:
        info = run.info
        ended = info.end_time / 1000 if isinstance(info.end_time, int) and info.end_time else None
        self._roots[ArtifactOwner("run", info.run_id)] = info.artifact_uri
        record = make_run(
            run=info.run_id,
            experiment=info.experiment_id,
            name=info.run_name,
            status=info.status,
            started=info.start_time / 1000,
            ended=ended,
            user=info.user_id,
            params=_texts(run.data.params),
            tags=_texts(run.data.tags),
            deleted=(ended or info.start_time / 1000)
            if info.lifecycle_stage == "deleted"
            else None,
        )
        inputs = [
            DatasetInputRecord(
                name=one.dataset.name,
                digest=one.dataset.digest,
                source_type=one.dataset.source_type,
                source=one.dataset.source,
                columns=one.dataset.schema or None,
                profile=one.dataset.profile or None,
                tags=_texts(one.tags),
            )
            for one in run.inputs.dataset_inputs
        ]
        outputs = [] if isinstance(run.outputs, msgspec.UnsetType) else run.outputs.model_outputs
        self._keys[info.run_id] = [point.key for point in run.data.metrics]
        models = [
            ModelUseRecord(model=one.model_id, role="output", step=one.step or 0) for one in outputs
        ]
        return RunContents(run=record, metrics=[], inputs=inputs, models=models)

    def points(self, run: str) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        found: dict[str, Series] = {}
        for key in self._keys.pop(run, []):
            series = found[key] = Series(array("q"), array("d"), array("d"))
            asked = {"run_id": run, "metric_key": key, "max_results": 25_000}
            where = f"metric {key} of run {run}"
            pages = 0
            for page in self._server.read_pages(where, "metrics/get-history", HistoryAnswer, asked):
                pages += 1
                series.steps.extend(point.step for point in page.metrics)
                series.times.extend(point.timestamp / 1000 for point in page.metrics)
                series.values.extend(_number(point.value) for point in page.metrics)
            if not pages:
                self.omissions.add(where, "the server does not have it any more")
        return found

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Yield the logged models of an experiment."""
        asked = {"experiment_ids": [experiment], "max_results": 50}
        where = f"logged models of experiment {experiment}"
        path = "logged-models/search"
        for page in self._server.read_pages(where, path, LoggedModelsAnswer, asked, method="POST"):
            for one in page.models:
                info = one.info
                self._roots[ArtifactOwner("model", info.model_id)] = info.artifact_uri
                yield LoggedModelRecord(
                    id=info.model_id,
                    experiment_id=experiment,
                    name=info.name,
                    type=info.model_type or "",
                    status=_LOGGED.get(info.status, "ready"),
                    source_run=info.source_run_id or "",
                    created=info.creation_timestamp_ms / 1000,
                    updated=info.last_updated_timestamp_ms / 1000,
                    deleted=None,
                    params=_texts(one.data.params),
                    tags=_texts(info.tags),
                    metrics=[
                        LoggedModelMetric(
                            key=point.key,
                            step=point.step,
                            time=point.timestamp / 1000,
                            value=_number(point.value),
                            run=point.run_id or "",
                            dataset_name=point.dataset_name or "",
                            dataset_digest=point.dataset_digest or "",
                        )
                        for point in one.data.metrics
                    ],
                )

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models, and the prompts, which are stored as such."""
        for page in self._kinds("registered-models/search", RegisteredModelsAnswer, 1000):
            for one in page.registered_models:
                yield RegisteredModelRecord(
                    name=one.name,
                    description=one.description or None,
                    created=one.creation_timestamp / 1000,
                    updated=one.last_updated_timestamp / 1000,
                    tags=_texts(one.tags),
                    aliases={alias.alias: int(alias.version) for alias in one.aliases},
                    latest=[],
                )

    def _kinds(self, path: str, kind: type[T], most: int) -> Iterator[T]:
        """Yield the pages without prompts, then those of prompts, which need a filter."""
        for text in ("", f"tags.`{IS_PROMPT.key}` = 'true'"):
            yield from self._server.read_pages(
                path,
                path,
                kind,
                {"max_results": most, "filter": text},
            )

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        for page in self._kinds("model-versions/search", ModelVersionsAnswer, 10_000):
            for one in page.model_versions:
                stage: Stage = one.current_stage or "None"  # type: ignore[assignment]
                yield ModelVersionRecord(
                    name=one.name,
                    version=int(one.version),
                    description=one.description or None,
                    created=one.creation_timestamp / 1000,
                    updated=one.last_updated_timestamp / 1000,
                    stage=stage,
                    source=one.source,
                    location=one.source,
                    run=one.run_id,
                    run_link=one.run_link,
                    user=one.user_id or "",
                    tags=_texts(one.tags),
                    aliases=[],
                    logged_model=find_logged_model(one.source),
                )

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Yield the files of a run or a logged model; each is on local disk until the next."""
        root = self._roots.get(owner, "")
        if not root.startswith("mlflow-artifacts:"):
            if root and self._has_artifacts(owner):
                self.omissions.add_location(f"{owner.kind} {owner.id}", root)
            return
        place = split_location(root).path.strip("/")
        folders = [""]
        while folders:
            folder = folders.pop()
            asked = urlencode({"path": "/".join(filter(None, (place, folder)))})
            status, content = self._server.request(
                "GET",
                f"/api/2.0/mlflow-artifacts/artifacts?{asked}",
            )
            try:
                listed = msgspec.json.decode(content, type=_Listing) if status == OK else _Listing()
            except msgspec.MsgspecError:
                listed, status = _Listing(), 0
            if status not in (OK, 404):  # a run without artifacts may have no directory
                where = f"artifacts of {owner.kind} {owner.id} in {folder or '/'}"
                self.omissions.add(where, f"the server answers with status {status}")
            for one in listed.files:
                path = "/".join(filter(None, (folder, one.path)))
                if one.is_dir:
                    if len(path) <= _LONGEST_PATH:  # a directory listed as its own child has no end
                        folders.append(path)
                    continue
                file = Path(self._scratch.name) / "file"
                address = f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{place}/{path}')}"
                status, _ = self._server.request("GET", address, into=file)
                if status == OK:
                    yield path, file
                else:
                    where = f"artifact {path} of {owner.kind} {owner.id}"
                    self.omissions.add(where, f"the server answers with status {status}")

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


def _texts(pairs: list[KeyValue]) -> dict[str, str]:
    return {pair.key: pair.value for pair in pairs}


def _number(value: float | str) -> float:
    """Parse a number; MLflow's databases store an infinity as the largest one."""
    number = float(value)
    return math.copysign(math.inf, number) if abs(number) >= 1.7976931348623157e308 else number  # noqa: PLR2004
