"""The start page: the web page, and for those without scripts what runs here."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from treadle.records import RunRecord
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
        def ask(caller: Caller) -> list[RunRecord]:
            search = Search(limit=_SHOWN, experiments=caller.visible_experiments())
            return [one.run for one in caller.store.runs.page(search).runs]

        runs = await service.read(request, ask)
        if sign_in is None:
            root = prefix_of(request.scope)
            content = _content(runs, address_of(request.scope), root)
            return page(content, root=root, tags=files.tags(root))
        content = _content(runs, sign_in.address, sign_in.root)
        aside = _person(principal_of(request), sign_in.root)
        return page(content, aside=aside, root=sign_in.root, tags=files.tags(sign_in.root))

    yield service.route("GET", "/", index)


def _content(runs: list[RunRecord], address: str, root: str) -> str:
    logged = (key for run in runs for key in run.metrics if not key.startswith("system/"))
    keys = list(dict.fromkeys(logged))[:_METRICS]
    numbers = "".join(f'<th class="number">{html.escape(key)}</th>' for key in keys)
    rows = "".join(_row(run, keys, html.escape(root)) for run in runs)
    table = (
        "<div "
        'class="scroll"><table><tr><th>run</th><th>experiment</th><th>status</th><th>started '
        f"(UTC)</th>{numbers}</tr>"
        f"{rows}</table></div>"
        if runs
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


def _row(run: RunRecord, keys: list[str], root: str) -> str:
    started = datetime.fromtimestamp(min(max(run.started, 0.0), 4e9), UTC).strftime(
        "%Y-%m-%d %H:%M:%S"
    )
    values = "".join(
        f'<td class="number">{format(run.metrics[key], ".4g") if key in run.metrics else ""}</td>'
        for key in keys
    )
    name = html.escape(run.name or run.id[-8:])
    return (
        "<tr><td><a "
        f'href="{root}/api/v1/runs/{html.escape(run.id)}">{name}</a></td><td>{html.escape(run.experiment)}</td>'
        f'<td class="{run.status}">{run.status}</td><td>{started}</td>{values}</tr>'
    )
