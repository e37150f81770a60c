"""A running MLflow server, read over its REST protocol."""

import base64
import http.client
import math
import os
import shutil
import ssl
import tempfile
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote, urlencode, urlsplit

import msgspec

from treadle.errors import DataError
from treadle.interop.mlflow.source import make_run
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
from treadle.server.mlflow.entities import KeyValue, RunMessage
from treadle.server.mlflow.experiments import ExperimentsAnswer
from treadle.server.mlflow.logged_models import LoggedModelsAnswer
from treadle.server.mlflow.metrics import HistoryAnswer
from treadle.server.mlflow.model_versions import ModelVersionsAnswer
from treadle.server.mlflow.prompts import IS_PROMPT
from treadle.server.mlflow.registered_models import RegisteredModelsAnswer
from treadle.server.mlflow.runs import RunsAnswer

__all__ = ["ServerSource"]

T = TypeVar("T")

_PATIENCE: Final = 120.0
_BLOCK = 1 << 20
_LOGGED: Final[dict[str, LoggedModelStatus]] = {
    "LOGGED_MODEL_PENDING": "pending", "LOGGED_MODEL_READY": "ready", "LOGGED_MODEL_UPLOAD_FAILED": "failed",
}  # fmt: skip


class ServerSource:
    """A server that speaks MLflow's protocol.

    Who asks is said by the address, or by ``MLFLOW_TRACKING_TOKEN``, or by ``MLFLOW_TRACKING_USERNAME``
    and ``MLFLOW_TRACKING_PASSWORD``.

    Args:
        address: Such as ``http://127.0.0.1:5000``.
    """

    def __init__(self, address: str) -> None:
        self._parts = urlsplit(address)
        self._headers = {
            "content-type": "application/json",
            **_authorization(self._parts.username, self._parts.password),
        }
        self._connection: http.client.HTTPConnection | None = None
        self._roots: dict[ArtifactOwner, str] = {}
        self._scratch = tempfile.TemporaryDirectory(prefix="treadle-import-")

    def _request(
        self, method: str, path: str, body: bytes | None = None, *, into: Path | None = None
    ) -> tuple[int, bytes]:
        """Ask; an answer of any length goes into a file, where one is given."""
        host, port = self._parts.hostname or "", self._parts.port
        for attempt in range(3):
            if self._connection is None:
                self._connection = (
                    http.client.HTTPSConnection(host, port, timeout=_PATIENCE, context=ssl.create_default_context())
                    if self._parts.scheme == "https"
                    else http.client.HTTPConnection(host, port, timeout=_PATIENCE)
                )
            try:
                self._connection.request(method, self._parts.path.rstrip("/") + path, body, self._headers)
                response = self._connection.getresponse()
                content = b""
                if into is None or response.status != 200:  # noqa: PLR2004
                    content = response.read()
                else:
                    _receive(response, into)
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._connection = None
                if attempt == 2:  # noqa: PLR2004
                    raise DataError(f"The server {self._parts.hostname} does not answer: {error}.") from error
            else:
                return response.status, content
        raise DataError(f"The server {self._parts.hostname} does not answer.")

    def _ask(self, path: str, answer: type[T], fields: Mapping[str, Any], *, method: str = "GET") -> T | None:
        """Call a method; None where the server does not have it, as an older one."""
        if method == "GET":
            status, content = self._request("GET", f"/api/2.0/mlflow/{path}?{urlencode(fields, doseq=True)}")
        else:
            status, content = self._request(method, f"/api/2.0/mlflow/{path}", msgspec.json.encode(fields))
        if status in (404, 405):
            return None
        if status != 200:  # noqa: PLR2004
            raise DataError(f"The server answers {path} with status {status}: {content[:300].decode(errors='replace')}")
        try:
            return msgspec.json.decode(content, type=answer, strict=False)
        except msgspec.MsgspecError as error:
            raise DataError(f"The answer of {path} cannot be understood: {error}.") from error

    def _pages(self, path: str, answer: type[T], fields: dict[str, Any], *, method: str = "GET") -> Iterator[T]:
        token: Any = ""
        while True:
            found = self._ask(path, answer, {**fields, **({"page_token": token} if token else {})}, method=method)
            if found is None:
                return
            yield found
            token = getattr(found, "next_page_token", None)
            if not token or token is msgspec.UNSET:
                return

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Give all experiments, deleted ones too."""
        asked = {"view_type": "ALL", "max_results": 1000}
        for page in self._pages("experiments/search", ExperimentsAnswer, asked, method="POST"):
            for one in page.experiments:
                updated = one.last_update_time / 1000
                yield ExperimentRecord(
                    id=one.experiment_id, name=one.name, created=one.creation_time / 1000, updated=updated,
                    deleted=updated if one.lifecycle_stage == "deleted" else None,
                    artifact_location=one.artifact_location, tags=_texts(one.tags),
                )  # fmt: skip

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Give all runs of an experiment, deleted ones too."""
        asked = {"experiment_ids": [experiment], "run_view_type": "ALL", "max_results": 1000}
        for page in self._pages("runs/search", RunsAnswer, asked, method="POST"):
            yield from map(self._run, page.runs)

    def _run(self, run: RunMessage) -> RunContents:
        info = run.info
        ended = info.end_time / 1000 if isinstance(info.end_time, int) and info.end_time else None
        self._roots[ArtifactOwner("run", info.run_id)] = info.artifact_uri
        record = make_run(
            run=info.run_id, experiment=info.experiment_id, name=info.run_name, status=info.status,
            started=info.start_time / 1000, ended=ended, user=info.user_id, params=_texts(run.data.params),
            tags=_texts(run.data.tags),
            deleted=(ended or info.start_time / 1000) if info.lifecycle_stage == "deleted" else None,
        )  # fmt: skip
        inputs = [
            DatasetInputRecord(
                name=one.dataset.name, digest=one.dataset.digest, source_type=one.dataset.source_type,
                source=one.dataset.source, columns=one.dataset.schema or None, profile=one.dataset.profile or None,
                tags=_texts(one.tags),
            )
            for one in run.inputs.dataset_inputs
        ]  # fmt: skip
        outputs = [] if isinstance(run.outputs, msgspec.UnsetType) else run.outputs.model_outputs
        self._keys = [point.key for point in run.data.metrics]
        models = [ModelUseRecord(model=one.model_id, role="output", step=one.step or 0) for one in outputs]
        return RunContents(run=record, metrics=[], inputs=inputs, models=models)

    def points(self, run: str) -> Mapping[str, Series]:
        """Give the full history of every metric of a run, by time."""
        found: dict[str, Series] = {}
        for key in self._keys:
            series = found[key] = Series(array("q"), array("d"), array("d"))
            asked = {"run_id": run, "metric_key": key, "max_results": 25_000}
            for page in self._pages("metrics/get-history", HistoryAnswer, asked):
                series.steps.extend(point.step for point in page.metrics)
                series.times.extend(point.timestamp / 1000 for point in page.metrics)
                series.values.extend(_number(point.value) for point in page.metrics)
        return found

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Give the logged models of an experiment."""
        asked = {"experiment_ids": [experiment], "max_results": 50}
        for page in self._pages("logged-models/search", LoggedModelsAnswer, asked, method="POST"):
            for one in page.models:
                info = one.info
                self._roots[ArtifactOwner("model", info.model_id)] = info.artifact_uri
                yield LoggedModelRecord(
                    id=info.model_id, experiment_id=experiment, name=info.name, type=info.model_type or "",
                    status=_LOGGED.get(info.status, "ready"), source_run=info.source_run_id or "",
                    created=info.creation_timestamp_ms / 1000, updated=info.last_updated_timestamp_ms / 1000, deleted=None,
                    params=_texts(one.data.params), tags=_texts(info.tags),
                    metrics=[
                        LoggedModelMetric(
                            key=point.key, step=point.step, time=point.timestamp / 1000, value=_number(point.value),
                            run=point.run_id or "", dataset_name=point.dataset_name or "",
                            dataset_digest=point.dataset_digest or "",
                        )
                        for point in one.data.metrics
                    ],
                )  # fmt: skip

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Give all registered models, and the prompts, which are kept as such."""
        for page in self._kinds("registered-models/search", RegisteredModelsAnswer, 1000):
            for one in page.registered_models:
                yield RegisteredModelRecord(
                    name=one.name, description=one.description or None, created=one.creation_timestamp / 1000,
                    updated=one.last_updated_timestamp / 1000, tags=_texts(one.tags),
                    aliases={alias.alias: int(alias.version) for alias in one.aliases}, latest=[],
                )  # fmt: skip

    def _kinds(self, path: str, kind: type[T], most: int) -> Iterator[T]:
        """Give the pages of what is no prompt, and of the prompts, which a server tells of only where it is asked for them."""
        for text in ("", f"tags.`{IS_PROMPT.key}` = 'true'"):
            yield from self._pages(path, kind, {"max_results": most, "filter": text})

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Give all versions of registered models."""
        for page in self._kinds("model-versions/search", ModelVersionsAnswer, 10_000):
            for one in page.model_versions:
                is_logged = one.source.startswith("models:/m-")
                stage: Stage = one.current_stage or "None"  # type: ignore[assignment]
                yield ModelVersionRecord(
                    name=one.name, version=int(one.version), description=one.description or None,
                    created=one.creation_timestamp / 1000, updated=one.last_updated_timestamp / 1000, stage=stage,
                    source=one.source, location=one.source, run=one.run_id, run_link=one.run_link, user=one.user_id or "",
                    tags=_texts(one.tags), aliases=[],
                    logged_model=one.source.removeprefix("models:/").partition("/")[0] if is_logged else "",
                )  # fmt: skip

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Give the files of a run or a logged model that the server keeps; each lies on this disk until the next."""
        root = self._roots.get(owner, "")
        if not root.startswith("mlflow-artifacts:"):
            return
        place = urlsplit(root).path.strip("/")
        folders = [""]
        while folders:
            folder = folders.pop()
            asked = urlencode({"path": "/".join(filter(None, (place, folder)))})
            status, content = self._request("GET", f"/api/2.0/mlflow-artifacts/artifacts?{asked}")
            listed = msgspec.json.decode(content) if status == 200 else {}  # noqa: PLR2004
            for one in listed.get("files", []):
                path = "/".join(filter(None, (folder, str(one["path"]))))
                if one.get("is_dir"):
                    folders.append(path)
                    continue
                file = Path(self._scratch.name) / "file"
                address = f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{place}/{path}')}"
                if self._request("GET", address, into=file)[0] == 200:  # noqa: PLR2004
                    yield path, file

    def close(self) -> None:
        """Free the connection, and the disk."""
        if self._connection is not None:
            self._connection.close()
        self._scratch.cleanup()


def _receive(response: http.client.HTTPResponse, place: Path) -> None:
    """Write an answer to a file, however long it is.

    Raises:
        IncompleteRead: It ended too early.
    """
    with place.open("wb") as file:
        shutil.copyfileobj(response, file, _BLOCK)
    if response.length:  # what is still to come, where the answer said how long it is
        raise http.client.IncompleteRead(b"", response.length)


def _authorization(user: str | None, password: str | None) -> dict[str, str]:
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"authorization": f"Bearer {token}"}
    name = unquote(user) if user else os.environ.get("MLFLOW_TRACKING_USERNAME", "")
    secret = unquote(password) if password else os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    if not name:
        return {}
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"}


def _texts(pairs: list[KeyValue]) -> dict[str, str]:
    return {pair.key: pair.value for pair in pairs}


def _number(value: float | str) -> float:
    """Read a number; MLflow's databases keep an infinity as the largest one."""
    number = float(value)
    return math.copysign(math.inf, number) if abs(number) >= 1.7976931348623157e308 else number  # noqa: PLR2004
