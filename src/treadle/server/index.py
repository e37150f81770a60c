"""The start page: the web page, and for those without scripts what runs here."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from treadle.records import Cell, RunRow, RunTable
from treadle.server.caller import Caller
from treadle.server.page_files import PageFiles
from treadle.server.pages import page
from treadle.server.principal import Principal
from treadle.server.proxy_headers import address_of, prefix_of
from treadle.server.routing import Route, principal_of
from treadle.server.service import Service
from treadle.store import Search

if TYPE_CHECKING:
    from treadle.server.sign_in.routes import SignIn  # an optional dependency


_SHOWN: Final = 30
_METRICS: Final = 4


def index_routes(
    service: Service, files: PageFiles, sign_in: "SignIn | None" = None
) -> Iterator[Route]:
    """Yield the route of the page; with sign-in, it shows the user's name and a sign-out link."""

    async def index(request: Request) -> Response:
        def ask(caller: Caller) -> RunTable:
            search = Search(limit=_SHOWN, experiments=caller.visible_experiments())
            return caller.store.tables.page(search)

        runs = await service.read(request, ask)
        if sign_in is None:
            root = prefix_of(request.scope)
            content = _content(runs, address_of(request.scope), root)
            return page(content, root=root, tags=files.tags(root))
        content = _content(runs, sign_in.address, sign_in.root)
        aside = _person(principal_of(request), sign_in.root)
        return page(content, aside=aside, root=sign_in.root, tags=files.tags(sign_in.root))

    yield service.route("GET", "/", index)


def _content(runs: RunTable, address: str, root: str) -> str:
    shown = [at for at, one in enumerate(runs.columns) if one.family == "metrics"][:_METRICS]
    heads = (f'<th class="number">{html.escape(runs.columns[at].key)}</th>' for at in shown)
    rows = "".join(
        _row(run, [runs.cells[at][index] for at in shown], html.escape(root))
        for index, run in enumerate(runs.rows)
    )
    table = (
        '<div class="scroll"><table><tr><th>run</th><th>experiment</th><th>status</th>'
        f"<th>started (UTC)</th>{''.join(heads)}</tr>{rows}</table></div>"
        if runs.rows
        else "<p>No runs yet.</p>"
    )
    place, root = html.escape(address), html.escape(root)
    return (
        f"<h2>Newest runs</h2>{table}<h2>Log here</h2>"
        f"<pre>TREADLE_STORE={place} python train.py\nMLFLOW_TRACKING_URI={place} python "
        "train.py</pre>"
        f'<h2>Ask</h2><p><a href="{root}/api/v1/runs">/api/v1/runs</a> · '
        f'<a href="{root}/api/v1/openapi.json">all calls, as OpenAPI</a></p>'
    )


def _person(principal: Principal, root: str) -> str:
    root = html.escape(root)
    nothing = (
        ""
        if principal.may_somewhere("viewer")
        else " An admin has not yet given you anything to see."
    )
    return (
        f'<form method="post">You are {html.escape(principal.name)} ({principal.role}).{nothing}'
        f' <button formaction="{root}/token">Make a token</button> <button '
        f'formaction="{root}/sign-out">Sign out</button></form>'
    )


def _row(run: RunRow, values: list[Cell], root: str) -> str:
    started = datetime.fromtimestamp(min(max(run.started, 0.0), 4e9), UTC).strftime(
        "%Y-%m-%d %H:%M:%S"
    )
    numbers = "".join(f'<td class="number">{_number(value)}</td>' for value in values)
    name = html.escape(run.name or run.id[-8:])
    return (
        f'<tr><td><a href="{root}/api/v1/runs/{html.escape(run.id)}">{name}</a></td>'
        f'<td>{html.escape(run.experiment)}</td><td class="{run.status}">{run.status}</td>'
        f"<td>{started}</td>{numbers}</tr>"
    )


def _number(value: Cell) -> str:
    if value is None:
        return ""
    return format(value, ".4g") if isinstance(value, int | float) else html.escape(value)
