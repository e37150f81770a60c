"""The calls that `benchmarks.protocol` makes.

Good ones and bad ones of each method, in the order of a life.
"""

from typing import Any, Final

import msgspec

__all__ = ["CALLS", "Call"]


class Call(msgspec.Struct, frozen=True):
    """One request."""

    method: str
    path: str
    """Behind ``/api/2.0/mlflow/`` unless it begins with a slash.

    ``{name}`` stands for what was kept.
    """
    body: Any = None
    query: dict[str, Any] = {}
    keep: tuple[str | int, ...] = ()
    """A name, and the way through the answer to what is kept under it."""
    is_compared: bool = True
    """Whether the answers have to be the same; not where MLflow's server is not to be followed."""


def _post(path: str, body: Any, *keep: str | int) -> Call:
    return Call("POST", path, body, keep=keep)


def _get(path: str, /, **query: Any) -> Call:
    return Call("GET", path, query=query)


_TEXT: Final = "x" * 251
_ID: Final = "f" * 32

_EXPERIMENTS: Final = (
    _get("experiments/get", experiment_id="0"),
    _get("experiments/get", experiment_id="99"),
    _get("experiments/get", experiment_id="x"),
    _get("experiments/get"),
    _get("experiments/get-by-name", experiment_name="Default"),
    _get("experiments/get-by-name", experiment_name="nope"),
    _get("experiments/get-by-name"),
    _post("experiments/create", {"name": "one"}, "one", "experiment_id"),
    *(_post("experiments/create", {"name": name}) for name in ("one", "", 5, None, "x" * 600)),
    _post("experiments/create", {}),
    _post(
        "experiments/create",
        {"name": "two", "artifact_location": "/srv/x", "tags": [{"key": "a", "value": "b"}]},
        "two",
        "experiment_id",
    ),
    _post("experiments/create", {"name": "a/b:c d"}, "three", "experiment_id"),
    _post("experiments/create", {"name": "four", "artifact_location": "s3://b/p#frag"}),
    _get("experiments/get", experiment_id="{two}"),
    _post("experiments/update", {"experiment_id": "{two}", "new_name": "2"}),
    _post("experiments/update", {"new_name": "q"}),
    _post("experiments/update", {"experiment_id": "777", "new_name": "q"}),
    *(
        _post("experiments/set-experiment-tag", {"experiment_id": "{two}", **tag})
        for tag in (
            {"key": "k", "value": "v"},
            {"key": "k"},
            {"value": "v"},
            {"key": "", "value": "v"},
            {"key": "a\tb", "value": "v"},
        )
    ),
    _post("experiments/delete-experiment-tag", {"experiment_id": "{two}", "key": "k"}),
    _post("experiments/delete-experiment-tag", {"experiment_id": "{two}", "key": "k"}),
    _post("experiments/delete", {"experiment_id": "{two}"}),
    _post("experiments/delete", {"experiment_id": "{two}"}),
    _post("experiments/delete", {"experiment_id": "12345"}),
    _post("experiments/delete", {}),
    _post("experiments/update", {"experiment_id": "{two}", "new_name": "qq"}),
    _post("experiments/set-experiment-tag", {"experiment_id": "{two}", "key": "k", "value": "v"}),
    _post("runs/create", {"experiment_id": "{two}"}),
    _post("experiments/create", {"name": "2"}),
    _post("experiments/search", {"max_results": 10, "view_type": "DELETED_ONLY"}),
    _post("experiments/restore", {"experiment_id": "{two}"}),
    _post("experiments/restore", {"experiment_id": "{two}"}),
    *(
        _post("experiments/search", {"max_results": 10, "filter": text})
        for text in (
            "",
            "name = 'one'",
            "name LIKE 'o%'",
            "name ILIKE 'O%'",
            "name != 'one'",
            "tags.a = 'b'",
            "attribute.name = 'one'",
            "creation_time > 0",
            "last_update_time > 1700000000000",
            "foo = 'x'",
            "name =",
            "name = one",
            "experiment_id = '1'",
            "tags.a LIKE 'b%' AND name = '2'",
        )
    ),
    *(
        _post("experiments/search", {"max_results": 10, "order_by": [order]})
        for order in ("creation_time", "experiment_id", "experiment_id DESC", "foo", "name BAD")
    ),
    *(_post("experiments/search", {"max_results": most}) for most in (0, -1, 50_001, 1)),
    _post("experiments/search", {"max_results": 1, "page_token": "bad"}),
    _post("experiments/search", {"max_results": 10, "view_type": "ALL"}),
)

_RUNS: Final = (
    _post(
        "runs/create",
        {
            "experiment_id": "{one}",
            "start_time": 1000,
            "run_name": "r1",
            "user_id": "u",
            "tags": [{"key": "t", "value": "1"}],
        },
        "run",
        "run",
        "info",
        "run_id",
    ),
    _post(
        "runs/create",
        {
            "experiment_id": "{one}",
            "run_name": "r2",
            "tags": [{"key": "mlflow.runName", "value": "other"}],
        },
    ),
    _post(
        "runs/create",
        {
            "experiment_id": "{one}",
            "start_time": 2000,
            "tags": [{"key": "mlflow.runName", "value": "r3"}],
        },
        "third",
        "run",
        "info",
        "run_id",
    ),
    _post(
        "runs/create",
        {
            "experiment_id": "{one}",
            "start_time": 3000,
            "run_name": "r4",
            "tags": [{"key": "mlflow.parentRunId", "value": "{run}"}],
        },
        "child",
        "run",
        "info",
        "run_id",
    ),
    _post("runs/create", {"experiment_id": "{one}", "start_time": "5", "run_name": "as text"}),
    _post(
        "runs/create",
        {
            "experiment_id": "{one}",
            "start_time": 6,
            "run_name": "odd",
            "tags": [{"key": "b\td", "value": "x"}],
        },
    ),
    *(_post("runs/create", {"experiment_id": name}) for name in ("99", "abc")),
    _post("runs/create", {"experiment_id": "{one}", "start_time": "x"}),
    _get("runs/get", run_id="{run}"),
    _get("runs/get", run_uuid="{run}"),
    _get("runs/get", run_id="nope"),
    _get("runs/get", run_id=_ID),
    _get("runs/get"),
    *(
        _post(
            "runs/log-metric",
            {"run_id": "{run}", "key": "m", "timestamp": 1000, "value": 1.5, **point},
        )
        for point in (
            {"step": 1},
            {"value": "2.5", "timestamp": "1001", "step": "2"},
            {"timestamp": 1, "step": -5},
            {"key": "nan", "value": "NaN"},
            {"key": "inf", "value": "Infinity"},
            {"key": "least", "value": "-Infinity"},
            {"key": "whole", "timestamp": 1001.0, "step": 2.0},
            {"value": "abc"},
            {"value": None},
            {"timestamp": -1},
            {"key": ""},
            {"key": "../x"},
            {"key": "a//b"},
            {"key": "bad!"},
            {"key": _TEXT},
            {"run_id": "nope"},
            {"run_id": ""},
        )
    ),
    _post("runs/log-metric", {"run_uuid": "{run}", "key": "m", "value": 3, "timestamp": 1002}),
    _post("runs/log-metric", {"run_id": "{run}", "key": "m", "timestamp": 1002}),
    _post("runs/log-metric", {"run_id": "{run}", "key": "m", "value": 1}),
    _post("runs/log-metric", {"run_id": "{run}", "value": 1, "timestamp": 1}),
    _post("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1}),
    *(
        _post("runs/log-parameter", {"run_id": "{run}", **param})
        for param in (
            {"key": "p", "value": "1"},
            {"key": "p", "value": "1"},
            {"key": "p", "value": "2"},
            {"key": "number", "value": 3},
            {"key": "none"},
            {"key": "empty", "value": ""},
            {"key": "long", "value": "x" * 500},
            {"value": "1"},
            {"key": "bad!", "value": "1"},
            {"run_id": "nope", "key": "p", "value": "1"},
        )
    ),
    *(
        _post("runs/set-tag", {"run_id": "{run}", **tag})
        for tag in (
            {"key": "k", "value": "v"},
            {"key": "k"},
            {"value": "v"},
            {"key": "mlflow.note.content", "value": "note"},
        )
    ),
    _post("runs/delete-tag", {"run_id": "{run}", "key": "k"}),
    _post("runs/delete-tag", {"run_id": "{run}", "key": "k"}),
    _post("runs/delete-tag", {"run_id": "{run}"}),
    *(
        _post("runs/log-batch", {"run_id": "{run}", **batch})
        for batch in (
            {
                "metrics": [
                    {"key": "b", "value": number, "timestamp": number, "step": number}
                    for number in (1, 2)
                ],
                "params": [{"key": "bp", "value": "x"}],
                "tags": [{"key": "bt", "value": "y"}],
            },
            {},
            {"params": [{"key": "bp", "value": "z"}]},
            {"params": [{"key": "d", "value": "z"}, {"key": "d", "value": "y"}]},
            {"metrics": [{"key": "b", "value": 1}]},
            {"metrics": [{"key": "b", "timestamp": 1}]},
            {"metrics": "x"},
            {"metrics": [{"key": "b", "value": 1, "timestamp": 1}] * 1001},
            {"params": [{"key": f"p{n}", "value": "1"} for n in range(101)]},
            {"tags": [{"key": f"p{n}", "value": "1"} for n in range(101)]},
            {"params": [{"key": "bad!", "value": "1"}]},
            {"tags": [{"key": _TEXT, "value": "1"}]},
            {"tags": [{"key": "alone"}]},
            {"run_id": "nope"},
        )
    ),
    _post("runs/log-batch", {"metrics": []}),
    *(_get("metrics/get-history", run_id="{run}", metric_key=key) for key in ("m", "nan", "none")),
    _get("metrics/get-history", run_id="{run}"),
    _get("metrics/get-history", metric_key="m"),
    _get("metrics/get-history", run_id="{run}", metric_key="m", max_results="2"),
    _get("metrics/get-history-bulk-interval", run_ids="{run}", metric_key="m", max_results="10"),
    _get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id="{run}", metric_key="m"),
    # Points that are logged neither by step nor by time, some of them twice, and two of one step.
    _post(
        "runs/log-batch",
        {
            "run_id": "{run}",
            "metrics": [
                {
                    "key": "h",
                    "value": place * 0.5,
                    "timestamp": 1000 + 7 * place % 40,
                    "step": 3 * (11 * place % 60),
                }
                for place in (*range(60), 5, 6)
            ],
        },
    ),
    _post(
        "runs/log-metric",
        {"run_id": "{run}", "key": "h", "value": -1.0, "timestamp": 1001, "step": 30},
    ),
    _get("metrics/get-history", run_id="{run}", metric_key="h"),
    Call(
        "GET",
        "metrics/get-history",
        query={"run_id": "{run}", "metric_key": "h", "max_results": "25"},
        keep=("page", "next_page_token"),
    ),
    Call(
        "GET",
        "metrics/get-history",
        query={"run_id": "{run}", "metric_key": "h", "max_results": "25", "page_token": "{page}"},
        keep=("page", "next_page_token"),
    ),
    _get(
        "metrics/get-history", run_id="{run}", metric_key="h", max_results="25", page_token="{page}"
    ),
    _get(
        "metrics/get-history",
        run_id="{run}",
        metric_key="h",
        max_results="25",
        page_token="nonsense",
    ),
    *(
        _get(
            "metrics/get-history-bulk-interval",
            run_ids=["{run}", "{third}"],
            metric_key="h",
            **query,
        )
        for query in (
            {},
            {"max_results": "10"},
            {"max_results": "7"},
            {"max_results": "1"},
            {"max_results": "60"},
            {"max_results": "0"},
            {"max_results": "2501"},
            {"start_step": "30", "end_step": "90"},
            {"start_step": "30"},
            {"start_step": "30", "end_step": "90", "max_results": "5"},
            {"start_step": "90", "end_step": "30"},
            {"start_step": "31", "end_step": "32"},
        )
    ),
    *(
        _post("runs/update", {"run_id": "{run}", **change})
        for change in (
            {"status": "FINISHED", "end_time": 5000},
            {"run_name": "renamed"},
            {},
            {"run_id": "nope", "status": "FINISHED"},
        )
    ),
    _post("runs/update", {"status": "FINISHED"}),
    _post("runs/update", {"run_id": "{third}", "status": "KILLED"}),
    _get("runs/get", run_id="{run}"),
    _get("runs/get", run_id="{third}"),
    _post(
        "runs/log-inputs",
        {
            "run_id": "{run}",
            "datasets": [
                {
                    "tags": [{"key": "mlflow.data.context", "value": "train"}],
                    "dataset": {
                        "name": "d",
                        "digest": "dg",
                        "source_type": "local",
                        "source": "{}",
                    },
                },
            ],
        },
    ),
    _post("runs/log-inputs", {"run_id": "{run}", "datasets": [{"dataset": {"name": "bare"}}]}),
    _post("runs/log-inputs", {"run_id": "{run}"}),
    _post("runs/log-inputs", {"datasets": []}),
    _get("runs/get", run_id="{run}"),
    _post("/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": ["{one}"]}),
)

_SEARCHES: Final = (
    *(
        _post(
            "runs/search",
            {"experiment_ids": ["{one}"], "filter": text, "order_by": ["start_time ASC"]},
        )
        for text in (
            "",
            "metrics.m > 2",
            "metrics.m = 3",
            "metrics.`m` >= 3",
            'metrics."m" = 3',
            "metrics.m != 2",
            "metrics.nan != 2",
            "metrics.nan < 9",
            "params.p = '1'",
            'params.p = "1"',
            "params.p LIKE '1%'",
            "params.p ILIKE '1%'",
            "params.p != '2'",
            "params.p IS NULL",
            "params.p IS NOT NULL",
            "tags.t = '1'",
            "tag.t = '1'",
            "tags.t != '2'",
            "tags.t IS NOT NULL",
            "tags.mlflow.parentRunId = '{run}'",
            "tags.`mlflow.parentRunId` = '{run}'",
            "attributes.status = 'FINISHED'",
            "status = 'FINISHED'",
            "attribute.run_name = 'renamed'",
            "run_name LIKE 'r%'",
            "attributes.start_time > 1",
            "start_time > 'x'",
            "end_time <= 5000",
            "Created > 1",
            "created > 1",
            "attributes.user_id = 'u'",
            "user_id = 'u'",
            "attributes.artifact_uri LIKE '%/{run}/artifacts'",
            "artifact_uri = 'mlflow-artifacts:/{one}/{run}/artifacts'",
            "run_id = '{run}'",
            "run_id IN ('{run}','x')",
            "attributes.run_id NOT IN ('{run}')",
            "metrics.m > 2 AND params.p = '1'",
            "datasets.name = 'x'",
            "dataset.name = 'd'",
            "dataset.digest = 'dg'",
            "dataset.context = 'train'",
            "metrics.m > 'x'",
            "metrics.m LIKE '1'",
            "foo.bar = 1",
            "metrics.m",
            "metrics.m ! 2",
            "'a' = params.p",
            "attributes.lifecycle_stage = 'active'",
        )
    ),
    *(
        _post("runs/search", {"experiment_ids": ["{one}"], "order_by": [order, "start_time"]})
        for order in (
            "metrics.m",
            "metrics.m DESC",
            "metric.nan DESC",
            "metrics.nope",
            "params.p ASC",
            "tags.t",
            "attributes.end_time DESC",
            "status",
            "user_id",
        )
    ),
    *(
        _post("runs/search", {"experiment_ids": ["{one}"], "order_by": [order]})
        for order in (
            "start_time",
            "attributes.start_time DESC",
            "Created",
            "run_name",
            "foo",
            "metrics",
            "metrics.m BAD",
            "attributes.experiment_id",
        )
    ),
    *(
        _post("runs/search", {"experiment_ids": ["{one}"], "max_results": most})
        for most in (0, 1, 50_001)
    ),
    _post("runs/search", {"experiment_ids": ["{one}"], "page_token": "bad"}),
    *(_post("runs/search", {"experiment_ids": names}) for names in ([], ["xx"])),
    _post("runs/search", {}),
    _post("runs/delete", {"run_id": "{child}"}),
    _post("runs/delete", {"run_id": "{child}"}),
    _get("runs/get", run_id="{child}"),
    _post("runs/log-metric", {"run_id": "{child}", "key": "m", "value": 1, "timestamp": 1}),
    _post("runs/update", {"run_id": "{child}", "status": "FINISHED"}),
    _post("runs/set-tag", {"run_id": "{child}", "key": "m", "value": "1"}),
    *(
        _post(
            "runs/search",
            {"experiment_ids": ["{one}"], "run_view_type": view, "order_by": ["start_time"]},
        )
        for view in ("DELETED_ONLY", "ALL", "ACTIVE_ONLY")
    ),
    _post("runs/restore", {"run_id": "{child}"}),
    _post("runs/restore", {"run_id": "{child}"}),
    _post("runs/delete", {"run_id": "nope"}),
    _post("runs/delete", {}),
    _get("artifacts/list", run_id="{run}"),
    _get("artifacts/list", run_id="{run}", path="../x"),
    _get("artifacts/list", run_id="nope"),
    _get("artifacts/list"),
)

_MODELS: Final = (
    _post(
        "registered-models/create",
        {"name": "m1", "tags": [{"key": "a", "value": "b"}], "description": "d"},
    ),
    *(_post("registered-models/create", {"name": name}) for name in ("m1", "", "a/b")),
    _post("registered-models/create", {}),
    _get("registered-models/get", name="m1"),
    _get("registered-models/get", name="nope"),
    _get("registered-models/get"),
    Call("PATCH", "registered-models/update", {"name": "m1", "description": "dd"}),
    Call("PATCH", "registered-models/update", {"name": "nope", "description": "dd"}),
    _post("registered-models/rename", {"name": "m1", "new_name": "m2"}),
    _post("registered-models/rename", {"name": "m2"}),
    _post("registered-models/create", {"name": "m1"}),
    _post("registered-models/rename", {"name": "m2", "new_name": "m1"}),
    *(
        _post("model-versions/create", version)
        for version in (
            {"name": "m1", "source": "s3://x/y"},
            {
                "name": "m1",
                "source": "s3://x/y",
                "run_id": "{run}",
                "tags": [{"key": "k", "value": "v"}],
                "description": "desc",
            },
            {"name": "nope", "source": "s3://x/y"},
            {"name": "m1"},
            {"source": "x"},
            {"name": "m1", "source": "/etc/passwd"},
            {"name": "m1", "source": "file:///etc"},
            {"name": "m1", "source": "mlflow-artifacts:/../x"},
        )
    ),
    *(_get("model-versions/get", name="m1", version=version) for version in ("1", "99", "x")),
    _get("model-versions/get", name="m1"),
    Call("PATCH", "model-versions/update", {"name": "m1", "version": "1", "description": "new"}),
    *(
        _post("model-versions/transition-stage", {"name": "m1", "version": "1", **stage})
        for stage in (
            {"stage": "Production"},
            {"version": "2", "stage": "production", "archive_existing_versions": True},
            {"stage": "Nonsense"},
            {},
        )
    ),
    *(
        _post("registered-models/get-latest-versions", {"name": "m1", **stages})
        for stages in ({}, {"stages": ["Production"]}, {"stages": ["x"]})
    ),
    _post("registered-models/get-latest-versions", {"name": "nope"}),
    _get("registered-models/get-latest-versions", name="m1"),
    *(
        _post(
            "registered-models/alias", {"name": "m1", "alias": "champion", "version": "1", **alias}
        )
        for alias in (
            {},
            {"version": "99"},
            {"alias": "latest"},
            {"alias": "v1"},
            {"alias": "b d!"},
        )
    ),
    _post("registered-models/alias", {"name": "m1", "alias": "champion"}),
    _get("registered-models/alias", name="m1", alias="champion"),
    _get("registered-models/alias", name="m1", alias="nope"),
    _get("registered-models/get", name="m1"),
    Call("DELETE", "registered-models/alias", {"name": "m1", "alias": "champion"}),
    Call("DELETE", "registered-models/alias", {"name": "m1", "alias": "champion"}),
    *(
        _post("registered-models/set-tag", {"name": "m1", "key": "k", **tag})
        for tag in ({"value": "v"}, {}, {"name": "nope", "value": "v"})
    ),
    Call("DELETE", "registered-models/delete-tag", {"name": "m1", "key": "k"}),
    Call("DELETE", "registered-models/delete-tag", {"name": "m1", "key": "k"}),
    *(
        _post(
            "model-versions/set-tag", {"name": "m1", "version": version, "key": "k", "value": "v"}
        )
        for version in ("1", "9")
    ),
    *(
        Call("DELETE", "model-versions/delete-tag", {"name": "m1", "version": "1", "key": key})
        for key in ("k", "zz")
    ),
    _get("model-versions/get-download-uri", name="m1", version="1"),
    *(
        _get(f"{kind}/search", filter=text)
        for text in (
            "",
            "name = 'm1'",
            "name LIKE 'm%'",
            "name ILIKE 'M%'",
            "tags.a = 'b'",
            "foo = 1",
        )
        for kind in ("registered-models", "model-versions")
    ),
    *(
        _get("model-versions/search", filter=text)
        for text in (
            "run_id = '{run}'",
            "source_path = 's3://x/y'",
            "version_number = 1",
            "version_number > 1",
            "name = 'm1' AND version_number = 1",
            "run_id IN ('{run}')",
            "run_id IN ()",
            "current_stage = 'Production'",
        )
    ),
    *(
        _get(f"{kind}/search", order_by=order)
        for order in ("name", "name DESC", "last_updated_timestamp DESC", "foo")
        for kind in ("registered-models", "model-versions")
    ),
    _get("model-versions/search", order_by="version_number DESC"),
    *(_get("registered-models/search", max_results=most) for most in ("1", "1001", "x")),
    _get("registered-models/search", page_token="bad"),
    Call("DELETE", "model-versions/delete", {"name": "m1", "version": "2"}),
    Call("DELETE", "model-versions/delete", {"name": "m1", "version": "2"}),
    _get("model-versions/get", name="m1", version="2"),
    _post("model-versions/create", {"name": "m1", "source": "s3://x/z"}),
    *(Call("DELETE", "registered-models/delete", {"name": name}) for name in ("m2", "m2", "nope")),
    Call("DELETE", "registered-models/delete", {}),
)

_LOGGED_MODELS: Final = (
    _post(
        "logged-models",
        {
            "experiment_id": "{one}",
            "name": "lm",
            "model_type": "sk",
            "source_run_id": "{run}",
            "params": [{"key": "a", "value": "1"}],
            "tags": [{"key": "t", "value": "1"}],
        },
        "model",
        "model",
        "info",
        "model_id",
    ),
    _post("logged-models", {"experiment_id": "{one}"}, "other", "model", "info", "model_id"),
    _post("logged-models", {"experiment_id": "nope", "name": "x"}),
    _post("logged-models", {"name": "x"}),
    _post("logged-models", {"experiment_id": "{one}", "name": "a/b"}),
    _get("logged-models/{model}"),
    _get("logged-models/nope"),
    Call("PATCH", "logged-models/{model}", {"model_id": "{model}", "status": "LOGGED_MODEL_READY"}),
    _post(
        "logged-models/{model}/params",
        {"model_id": "{model}", "params": [{"key": "b", "value": "2"}]},
    ),
    _post(
        "runs/log-metric",
        {
            "run_id": "{run}",
            "key": "of_model",
            "value": 0.5,
            "timestamp": 7,
            "step": 1,
            "model_id": "{model}",
            "dataset_name": "d",
            "dataset_digest": "dg",
        },
    ),
    _post("runs/outputs", {"run_id": "{run}", "models": [{"model_id": "{model}", "step": 1}]}),
    _get("logged-models/{model}"),
    *(
        _post("logged-models/search", {"experiment_ids": ["{one}"], "filter": text})
        for text in (
            "",
            "name = 'lm'",
            "params.a = '1'",
            "metrics.of_model > 0.1",
            "tags.t = '1'",
            "model_type = 'sk'",
            "source_run_id = '{run}'",
            "creation_timestamp > 1",
            "name LIKE 'lm%'",
            "model_id = '{model}'",
        )
    ),
    *(
        _post(
            "logged-models/search",
            {"experiment_ids": ["{one}"], "order_by": [{"field_name": name, "ascending": False}]},
        )
        for name in ("metrics.of_model", "creation_timestamp")
    ),
    _post("logged-models/search", {"experiment_ids": []}),
    Call("DELETE", "logged-models/{other}"),
    _get("logged-models/{other}"),
    _get("runs/get", run_id="{run}"),
)

_SOURCES: Final = (
    *(_post("registered-models/create", {"name": name}) for name in ("from", "to")),
    _post("model-versions/create", {"name": "from", "source": "runs:/{run}/m", "run_id": "{run}"}),
    _post("model-versions/create", {"name": "from", "source": "s3://x/y"}),
    _post("registered-models/alias", {"name": "from", "alias": "best", "version": "1"}),
    *(
        _post("model-versions/create", {"name": "to", "source": source, **more})
        for source, more in (
            ("models:/from/1", {}),
            ("models:/from@best", {}),
            ("models:/from/latest", {}),
            ("models:/from/1", {"run_id": "{run}"}),
            ("models:/from/1", {"run_id": _ID}),
            ("models:/from/2", {"run_id": "{run}"}),
            ("models:/from/9", {}),
            ("models:/from@nobody", {}),
            ("models:/nope/1", {}),
            ("models:/nope@best", {}),
            ("models:/a/b/c", {}),
            ("models:/", {}),
        )
    ),
    *(_get("model-versions/get", name="to", version=str(version)) for version in range(1, 6)),
    _get("model-versions/get-download-uri", name="to", version="3"),
    _post("model-versions/create", {"name": "to", "source": "runs:/{run}/m", "run_id": "{run}"}),
)

_IS_PROMPT: Final = {"key": "mlflow.prompt.is_prompt", "value": "true"}
_PROMPTS: Final = (
    _post(
        "registered-models/create",
        {"name": "prompt", "tags": [_IS_PROMPT, {"key": "a", "value": "b"}]},
    ),
    _post("registered-models/create", {"name": "prompt", "tags": [_IS_PROMPT]}),
    _post("registered-models/create", {"name": "prompt"}),
    _post("registered-models/create", {"name": "from", "tags": [_IS_PROMPT]}),
    *(
        _post(
            "model-versions/create",
            {
                "name": "prompt",
                "source": source,
                "tags": [_IS_PROMPT, {"key": "mlflow.prompt.text", "value": "Hello"}],
            },
        )
        for source in ("dummy-source", "prompt-template", "s3://x/y", "models:/from/1", "other")
    ),
    _post("model-versions/create", {"name": "to", "source": "models:/prompt/1"}),
    _post(
        "model-versions/create",
        {"name": "to", "source": "dummy-source", "tags": [{**_IS_PROMPT, "value": "false"}]},
    ),
    _post("registered-models/alias", {"name": "prompt", "alias": "production", "version": "1"}),
    _get("registered-models/alias", name="prompt", alias="production"),
    _get("registered-models/get", name="prompt"),
    _get("model-versions/get", name="prompt", version="2"),
    _get("model-versions/get-download-uri", name="prompt", version="1"),
    Call("DELETE", "registered-models/alias", {"name": "prompt", "alias": "production"}),
    *(
        _get(f"{kind}/search", filter=text)
        for text in (
            "name LIKE 'prom%'",
            "tags.`mlflow.prompt.is_prompt` = 'true'",
            "name = 'prompt' AND tags.`mlflow.prompt.is_prompt` = 'true'",
        )
        for kind in ("registered-models", "model-versions")
    ),
    Call("DELETE", "model-versions/delete", {"name": "prompt", "version": "1"}),
    Call("DELETE", "registered-models/delete", {"name": "prompt"}),
)

_HOOK: Final = {
    "name": "hook",
    "url": "https://93.184.216.34/hook",
    "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}],
}
_WRONG_HOOKS: Final[tuple[dict[str, Any], ...]] = (
    {"name": ""},
    {"name": "bad name!"},
    {"name": None},
    {"url": "ftp://example.com/x"},
    {"url": ""},
    {"url": "nonsense"},
    {"events": []},
    {"events": [{"entity": "REGISTERED_MODEL", "action": "DELETED"}]},
    {"events": "x"},
    {"name": "x" * 300},
    {"status": "DISABLED"},
)
_HOOK_CHANGES: Final[tuple[dict[str, Any], ...]] = (
    {"description": "other"},
    {"status": "DISABLED"},
    {"url": "ftp://x"},
    {"name": "renamed"},
    {"events": []},
    {"events": [{"entity": "MODEL_VERSION_TAG", "action": "SET"}]},
    {},
)
_WEBHOOKS: Final = (
    _post("webhooks", {**_HOOK, "description": "what for"}, "hook", "webhook", "webhook_id"),
    *(_post("webhooks", {**_HOOK, **change}) for change in _WRONG_HOOKS),
    _post("webhooks", {}),
    _get("webhooks", max_results="1"),
    *(_get("webhooks", max_results=count) for count in ("0", "5000", "x")),
    _get("webhooks/{hook}"),
    _get("webhooks/nope"),
    *(Call("PATCH", "webhooks/{hook}", change) for change in _HOOK_CHANGES),
    Call("PATCH", "webhooks/nope", {"name": "x"}),
    _get("webhooks/{hook}"),
    _post("webhooks/nope/test", {}),
    Call("DELETE", "webhooks/{hook}"),
    Call("DELETE", "webhooks/{hook}"),
    _get("webhooks/{hook}"),
)

_DATA: Final = {
    "name": "table",
    "digest": "d1",
    "source_type": "local",
    "source": "{}",
    "schema": "{}",
    "profile": "{}",
}
_INPUTS: Final = (
    *(
        _post(
            "runs/log-inputs",
            {"run_id": "{run}", "datasets": [{"dataset": {**_DATA, **change}, "tags": tags}]},
        )
        for change, tags in (
            ({}, [{"key": "mlflow.data.context", "value": "train"}]),
            ({}, [{"key": "mlflow.data.context", "value": "again"}]),
            ({"digest": "d2"}, []),
            ({"name": "other", "profile": None}, [{"key": "k", "value": ""}]),
            ({"name": "x" * 501}, []),
        )
    ),
    _post("runs/log-inputs", {"run_id": "nope", "datasets": []}),
    _post("runs/log-inputs", {"run_id": "{run}"}),
    _post("runs/log-inputs", {"run_id": "{run}", "models": [{"model_id": "{model}"}]}),
    _post("runs/outputs", {"run_id": "nope", "models": []}),
    _get("runs/get", run_id="{run}"),
    *(
        _post("/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": some})
        for some in (["{one}"], ["{one}", "{two}"], ["nope"], [], ["1"] * 21)
    ),
    _post("/ajax-api/2.0/mlflow/experiments/search-datasets", {}),
    _get("experiments/search", max_results="5", filter="name LIKE 'o%'"),
    _post(
        "runs/log-model",
        {
            "run_id": "{run}",
            "model_json": '{"artifact_path": "m", "utc_time_created": "x", "flavors": {}, '
            '"run_id": "r"}',
        },
    ),
    *(
        _post("runs/log-model", {"run_id": "{run}", "model_json": text})
        for text in ("nonsense", "{}", "")
    ),
    Call(
        "PATCH",
        "logged-models/{model}/tags",
        {"tags": [{"key": "t", "value": "2"}, {"key": "u", "value": ""}]},
    ),
    Call("PATCH", "logged-models/nope/tags", {"tags": [{"key": "t", "value": "2"}]}),
    Call("PATCH", "logged-models/{model}/tags", {}),
    Call("DELETE", "logged-models/{model}/tags/u"),
    Call("DELETE", "logged-models/{model}/tags/u"),
    _get("logged-models/{model}"),
    _get("logged-models/{model}/artifacts/directories"),
    _get("logged-models/nope/artifacts/directories"),
)

CALLS: Final = (
    *_EXPERIMENTS,
    *_RUNS,
    *_SEARCHES,
    *_MODELS,
    *_LOGGED_MODELS,
    *_INPUTS,
    *_SOURCES,
    *_PROMPTS,
    *_WEBHOOKS,
)
