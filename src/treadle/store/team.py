"""Interfaces of the parts of a database store, which a server uses."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from treadle.records import (
    Collected,
    DatasetInputRecord,
    Entry,
    ExperimentRecord,
    LoggedModelMetric,
    LoggedModelRecord,
    LoggedModelStatus,
    ModelUseRecord,
    ModelVersionRecord,
    ProcessIdentity,
    RecordPage,
    RegisteredModelRecord,
    RunContents,
    RunPage,
    RunState,
    Series,
    Stage,
    Status,
    WebhookDelivery,
    WebhookRecord,
)
from treadle.store.accounts import AccountKeeper
from treadle.store.artifacts.index import ArtifactIndex, UploadKeeper
from treadle.store.base import Store
from treadle.store.imports import ImportKeeper
from treadle.store.search.listing import Listing
from treadle.store.search.tree import Search


class RunLog(Protocol):
    """Locked run that a client logs to with one request, until the transaction ends.

    Its state is best read after the transaction: it arrives with the response to COMMIT.
    """

    @property
    def state(self) -> RunState | None:
        """Experiment of the run and whether it is deleted; None if it does not exist."""
        ...

    @property
    def is_repeated(self) -> bool:
        """Whether the request is a repeated one, because its client did not get the response."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """Apply entries of this run."""
        ...

    def pack(self) -> None:
        """Pack series that this request made long, in the caller's transaction or a later one."""
        ...


class RunKeeper(Protocol):
    """Storage of runs that clients create and change by single calls, without a journal."""

    def page(self, search: Search) -> RunPage:
        """Return a page of runs with all that was logged, except points, files and log lines."""
        ...

    def records(self, search: Search) -> RecordPage:
        """Return a page of runs with the requested params, last metrics and tags."""
        ...

    def get(self, run: str) -> RunContents | None:
        """Return the run with an id, if there is one."""
        ...

    def resolve(self, run: str) -> str:
        """Return the id of a run by its id, its name (the newest one), or a part of its id.

        Raises:
            RunNotFoundError: No run matches, or several.
        """
        ...

    def state(self, run: str) -> RunState | None:
        """Return the experiment of a run and whether it is deleted."""
        ...

    def create(
        self,
        run: str,
        experiment: str,
        *,
        name: str,
        started: float,
        user: str,
        command: str,
        parent: str,
    ) -> None:
        """Create a run that no Treadle process owns, unless its id exists."""
        ...

    def update(
        self,
        run: str,
        *,
        status: Status | None = None,
        ended: float | None = None,
        name: str | None = None,
    ) -> None:
        """Change the given fields."""
        ...

    def set_parent(self, run: str, parent: str) -> None:
        """Set the parent of a run; none if empty."""
        ...

    def bin(self, run: str, time: float | None) -> None:
        """Delete a run, or restore it if no time is given."""
        ...

    def move(self, runs: Sequence[str], experiment: str) -> None:
        """Move runs to another experiment."""
        ...

    def series(self, run: str, key: str, steps: tuple[int, int] | None = None) -> Series:
        """Return a metric series as columns, in logging order: all of it, or a range of steps."""
        ...

    def part(self, run: str, key: str, begin: int, end: int) -> tuple[Series, int]:
        """Return a slice of a series, and its total number of points; 0 if the slice is empty.

        Args:
            run: Its id.
            key: The name of the metric.
            begin: The index of the first point, in logging order.
            end: The index after the last point.
        """
        ...

    def outline(
        self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None
    ) -> Series:
        """Return a downsampled series: the first, least, greatest and last point per bucket.

        Args:
            run: Its id.
            key: The name of the metric.
            buckets: The number of buckets.
            steps: The first and last step; all steps if None.
        """
        ...

    def params(self, run: str) -> dict[str, str]:
        """Return the parameters as texts."""
        ...

    def delete_tag(self, run: str, key: str) -> bool:
        """Delete a tag; return whether it existed."""
        ...

    def add_inputs(
        self, run: str, datasets: Sequence[DatasetInputRecord], models: Sequence[ModelUseRecord]
    ) -> None:
        """Add inputs and outputs of a run; existing ones are not changed."""
        ...

    def datasets(self, experiments: Sequence[str], limit: int) -> list[tuple[str, str, str, str]]:
        """List the distinct input datasets of experiments: (experiment, name, digest, context)."""
        ...

    def open_log(
        self, run: str, series: Mapping[str, Series], *, digest: str, time: float
    ) -> RunLog:
        """Lock a run in the caller's transaction, store points of it, and return its log.

        Args:
            run: Its id.
            series: Points, stored unless the request is a repeated one or the run is deleted. A
                caller that then lacks the permission must roll the transaction back.
            digest: The digest that identifies the request if it is repeated; required with points.
            time: The current time, in seconds since the epoch.
        """
        ...


class ExperimentKeeper(Protocol):
    """Storage of experiments."""

    def all(self) -> list[ExperimentRecord]:
        """List all experiments, deleted ones too."""
        ...

    def find_page(self, listing: Listing) -> tuple[list[ExperimentRecord], str]:
        """Return a page of experiments, and the token of the next page (empty on the last)."""
        ...

    def get(self, experiment: str) -> ExperimentRecord | None:
        """Return the experiment with an id, if there is one."""
        ...

    def find(self, name: str) -> ExperimentRecord | None:
        """Return the experiment with a name, if there is one."""
        ...

    def create(
        self, name: str, *, created: float, artifact_location: str, tags: Mapping[str, str]
    ) -> str | None:
        """Create an experiment; return its id, or None if any experiment has the name."""
        ...

    def rename(self, experiment: str, name: str, time: float) -> bool:
        """Rename an experiment; return whether the new name was free."""
        ...

    def delete(self, experiment: str, time: float) -> None:
        """Delete an experiment and its runs (restorable)."""
        ...

    def restore(self, experiment: str, time: float) -> None:
        """Restore an experiment and all of its runs."""
        ...

    def set_tags(self, experiment: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        ...

    def delete_tag(self, experiment: str, key: str) -> bool:
        """Delete a tag; return whether it existed."""
        ...


class LoggedModelKeeper(Protocol):
    """Storage of logged models."""

    def get(self, model: str) -> LoggedModelRecord | None:
        """Return the logged model with an id, unless it is deleted."""
        ...

    def find_page(self, listing: Listing) -> tuple[list[LoggedModelRecord], str]:
        """Return a page of logged models, and the token of the next page (empty on the last)."""
        ...

    def create(
        self, model: str, experiment: str, *, name: str, kind: str, source_run: str, created: float
    ) -> None:
        """Create a logged model whose files are not yet uploaded."""
        ...

    def finish(self, model: str, status: LoggedModelStatus, time: float) -> None:
        """Set the status after the upload of the files."""
        ...

    def delete(self, model: str, time: float) -> None:
        """Delete a logged model (restorable)."""
        ...

    def log_params(self, model: str, params: Mapping[str, str]) -> None:
        """Log parameters; an existing value is not replaced."""
        ...

    def set_tags(self, model: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        ...

    def delete_tag(self, model: str, tag: str) -> bool:
        """Delete a tag; return whether it existed."""
        ...

    def log_metrics(self, model: str, metrics: Sequence[LoggedModelMetric]) -> None:
        """Log metric points; ignore them if the model does not exist."""
        ...


class Registry(Protocol):
    """Storage of registered models and their versions."""

    def key_of(self, name: str) -> int | None:
        """Return the key of a registered model, which does not change when it is renamed."""
        ...

    def name_of(self, key: int) -> str | None:
        """Return the current name of the registered model with a key."""
        ...

    def find_models(self, listing: Listing) -> tuple[list[RegisteredModelRecord], str]:
        """Return a page of registered models, and the next page's token (empty on the last)."""
        ...

    def model(self, name: str) -> RegisteredModelRecord | None:
        """Return the registered model with a name, if there is one."""
        ...

    def create_model(
        self, name: str, *, description: str | None, tags: Mapping[str, str], time: float
    ) -> bool:
        """Create a registered model; return whether the name was free."""
        ...

    def rename_model(self, name: str, new: str, time: float) -> None:
        """Rename a registered model; the new name must be free."""
        ...

    def describe_model(self, name: str, description: str, time: float) -> None:
        """Set the description of a registered model."""
        ...

    def delete_model(self, name: str) -> None:
        """Delete a registered model and its versions; the artifacts of the runs are not deleted."""
        ...

    def set_model_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        ...

    def delete_model_tag(self, name: str, tag: str) -> None:
        """Delete a tag, if it exists."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Assign an alias to a version, removing it from any other."""
        ...

    def delete_alias(self, name: str, alias: str) -> None:
        """Delete an alias, if it exists."""
        ...

    def find_versions(self, listing: Listing) -> tuple[list[ModelVersionRecord], str]:
        """Return a page of model versions, and the token of the next page (empty on the last)."""
        ...

    def versions_of(self, name: str) -> list[ModelVersionRecord]:
        """List the versions of one model."""
        ...

    def version(self, name: str, version: int) -> ModelVersionRecord | None:
        """Return a version of a model, if it exists."""
        ...

    def is_number_given(self, name: str, version: int) -> bool:
        """Return whether a model has or had a version with this number."""
        ...

    def create_version(self, name: str, record: ModelVersionRecord) -> int:
        """Create the next version of a model; its number is the highest one ever used plus one."""
        ...

    def change_version(
        self,
        name: str,
        version: int,
        time: float,
        *,
        description: str | None = None,
        stage: Stage | None = None,
    ) -> None:
        """Change the given fields."""
        ...

    def delete_version(self, name: str, version: int, time: float) -> None:
        """Delete a version, its aliases and tags; its number is not reused."""
        ...

    def set_version_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Set tags; an existing value is replaced."""
        ...

    def delete_version_tag(self, name: str, version: int, tag: str) -> None:
        """Delete a tag, if it exists."""
        ...


class WebhookKeeper(Protocol):
    """Storage of webhooks and their pending deliveries."""

    def all(self) -> list[WebhookRecord]:
        """List all webhooks, newest first."""
        ...

    def get(self, webhook: str) -> WebhookRecord | None:
        """Return the webhook with an id, if there is one."""
        ...

    def put(self, record: WebhookRecord) -> None:
        """Store a webhook, replacing one with the same id."""
        ...

    def remove(self, webhook: str) -> None:
        """Delete a webhook and its pending deliveries."""
        ...

    def tell(self, event: str, body: bytes, time: float) -> None:
        """Queue an event for all webhooks that subscribe to it."""
        ...

    def take(self, time: float) -> WebhookDelivery | None:
        """Claim the delivery that is due first, for two minutes."""
        ...

    def settle(self, delivery: str, again: float | None) -> None:
        """Remove a finished delivery, or set the time of the next attempt."""
        ...


class TeamStore(Store, Protocol):
    """Store in a database, which a server reads and writes itself."""

    @property
    def runs(self) -> RunKeeper:
        """Storage of runs that are changed by single calls."""
        ...

    @property
    def experiments(self) -> ExperimentKeeper:
        """Storage of experiments."""
        ...

    @property
    def logged_models(self) -> LoggedModelKeeper:
        """Storage of logged models."""
        ...

    @property
    def registry(self) -> Registry:
        """Storage of registered models."""
        ...

    @property
    def accounts(self) -> AccountKeeper:
        """Storage of accounts, tokens and permissions."""
        ...

    @property
    def webhooks(self) -> WebhookKeeper:
        """Storage of webhooks."""
        ...

    @property
    def artifacts(self) -> ArtifactIndex:
        """Index of the artifacts of runs and models."""
        ...

    @property
    def uploads(self) -> UploadKeeper:
        """Storage of multipart uploads."""
        ...

    @property
    def imports(self) -> ImportKeeper:
        """Storage of the source states of imports."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block in a transaction, or inside another transaction in a savepoint."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """Apply entries without sequence numbers, in one transaction."""
        ...

    def lose(self, before: float) -> list[str]:
        """Mark running runs without a heartbeat since a time as lost; return their ids."""
        ...

    def running(self) -> list[tuple[str, ProcessIdentity]]:
        """List the runs that count as running, with the processes that own them."""
        ...

    def bury(self, runs: Sequence[str]) -> None:
        """Mark runs and their running nodes as killed, unless they have already ended."""
        ...

    def collect(self, before: float, *, dry: bool = False) -> Collected:
        """Permanently remove what was deleted before a time; return the numbers of objects.

        Args:
            before: Seconds since the epoch.
            dry: Whether to only count them.
        """
        ...

    def contents(self) -> Iterator[str]:
        """Yield the digests of all contents that an artifact refers to."""
        ...
