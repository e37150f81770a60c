"""Import of the artifacts of runs and logged models."""

import time
from pathlib import Path

from treadle.catalog import is_settled, sign_file
from treadle.errors import StoreError
from treadle.interop.mlflow.baseline import FilesBaseline, choose, note, recall
from treadle.interop.mlflow.source import MlflowSource, SourceArtifacts
from treadle.records import ArtifactRecord
from treadle.store import ContentStore, check_artifact_path
from treadle.store.sql import SqlStore


def import_files(
    source: MlflowSource,
    store: SqlStore,
    contents: ContentStore,
    artifacts: SourceArtifacts,
) -> int:
    """Import the artifacts of a run or a logged model, except those changed or deleted here.

    A file that is unchanged since the last import, by its size, times and inode, is not read.

    Args:
        source: The MLflow store.
        store: The target of the records.
        contents: The target of the contents.
        artifacts: Those of a run or a logged model that has been imported.

    Returns:
        The number of new files.
    """
    owner = artifacts.owner
    new: list[ArtifactRecord] = []
    key = f"{owner.kind} {owner.id}"
    before = recall(store, FilesBaseline, key)
    digests = dict(before.digests) if before else {}
    signatures = dict(before.signatures) if before else {}
    for path, file in source.files(artifacts):
        try:
            check_artifact_path(path)
            signature = _sign(file)
            if signature and path in digests and signatures.get(path) == signature:
                continue  # unchanged at the source, so the store's file stays
            digest, size = contents.put_file(file)
            changed = file.stat().st_mtime
        except (StoreError, OSError) as error:
            source.omissions.add(f"artifact {path} of {owner.kind} {owner.id}", error)
            continue
        known = store.artifacts.find(owner, path)
        ours = known.digest if known else None
        # If a path has no baseline, the source's file counts as the newer one.
        chosen = choose(digests.get(path, ours), digest, ours)
        digests[path] = digest
        signatures.pop(path, None)
        if signature and _sign(file) == signature:
            signatures[path] = signature
        if chosen is not None and chosen != ours:
            new.append(ArtifactRecord(path=path, digest=digest, size=size, time=changed))
    if digests:
        with store.transaction():
            for record in new:
                store.artifacts.put(owner, record)
            note(store, key, FilesBaseline(digests, signatures))
    return len(new)


def _sign(file: Path) -> str:
    """Return the signature of a file's state; empty if it was changed just now."""
    now = time.time_ns()
    signature = sign_file(file)
    return " ".join(map(str, signature)) if is_settled(signature, now) else ""
