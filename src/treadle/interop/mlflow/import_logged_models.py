"""Import of logged models, registered or not."""

import math

from treadle.interop.mlflow.baseline import LoggedModelBaseline, find_changes, note, recall
from treadle.records import LoggedModelMetric, LoggedModelRecord
from treadle.store.sql import SqlStore


def import_logged_model(store: SqlStore, experiment: str, model: LoggedModelRecord) -> bool:
    """Import a logged model without its files; what was changed here stays.

    Args:
        store: The target.
        experiment: The id of its experiment in the store.
        model: The model at the source.

    Returns:
        Whether it is in the store; False if it was permanently deleted there.
    """
    models = store.logged_models
    with store.transaction():
        before = recall(store, LoggedModelBaseline, model.id)
        ours = models.get(model.id)
        if ours is None and before is not None:
            return False
        if ours is None:
            models.create(
                model.id,
                experiment,
                name=model.name,
                kind=model.type,
                source_run=model.source_run,
                created=model.created,
            )
        known = {_identify_point(point) for point in ours.metrics} if ours else set()
        new = [point for point in model.metrics if _identify_point(point) not in known]
        models.log_metrics(model.id, new)
        models.log_params(model.id, model.params)
        changes = find_changes(before.tags if before else {}, model.tags, ours.tags if ours else {})
        models.set_tags(model.id, changes.changed)
        for tag in changes.removed:
            models.delete_tag(model.id, tag)
        if ours is None or (ours.status, ours.updated) != (model.status, model.updated):
            models.finish(model.id, model.status, model.updated)
        note(store, model.id, LoggedModelBaseline(model.tags))
    return True


def _identify_point(point: LoggedModelMetric) -> tuple[object, ...]:
    value = None if math.isnan(point.value) else point.value  # NaN equals NaN here
    return (
        point.key,
        point.step,
        point.time,
        value,
        point.run,
        point.dataset_name,
        point.dataset_digest,
    )
