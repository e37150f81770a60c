"""Imports the artifacts of runs and logged models."""

from treadle.errors import StoreError
from treadle.interop.mlflow.baseline import FilesBaseline, choose, note, recall
from treadle.interop.mlflow.source import MlflowSource
from treadle.records import ArtifactOwner, ArtifactRecord
from treadle.store import ContentStore, TeamStore, check_artifact_path


def import_files(
    source: MlflowSource,
    store: TeamStore,
    contents: ContentStore,
    owner: ArtifactOwner,
) -> int:
    """Import the artifacts of a run or a logged model; what was changed or deleted here stays so.

    Args:
        source: Where they are.
        store: Where they go.
        contents: Where their contents go.
        owner: The run or the logged model, which has been imported.

    Returns:
        How many are new.
    """
    new: list[ArtifactRecord] = []
    key = f"{owner.kind} {owner.id}"
    before = recall(store, FilesBaseline, key)
    digests = dict(before.digests) if before else {}
    for path, place in source.artifacts(owner):
        try:
            check_artifact_path(path)
            digest, size = contents.put_file(place)
            changed = place.stat().st_mtime
        except (StoreError, OSError) as error:
            source.omissions.add(f"artifact {path} of {owner.kind} {owner.id}", error)
            continue
        known = store.artifacts.find(owner, path)
        ours = known.digest if known else None
        # Without a baseline of it, the source has the newer file of a path.
        wanted = choose(digests.get(path, ours), digest, ours)
        digests[path] = digest
        if wanted is not None and wanted != ours:
            new.append(ArtifactRecord(path=path, digest=digest, size=size, time=changed))
    if digests:
        with store.transaction():
            for record in new:
                store.artifacts.put(owner, record)
            note(store, key, FilesBaseline(digests))
    return len(new)
