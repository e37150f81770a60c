"""The built web page: its files, and the tags by which a page without a script loads them.

``ui/`` is built into ``static/``. Where that is missing, as in a clone that has not been built, the
pages that the server writes itself are all there is.
"""

import gzip
import html
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.server.rejections import refuse
from treadle.server.routing import Route

_FOLDER: Final = Path(__file__).with_name("static")
_ENTRY: Final = "src/app/main.tsx"
_PACKED: Final = frozenset({".js", ".css", ".svg", ".json"})


class _Entry(msgspec.Struct, frozen=True):
    """A file of the manifest, and the style sheets that it needs."""

    file: str
    css: list[str] = []


class PageFiles:
    """The files of the built page.

    Their names contain a digest of their content, so that browsers never ask for them again.

    Args:
        folder: Where the page was built.
    """

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder
        self._packed: dict[str, bytes] = {}
        # Only files that exist now are served: a request never names a path.
        assets = folder / "assets"
        self._names = (
            frozenset(f"assets/{one.name}" for one in assets.iterdir())
            if assets.is_dir()
            else frozenset()
        )
        self._entry = self._read_entry()

    @property
    def is_built(self) -> bool:
        """Whether there is a page."""
        return self._entry is not None

    def tags(self, root: str) -> str:
        """Return the HTML of the head that loads the page; empty if it is not built.

        Args:
            root: The path prefix of the server.
        """
        if self._entry is None:
            return ""
        prefix = f"{html.escape(root)}/static/"
        styles = (f'<link rel="stylesheet" href="{prefix}{one}">' for one in self._entry.css)
        script = f'<script type="module" src="{prefix}{self._entry.file}"></script>'
        return "".join([*styles, script])

    def routes(self) -> Iterator[Route]:
        """Yield the route of the files, which are for everyone: they hold no data."""
        yield Route(("GET",), "/static/{name:path}", self._send, "none")

    def _read_entry(self) -> _Entry | None:
        try:
            manifest = (self._folder / "manifest.json").read_bytes()
        except FileNotFoundError:
            return None
        return msgspec.json.decode(manifest, type=dict[str, _Entry])[_ENTRY]

    async def _send(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._names:
            return refuse(404, "ENDPOINT_NOT_FOUND", "This server has no such file.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        path = self._folder / name
        if path.suffix in _PACKED and "gzip" in request.headers.get("accept-encoding", ""):
            if name not in self._packed:
                self._packed[name] = gzip.compress(path.read_bytes(), 6)
            headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
            return Response(self._packed[name], 200, headers, kind)
        return Response(path.read_bytes(), 200, headers, kind)
