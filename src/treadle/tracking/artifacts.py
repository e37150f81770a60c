"""Stores artifacts of a run: copies of files and folders, texts, documents and figures."""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from treadle.errors import DataError, StoreError
from treadle.files import Content
from treadle.records import ArtifactLogged
from treadle.records.texts import clean_text
from treadle.store import ContentStore, StoreLocation, check_artifact_path, open_artifacts
from treadle.tracking.node_log import NodeLog, current_log
from treadle.tracking.values import plain
from treadle.tracking.writer import RunWriter

_log = logging.getLogger(__name__)

_SHOWN = 5  # names in a message


class ArtifactLog:
    """The methods of a run that store artifacts.

    They raise for invalid arguments: a file that does not exist, a path that is invalid. Failures
    of the store or the disk are counted on the run instead.

    Args:
        run_id: The run.
        location: Its store.
    """

    def __init__(self, run_id: str, location: StoreLocation) -> None:
        self.id = run_id
        self.location = location
        self._writer = RunWriter(run_id, location)
        self._append = self._writer.append
        self.is_noted = False
        """Whether the logs of nodes are recorded, to be repeated when the nodes are reused."""
        self.node_log: NodeLog | None = None
        """The log of the node that this process works for, if another process runs the node."""

    @property
    def losses(self) -> int:
        """Number of records that this process could not store so far."""
        return self._writer.losses

    def _node_log(self) -> NodeLog | None:
        """Return the log of the node that logs here, if it is recorded."""
        if not self.is_noted:
            return self.node_log
        return current_log(self.id)

    def load_artifact(self, path: str) -> Any:
        """Load an artifact of this run; see `treadle.load_artifact`.

        Raises:
            StoreError: The run has no such artifact.
            DataError: Its content does not match its suffix.
        """
        from treadle.tracking.loading import load_artifact

        return load_artifact(self.id, path, store=self.location)

    def log_artifact(self, path: str | os.PathLike[str], artifact_path: str = "") -> None:
        """Store a copy of a file, or of a folder with all its files.

        A file that another process is writing is stored as it was read.

        Args:
            path: The file or folder.
            artifact_path: The target folder in the run's artifacts; the root if empty.

        Raises:
            DataError: The file does not exist, or cannot be read.
        """
        source = Path(path)
        if source.is_dir():
            self.log_artifacts(source, _join(artifact_path, _portable(source.absolute().name)))
            return
        _check_source(source)
        self._store_file(source, check_artifact_path(_join(artifact_path, _portable(source.name))))

    def log_artifacts(
        self,
        folder: str | os.PathLike[str],
        artifact_path: str = "",
        *,
        follow_links: bool = False,
    ) -> None:
        """Store a copy of a folder's content.

        Characters that an artifact path cannot contain are written as ``%0A``. A file that cannot
        be stored does not stop the others: it is counted on the run.

        Args:
            folder: The folder.
            artifact_path: The target folder in the run's artifacts; the root if empty.
            follow_links: Whether to store also the targets of links that are outside the folder.

        Raises:
            DataError: The folder does not exist.
        """
        root = Path(folder)
        if not root.is_dir():
            raise DataError(f"There is no folder {root} to log.")
        top = _join(artifact_path)
        if top:
            check_artifact_path(top)
        links: list[str] = []
        failed: list[tuple[Path, Exception]] = []
        for file in _walk(root, links, follow_links=follow_links):
            try:
                name = check_artifact_path(_join(top, _portable(file.relative_to(root).as_posix())))
                _check_source(file)
            except (StoreError, DataError) as error:
                failed.append((file, error))
            else:
                self._store_file(file, name)
        if links:
            _log.warning(
                "Not logged to run %s, because these links lead out of the folder %s: %s."
                " Use follow_links=True to log what they lead to.",
                self.id,
                root,
                _some(links),
            )
        if failed:
            names = _some([str(file) for file, _ in failed])
            self._writer.drop(StoreError(f"{names}: {failed[0][1]}"), len(failed))

    def log_bytes(self, content: bytes, path: str) -> None:
        """Store bytes as an artifact."""
        path = check_artifact_path(_portable(path, only_bytes=True))
        self._store(path, lambda contents: contents.put_bytes(content))

    def log_text(self, text: str, path: str) -> None:
        """Store a text as an artifact."""
        self.log_bytes(clean_text(text).encode(), path)

    def log_dict(self, value: object, path: str) -> None:
        """Store a value as JSON, or as YAML if the path ends in ``.yml`` or ``.yaml``.

        Arrays become lists, numpy and torch numbers become numbers, paths and other objects texts.
        """
        document = plain(value)
        if path.endswith((".yml", ".yaml")):
            import yaml

            self.log_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), path)
        else:
            self.log_text(json.dumps(document, indent=2, ensure_ascii=False), path)

    def log_figure(self, figure: Any, path: str, **options: Any) -> None:
        """Store a figure of matplotlib (in any image format that it supports) or plotly.

        Args:
            figure: The figure; one of plotly becomes ``.html``, ``.json`` or an image.
            path: The artifact; its suffix determines the format.
            options: For ``savefig``, ``write_html`` and so on.
        """
        from treadle.tracking.figures import render

        self.log_bytes(render(figure, path, options), path)

    def _store_file(self, source: Path, path: str) -> None:
        self._store(path, lambda contents: contents.put_file(source))

    def _store(self, path: str, put: Callable[[ContentStore], Content]) -> None:
        node = self._node_log()
        if node is not None and node.is_muted:
            return
        try:
            digest, size = put(open_artifacts(self.location.artifacts))
        except Exception as error:  # noqa: BLE001 - training continues on any storage error
            self._writer.drop(StoreError(f"The artifact {path}: {error}"))
            return
        moment = time.time()
        self._append(ArtifactLogged(self.id, path, digest, size, moment))
        if node is not None:
            node.add_file(path, digest, size, moment)


def _check_source(source: Path) -> None:
    """Raise if a file cannot be read or is not regular: reading a pipe may never end."""
    try:
        if not source.is_file() and source.exists():
            raise DataError(f"The artifact {source} cannot be stored: it is not a file.")
        source.open("rb").close()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"The artifact {source} cannot be stored: {why}.") from error


def _walk(root: Path, links: list[str], *, follow_links: bool) -> Iterator[Path]:
    """Yield the files in a folder, sorted by name, and collect links that are left out."""
    real = root.resolve()
    seen = {real}
    for folder, folders, files in os.walk(root, followlinks=follow_links):
        here = Path(folder)
        folders.sort()
        for name in list(folders):
            target = (here / name).resolve()
            if follow_links and target in seen:
                folders.remove(name)  # a cycle
            seen.add(target)
            if not follow_links and (here / name).is_symlink():
                links.append(str((here / name).relative_to(root)))
        for name in sorted(files):
            file = here / name
            if not file.is_file():
                continue
            if not follow_links and file.is_symlink() and not file.resolve().is_relative_to(real):
                links.append(str(file.relative_to(root)))
            else:
                yield file


def _join(*parts: str) -> str:
    return "/".join(filter(None, (part.strip("/") for part in parts)))


def _portable(name: str, *, only_bytes: bool = False) -> str:
    """Return a name with the characters that artifact paths cannot contain percent-encoded."""
    pattern = r"[\ud800-\udfff]" if only_bytes else r"[\x00-\x1f\x7f\\\ud800-\udfff]"
    return re.sub(pattern, lambda match: _percent(match[0]), name)


def _percent(character: str) -> str:
    is_byte = "\udc80" <= character <= "\udcff"
    raw = character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in raw)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
