"""MLflow's calls about registered models, their tags and aliases."""

from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, UnsetType

from treadle.records import RegisteredModelRecord
from treadle.server.caller import Caller
from treadle.server.mlflow.calls.model_versions import ModelVersionAnswer, ModelVersionsAnswer
from treadle.server.mlflow.calls.model_versions import message as version_message
from treadle.server.mlflow.calls.webhooks import tell, tell_of
from treadle.server.mlflow.checks import (
    MAX_REGISTRY_TAG,
    check_alias,
    check_key,
    check_model_name,
    check_tag,
)
from treadle.server.mlflow.entities import (
    AliasMessage,
    KeyValue,
    Message,
    ModelRequest,
    ModelVersionMessage,
    RegisteredModelMessage,
    milliseconds,
)
from treadle.server.mlflow.errors import MlflowError, invalid
from treadle.server.mlflow.listing import check_limit, of_models
from treadle.server.mlflow.prompts import describe_prompt, is_prompt
from treadle.server.mlflow.sources import find_by_alias, read_stage
from treadle.server.mlflow.vocabularies import REGISTERED_MODELS, read_filter, read_order
from treadle.server.operation import operation
from treadle.store.search.tree import Field, Sort

_MAX_PAGE: Final = 1000
_MAX_NAME: Final = 250
_MAX_DESCRIPTION: Final = 5000


class CreateRegisteredModel(Message, kw_only=True):
    name: str
    tags: list[KeyValue] = []
    description: str = ""


class NamedModel(ModelRequest, kw_only=True):
    """A request with nothing but a registered model."""


class RegisteredModelAnswer(Message, kw_only=True):
    registered_model: RegisteredModelMessage


class RenameModel(ModelRequest, kw_only=True):
    new_name: str = ""


class UpdateModel(ModelRequest, kw_only=True):
    description: str = ""


class SearchModels(Message, kw_only=True):
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


class RegisteredModelsAnswer(Message, kw_only=True):
    registered_models: list[RegisteredModelMessage] = []
    next_page_token: str | UnsetType = UNSET


class GetLatestVersions(ModelRequest, kw_only=True):
    stages: list[str] = []


class SetModelTag(ModelRequest, kw_only=True):
    key: str
    value: str = ""


class DeleteModelTag(ModelRequest, kw_only=True):
    key: str


class SetAlias(ModelRequest, kw_only=True):
    alias: str
    version: str


class AliasRequest(ModelRequest, kw_only=True):
    alias: str


@operation("POST", "registered-models/create", role="editor", audited=True, creates=True)
def create(caller: Caller, ask: CreateRegisteredModel) -> RegisteredModelAnswer:
    """Create a registered model."""
    name = _check_name(ask.name)
    caller.demand("editor", model=name)
    tags = {check_key(tag.key, "tag"): check_tag(tag, MAX_REGISTRY_TAG).value for tag in ask.tags}
    if not caller.store.registry.create_model(
        name, description=_check_description(ask.description) or None, tags=tags, time=caller.now
    ):
        taken = caller.store.registry.model(name)
        if taken is None or not caller.attempt.has_made(name, taken.created):
            raise _taken(caller, name, tags)
        return RegisteredModelAnswer(registered_model=message(taken))
    caller.attempt.note(name, caller.now)
    if is_prompt(tags):
        tell(
            caller,
            "prompt.created",
            name=name,
            tags=describe_prompt(tags),
            description=ask.description or None,
        )
    else:
        tell(caller, "registered_model.created", name=name, tags=tags, description=ask.description)
    return RegisteredModelAnswer(registered_model=message(caller.model(name)))


@operation("POST", "registered-models/rename", role="editor", audited=True)
def rename(caller: Caller, ask: RenameModel) -> RegisteredModelAnswer:
    """Rename a registered model and its versions."""
    model = caller.model(ask.name, "editor")
    new = _check_name(ask.new_name)
    caller.demand("editor", model=new)
    if new != model.name:
        if caller.store.registry.model(new) is not None:
            raise _taken(caller, new, model.tags)
        caller.store.registry.rename_model(model.name, new, caller.now)
    return RegisteredModelAnswer(registered_model=message(caller.model(new)))


@operation("PATCH", "registered-models/update", role="editor", audited=True)
def update(caller: Caller, ask: UpdateModel) -> RegisteredModelAnswer:
    """Update the description of a registered model."""
    model = caller.model(ask.name, "editor")
    caller.store.registry.describe_model(
        model.name, _check_description(ask.description), caller.now
    )
    return RegisteredModelAnswer(registered_model=message(caller.model(model.name)))


@operation("DELETE", "registered-models/delete", role="editor", audited=True)
def delete(caller: Caller, ask: NamedModel) -> None:
    """Delete a registered model and its versions."""
    caller.store.registry.delete_model(caller.model(ask.name, "editor").name)


@operation("GET", "registered-models/get")
def get(caller: Caller, ask: NamedModel) -> RegisteredModelAnswer:
    """Return a registered model."""
    return RegisteredModelAnswer(registered_model=message(caller.model(ask.name)))


@operation("GET", "registered-models/search")
def search(caller: Caller, ask: SearchModels) -> RegisteredModelsAnswer:
    """Search for registered models by name; prompts only if the filter asks about them."""
    tree = read_filter(ask.filter, REGISTERED_MODELS, without_null="registered model")
    sorts = read_order(ask.order_by, REGISTERED_MODELS) or [Sort(Field("attribute", "name"))]
    listing = of_models(
        caller.principal, tree, sorts, check_limit(ask.max_results, _MAX_PAGE), ask.page_token
    )
    chosen, following = caller.store.registry.find_models(listing)
    return RegisteredModelsAnswer(
        registered_models=[message(one) for one in chosen], next_page_token=following or UNSET
    )


@operation(("POST", "GET"), "registered-models/get-latest-versions")
def get_latest_versions(caller: Caller, ask: GetLatestVersions) -> ModelVersionsAnswer:
    """Return the newest version of each stage."""
    model = caller.model(ask.name)
    wanted = {read_stage(stage) for stage in ask.stages}
    found = [one for one in model.latest if not wanted or one.stage in wanted]
    return ModelVersionsAnswer(model_versions=[version_message(one) for one in found])


@operation("POST", "registered-models/set-tag", role="editor", audited=True)
def set_tag(caller: Caller, ask: SetModelTag) -> None:
    """Set a tag."""
    model = caller.model(ask.name, "editor")
    tag = check_tag(KeyValue(key=check_key(ask.key, "tag"), value=ask.value), MAX_REGISTRY_TAG)
    caller.store.registry.set_model_tags(model.name, {tag.key: tag.value})
    if is_prompt(model.tags):
        tell(caller, "prompt_tag.set", name=model.name, key=tag.key, value=tag.value)


@operation("DELETE", "registered-models/delete-tag", role="editor", audited=True)
def delete_tag(caller: Caller, ask: DeleteModelTag) -> None:
    """Delete a tag."""
    model = caller.model(ask.name, "editor")
    caller.store.registry.delete_model_tag(model.name, ask.key)
    if is_prompt(model.tags):
        tell(caller, "prompt_tag.deleted", name=model.name, key=ask.key)


@operation("POST", "registered-models/alias", role="editor", audited=True)
def set_alias(caller: Caller, ask: SetAlias) -> None:
    """Set an alias to a version, replacing its previous one."""
    version = caller.version(ask.name, ask.version, "editor")
    caller.store.registry.set_alias(version.name, check_alias(ask.alias), version.version)
    tell_of(
        caller,
        version.name,
        "model_version_alias.created",
        alias=ask.alias,
        version=str(version.version),
    )


@operation("DELETE", "registered-models/alias", role="editor", audited=True)
def delete_alias(caller: Caller, ask: AliasRequest) -> None:
    """Delete an alias."""
    model = caller.model(ask.name, "editor")
    caller.store.registry.delete_alias(model.name, check_alias(ask.alias))
    tell_of(caller, model.name, "model_version_alias.deleted", alias=ask.alias)


@operation("GET", "registered-models/alias")
def get_by_alias(caller: Caller, ask: AliasRequest) -> ModelVersionAnswer:
    """Return the version of an alias."""
    model = caller.model(ask.name)
    return ModelVersionAnswer(
        model_version=version_message(find_by_alias(caller, model, ask.alias))
    )


def message(model: RegisteredModelRecord) -> RegisteredModelMessage:
    """Convert a registered model to MLflow's message."""
    latest: list[ModelVersionMessage] = []
    for one in model.latest:
        found = version_message(one)
        found.aliases = []  # as in MLflow: the model's own message has them
        latest.append(found)
    return RegisteredModelMessage(
        name=model.name,
        creation_timestamp=milliseconds(model.created),
        last_updated_timestamp=milliseconds(model.updated),
        description=UNSET if model.description is None else model.description,
        latest_versions=latest,
        tags=[KeyValue(key=key, value=value) for key, value in model.tags.items()],
        aliases=[
            AliasMessage(alias=alias, version=str(version))
            for alias, version in sorted(model.aliases.items())
        ],
    )


def _check_name(name: str) -> str:
    check_model_name(name)
    if len(name) > _MAX_NAME or any(ord(sign) < 32 for sign in name):  # noqa: PLR2004
        raise invalid(
            f"Invalid model name: '{name[:50]}'. It has more than {_MAX_NAME} characters, or "
            "control characters."
        )
    return name


def _check_description(description: str) -> str:
    if len(description) > _MAX_DESCRIPTION:
        raise invalid(
            f"The description exceeds the maximum length of {_MAX_DESCRIPTION} characters"
        )
    return description


def _taken(caller: Caller, name: str, tags: Mapping[str, str]) -> MlflowError:
    """Return the error for a name in use; models and prompts share their names."""
    known = caller.store.registry.model(name)
    old, new = _kind(known.tags if known else tags), _kind(tags)
    if old == new:
        return MlflowError("RESOURCE_ALREADY_EXISTS", f"{new} (name={name}) already exists.")
    return MlflowError(
        "RESOURCE_ALREADY_EXISTS",
        f"Tried to create a {new.lower()} with name {name!r}, but the name is already taken by a "
        f"{old.lower()}. MLflow does"
        " not allow creating a model and a prompt with the same name.",
    )


def _kind(tags: Mapping[str, str]) -> str:
    return "Prompt" if is_prompt(tags) else "Registered Model"
