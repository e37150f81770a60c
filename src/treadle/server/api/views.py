"""Operations of the native API on saved views of pages."""

from typing import Annotated, Final

import msgspec

from treadle.errors import AccessError, DataNotFoundError, SearchError
from treadle.records import SavedView, ViewPage
from treadle.server.caller import Caller
from treadle.server.operation import operation
from treadle.store import has_control_characters

_MOST: Final = 64 << 10  # bytes of a state


class ListViews(msgspec.Struct, frozen=True, kw_only=True):
    """A request for saved views."""

    page: ViewPage | None = None
    """Only views of this page."""
    experiment: str | None = None
    """Only views of the experiment with this id, and those of all experiments."""


class SaveView(msgspec.Struct, frozen=True, kw_only=True):
    """A view to save."""

    id: str = ""
    """The view to replace; a new one if empty."""
    page: ViewPage
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    experiment: str = ""
    """Id of its experiment; empty for all experiments."""
    state: str
    """A JSON object of at most 64 KiB, whose meaning is up to the page."""
    is_default: bool = False
    """Whether the page opens with it; another default of the page and experiment no longer is."""


class DeleteView(msgspec.Struct, frozen=True, kw_only=True):
    """A view to delete."""

    id: str


@operation("GET", "views")
def list_all(caller: Caller, ask: ListViews) -> list[SavedView]:
    """List the saved views of the experiments that the caller may see."""
    return [
        one
        for one in caller.store.views.all()
        if (ask.page is None or one.page == ask.page)
        and (ask.experiment is None or one.experiment in ("", ask.experiment))
        and _is_visible(caller, one)
    ]


@operation("POST", "view/save", role="editor", audited=True, creates=True)
def save(caller: Caller, ask: SaveView) -> SavedView:
    """Save a view for everyone who may see its experiment: a new one, or in place of another."""
    _check(ask)
    known = _find(caller, ask.id) if ask.id else None
    if known is not None:
        _demand(caller, known.experiment)
    if ask.experiment:
        experiment = caller.experiment(ask.experiment, "editor").id
    else:
        _demand(caller, "")
        experiment = ""
    view = SavedView(
        id=known.id if known is not None else caller.attempt.id,
        page=ask.page,
        name=ask.name,
        experiment=experiment,
        state=ask.state,
        is_default=ask.is_default,
        owner=known.owner if known is not None else caller.principal.name,
        created=known.created if known is not None else caller.now,
        updated=caller.now,
    )
    caller.store.views.put(view)
    return view


@operation("POST", "view/delete", role="editor", audited=True)
def delete(caller: Caller, ask: DeleteView) -> SavedView:
    """Delete a saved view, and return it."""
    view = _find(caller, ask.id)
    _demand(caller, view.experiment)
    caller.store.views.delete(view.id)
    return view


def _is_visible(caller: Caller, view: SavedView) -> bool:
    """Return whether the caller may see a view: one of all experiments may tell of each of them."""
    return caller.principal.may("viewer", experiment=view.experiment or None)


def _find(caller: Caller, view: str) -> SavedView:
    found = caller.store.views.get(view)
    if found is None or not _is_visible(caller, found):
        raise DataNotFoundError(f'There is no view "{view}".')
    return found


def _demand(caller: Caller, experiment: str) -> None:
    if not caller.principal.may("editor", experiment=experiment or None):
        where = f"experiment {experiment}" if experiment else "all experiments"
        raise AccessError(f"You may not change views of {where}.")


def _check(ask: SaveView) -> None:
    if has_control_characters(ask.name) or not ask.name.strip():
        raise SearchError("The name of a view must be a line of text.")
    if len(ask.state.encode()) > _MOST:
        raise SearchError(f"The state of a view has more than {_MOST} bytes.")
    try:
        msgspec.json.decode(ask.state, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise SearchError(f"The state of a view must be a JSON object: {error}.") from error
