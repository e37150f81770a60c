"""The first page: what runs here, and how to log to it. It needs no script, and shows what the caller may see."""

import html
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from treadle._version import __version__
from treadle.records import RunRecord
from treadle.server.access import StoreAccess
from treadle.server.api.operation import Call, answer_problems
from treadle.server.routing import Route, principal_of
from treadle.store import Search, TeamStore

__all__ = ["index_routes"]

_SHOWN: Final = 30
_METRICS: Final = 4
_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #8884; white-space: nowrap; }
th { font-weight: 600; opacity: .7; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: #8881; padding: .8rem 1rem; border-radius: 6px; overflow: auto; }
.finished { color: #2a8a4a; } .failed, .killed, .lost { color: #c0392b; } .running { color: #2471a3; }
.scroll { overflow-x: auto; }
"""
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def index_routes(access: StoreAccess) -> Iterator[Route]:
    """Give the route of the page."""

    async def index(request: Request) -> Response:
        principal = principal_of(request)

        def ask(store: TeamStore) -> list[RunRecord]:
            visible = Call(store, principal, time.time()).visible_experiments()
            return [one.run for one in store.runs.page(Search(limit=_SHOWN, experiments=visible)).runs]

        content = _page(await access.read(ask), str(request.base_url).rstrip("/"))
        return HTMLResponse(content, headers={"content-security-policy": _POLICY, "cache-control": "no-store"})

    yield Route(("GET",), "/", answer_problems(index), "viewer")


def _page(runs: list[RunRecord], address: str) -> str:
    logged = (key for run in runs for key in run.metrics if not key.startswith("system/"))
    keys = list(dict.fromkeys(logged))[:_METRICS]
    numbers = "".join(f'<th class="number">{html.escape(key)}</th>' for key in keys)
    rows = "".join(_row(run, keys) for run in runs)
    table = (
        f'<div class="scroll"><table><tr><th>run</th><th>experiment</th><th>status</th><th>started (UTC)</th>{numbers}</tr>'
        f"{rows}</table></div>"
        if runs
        else "<p>No runs yet.</p>"
    )
    place = html.escape(address)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Treadle</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>Treadle {html.escape(__version__)}</h1><h2>Newest runs</h2>{table}<h2>Log here</h2>"
        f"<pre>TREADLE_STORE={place} python train.py\nMLFLOW_TRACKING_URI={place} python train.py</pre>"
        '<h2>Ask</h2><p><a href="/api/v1/runs">/api/v1/runs</a> · '
        '<a href="/api/v1/openapi.json">all calls, as OpenAPI</a></p></body></html>'
    )


def _row(run: RunRecord, keys: list[str]) -> str:
    started = datetime.fromtimestamp(min(max(run.started, 0.0), 4e9), UTC).strftime("%Y-%m-%d %H:%M:%S")
    values = "".join(
        f'<td class="number">{format(run.metrics[key], ".4g") if key in run.metrics else ""}</td>' for key in keys
    )
    name = html.escape(run.name or run.id[-8:])
    return (
        f'<tr><td><a href="/api/v1/runs/{html.escape(run.id)}">{name}</a></td><td>{html.escape(run.experiment)}</td>'
        f'<td class="{run.status}">{run.status}</td><td>{started}</td>{values}</tr>'
    )
