"""The layout of the pages that the server writes: they need no script."""

import html
from typing import Final

from starlette.responses import HTMLResponse, Response

from treadle._version import __version__

_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; white-space: nowrap; }
th, td { border-bottom: 1px solid #8884; }
th { font-weight: 600; opacity: .7; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: #8881; padding: .8rem 1rem; border-radius: 6px; overflow: auto; }
.finished { color: #2a8a4a; }
.failed, .killed, .lost { color: #c0392b; }
.running { color: #2471a3; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; }
header { justify-content: space-between; align-items: baseline; }
header a { color: inherit; text-decoration: none; }
.scroll { overflow-x: auto; }
"""
_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' fill='none' "
    "stroke-linecap='round'%3E%3Cpath stroke='%23828b96' stroke-width='1.6' "
    "d='M3 5h14M3 10h14M3 15h14'/%3E%3Cpath stroke='%231f5fbf' stroke-width='2.4' "
    "d='M5 3c4 4 6 10 10 14'/%3E%3C/svg%3E"
)
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)


# The script of the page itself, and nothing from elsewhere; it sets styles of elements.
_SCRIPTED: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "frame-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


def page(
    content: str, status: int = 200, *, aside: str = "", root: str = "", tags: str = ""
) -> Response:
    """Return a page as a response.

    Args:
        content: HTML, in which all text from others is escaped.
        status: The HTTP status.
        aside: HTML next to the title.
        root: The path prefix of the server, as `prefix_of` returns it.
        tags: The HTML that loads the page with scripts, which replaces the content; if any.
    """
    body = (
        f'<header><h1><a href="{html.escape(root)}/">Treadle</a> '
        f"{html.escape(__version__)}</h1>{aside}</header>{content}"
    )
    shown = f"<noscript>{body}</noscript>" if tags else body
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Treadle</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="{_ICON}">'
        f"<style>{_STYLE}</style>{tags}</head>"
        f'<body><div id="app" data-root="{html.escape(root)}">{shown}</div></body></html>'
    )
    policy = _SCRIPTED if tags else _POLICY
    headers = {"content-security-policy": policy, "cache-control": "no-store"}
    return HTMLResponse(text, status, headers)
