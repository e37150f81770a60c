"""Root URIs of artifacts, as MLflow's clients know them."""

from treadle.records import ARTIFACT_ROOT, ArtifactOwner, ExperimentRecord


def experiment_root(experiment: ExperimentRecord) -> str:
    """Return the root URI of the artifacts of an experiment."""
    return experiment.artifact_location or f"{ARTIFACT_ROOT}/{experiment.id}"


def artifact_root(experiment: ExperimentRecord, owner: ArtifactOwner) -> str:
    """Return the root URI of the artifacts of a run or a logged model."""
    middle = "models/" if owner.kind == "model" else ""
    return f"{experiment_root(experiment).rstrip('/')}/{middle}{owner.id}/artifacts"
