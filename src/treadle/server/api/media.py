"""The operation of the native API that lists what a run logged by step: images, sounds, texts."""

import re
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import unquote

import msgspec

from treadle.records import ArtifactOwner
from treadle.server.api.runs import OneRun
from treadle.server.caller import Caller
from treadle.server.operation import operation

MediaKind = Literal["image", "audio", "text"]

_KINDS: Final[dict[str, MediaKind]] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "bmp"), "image"),
    **dict.fromkeys(("wav", "mp3", "ogg", "oga", "opus", "flac", "m4a", "aac", "weba"), "audio"),
    **dict.fromkeys(("txt", "md", "json", "log"), "text"),
}
_OWN: Final = re.compile(r"media/(?P<key>[^/]+)/(?P<step>-?\d{1,18})\.(?P<suffix>\w+)")
# MLflow's clients store each image twice, the second time compressed. "/" in the key is "~", with
# "%" as the separator "#".
_OF_MLFLOW: Final = re.compile(
    r"images/(?P<key>[^/]+?)(?P<by>[%+])step(?P=by)(?P<step>-?\d{1,18})(?P=by)timestamp(?P=by)"
    r"(?P<time>\d{1,18})(?P=by)[\w-]+\.(?P<suffix>\w+)"
)


class MediaItem(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact that was logged at a step."""

    step: int
    path: str


class MediaSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Artifacts of one kind that were logged under one key, by step."""

    key: str
    kind: MediaKind
    items: list[MediaItem]


_Found = tuple[str, MediaKind, int, int, str]  # key, kind, step, time, path


@operation("GET", "run/media")
def list_all(caller: Caller, ask: OneRun) -> list[MediaSeries]:
    """List the images, sounds and texts that a run logged by step, by key."""
    owner = ArtifactOwner("run", caller.resolve_run(ask.run))
    folders = (caller.store.artifacts.paths(owner, folder) for folder in ("media", "images"))
    return group_media(path for paths in folders for path in paths)


def group_media(paths: Iterable[str]) -> list[MediaSeries]:
    """Group the files among some that were logged by step, by key."""
    paths = list(paths)
    found = [one for pattern in (_OWN, _OF_MLFLOW) for one in _read(paths, pattern)]
    series: dict[tuple[str, MediaKind], list[MediaItem]] = {}
    for key, kind, step, _, path in sorted(found):
        series.setdefault((key, kind), []).append(MediaItem(step=step, path=path))
    return [MediaSeries(key=key, kind=kind, items=items) for (key, kind), items in series.items()]


def _read(paths: Iterable[str], pattern: re.Pattern[str]) -> Iterable[_Found]:
    """Yield the files that were logged by step; others may be in the same folder."""
    for path in paths:
        match = pattern.fullmatch(path)
        kind = _KINDS.get(match["suffix"].lower()) if match is not None else None
        if match is None or kind is None:
            continue
        fields = match.groupdict()
        separator = fields.get("by")
        key = (
            unquote(match["key"])
            if separator is None
            else match["key"].replace("~" if separator == "+" else "#", "/")
        )
        yield key, kind, int(match["step"]), int(fields.get("time") or 0), path
