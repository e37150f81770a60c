"""The registry of MLflow's file store comes again and again, less what was changed here."""

import pytest
from tests.interop.mlruns import RUN, Folder

from treadle.interop.mlflow.folder import FolderSource
from treadle.interop.mlflow.import_store import import_store
from treadle.store import locate_store, open_artifacts
from treadle.store.connect import connect_team_store


class Models:
    """A file store with registered models, and what it is imported into."""

    def __init__(self, folder):
        self.mlflow = Folder(folder)
        self.mlflow.run(RUN)
        self.folder = folder
        self.location = locate_store(folder / "kept.db")
        self.store = connect_team_store(self.location)
        self.omissions = []

    def model(self, name, description="", aliases=(), tags=()):
        folder = self.mlflow.folder / "models" / name
        self.mlflow.write_meta(
            folder,
            name=name,
            description=description,
            creation_timestamp=1000,
            last_updated_timestamp=1000,
        )
        for kind, values in (("aliases", aliases), ("tags", tags)):
            (folder / kind).mkdir(exist_ok=True)
            for key, value in dict(values).items():
                (folder / kind / key).write_text(value)

    def version(self, name, number, stage="None", source=f"runs:/{RUN}/model", **fields):
        folder = self.mlflow.folder / "models" / name / f"version-{number}"
        self.mlflow.write_meta(
            folder,
            name=name,
            version=number,
            creation_timestamp=1000,
            current_stage=stage,
            source=source,
            run_id=RUN,
            **fields,
        )

    def again(self):
        source = FolderSource(self.mlflow.folder)
        found = import_store(source, self.store, open_artifacts(self.location.artifacts))
        self.omissions = [f"{one.where}: {one.reason}" for one in source.omissions]
        return found


@pytest.fixture
def models(tmp_path):
    made = Models(tmp_path)
    made.model("iris", "first", {"champion": "1"}, {"team": "a", "own": "a"})
    made.version("iris", 1)
    made.version("iris", 2)
    made.again()
    yield made
    made.store.close()


def test_what_changed_at_the_source_comes(models):
    models.model("iris", "second", {"champion": "2", "newest": "2"}, {"team": "b"})
    models.version("iris", 1, stage="Archived", description="old")
    models.version("iris", 3)
    assert models.again().versions == 1
    model, version = models.store.registry.model("iris"), models.store.registry.version("iris", 1)
    assert (model.description, model.tags["team"]) == ("second", "b")
    assert model.aliases == {"champion": 2, "newest": 2}
    assert (version.stage, version.description) == ("Archived", "old")
    models.model("iris")
    models.version("iris", 1, stage="Staging")
    models.again()
    assert models.store.registry.version("iris", 1).description == ""
    models.version("iris", 1, stage="Staging", description="again")
    models.model("iris", "third")
    models.again()
    assert models.store.registry.model("iris").description == "third"
    assert models.store.registry.version("iris", 1).description == "again"


def test_what_was_changed_here_stays(models):
    registry = models.store.registry
    registry.set_alias("iris", "champion", 2)
    registry.set_alias("iris", "ours", 1)
    registry.describe_model("iris", "mine", 1.0)
    registry.delete_model_tag("iris", "own")
    registry.change_version("iris", 2, 1.0, stage="Production")
    models.model("iris", "second", {"champion": "1", "newest": "1"}, {"team": "b"})
    models.version("iris", 2, stage="Archived")
    for _ in range(2):
        models.again()
        model = registry.model("iris")
        assert (model.description, model.tags) == ("mine", {"team": "b"})
        assert model.aliases == {"champion": 2, "ours": 1, "newest": 1}
        assert registry.version("iris", 2).stage == "Production"


def test_what_was_deleted_here_stays_deleted(models):
    registry = models.store.registry
    registry.delete_version("iris", 1, 1.0)
    models.model("wine")
    models.version("wine", 1)
    models.again()
    registry.delete_model("wine")
    found = models.again()
    assert (found.removed, found.versions) == (2, 0)
    assert registry.model("wine") is None
    assert [one.version for one in registry.versions_of("iris")] == [2]
    assert registry.model("iris").aliases == {}


def test_another_version_of_that_number_is_named(models):
    models.store.registry.create_model("wine", description=None, tags={}, time=5.0)
    own = models.store.registry.version("iris", 1)
    models.store.registry.create_version("wine", own)
    models.model("wine")
    models.version("wine", 1, source="runs:/other/model")
    models.again()
    (omission,) = models.omissions
    assert omission.startswith("version 1 of model wine: the store has another version")


def test_a_version_that_cannot_be_read_is_named(models):
    models.version("iris", 3)
    (models.mlflow.folder / "models/iris/version-3/meta.yaml").write_text("version: three")
    (models.mlflow.folder / "models/wine").mkdir()
    (models.mlflow.folder / "models/wine/notes").write_text("x")
    models.again()
    assert [one.removeprefix(str(models.mlflow.folder)) for one in models.omissions] == [
        "/models/wine: there is no meta.yaml in it",
        "/models/iris/version-3/meta.yaml: name is missing",
    ]
    assert [one.version for one in models.store.registry.versions_of("iris")] == [1, 2]


def test_a_model_that_was_renamed_here_goes_on_under_its_new_name(models):
    registry = models.store.registry
    registry.rename_model("iris", "flowers", 1.0)
    models.model("iris", "second", {"champion": "2"}, {"team": "b"})
    models.version("iris", 1, stage="Archived")
    models.version("iris", 3)
    for versions in (1, 0):
        found = models.again()
        assert (found.removed, found.models, found.versions) == (0, 1, versions)
    model = registry.model("flowers")
    assert (model.description, model.tags["team"], model.aliases) == (
        "second",
        "b",
        {"champion": 2},
    )
    assert registry.version("flowers", 1).stage == "Archived"
    assert registry.version("flowers", 3).name == "flowers"
    assert registry.model("iris") is None


def test_another_model_under_the_old_name_is_not_touched(models):
    registry = models.store.registry
    registry.rename_model("iris", "flowers", 1.0)
    registry.create_model("iris", description="mine", tags={}, time=2.0)
    models.model("iris", "second")
    assert models.again().removed == 0
    assert registry.model("iris").description == "mine"
    assert registry.model("flowers").description == "second"
    registry.delete_model("flowers")
    registry.create_model(
        "new", description="", tags={}, time=3.0
    )  # may get the key of what is gone
    assert models.again().removed == 1
    assert registry.model("new").description == ""
