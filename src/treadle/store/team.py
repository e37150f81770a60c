"""What a server keeps everything in: the parts of a store in a database, contract by contract."""

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
from treadle.store.artifact_index import ArtifactIndex, UploadKeeper
from treadle.store.base import Store
from treadle.store.imports import ImportKeeper
from treadle.store.listing import Listing
from treadle.store.search import Search


class RunLog(Protocol):
    """A run that a client writes to with one request; until the transaction ends, nobody else writes to it.

    What is known of the run is best asked for after the transaction: with its end comes the answer.
    """

    @property
    def state(self) -> RunState | None:
        """Where the run belongs, and whether it is in the bin; None where there is no such run."""
        ...

    @property
    def is_repeated(self) -> bool:
        """Whether the request has been here before: its client missed the answer, and sends it again."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """Take entries of this run."""
        ...

    def pack(self) -> None:
        """Pack what has become long by this request, in the caller's transaction or, after it, in one of its own."""
        ...


class RunKeeper(Protocol):
    """Keeps runs that clients make and change one call at a time, without a journal."""

    def page(self, search: Search) -> RunPage:
        """Find runs, with all that was logged to them except points, files and lines."""
        ...

    def records(self, search: Search) -> RecordPage:
        """Find runs, with what is wanted of their params, last metrics and tags."""
        ...

    def get(self, run: str) -> RunContents | None:
        """Give the run of an id."""
        ...

    def resolve(self, run: str) -> str:
        """Give the id of the run that is meant by an id, by a name (the newest of it), or by a part of an id.

        Raises:
            RunNotFoundError: There is none, or a part fits several.
        """
        ...

    def state(self, run: str) -> RunState | None:
        """Say where a run belongs and whether it is deleted."""
        ...

    def create(
        self, run: str, experiment: str, *, name: str, started: float, user: str, command: str, parent: str
    ) -> None:
        """Make a run that no process of ours owns; an id that exists is left as it is."""
        ...

    def update(
        self, run: str, *, status: Status | None = None, ended: float | None = None, name: str | None = None
    ) -> None:
        """Change what is given."""
        ...

    def set_parent(self, run: str, parent: str) -> None:
        """Make a run part of another one; of none if that is empty."""
        ...

    def bin(self, run: str, time: float | None) -> None:
        """Put a run in the bin, or take it out again where no time is given."""
        ...

    def move(self, runs: Sequence[str], experiment: str) -> None:
        """Put runs into another experiment."""
        ...

    def series(self, run: str, key: str, steps: tuple[int, int] | None = None) -> Series:
        """Give a series as columns, in the order in which it was logged: all of it, or from one step to another."""
        ...

    def part(self, run: str, key: str, begin: int, end: int) -> tuple[Series, int]:
        """Give some points of a series, and how many it has in all; 0 where it has none there.

        Args:
            run: Its id.
            key: The series.
            begin: How many points come before, in the order in which they were logged.
            end: As many, and those that are wanted.
        """
        ...

    def outline(self, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None) -> Series:
        """Give a series with at most four points for each of so many groups: first, least, greatest and last.

        Args:
            run: Its id.
            key: The series.
            buckets: How many groups.
            steps: The first and the last step to look at; all if not given.
        """
        ...

    def params(self, run: str) -> dict[str, str]:
        """Give the parameters as texts."""
        ...

    def delete_tag(self, run: str, key: str) -> bool:
        """Take a tag away; tell whether there was one."""
        ...

    def add_inputs(self, run: str, datasets: Sequence[DatasetInputRecord], models: Sequence[ModelUseRecord]) -> None:
        """Say what a run reads and makes; what is known already stays."""
        ...

    def datasets(self, experiments: Sequence[str], limit: int) -> list[tuple[str, str, str, str]]:
        """List what runs of some experiments read: (experiment, name, digest, context), each once."""
        ...

    def open_log(self, run: str, series: Mapping[str, Series], *, digest: str, time: float) -> RunLog:
        """Lock a run inside the caller's transaction, take points of it, and say what is known of it.

        Args:
            run: Its id.
            series: Points, which are taken unless the request has been here before or the run is deleted. A caller
                that then finds out that it may not have them written lets the transaction fail.
            digest: What the request is known by if it comes again; needed with points.
            time: When it is now.
        """
        ...


class ExperimentKeeper(Protocol):
    """Keeps experiments."""

    def all(self) -> list[ExperimentRecord]:
        """List every experiment, deleted ones too."""
        ...

    def find_page(self, listing: Listing) -> tuple[list[ExperimentRecord], str]:
        """Find experiments; give a page of them, and what asks for the next one (empty at the end)."""
        ...

    def get(self, experiment: str) -> ExperimentRecord | None:
        """Give the experiment of an id."""
        ...

    def find(self, name: str) -> ExperimentRecord | None:
        """Give the experiment of a name."""
        ...

    def create(self, name: str, *, created: float, artifact_location: str, tags: Mapping[str, str]) -> str | None:
        """Make an experiment; give its id, or None where the name is taken, be it by a deleted one."""
        ...

    def rename(self, experiment: str, name: str, time: float) -> bool:
        """Give an experiment another name; tell whether that was free."""
        ...

    def delete(self, experiment: str, time: float) -> None:
        """Put an experiment and its runs in the bin."""
        ...

    def restore(self, experiment: str, time: float) -> None:
        """Take an experiment and all of its runs out of the bin."""
        ...

    def set_tags(self, experiment: str, tags: Mapping[str, str]) -> None:
        """Set tags; the last value of each stays."""
        ...

    def delete_tag(self, experiment: str, key: str) -> bool:
        """Take a tag away; tell whether there was one."""
        ...


class LoggedModelKeeper(Protocol):
    """Keeps what runs made as models."""

    def get(self, model: str) -> LoggedModelRecord | None:
        """Give the logged model of an id, unless it is deleted."""
        ...

    def find_page(self, listing: Listing) -> tuple[list[LoggedModelRecord], str]:
        """Find logged models; give a page of them, and what asks for the next one (empty at the end)."""
        ...

    def create(self, model: str, experiment: str, *, name: str, kind: str, source_run: str, created: float) -> None:
        """Make a logged model, whose files are still to come."""
        ...

    def finish(self, model: str, status: LoggedModelStatus, time: float) -> None:
        """Say whether all files have come."""
        ...

    def delete(self, model: str, time: float) -> None:
        """Put a logged model in the bin."""
        ...

    def log_params(self, model: str, params: Mapping[str, str]) -> None:
        """Keep parameters; the first value of each stays."""
        ...

    def set_tags(self, model: str, tags: Mapping[str, str]) -> None:
        """Set tags; the last value of each stays."""
        ...

    def delete_tag(self, model: str, tag: str) -> bool:
        """Take a tag away; tell whether there was one."""
        ...

    def log_metrics(self, model: str, metrics: Sequence[LoggedModelMetric]) -> None:
        """Keep points; a model that does not exist has none."""
        ...


class Registry(Protocol):
    """Keeps registered models and their versions."""

    def key_of(self, name: str) -> int | None:
        """Return the key of a registered model, which it keeps when it is renamed."""
        ...

    def name_of(self, key: int) -> str | None:
        """Return what the registered model of a key is called now."""
        ...

    def find_models(self, listing: Listing) -> tuple[list[RegisteredModelRecord], str]:
        """Find registered models; give a page of them, and what asks for the next one (empty at the end)."""
        ...

    def model(self, name: str) -> RegisteredModelRecord | None:
        """Give the registered model of a name."""
        ...

    def create_model(self, name: str, *, description: str | None, tags: Mapping[str, str], time: float) -> bool:
        """Make a registered model; tell whether the name was free."""
        ...

    def rename_model(self, name: str, new: str, time: float) -> None:
        """Give a registered model another name, which must be free."""
        ...

    def describe_model(self, name: str, description: str, time: float) -> None:
        """Change the description."""
        ...

    def delete_model(self, name: str) -> None:
        """Take a registered model away, with its versions; artifacts stay with the runs that made them."""
        ...

    def set_model_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Set tags; the last value of each stays."""
        ...

    def delete_model_tag(self, name: str, tag: str) -> None:
        """Take a tag away, if it is there."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Let an alias mean a version, and no other."""
        ...

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away, if it is there."""
        ...

    def find_versions(self, listing: Listing) -> tuple[list[ModelVersionRecord], str]:
        """Find versions; give a page of them, and what asks for the next one (empty at the end)."""
        ...

    def versions_of(self, name: str) -> list[ModelVersionRecord]:
        """List the versions of one model."""
        ...

    def version(self, name: str, version: int) -> ModelVersionRecord | None:
        """Give one version of a model."""
        ...

    def is_number_given(self, name: str, version: int) -> bool:
        """Whether a model has or had a version of this number."""
        ...

    def create_version(self, name: str, record: ModelVersionRecord) -> int:
        """Make the next version of a model; its number is the highest ever given plus one."""
        ...

    def change_version(
        self, name: str, version: int, time: float, *, description: str | None = None, stage: Stage | None = None
    ) -> None:
        """Change what is given."""
        ...

    def delete_version(self, name: str, version: int, time: float) -> None:
        """Take a version away, with its aliases and tags; its number is not given again."""
        ...

    def set_version_tags(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Set tags; the last value of each stays."""
        ...

    def delete_version_tag(self, name: str, version: int, tag: str) -> None:
        """Take a tag away, if it is there."""
        ...


class WebhookKeeper(Protocol):
    """Keeps webhooks, and what has to be sent to them."""

    def all(self) -> list[WebhookRecord]:
        """List every webhook, the newest first."""
        ...

    def get(self, webhook: str) -> WebhookRecord | None:
        """Give the webhook of an id."""
        ...

    def put(self, record: WebhookRecord) -> None:
        """Keep a webhook, in the place of one with the same id."""
        ...

    def remove(self, webhook: str) -> None:
        """Take a webhook away, with what was still to be sent to it."""
        ...

    def tell(self, event: str, body: bytes, time: float) -> None:
        """Note that an event has to be sent to every webhook that wants it."""
        ...

    def take(self, time: float) -> WebhookDelivery | None:
        """Take the delivery that is due first; nobody else gets it for two minutes."""
        ...

    def settle(self, delivery: str, again: float | None) -> None:
        """Say that a delivery is done, or when it has to be tried again."""
        ...


class TeamStore(Store, Protocol):
    """What a server keeps everything in: a database that it reads and writes itself."""

    @property
    def runs(self) -> RunKeeper:
        """Runs, one call at a time."""
        ...

    @property
    def experiments(self) -> ExperimentKeeper:
        """Named groups of runs."""
        ...

    @property
    def logged_models(self) -> LoggedModelKeeper:
        """What runs made."""
        ...

    @property
    def registry(self) -> Registry:
        """Registered models."""
        ...

    @property
    def accounts(self) -> AccountKeeper:
        """Who may use the server."""
        ...

    @property
    def webhooks(self) -> WebhookKeeper:
        """Who is told when the registry changes."""
        ...

    @property
    def artifacts(self) -> ArtifactIndex:
        """Which files runs and models have."""
        ...

    @property
    def uploads(self) -> UploadKeeper:
        """Which files come in parts."""
        ...

    @property
    def imports(self) -> ImportKeeper:
        """What was imported, as its source had it."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing of it; inside another one, it is a part that can fail alone."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """Take entries that no writer counts, in one transaction."""
        ...

    def lose(self, before: float) -> list[str]:
        """Give up runs whose processes once said that they live, and have not done so since a time."""
        ...

    def running(self) -> list[tuple[str, ProcessIdentity]]:
        """List the runs that are taken for running, with the processes that own them."""
        ...

    def bury(self, runs: Sequence[str]) -> None:
        """Mark runs as killed, and what they still have running, unless they have ended by themselves."""
        ...

    def collect(self, before: float, *, dry: bool = False) -> Collected:
        """Take away for good what was put in the bin before a time; tell what that is.

        Args:
            before: Seconds since the epoch.
            dry: Only tell.
        """
        ...

    def contents(self) -> Iterator[str]:
        """Give the digests of all contents that an artifact of a run or a logged model has."""
        ...
