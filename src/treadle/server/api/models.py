"""Operations of the native API that read models."""

from typing import Annotated, Final

import msgspec

from treadle.records import LoggedModelRecord, ModelVersionRecord, RegisteredModelRecord
from treadle.server.caller import Caller
from treadle.server.mlflow.prompts import IS_PROMPT
from treadle.server.operation import operation
from treadle.store.search.listing import Listing
from treadle.store.search.tree import And, Comparison, Field, Not, Tree

_NO_PROMPT: Final = Not(Comparison(IS_PROMPT, "ilike", ("true",)))
"""MLflow's clients store prompts as models."""
_ESCAPES: Final = {ord(character): f"\\{character}" for character in "%_\\"}


class ListModels(msgspec.Struct, frozen=True, kw_only=True):
    """A request for registered models."""

    text: Annotated[str, msgspec.Meta(max_length=500)] = ""
    """A text in the name, in any case."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    after: str = ""
    """The ``next`` of the previous page."""


class ModelPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of registered models, by name."""

    models: list[RegisteredModelRecord]
    next: str
    """Token of the next page; empty on the last one."""


class OneModel(msgspec.Struct, frozen=True, kw_only=True):
    """A registered model."""

    name: str


class ModelDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A registered model with its versions, the newest first."""

    model: RegisteredModelRecord
    versions: list[ModelVersionRecord]


class OneLoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model."""

    id: str


@operation("GET", "models")
def list_all(caller: Caller, ask: ListModels) -> ModelPage:
    """List the registered models that the caller may see, by name."""
    only, without = caller.principal.scope("model")
    where: Tree = _NO_PROMPT
    if ask.text:
        pattern = f"%{ask.text.translate(_ESCAPES)}%"
        where = And((where, Comparison(Field("attribute", "name"), "ilike", (pattern,))))
    found, following = caller.store.registry.find_models(
        Listing(
            where=where,
            limit=ask.limit,
            after=ask.after,
            only=only,
            without=without,
        )
    )
    return ModelPage(models=found, next=following)


@operation("GET", "model")
def get(caller: Caller, ask: OneModel) -> ModelDetails:
    """Return a registered model with its tags, aliases and versions."""
    model = caller.model(ask.name)
    versions = caller.store.registry.versions_of(ask.name)
    return ModelDetails(model=model, versions=versions[::-1])


@operation("GET", "logged-model")
def get_logged(caller: Caller, ask: OneLoggedModel) -> LoggedModelRecord:
    """Return a model that a run logged, with its params, metrics and tags."""
    return caller.logged_model(ask.id)
