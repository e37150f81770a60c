"""More calls for `benchmarks.protocol`.

The kinds that MLflow's own tests and users' scripts show.
"""

from typing import Any, Final

from benchmarks.protocol_calls import Call

__all__ = ["KINDS"]

_ID: Final = "f" * 32
_ARTIFACTS: Final = "/api/2.0/mlflow-artifacts/artifacts"


def _post(path: str, body: Any, *keep: str | int) -> Call:
    return Call("POST", path, body, keep=keep)


def _get(path: str, /, **query: Any) -> Call:
    return Call("GET", path, query=query)


_BEGIN: Final = (
    _post("experiments/create", {"name": "kinds"}, "kinds", "experiment_id"),
    *(
        _post(
            "runs/create",
            {"experiment_id": "{kinds}", "start_time": start, "run_name": name, "user_id": "u"},
            name,
            "run",
            "info",
            "run_id",
        )
        for name, start in (("first", -5), ("second", 0), ("last", 10))
    ),
    _get("runs/get", run_id="{first}"),
    _get("runs/get", run_id="{second}"),
)

_NAMES: Final = (
    *(_post("experiments/create", {"name": name}) for name in (" ", "\t", "x" * 501)),
    _post("experiments/create", {"name": "x" * 500}, "wide", "experiment_id"),
    _post("experiments/update", {"experiment_id": "{kinds}", "new_name": " "}),
    _post("experiments/update", {"experiment_id": "{kinds}", "new_name": "x" * 501}),
    _post("experiments/update", {"experiment_id": "{kinds}"}),
    _post("experiments/create", {"name": "binned"}, "binned", "experiment_id"),
    _post("experiments/delete", {"experiment_id": "{binned}"}),
    _post("experiments/create", {"name": "binned"}),
    _get("experiments/get-by-name", experiment_name="binned"),
    *(_post("registered-models/create", {"name": name}) for name in (".", "..", " ", "a:b")),
)

_CONDITIONS: Final = (
    "run_id IN ('{first}',)",
    "attributes.run_id IN ('{first}', '{last}')",
    "attribute.run_id = '{first}'",
    "attr.run_id = '{first}'",
    "run.run_name = 'first'",
    "attributes.`run name` = 'first'",
    "attributes.Created > 0",
    "start_time < 0",
    "start_time = 0",
    "parameter.p = '1'",
    "parameters.p = '1'",
    "tags.mlflow.parentRunId = '{first}'",
    "tags.mlflow.parentRunId IS NULL",
    "tags.mlflow.parentRunId IS NOT NULL",
    "tags.mlflow.user = 'me'",
    "tags.mlflow.runName = 'first'",
    "tags.`mlflow.runName` LIKE 'l%'",
)
_SEARCHES: Final = (
    _post("runs/log-parameter", {"run_id": "{first}", "key": "p", "value": "1"}),
    _post("runs/set-tag", {"run_id": "{last}", "key": "mlflow.parentRunId", "value": "{first}"}),
    _post("runs/set-tag", {"run_id": "{last}", "key": "mlflow.user", "value": "me"}),
    *(
        _post("runs/search", {"experiment_ids": ["{kinds}"], "filter": text, "order_by": [order]})
        for text in _CONDITIONS
        for order in ("start_time",)
    ),
    *(
        _post("runs/search", {"experiment_ids": ["{kinds}"], "order_by": [order]})
        for order in (
            "Created",
            "Created DESC",
            "attribute.start_time",
            "attributes.Created",
            "attr.start_time DESC",
            "`start_time`",
            "metrics.none, start_time",
        )
    ),
    _post("runs/delete-tag", {"run_id": "{last}", "key": "mlflow.parentRunId"}),
    _post(
        "runs/search",
        {"experiment_ids": ["{kinds}"], "filter": "tags.mlflow.parentRunId IS NOT NULL"},
    ),
    *(
        Call("GET", path, {"filter": "name = 'nope'"})
        for path in ("registered-models/search", "model-versions/search")
    ),
    *(
        _get(f"{kind}/search", filter=text)
        for kind in ("registered-models", "model-versions")
        for text in ("name IS NULL", "tags.a IS NOT NULL", "name = 'm1' AND tags.a IS NULL")
    ),
    *(
        _post("experiments/search", {"max_results": 9, "filter": text})
        for text in ("tags.a IS NULL AND name LIKE 'kin%'", "name = 'Default'", "name LIKE 'Def%'")
    ),
)

_ORDERS: Final = (
    *(
        _post("experiments/search", {"max_results": 100, **asked})
        for asked in (
            {},
            {"view_type": "ALL"},
            {"view_type": "DELETED_ONLY"},
            {"order_by": ["creation_time ASC"]},
            {"order_by": ["last_update_time"]},
            {"order_by": ["name"]},
            {"order_by": ["experiment_id DESC"]},
        )
    ),
    _post("runs/search", {"experiment_ids": ["{kinds}"]}),
    _post("runs/search", {"experiment_ids": ["{kinds}"], "max_results": 2}),
)

_STATES: Final = (
    _post("runs/update", {"run_id": "{first}", "status": "FINISHED", "end_time": 7}),
    # What goes on has no end here.
    Call(
        "POST",
        "runs/update",
        {"run_id": "{first}", "status": "RUNNING"},
        is_compared=False,
    ),
    _post("runs/update", {"run_id": "{first}", "status": "FAILED", "end_time": 9}),
    _get("runs/get", run_id="{first}"),
    *(
        _post("runs/update", {"run_id": "{first}", **change})
        for change in ({"end_time": -3}, {"run_name": ""})
    ),
    _get("runs/get", run_id="{first}"),
)

_HISTORY: Final = (
    _post(
        "runs/log-batch",
        {
            "run_id": "{first}",
            "metrics": [{"key": "h", "value": n, "timestamp": n, "step": n} for n in range(10)],
        },
    ),
    *(
        _get("metrics/get-history", run_id="{first}", metric_key="h", max_results=most)
        for most in ("0", "-1", "10", "11")
    ),
    Call(
        "GET",
        "metrics/get-history",
        query={"run_id": "{first}", "metric_key": "h", "max_results": "9"},
        keep=("tail", "next_page_token"),
    ),
    _get(
        "metrics/get-history",
        run_id="{first}",
        metric_key="h",
        max_results="9",
        page_token="{tail}",
    ),
    *(
        _get(f"{prefix}/metrics/get-history-bulk", **query)
        for prefix in ("/ajax-api/2.0/mlflow",)
        for query in (
            {},
            {"metric_key": "h"},
            {"run_id": "{first}"},
            {"run_id": ["{first}"] * 101, "metric_key": "h"},
            {"run_id": ["{first}", "{last}"], "metric_key": "h", "max_results": "3"},
        )
    ),
    *(
        _get("metrics/get-history-bulk-interval", **query)
        for query in (
            {},
            {"metric_key": "h"},
            {"run_ids": "{first}"},
            {"run_ids": _ID},
            {"run_ids": "{first}", "metric_key": "h", "start_step": "x", "end_step": "5"},
            {"run_ids": ["{first}"] * 101, "metric_key": "h"},
        )
    ),
)

_DATASET: Final = {"name": "d", "digest": "1", "source_type": "local", "source": "s"}


def _inputs(tags: Any = (), **fields: Any) -> Call:
    dataset = {"dataset": {**_DATASET, **fields}, "tags": [*tags]}
    return _post("runs/log-inputs", {"run_id": "{first}", "datasets": [dataset]})


_LENGTHS: Final = (
    *(
        _post(
            "experiments/set-experiment-tag",
            {"experiment_id": "{kinds}", "key": "k", "value": "x" * length},
        )
        for length in (20_000, 20_001)
    ),
    _post(
        "experiments/set-experiment-tag",
        {"experiment_id": "{kinds}", "key": "k" * 251, "value": "x"},
    ),
    _post("registered-models/create", {"name": "long"}),
    *(
        _post("registered-models/set-tag", {"name": "long", "key": "k", "value": "x" * length})
        for length in (100_000, 100_001)
    ),
    _post("registered-models/set-tag", {"name": "long", "key": "k" * 251, "value": "x"}),
    _post("registered-models/create", {"name": "l", "description": "x" * 5000}),
    _post(
        "model-versions/create", {"name": "long", "source": "s3://x/y", "description": "d" * 5000}
    ),
    *(
        _post("registered-models/alias", {"name": "long", "alias": "x" * length, "version": "1"})
        for length in (255, 256)
    ),
    *(
        _inputs(**{field: "x" * length})
        for field, most in (("name", 500), ("digest", 36), ("source", 65_535))
        for length in (most, most + 1)
    ),
    *(_inputs([{"key": "k", "value": "x" * length}]) for length in (500, 501)),
    *(_inputs([{"key": "k" * length, "value": "x"}]) for length in (255, 256)),
    *(
        _post(
            "experiments/create",
            {"name": f"at{length}", "artifact_location": f"s3://b/{'x' * (length - 7)}"},
            *keep,
        )
        for length, keep in ((2048, ("far_off", "experiment_id")), (2049, ()))
    ),
    *(
        _post(f"runs/{call}", {"run_id": "{first}", "key": "k" * 251, "value": "1"})
        for call in ("log-parameter", "set-tag")
    ),
    _post("runs/update", {"run_id": "{first}", "run_name": "x" * 250}),
)

_MODELS: Final = (
    _post(
        "logged-models",
        {"experiment_id": "{kinds}", "name": "far", "source_run_id": _ID},
        "far",
        "model",
        "info",
        "model_id",
    ),
    _get("logged-models/{far}"),
    _post("registered-models/create", {"name": "of"}),
    _post("model-versions/create", {"name": "of", "source": "s3://x/y", "run_id": _ID}),
    Call(
        "POST",
        "model-versions/create",
        {"name": "of", "source": "models:/{far}", "model_id": "{far}"},
        is_compared=False,
    ),
    _post("model-versions/create", {"name": "of", "source": "models:/m-none"}),
    _post("model-versions/create", {"name": "of", "source": "runs:/{first}/../x"}),
    _get("logged-models/{far}"),
    *(
        _post(
            "runs/log-metric",
            {
                "run_id": "{first}",
                "key": "of_far",
                "value": value,
                "timestamp": 7,
                "model_id": "{far}",
                "dataset_name": name,
                "dataset_digest": "1",
                "step": step,
            },
        )
        for step, name, value in ((1, "d1", 0.5), (2, "d2", 0.7))
    ),
    *(
        _post("logged-models/search", {"experiment_ids": ["{kinds}"], **search})
        for search in (
            {"datasets": [{"dataset_name": "d1", "dataset_digest": "1"}]},
            {"datasets": [{"dataset_name": "none"}]},
            {"datasets": [{"dataset_name": "d1", "dataset_digest": "2"}]},
            {
                "datasets": [{"dataset_name": "d1", "dataset_digest": "1"}],
                "filter": "metrics.of_far > 0.6",
            },
            {
                "datasets": [{"dataset_name": "d2", "dataset_digest": "1"}],
                "filter": "metrics.of_far > 0.6",
            },
            {"order_by": [{"field_name": "metrics.of_far", "dataset_name": "d1"}]},
            {"order_by": [{"field_name": "metrics.of_far", "dataset_digest": "1"}]},
            {"datasets": [{"dataset_digest": "1"}]},
        )
    ),
)

_FILES: Final = (
    *(
        Call("PUT", f"{_ARTIFACTS}/{path}", {"x": 1})
        for path in (
            "any/path/a.json",
            "{kinds}/{first}/artifacts/plots/b.json",
            "any/../a.json",
            "any/%2e%2e/a.json",
            "any/%252e%252e/a.json",
            "any/path/",
        )
    ),
    *(
        _get(_ARTIFACTS, path=path)
        for path in (
            "{kinds}",
            "{kinds}/{first}",
            "{kinds}/{first}/artifacts",
            "any/",
            "any/./path",
        )
    ),
    *(
        _get(f"{_ARTIFACTS}/{{kinds}}/{{first}}/artifacts/{path}")
        for path in ("./plots/b.json", "plots/./b.json", "plots", "plots/", "none")
    ),
    *(_get(_ARTIFACTS, path=path) for path in ("any", "any/path", "none", "../x")),
    _get(f"{_ARTIFACTS}/any/path/a.json"),
    _get(f"{_ARTIFACTS}/any/path/none"),
    *(
        _get("artifacts/list", run_id="{first}", path=path)
        for path in ("plots", "plots/", "plots/b.json", "/plots")
    ),
    Call("DELETE", f"{_ARTIFACTS}/any/path/a.json"),
    Call("DELETE", f"{_ARTIFACTS}/any/path/none"),
    _get(_ARTIFACTS, path="any/path"),
)

_EVENT: Final = {"entity": "MODEL_VERSION", "action": "CREATED"}
_HOOK: Final = {"url": "https://93.184.216.34/hook", "events": [_EVENT]}
_WEBHOOKS: Final = (
    *(
        _post("webhooks", {**_HOOK, "name": name})
        for name in ("a", "A.b-c_9", "0" * 63, "0" * 64, "_a", "a_", "-a", "a.", "é", "a b")
    ),
    *(
        _post("webhooks", {**_HOOK, "name": "ok", "url": url})
        for url in (
            " ",
            "https://",
            "https://10.0.0.1/x",
            "https://127.1/",
            "http://93.184.216.34/",
        )
    ),
    _get("webhooks", max_results="1001"),
    _get("webhooks", page_token="bad"),
)

KINDS: Final = (
    *_BEGIN,
    *_NAMES,
    *_SEARCHES,
    *_ORDERS,
    *_STATES,
    *_HISTORY,
    *_LENGTHS,
    *_MODELS,
    *_FILES,
    *_WEBHOOKS,
)
"""Every kind in which a client could see a difference."""
