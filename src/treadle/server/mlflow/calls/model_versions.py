"""MLflow's calls about versions of registered models."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from treadle.records import ModelVersionRecord
from treadle.server.caller import Caller
from treadle.server.mlflow.calls.webhooks import tell, tell_of
from treadle.server.mlflow.checks import MAX_REGISTRY_TAG, check_key, check_tag
from treadle.server.mlflow.entities import (
    KeyValue,
    Message,
    ModelRequest,
    ModelVersionMessage,
    milliseconds,
)
from treadle.server.mlflow.errors import invalid
from treadle.server.mlflow.listing import check_limit, of_models
from treadle.server.mlflow.prompts import (
    check_prompt_source,
    describe_prompt,
    is_prompt,
    template_of,
)
from treadle.server.mlflow.sources import Source, find_source, read_stage
from treadle.server.mlflow.vocabularies import VERSIONS, read_filter, read_order
from treadle.server.operation import operation
from treadle.store.search.tree import Field, Sort

_MAX_PAGE: Final = 200_000
_MAX_TEXT: Final = 5000
_VERSIONS_TAG: Final = "mlflow.modelVersions"


class ModelVersionsAnswer(Message, kw_only=True):
    model_versions: list[ModelVersionMessage] = []
    next_page_token: str | UnsetType = UNSET


class CreateVersion(ModelRequest, kw_only=True):
    source: str
    run_id: str = ""
    tags: list[KeyValue] = []
    run_link: str = ""
    description: str = ""
    model_id: str = ""


class ModelVersionAnswer(Message, kw_only=True):
    model_version: ModelVersionMessage


class VersionRequest(ModelRequest, kw_only=True):
    """Base of requests about one version."""

    version: str


class UpdateVersion(VersionRequest, kw_only=True):
    description: str = ""


class TransitionStage(VersionRequest, kw_only=True):
    stage: str
    archive_existing_versions: bool = False


class SearchVersions(Message, kw_only=True):
    filter: str = ""
    max_results: int = 10_000
    order_by: list[str] = []
    page_token: str = ""


class DownloadUriAnswer(Message, kw_only=True):
    artifact_uri: str


class SetVersionTag(VersionRequest, kw_only=True):
    key: str
    value: str = ""


class DeleteVersionTag(VersionRequest, kw_only=True):
    key: str


class GetVersion(VersionRequest, kw_only=True):
    """A request with nothing but a version."""


@operation("POST", "model-versions/create", role="editor", audited=True, creates=True)
def create(caller: Caller, ask: CreateVersion) -> ModelVersionAnswer:
    """Create the next version of a model."""
    model = caller.model(ask.name, "editor")
    tags = {check_key(tag.key, "tag"): check_tag(tag, MAX_REGISTRY_TAG).value for tag in ask.tags}
    source = _source(caller, ask, tags)
    for text in (ask.description, ask.run_link):
        if len(text) > _MAX_TEXT:
            raise invalid(
                f"The description or run link exceeds the maximum length of {_MAX_TEXT} characters"
            )
    if (earlier := _made_before(caller, model.name, source)) is not None:
        return _answer(caller, model.name, str(earlier))
    record = _new_version(caller, ask, source, tags)
    number = caller.store.registry.create_version(model.name, record)
    caller.attempt.note(str(number), caller.now)
    if source.logged_model and not is_prompt(tags):
        _note_version(caller, source.logged_model, model.name, number)
    _announce(caller, record, str(number))
    return _answer(caller, model.name, str(number))


def _new_version(
    caller: Caller, ask: CreateVersion, source: Source, tags: dict[str, str]
) -> ModelVersionRecord:
    return ModelVersionRecord(
        name=ask.name,
        version=0,
        description=ask.description,
        created=caller.now,
        updated=caller.now,
        stage="None",
        source=source.address,
        location=source.location,
        run=source.run,
        run_link=ask.run_link,
        logged_model=source.logged_model,
        user=caller.principal.name,
        tags=tags,
        aliases=[],
    )


def _announce(caller: Caller, version: ModelVersionRecord, number: str) -> None:
    """Queue the event of a new version, of a model or of a prompt."""
    tags = version.tags
    data: dict[str, Any] = {"name": version.name, "version": number}
    if is_prompt(tags):
        event = "prompt_version.created"
        data |= {"template": template_of(tags), "tags": describe_prompt(tags)}
    else:
        event = "model_version.created"
        data |= {"source": version.source, "run_id": version.run or None, "tags": tags}
    tell(caller, event, **data, description=version.description or None)


def _made_before(caller: Caller, model: str, source: Source) -> int | None:
    """Return the version that an earlier request of this attempt created, if any.

    If its number was lost and reused by another process within the same millisecond, that is not
    detected for a version of the same source and run.
    """
    if not caller.attempt.noted:
        return None
    for one in caller.store.registry.versions_of(model):
        is_equal = (one.source, one.run) == (source.address, source.run)
        if is_equal and caller.attempt.has_made(str(one.version), one.created):
            return one.version
    return None


def _note_version(caller: Caller, logged_model: str, name: str, version: int) -> None:
    """Add a version to the tag of a logged model that lists its versions."""
    found = caller.find_logged_model(logged_model, "editor")
    if found is None:
        return
    try:
        known = msgspec.json.decode(found.tags.get(_VERSIONS_TAG, "[]"), type=list)
    except msgspec.MsgspecError:
        known = []
    made = {"name": name, "version": version}
    if made not in known:
        text = json.dumps([*known, made])  # with spaces, as MLflow writes it
        caller.store.logged_models.set_tags(found.id, {_VERSIONS_TAG: text})


def _source(caller: Caller, ask: CreateVersion, tags: Mapping[str, str]) -> Source:
    if is_prompt(tags):
        check_prompt_source(ask.source)
        return Source(ask.source, ask.source, ask.run_id, ask.model_id)
    return find_source(caller, ask.source, run=ask.run_id, logged_model=ask.model_id)


@operation("GET", "model-versions/get")
def get(caller: Caller, ask: GetVersion) -> ModelVersionAnswer:
    """Return a version of a model."""
    return _answer(caller, ask.name, ask.version)


@operation("PATCH", "model-versions/update", role="editor", audited=True)
def update(caller: Caller, ask: UpdateVersion) -> ModelVersionAnswer:
    """Update the description of a version."""
    version = caller.version(ask.name, ask.version, "editor")
    if len(ask.description) > _MAX_TEXT:
        raise invalid(f"The description exceeds the maximum length of {_MAX_TEXT} characters")
    caller.store.registry.change_version(
        version.name, version.version, caller.now, description=ask.description
    )
    return _answer(caller, ask.name, ask.version)


@operation("POST", "model-versions/transition-stage", role="editor", audited=True)
def transition_stage(caller: Caller, ask: TransitionStage) -> ModelVersionAnswer:
    """Move a version to a stage; archive the others there on request."""
    version = caller.version(ask.name, ask.version, "editor")
    stage = read_stage(ask.stage)
    if ask.archive_existing_versions:
        if stage not in ("Staging", "Production"):
            raise invalid(
                "Model version transition cannot archive existing model versions because "
                f"'{stage}' is not an Active stage."
                " Valid stages are Staging, Production"
            )
        for other in caller.store.registry.versions_of(version.name):
            if other.stage == stage and other.version != version.version:
                caller.store.registry.change_version(
                    other.name, other.version, caller.now, stage="Archived"
                )
    caller.store.registry.change_version(version.name, version.version, caller.now, stage=stage)
    return _answer(caller, ask.name, ask.version)


@operation("DELETE", "model-versions/delete", role="editor", audited=True)
def delete(caller: Caller, ask: GetVersion) -> None:
    """Delete a version; its number is not reused."""
    version = caller.version(ask.name, ask.version, "editor")
    caller.store.registry.delete_version(version.name, version.version, caller.now)


@operation("GET", "model-versions/search")
def search(caller: Caller, ask: SearchVersions) -> ModelVersionsAnswer:
    """Search for versions; the newest first by default."""
    tree = read_filter(ask.filter, VERSIONS, without_null="model version")
    sorts = read_order(ask.order_by, VERSIONS) or [
        Sort(Field("attribute", "updated"), descending=True),
        Sort(Field("attribute", "name")),
        Sort(Field("attribute", "version"), descending=True),
    ]
    listing = of_models(
        caller.principal, tree, sorts, check_limit(ask.max_results, _MAX_PAGE), ask.page_token
    )
    chosen, following = caller.store.registry.find_versions(listing)
    return ModelVersionsAnswer(
        model_versions=[message(one) for one in chosen], next_page_token=following or UNSET
    )


@operation("GET", "model-versions/get-download-uri")
def get_download_uri(caller: Caller, ask: GetVersion) -> DownloadUriAnswer:
    """Return the location that a version is loaded from."""
    return DownloadUriAnswer(artifact_uri=caller.version(ask.name, ask.version).location)


@operation("POST", "model-versions/set-tag", role="editor", audited=True)
def set_tag(caller: Caller, ask: SetVersionTag) -> None:
    """Set a tag."""
    version = caller.version(ask.name, ask.version, "editor")
    tag = check_tag(KeyValue(key=check_key(ask.key, "tag"), value=ask.value), MAX_REGISTRY_TAG)
    caller.store.registry.set_version_tags(version.name, version.version, {tag.key: tag.value})
    tell_of(
        caller,
        version.name,
        "model_version_tag.set",
        version=str(version.version),
        key=tag.key,
        value=tag.value,
    )


@operation("DELETE", "model-versions/delete-tag", role="editor", audited=True)
def delete_tag(caller: Caller, ask: DeleteVersionTag) -> None:
    """Delete a tag."""
    version = caller.version(ask.name, ask.version, "editor")
    caller.store.registry.delete_version_tag(version.name, version.version, ask.key)
    tell_of(
        caller, version.name, "model_version_tag.deleted", version=str(version.version), key=ask.key
    )


def _answer(caller: Caller, name: str, version: str) -> ModelVersionAnswer:
    return ModelVersionAnswer(model_version=message(caller.version(name, version)))


def message(version: ModelVersionRecord) -> ModelVersionMessage:
    """Convert a version to MLflow's message."""
    return ModelVersionMessage(
        name=version.name,
        version=str(version.version),
        creation_timestamp=milliseconds(version.created),
        last_updated_timestamp=milliseconds(version.updated),
        user_id=version.user or UNSET,
        current_stage=version.stage,
        description=version.description or "",
        source=version.source,
        run_id=version.run,
        status="READY",
        tags=[KeyValue(key=key, value=value) for key, value in version.tags.items()],
        run_link=version.run_link,
        aliases=list(version.aliases),
        model_id=version.logged_model or UNSET,
    )
