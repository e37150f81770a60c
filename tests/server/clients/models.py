"""What a script of MLflow does with models.

It runs under MLflow's own client and fails where an answer is wrong.
"""

import warnings

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LinearRegression

warnings.simplefilter("ignore")
NEW = int(mlflow.__version__.split(".")[0]) >= 3
client = MlflowClient()
X = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 5.0]})
y = [1.0, 2.0, 3.0]
name = {"name": "model"} if NEW else {"artifact_path": "model"}


def fails(code, text, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, error)
        assert text in str(error), error
    else:
        raise AssertionError(f"{call} should fail")


mlflow.set_experiment("models")
model = LinearRegression().fit(X, y)
with mlflow.start_run() as run:
    mlflow.log_param("alpha", 3)
    mlflow.log_metric("loss", 0.5, step=0)
    for _ in range(2):
        info = mlflow.sklearn.log_model(
            model,
            input_example=X,
            registered_model_name="house prices",
            pip_requirements=["scikit-learn"],
            **name,
        )
run_id = run.info.run_id

for uri in (
    "models:/house prices/1",
    "models:/house prices/latest",
    f"runs:/{run_id}/model",
    info.model_uri,
):
    assert mlflow.sklearn.load_model(uri).predict(X).round(6).tolist() == y, uri
assert mlflow.pyfunc.load_model("models:/house prices/2").predict(X).round(6).tolist() == y

client.set_registered_model_alias("house prices", "champion", "1")
client.set_registered_model_alias("house prices", "champion", "2")
assert client.get_model_version_by_alias("house prices", "champion").version in ("2", 2)
assert mlflow.sklearn.load_model("models:/house prices@champion").predict(X).round(6).tolist() == y
fails(
    "INVALID_PARAMETER_VALUE",
    "alias nobody not found",
    client.get_model_version_by_alias,
    "house prices",
    "nobody",
)
fails(
    "RESOURCE_DOES_NOT_EXIST",
    "Registered Model with name=none not found",
    client.get_registered_model,
    "none",
)
fails(
    "RESOURCE_DOES_NOT_EXIST",
    "Model Version (name=house prices, version=9) not found",
    client.get_model_version,
    "house prices",
    "9",
)
fails("RESOURCE_ALREADY_EXISTS", "already exists", client.create_registered_model, "house prices")

client.update_registered_model("house prices", "what it is for")
client.set_registered_model_tag("house prices", "team", "a")
client.update_model_version("house prices", "1", "the first")
client.set_model_version_tag("house prices", "1", "checked", "yes")
found = client.get_registered_model("house prices")
assert (found.description, found.tags, found.aliases) == (
    "what it is for",
    {"team": "a"},
    {"champion": "2"},
)
version = client.get_model_version("house prices", "1")
assert (version.description, version.tags, version.run_id) == (
    "the first",
    {"checked": "yes"},
    run_id,
)
assert version.status == "READY"
client.delete_model_version_tag("house prices", "1", "checked")
client.delete_registered_model_tag("house prices", "team")

client.transition_model_version_stage("house prices", "1", "Production")
client.transition_model_version_stage(
    "house prices", "2", "Production", archive_existing_versions=True
)
assert client.get_model_version("house prices", "1").current_stage == "Archived"
assert [one.version for one in client.get_latest_versions("house prices", ["Production"])] in (
    ["2"],
    [2],
)

client.create_registered_model("second", tags={"team": "b"})
assert [one.name for one in client.search_registered_models()] == ["house prices", "second"]
assert [one.name for one in client.search_registered_models("name ILIKE '%HOUSE%'")] == [
    "house prices"
]
assert [one.name for one in client.search_registered_models("tags.team = 'b'")] == ["second"]
assert {int(one.version) for one in client.search_model_versions("name = 'house prices'")} == {1, 2}
assert {int(one.version) for one in client.search_model_versions(f"run_id IN ('{run_id}')")} == {
    1,
    2,
}
client.rename_registered_model("second", "renamed")
copied = client.copy_model_version("models:/house prices/1", "renamed")
assert int(copied.version) == 1
assert mlflow.sklearn.load_model("models:/renamed/1").predict(X).round(6).tolist() == y

# What a version is made of another one is resolved when it is made, and comes from the same run.
for number, source in enumerate(
    ("models:/house prices@champion", "models:/house prices/latest"), 2
):
    made = client.create_model_version("renamed", source)
    assert (int(made.version), made.source, made.run_id) == (
        number,
        "models:/house prices/2",
        run_id,
    )
    assert mlflow.sklearn.load_model(f"models:/renamed/{number}").predict(X).round(6).tolist() == y
made = client.create_model_version("renamed", "models:/house prices/archived")
assert made.source == "models:/house prices/1"
for source, code, text in (
    (
        "models:/house prices@nobody",
        "INVALID_PARAMETER_VALUE",
        "Registered model alias nobody not found",
    ),
    (
        "models:/house prices/Staging",
        "RESOURCE_DOES_NOT_EXIST",
        "No versions of model with name 'house prices' and stage",
    ),
    ("models:/house prices/odd", "INVALID_PARAMETER_VALUE", "Invalid Model Version stage: odd"),
    ("models:/none/1", "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found"),
    ("models:/m-none", "INVALID_PARAMETER_VALUE", "Logged model with ID 'm-none' not found"),
    ("models:/a/b/c", "INVALID_PARAMETER_VALUE", "Invalid model version source"),
):
    fails(code, text, client.create_model_version, "renamed", source)
fails(
    "INVALID_PARAMETER_VALUE",
    "must match the referenced model version",
    client.create_model_version,
    "renamed",
    "models:/house prices/1",
    run_id="a" * 32,
)

client.delete_registered_model_alias("house prices", "champion")
client.delete_model_version("house prices", "2")
fails("RESOURCE_DOES_NOT_EXIST", "not found", client.get_model_version, "house prices", "2")
again = mlflow.register_model(f"runs:/{run_id}/model", "house prices")
assert int(again.version) == 3  # a number is never given twice
client.delete_registered_model("renamed")
fails(
    "INVALID_PARAMETER_VALUE",
    "Invalid model version source",
    client.create_model_version,
    "house prices",
    "/etc/passwd",
)

prompts = mlflow.genai if NEW else mlflow
first = prompts.register_prompt(
    "greeting", "Hello {{name}}", commit_message="the first", tags={"team": "a"}
)
assert (int(first.version), first.template, first.tags["team"]) == (1, "Hello {{name}}", "a")
second = prompts.register_prompt("greeting", "Bye {{name}}")
assert prompts.load_prompt(f"prompts:/greeting/{second.version}").format(name="Ada") == "Bye Ada"
prompts.set_prompt_alias("greeting", "production", 1)
assert prompts.load_prompt("prompts:/greeting@production").format(name="Ada") == "Hello Ada"
assert [one.name for one in client.search_registered_models()] == ["house prices"]
assert {one.name for one in client.search_model_versions()} == {"house prices"}
fails(
    "RESOURCE_ALREADY_EXISTS",
    "already taken by a prompt",
    client.create_registered_model,
    "greeting",
)
fails(
    "INVALID_PARAMETER_VALUE",
    "Prompt versions cannot be used",
    client.create_model_version,
    "house prices",
    "models:/greeting/1",
)
if NEW:
    assert [one.name for one in prompts.search_prompts()] == ["greeting"]
    assert [int(one.version) for one in client.search_prompt_versions("greeting")] == [2, 1]
    chat = [{"role": "user", "content": "{{text}}"}]
    prompts.register_prompt("chat", chat, response_format={"type": "object"})
    assert prompts.load_prompt("prompts:/chat@latest").format(text="x") == [
        {"role": "user", "content": "x"}
    ]
    client.set_prompt_version_tag("greeting", "1", "checked", "yes")
    assert client.get_prompt_version("greeting", "1").tags["checked"] == "yes"
    client.delete_prompt_version("greeting", "2")
    client.delete_prompt_version("greeting", "1")
    client.delete_prompt("greeting")
    assert [one.name for one in prompts.search_prompts()] == ["chat"]

if NEW:
    logged = mlflow.search_logged_models(output_format="list")
    assert len(logged) == 2
    assert all(one.status == "READY" and one.params == {"alpha": "3"} for one in logged)
    one = logged[0]
    assert one.source_run_id == run_id
    client.set_logged_model_tags(one.model_id, {"k": "v"})
    client.delete_logged_model_tag(one.model_id, "k")
    assert "k" not in client.get_logged_model(one.model_id).tags
    mlflow.log_metric("accuracy", 0.9, model_id=one.model_id, run_id=run_id)
    assert {m.key: m.value for m in client.get_logged_model(one.model_id).metrics} == {
        "loss": 0.5,
        "accuracy": 0.9,
    }
    best = mlflow.search_logged_models(filter_string="metrics.accuracy > 0.8", output_format="list")
    assert [found.model_id for found in best] == [one.model_id]
    files = {file.path for file in client.list_logged_model_artifacts(one.model_id)}
    assert "MLmodel" in files
    assert {output.model_id for output in client.get_run(run_id).outputs.model_outputs} == {
        m.model_id for m in logged
    }
    client.delete_logged_model(one.model_id)
    assert len(mlflow.search_logged_models(output_format="list")) == 1
print("all of it holds")
